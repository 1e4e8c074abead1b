//! What the bodies of calls may hold. WeChat Pay refuses a field that it does not know.

use serde_json::{Map, Value, json};

use super::answer::Refusal;

/// What a field has to be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// 1 to this many characters.
    Text(usize),
    /// Up to this many characters once percent-encoded.
    Encoded(usize),
    /// A number of ours: 1 to this many letters, digits or some signs.
    Number(usize),
    /// An integer from the first to the second.
    Integer(i64, i64),
    Boolean,
    /// One of these words.
    Word(&'static [&'static str]),
    Object(&'static [Field]),
    /// 1 to this many objects.
    List(usize, &'static [Field]),
}

/// A field, whether it has to be there, and what it has to be.
pub(super) type Field = (&'static str, bool, Shape);

const MUST: bool = true;
const MAY: bool = false;
/// WeChat Pay's amounts are below this, in fen.
const MAX_FEN: i64 = 1_000_000_000_000;

const TIME_RANGE: &[Field] = &[
    ("start_time", MAY, Shape::Text(14)),
    ("start_time_remark", MAY, Shape::Text(20)),
    ("end_time", MAY, Shape::Text(14)),
    ("end_time_remark", MAY, Shape::Text(20)),
];
const POST_PAYMENT: &[Field] = &[
    ("name", MUST, Shape::Text(20)),
    ("amount", MAY, Shape::Integer(0, MAX_FEN)),
    ("description", MAY, Shape::Text(30)),
    ("count", MAY, Shape::Integer(1, 100)),
];
const POST_DISCOUNT: &[Field] = &[
    ("name", MUST, Shape::Text(20)),
    ("description", MUST, Shape::Text(30)),
    ("amount", MAY, Shape::Integer(0, MAX_FEN)),
    ("count", MAY, Shape::Integer(1, 100)),
];
const RISK_FUND: &[Field] = &[
    ("name", MUST, Shape::Word(&["DEPOSIT", "ADVANCE", "CASH_DEPOSIT"])),
    ("amount", MUST, Shape::Integer(1, MAX_FEN)),
    ("description", MAY, Shape::Text(30)),
];
const LOCATION: &[Field] = &[("start_location", MAY, Shape::Text(50)), ("end_location", MAY, Shape::Text(50))];
const DEVICE: &[Field] = &[
    ("start_device_id", MAY, Shape::Text(50)),
    ("end_device_id", MAY, Shape::Text(50)),
    ("materiel_no", MAY, Shape::Text(50)),
];
const APP: Field = ("appid", MUST, Shape::Text(32));
const SERVICE: Field = ("service_id", MUST, Shape::Text(32));
const REASON: Field = ("reason", MUST, Shape::Text(50));
const PAYMENTS: Shape = Shape::List(100, POST_PAYMENT);
const DISCOUNTS: Shape = Shape::List(30, POST_DISCOUNT);
const TOTAL: Field = ("total_amount", MUST, Shape::Integer(0, MAX_FEN));

pub(super) const CREATE: &[Field] = &[
    ("out_order_no", MUST, Shape::Number(32)),
    APP,
    SERVICE,
    ("service_introduction", MUST, Shape::Text(20)),
    ("time_range", MUST, Shape::Object(TIME_RANGE)),
    ("risk_fund", MUST, Shape::Object(RISK_FUND)),
    ("notify_url", MUST, Shape::Text(255)),
    ("post_payments", MAY, PAYMENTS),
    ("post_discounts", MAY, DISCOUNTS),
    ("location", MAY, Shape::Object(LOCATION)),
    ("attach", MAY, Shape::Encoded(256)),
    ("need_user_confirm", MAY, Shape::Boolean),
    ("openid", MAY, Shape::Text(128)),
    ("device", MAY, Shape::Object(DEVICE)),
];
pub(super) const CANCEL: &[Field] = &[APP, SERVICE, REASON];
pub(super) const COMPLETE: &[Field] = &[
    APP,
    SERVICE,
    ("post_payments", MUST, PAYMENTS),
    ("post_discounts", MAY, DISCOUNTS),
    TOTAL,
    ("time_range", MAY, Shape::Object(TIME_RANGE)),
    ("location", MAY, Shape::Object(LOCATION)),
    ("profit_sharing", MAY, Shape::Boolean),
    ("goods_tag", MAY, Shape::Text(32)),
    ("device", MAY, Shape::Object(DEVICE)),
];
pub(super) const MODIFY: &[Field] = &[
    APP,
    SERVICE,
    ("post_payments", MUST, PAYMENTS),
    ("post_discounts", MAY, DISCOUNTS),
    TOTAL,
    REASON,
    ("device", MAY, Shape::Object(DEVICE)),
];
pub(super) const SYNC: &[Field] = &[
    APP,
    SERVICE,
    ("type", MUST, Shape::Word(&["Order_Paid"])),
    ("detail", MUST, Shape::Object(&[("paid_time", MUST, Shape::Text(14))])),
];
pub(super) const REFUND: &[Field] = &[
    ("transaction_id", MUST, Shape::Text(32)),
    ("out_refund_no", MUST, Shape::Number(64)),
    ("reason", MAY, Shape::Text(80)),
    ("notify_url", MAY, Shape::Text(256)),
    ("funds_account", MAY, Shape::Word(&["AVAILABLE"])),
    (
        "amount",
        MUST,
        Shape::Object(&[
            ("refund", MUST, Shape::Integer(1, MAX_FEN)),
            ("total", MUST, Shape::Integer(1, MAX_FEN)),
            ("currency", MUST, Shape::Word(&["CNY"])),
        ]),
    ),
];

/// Reads a body and holds it against its fields.
pub(super) fn parse(body: &[u8], fields: &'static [Field]) -> Result<Value, Refusal> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::field("", "the body is not JSON"))?;
    check(&body, Shape::Object(fields), "").map(|()| body)
}

fn check(value: &Value, shape: Shape, at: &str) -> Result<(), Refusal> {
    let fits = match shape {
        Shape::Object(fields) => return check_object(value, fields, at),
        Shape::List(limit, fields) => return check_list(value, limit, fields, at),
        Shape::Text(limit) => value.as_str().is_some_and(|text| (1..=limit).contains(&text.chars().count())),
        Shape::Encoded(limit) => value.as_str().is_some_and(|text| (1..=limit).contains(&encoded(text))),
        Shape::Number(limit) => value.as_str().is_some_and(|text| is_number(text, limit)),
        Shape::Integer(least, most) => value.as_i64().is_some_and(|number| (least..=most).contains(&number)),
        Shape::Boolean => value.is_boolean(),
        Shape::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
    };
    if fits { Ok(()) } else { Err(Refusal::field(at, "of another kind or out of range")) }
}

fn check_object(value: &Value, fields: &[Field], at: &str) -> Result<(), Refusal> {
    let object: &Map<String, Value> = value.as_object().ok_or_else(|| Refusal::field(at, "not an object"))?;
    if let Some(unknown) = object.keys().find(|name| !fields.iter().any(|(field, ..)| field == name)) {
        let field = format!("{at}/{unknown}");
        return Err(Refusal::new(400, "PARAM_ERROR", 270_924_358, "parameter error")
            .with_detail(json!({ "field": field, "issue": "unknown field", "location": "body" })));
    }
    for (name, required, shape) in fields {
        let place = format!("{at}/{name}");
        match object.get(*name) {
            Some(value) => check(value, *shape, &place)?,
            None if *required => return Err(Refusal::field(&place, "missing")),
            None => {}
        }
    }
    Ok(())
}

fn check_list(value: &Value, limit: usize, fields: &[Field], at: &str) -> Result<(), Refusal> {
    let list = value.as_array().filter(|list| (1..=limit).contains(&list.len()));
    let list = list.ok_or_else(|| Refusal::field(at, "not a list, empty or too long"))?;
    list.iter().enumerate().try_for_each(|(index, value)| check_object(value, fields, &format!("{at}/{index}")))
}

fn is_number(text: &str, limit: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-*|@".contains(&byte);
    (1..=limit).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// How long the text is once percent-encoded.
fn encoded(text: &str) -> usize {
    text.bytes().map(|byte| if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) { 1 } else { 3 }).sum()
}

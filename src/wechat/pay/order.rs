//! An order as WeChat Pay tells it. Almost every field may be missing, and lists of one may be no lists.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use super::{Party, PayError, error::unknown, text::from_beijing};

/// An order that waits for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// What the mini-program hands to `wx.openBusinessView` for the user to confirm.
    pub package: String,
    /// WeChat's number for the order.
    pub order_id: String,
}

/// How an order stands at WeChat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Our number for it.
    pub out_order_no: String,
    /// Where it is in its life.
    pub state: OrderState,
    /// Who confirmed it, in this mini-program.
    pub open_id: Option<String>,
    /// When the user confirmed it, to the second.
    pub started_at: Option<Timestamp>,
    /// What it is to cost, in fen; known once it is completed.
    pub total_fen: Option<i64>,
    /// What has been paid of that, in fen.
    pub paid_fen: Option<i64>,
    /// The payment, by which it can be refunded; the last one if there are several. None if the order cost nothing
    /// or was paid elsewhere.
    pub transaction_id: Option<String>,
    /// When the last payment was made, to the second.
    pub paid_at: Option<Timestamp>,
    /// What the user sees of the fee.
    pub items: Vec<OrderItem>,
}

/// A line of an order: the fee rule before the completion, the parts of the fee after it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct OrderItem {
    /// Like "收费标准".
    #[serde(default)]
    pub name: String,
    /// Like "1元/1小时".
    pub description: Option<String>,
    /// In fen.
    #[serde(rename = "amount")]
    pub amount_fen: Option<i64>,
}

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Waits for the user, for 30 days.
    Created,
    /// Confirmed: the thing may be given out, and the fee grows.
    Doing,
    /// Completed, and being charged for as long as it takes.
    Charging,
    /// Paid, or completed with nothing to pay. Final.
    Paid,
    /// Cancelled. Final.
    Revoked,
    /// Never confirmed. Final.
    Expired,
}

#[derive(Deserialize)]
struct OrderAnswer {
    state: String,
    state_description: Option<String>,
    openid: Option<String>,
    total_amount: Option<i64>,
    collection: Option<Collection>,
    time_range: Option<TimeRange>,
    #[serde(default, deserialize_with = "one_or_many")]
    post_payments: Vec<OrderItem>,
}

#[derive(Deserialize)]
struct Collection {
    state: Option<String>,
    paid_amount: Option<i64>,
    #[serde(default, deserialize_with = "one_or_many")]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    paid_time: Option<String>,
    transaction_id: Option<String>,
}

#[derive(Deserialize)]
struct TimeRange {
    start_time: Option<String>,
}

#[derive(Deserialize)]
struct CreateAnswer {
    state: Option<String>,
    package: Option<String>,
    order_id: Option<String>,
}

/// Whether the answer is about our order. One that does not say is not ours.
pub(super) fn check_party(answer: &Value, party: &Party, out_order_no: &str) -> Result<(), PayError> {
    let says = |field: &str, value: &str| answer.get(field).and_then(Value::as_str) == Some(value);
    let is_ours = says("mchid", &party.merchant)
        && says("appid", &party.app)
        && says("service_id", &party.service)
        && says("out_order_no", out_order_no);
    if is_ours { Ok(()) } else { Err(PayError::NotOurs) }
}

pub(super) fn created(answer: Value, party: &Party, out_order_no: &str) -> Result<Created, PayError> {
    check_party(&answer, party, out_order_no)?;
    let answer: CreateAnswer = typed(answer)?;
    if answer.state.is_some_and(|state| state != "CREATED") {
        return Err(PayError::WrongState);
    }
    let package = answer.package.filter(|package| !package.is_empty());
    package
        .zip(answer.order_id)
        .map(|(package, order_id)| Created { package, order_id })
        .ok_or(unknown("the answer has no package or no order id"))
}

pub(super) fn order(answer: Value, party: &Party, out_order_no: &str) -> Result<Order, PayError> {
    check_party(&answer, party, out_order_no)?;
    let answer: OrderAnswer = typed(answer)?;
    let state = answer.state().ok_or(unknown("the order's state is not documented"))?;
    let OrderAnswer { openid, total_amount, collection, time_range, post_payments, .. } = answer;
    let (paid_fen, details) = collection.map_or((None, Vec::new()), |paid| (paid.paid_amount, paid.details));
    let mut last_first = details.iter().rev();
    let transaction_id =
        last_first.clone().find_map(|detail| detail.transaction_id.clone().filter(|id| !id.is_empty()));
    Ok(Order {
        out_order_no: out_order_no.to_owned(),
        state,
        open_id: openid.filter(|id| !id.is_empty()),
        started_at: time_range.and_then(|range| from_beijing(&range.start_time?)),
        total_fen: total_amount,
        paid_fen,
        transaction_id,
        paid_at: last_first.find_map(|detail| from_beijing(detail.paid_time.as_deref()?)),
        items: post_payments,
    })
}

impl OrderAnswer {
    /// `None` for a combination that WeChat does not document: better no state than a wrong one.
    fn state(&self) -> Option<OrderState> {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let (description, collected) =
            (some(&self.state_description), self.collection.as_ref().and_then(|collection| some(&collection.state)));
        Some(match (self.state.as_str(), description.as_deref(), collected.as_deref()) {
            ("CREATED", ..) => OrderState::Created,
            ("DOING", None | Some("USER_CONFIRM"), None) => OrderState::Doing,
            // Just paid, but not done yet.
            ("DOING", Some("MCH_COMPLETE"), None | Some("USER_PAYING" | "USER_PAID")) => OrderState::Charging,
            ("DONE", _, None | Some("USER_PAID")) => OrderState::Paid,
            ("REVOKED", ..) => OrderState::Revoked,
            ("EXPIRED", ..) => OrderState::Expired,
            _ => return None,
        })
    }
}

/// The answer as the type that the interface documents.
pub(super) fn typed<T: DeserializeOwned>(answer: Value) -> Result<T, PayError> {
    // Not logged: serde names the value it tripped over.
    serde_json::from_value(answer).map_err(|_| unknown("the answer has another form than documented"))
}

/// A list, which WeChat's own sample has as a single object.
fn one_or_many<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let values = match Value::deserialize(deserializer)? {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        value => vec![value],
    };
    let typed = values.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
    typed.map_err(serde::de::Error::custom)
}

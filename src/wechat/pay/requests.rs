//! What we ask of WeChat Pay about an order, and the JSON of it: made once, so that what is signed is what is sent.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    Party, PayError,
    text::{beijing, fit, fit_encoded, is_number},
};

const NUMBER_LIMIT: usize = 32;
const INTRODUCTION_LIMIT: usize = 20;
const NAME_LIMIT: usize = 20;
const DESCRIPTION_LIMIT: usize = 30;
const REASON_LIMIT: usize = 50;
const LOCATION_LIMIT: usize = 50;
const DEVICE_LIMIT: usize = 50;
const ATTACH_LIMIT: usize = 256;
const ITEMS_LIMIT: usize = 100;

/// An order to open. Texts that are too long are cut, on characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Our number for it: 1 to 32 letters, digits, `_` or `-`, never used before.
    pub out_order_no: String,
    /// What the user is about to confirm, like "共享雨伞": up to 20 characters.
    pub introduction: String,
    /// The deposit that is waived and the most that the order can cost, in fen: above 0 and up to what WeChat
    /// allows the service.
    pub risk_fund_fen: i64,
    /// What the deposit is for: up to 30 characters, or nothing.
    pub risk_fund_description: String,
    /// What it costs.
    pub fee: FeeRule,
    /// Where the thing is taken: up to 50 characters. Without it the completion can name no place either.
    pub start_location: Option<String>,
    /// The cabinet or rack that gives the thing out: up to 50 letters, digits, `_` or `-`.
    pub device_id: Option<String>,
    /// Anything that WeChat is to say again in its notifications: up to 256 characters, percent-encoded.
    pub attach: Option<String>,
}

/// What the user is shown before they confirm. WeChat wants exactly one such line for power banks, without an
/// amount, and takes the same for anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeRule {
    /// Like "收费标准": up to 20 characters.
    pub name: String,
    /// Like "1元/1小时": up to 30 characters.
    pub description: String,
}

/// The end of a loan. Texts that are too long are cut, on characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The order's number.
    pub out_order_no: String,
    /// What the user is to pay, in fen: the sum of the items, and no more than the risk fund. 0 charges nothing.
    pub total_fen: i64,
    /// What it is made up of: 1 to 100 items.
    pub items: Vec<Item>,
    /// When the loan ended, to the second: after the user's confirmation and not ahead of WeChat's clock.
    pub end: Timestamp,
    /// Where the thing was brought back: up to 50 characters. Only for an order that names where it was taken.
    pub end_location: Option<String>,
}

/// A part of the fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Like "租金" or "赔偿": up to 20 characters.
    pub name: String,
    /// Like "1小时38分20秒": up to 30 characters, or nothing.
    pub description: String,
    /// In fen, 0 or more.
    ///
    /// An open point with WeChat: its page on power banks wants two items without amounts ("收费标准" and
    /// "使用时长") at the completion, while the interface wants the items to add up to the total. Items with amounts
    /// are sent here, because the interface can check them.
    pub amount_fen: i64,
}

#[derive(Serialize)]
struct CreateBody<'a> {
    out_order_no: &'a str,
    appid: &'a str,
    service_id: &'a str,
    service_introduction: String,
    time_range: Start,
    risk_fund: RiskFund,
    notify_url: &'a str,
    post_payments: [Payment; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<String>,
    need_user_confirm: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device<'a>>,
}

#[derive(Serialize)]
struct Start {
    start_time: &'static str,
}

#[derive(Serialize)]
struct RiskFund {
    name: &'static str,
    amount: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Serialize)]
struct Payment {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Serialize)]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_location: Option<String>,
}

#[derive(Serialize)]
struct Device<'a> {
    start_device_id: &'a str,
}

#[derive(Serialize)]
struct CancelBody<'a> {
    appid: &'a str,
    service_id: &'a str,
    reason: String,
}

#[derive(Serialize)]
struct CompleteBody<'a> {
    appid: &'a str,
    service_id: &'a str,
    post_payments: Vec<Payment>,
    total_amount: i64,
    time_range: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
}

#[derive(Serialize)]
struct End {
    end_time: String,
}

pub(super) fn check_number(out_order_no: &str) -> Result<(), PayError> {
    if is_number(out_order_no, NUMBER_LIMIT) { Ok(()) } else { Err(invalid("the order's number")) }
}

pub(super) fn create(order: &NewOrder, party: &Party, notify_url: &str) -> Result<Vec<u8>, PayError> {
    check_number(&order.out_order_no)?;
    if order.risk_fund_fen <= 0 {
        return Err(invalid("the risk fund is not above 0"));
    }
    // An id is not cut: the rest would be another device's.
    if order.device_id.as_deref().is_some_and(|id| !is_number(id, DEVICE_LIMIT)) {
        return Err(invalid("the device's id"));
    }
    let start = order.start_location.as_deref().and_then(|place| some_text(fit(place, LOCATION_LIMIT)));
    json(&CreateBody {
        out_order_no: &order.out_order_no,
        appid: &party.app,
        service_id: &party.service,
        service_introduction: required(fit(&order.introduction, INTRODUCTION_LIMIT), "no introduction")?,
        // The loan begins when the user confirms, whenever that is.
        time_range: Start { start_time: "OnAccept" },
        risk_fund: RiskFund {
            name: "DEPOSIT",
            amount: order.risk_fund_fen,
            description: fit(&order.risk_fund_description, DESCRIPTION_LIMIT),
        },
        notify_url,
        post_payments: [Payment {
            name: required(fit(&order.fee.name, NAME_LIMIT), "the fee rule has no name")?,
            amount: None,
            description: required(fit(&order.fee.description, DESCRIPTION_LIMIT), "the fee rule has no description")?,
        }],
        location: start.map(|place| Location { start_location: Some(place), end_location: None }),
        attach: order.attach.as_deref().and_then(|text| some_text(fit_encoded(text, ATTACH_LIMIT))),
        need_user_confirm: true,
        device: order.device_id.as_deref().map(|id| Device { start_device_id: id }),
    })
}

pub(super) fn cancel(reason: &str, party: &Party) -> Result<Vec<u8>, PayError> {
    let reason = required(fit(reason, REASON_LIMIT), "no reason")?;
    json(&CancelBody { appid: &party.app, service_id: &party.service, reason })
}

pub(super) fn complete(completion: &Completion, party: &Party) -> Result<Vec<u8>, PayError> {
    check_number(&completion.out_order_no)?;
    if !(1..=ITEMS_LIMIT).contains(&completion.items.len()) {
        return Err(invalid("no items, or too many"));
    }
    let sum = completion
        .items
        .iter()
        .try_fold(0_i64, |sum, item| if item.amount_fen < 0 { None } else { sum.checked_add(item.amount_fen) });
    if sum != Some(completion.total_fen) {
        return Err(invalid("the items do not add up to the total"));
    }
    let end = completion.end_location.as_deref().and_then(|place| some_text(fit(place, LOCATION_LIMIT)));
    json(&CompleteBody {
        appid: &party.app,
        service_id: &party.service,
        post_payments: completion.items.iter().map(payment).collect::<Result<_, _>>()?,
        total_amount: completion.total_fen,
        time_range: End { end_time: beijing(completion.end) },
        location: end.map(|place| Location { start_location: None, end_location: Some(place) }),
    })
}

fn payment(item: &Item) -> Result<Payment, PayError> {
    Ok(Payment {
        name: required(fit(&item.name, NAME_LIMIT), "an item has no name")?,
        amount: Some(item.amount_fen),
        description: fit(&item.description, DESCRIPTION_LIMIT),
    })
}

pub(super) fn invalid(reason: &'static str) -> PayError {
    PayError::Invalid { reason }
}

fn required(text: String, otherwise: &'static str) -> Result<String, PayError> {
    some_text(text).ok_or(invalid(otherwise))
}

fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

pub(super) fn json(body: &impl Serialize) -> Result<Vec<u8>, PayError> {
    serde_json::to_vec(body).map_err(|_| invalid("the call is not JSON"))
}

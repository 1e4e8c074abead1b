//! Money given back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    PayError,
    error::unknown,
    order::typed,
    requests::{invalid, json},
    text::{fit, is_number},
};

const NUMBER_LIMIT: usize = 64;
const TRANSACTION_LIMIT: usize = 32;
const REASON_LIMIT: usize = 80;

/// A payment to give back, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The payment: [`Order::transaction_id`](super::Order::transaction_id). An order of PayScore cannot be refunded
    /// by its own number.
    pub transaction_id: String,
    /// Our number for the refund: 1 to 64 letters, digits, `_` or `-`, never used before.
    pub out_refund_no: String,
    /// What to give back, in fen: above 0.
    pub refund_fen: i64,
    /// What the payment was, in fen.
    pub total_fen: i64,
    /// For the user; cut to 80 characters. Nothing if empty.
    pub reason: String,
}

/// How a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// On its way: WeChat has accepted it, and the bank takes its time.
    Processing,
    /// The user has the money.
    Done,
    /// WeChat has closed it: no money moved.
    Closed,
    /// The user's account does not take it: somebody has to finish it in the merchant platform.
    Abnormal,
}

#[derive(Serialize)]
struct RefundBody<'a> {
    transaction_id: &'a str,
    out_refund_no: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    amount: Amount<'a>,
}

#[derive(Serialize)]
struct Amount<'a> {
    refund: i64,
    total: i64,
    currency: &'a str,
}

#[derive(Deserialize)]
struct RefundAnswer {
    out_refund_no: Option<String>,
    transaction_id: Option<String>,
    status: String,
    amount: Option<Amounts>,
}

#[derive(Deserialize)]
struct Amounts {
    refund: Option<i64>,
}

pub(super) fn check_number(out_refund_no: &str) -> Result<(), PayError> {
    if is_number(out_refund_no, NUMBER_LIMIT) { Ok(()) } else { Err(invalid("the refund's number")) }
}

pub(super) fn body(refund: &Refund) -> Result<Vec<u8>, PayError> {
    check_number(&refund.out_refund_no)?;
    if !is_number(&refund.transaction_id, TRANSACTION_LIMIT) {
        return Err(invalid("the payment's number"));
    }
    if !(1..=refund.total_fen).contains(&refund.refund_fen) {
        return Err(invalid("the refund is not above 0, or more than the payment"));
    }
    json(&RefundBody {
        transaction_id: &refund.transaction_id,
        out_refund_no: &refund.out_refund_no,
        reason: fit(&refund.reason, REASON_LIMIT),
        amount: Amount { refund: refund.refund_fen, total: refund.total_fen, currency: "CNY" },
    })
}

/// The state in WeChat's answer, provided that it is about this refund.
pub(super) fn state(answer: Value, out_refund_no: &str, asked: Option<&Refund>) -> Result<RefundState, PayError> {
    let answer: RefundAnswer = typed(answer)?;
    let is_asked = |asked: &Refund| {
        answer.transaction_id.as_deref() == Some(&asked.transaction_id)
            && answer.amount.as_ref().and_then(|amount| amount.refund) == Some(asked.refund_fen)
    };
    if answer.out_refund_no.as_deref() != Some(out_refund_no) || !asked.is_none_or(is_asked) {
        return Err(PayError::NotOurs);
    }
    match answer.status.as_str() {
        "PROCESSING" => Ok(RefundState::Processing),
        "SUCCESS" => Ok(RefundState::Done),
        "CLOSED" => Ok(RefundState::Closed),
        "ABNORMAL" => Ok(RefundState::Abnormal),
        _ => Err(unknown("the refund's state is not documented")),
    }
}

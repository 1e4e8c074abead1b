//! Refunds: accepted at once, and done by the time somebody asks again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    answer::Refusal,
    book::Outcome,
    keys,
    order::{Payment, integer, text},
};

const WITHIN: SignedDuration = SignedDuration::from_hours(365 * 24);
const SPACING: SignedDuration = SignedDuration::from_mins(1);
const PER_PAYMENT: usize = 50;

#[derive(Default)]
pub(super) struct Refunds(BTreeMap<String, Record>);

struct Record {
    request: Value,
    refund_id: String,
    at: Timestamp,
}

impl Refunds {
    /// Refunds a payment; the same refund again tells how it stands.
    pub(super) fn refund(&mut self, request: Value, payment: &Payment, now: Timestamp) -> Outcome {
        let number = text(&request, "/out_refund_no");
        if let Some(record) = self.0.get(number) {
            return if record.request == request {
                Ok(record.describe("SUCCESS"))
            } else {
                Err(Refusal::new(400, "INVALID_REQUEST", 268_498_688, "repeat with other parameters"))
            };
        }
        self.check(&request, payment, now)?;
        let refund_id = format!("5030{}", keys::hex(12).ok_or_else(Refusal::system)?);
        let (number, record) = (number.to_owned(), Record { request, refund_id, at: now });
        let answer = record.describe("PROCESSING");
        self.0.insert(number, record);
        Ok(answer)
    }

    pub(super) fn query(&self, number: &str) -> Outcome {
        let missing = || Refusal::new(404, "RESOURCE_NOT_EXISTS", 268_512_771, "no such refund");
        Ok(self.0.get(number).ok_or_else(missing)?.describe("SUCCESS"))
    }

    fn check(&self, request: &Value, payment: &Payment, now: Timestamp) -> Result<(), Refusal> {
        let invalid = |message| Err(Refusal::new(400, "INVALID_REQUEST", 268_435_464, message));
        if integer(request, "/amount/total") != payment.amount {
            return Err(Refusal::field("/amount/total", "not what was paid"));
        }
        if now.duration_since(payment.at) > WITHIN {
            return invalid("the payment is over a year old");
        }
        let id = text(request, "/transaction_id");
        let earlier: Vec<_> = self.0.values().filter(|record| text(&record.request, "/transaction_id") == id).collect();
        let given: i64 = earlier.iter().map(|record| integer(&record.request, "/amount/refund")).sum();
        if given + integer(request, "/amount/refund") > payment.amount {
            return invalid("more than what is left of the payment");
        }
        if earlier.len() >= PER_PAYMENT {
            return invalid("50 refunds of the payment already");
        }
        if earlier.iter().any(|record| now.duration_since(record.at) < SPACING) {
            return Err(Refusal::too_often());
        }
        Ok(())
    }
}

impl Record {
    fn describe(&self, status: &str) -> Value {
        let Self { request, refund_id, at } = self;
        let (refund, total) = (integer(request, "/amount/refund"), integer(request, "/amount/total"));
        let id = text(request, "/transaction_id");
        let mut answer = json!({
            "refund_id": refund_id,
            "out_refund_no": text(request, "/out_refund_no"),
            "transaction_id": id,
            // WeChat Pay's own number: the order's is not one of a payment.
            "out_trade_no": format!("wxzff{id}"),
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": at.to_string(),
            "status": status,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": total,
                "refund": refund,
                "payer_total": total,
                "payer_refund": refund,
                "settlement_refund": refund,
                "settlement_total": total,
                "discount_refund": 0,
                "currency": "CNY",
            },
        });
        if let (Some(fields), "SUCCESS") = (answer.as_object_mut(), status) {
            fields.insert("success_time".to_owned(), json!(at.to_string()));
        }
        answer
    }
}

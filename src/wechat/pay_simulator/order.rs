//! One PayScore order: its life, and how WeChat Pay tells it.

use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{self, Offset},
};
use serde_json::{Map, Value, json};

use super::{PaySimulator, answer::Refusal, keys};

const LIFE_UNCONFIRMED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// WeChat Pay's times carry no zone and mean Beijing's.
const BEIJING: Offset = tz::offset(8);
const SECONDS: &str = "%Y%m%d%H%M%S";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Created,
    Doing,
    Charging,
    Done,
    Revoked,
    Expired,
}

pub(super) struct ServiceOrder {
    /// What it was created with.
    pub(super) request: Value,
    pub(super) query_id: String,
    order_id: String,
    package: String,
    created: Timestamp,
    state: State,
    open_id: Option<String>,
    start_time: String,
    /// What it was cancelled and completed with.
    cancellation: Option<Value>,
    completion: Option<Value>,
    /// The completion, or the last change of the amount.
    bill: Option<Value>,
    payment: Option<Payment>,
}

/// How an order was paid.
#[derive(Clone)]
pub(super) struct Payment {
    pub(super) at: Timestamp,
    pub(super) amount: i64,
    /// None if it was paid elsewhere.
    pub(super) transaction_id: Option<String>,
}

impl ServiceOrder {
    /// None when no random bytes are left.
    pub(super) fn new(request: Value, now: Timestamp) -> Option<Self> {
        let start_time = text(&request, "/time_range/start_time").to_owned();
        Some(Self {
            request,
            query_id: keys::hex(16)?,
            order_id: format!("1500{}", keys::hex(10)?),
            package: format!("DJIOSQPYWDxsjdldeuwhdodwxasd_dDiodnwjh9we{}", keys::hex(8)?),
            created: now,
            state: State::Created,
            open_id: None,
            start_time,
            cancellation: None,
            completion: None,
            bill: None,
            payment: None,
        })
    }

    /// The state, once time has done its part.
    pub(super) fn state(&mut self, now: Timestamp) -> State {
        if self.state == State::Created && now.duration_since(self.created) >= LIFE_UNCONFIRMED {
            self.state = State::Expired;
        }
        self.state
    }

    pub(super) fn confirm(&mut self, open_id: &str, now: Timestamp) -> bool {
        if self.state(now) != State::Created {
            return false;
        }
        self.state = State::Doing;
        self.open_id = Some(open_id.to_owned());
        if self.start_time == "OnAccept" {
            self.start_time = beijing(now);
        }
        true
    }

    pub(super) fn cancel(
        &mut self,
        body: Value,
        while_paying: bool,
        charging: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        match self.state(now) {
            State::Revoked if self.cancellation.as_ref() == Some(&body) => return Ok(()),
            State::Revoked => return Err(Refusal::differs()),
            State::Created | State::Doing => {}
            State::Charging if charging => return Err(Refusal::charge_running()),
            State::Charging if while_paying => {}
            State::Charging | State::Done | State::Expired => return Err(Refusal::not_cancellable()),
        }
        self.state = State::Revoked;
        self.cancellation = Some(body);
        Ok(())
    }

    /// Completes it; nothing to charge means that it is done.
    pub(super) fn complete(&mut self, body: Value, now: Timestamp) -> Result<(), Refusal> {
        match (self.state(now), &self.completion) {
            (State::Doing, _) => {}
            (State::Charging | State::Done, Some(before)) if *before == body => return Ok(()),
            (State::Charging | State::Done, _) => return Err(Refusal::differs()),
            (State::Created | State::Revoked | State::Expired, _) => return Err(Refusal::state()),
        }
        let total = check_sum(&body)?;
        if total > integer(&self.request, "/risk_fund/amount") {
            return Err(Refusal::field("/total_amount", "more than the risk fund"));
        }
        self.check_end(&body, now)?;
        if body.pointer("/location/end_location").is_some()
            && self.request.pointer("/location/start_location").is_none()
        {
            return Err(Refusal::field("/location/end_location", "there is no start_location"));
        }
        self.state = if total == 0 { State::Done } else { State::Charging };
        self.bill = Some(body.clone());
        self.completion = Some(body);
        Ok(())
    }

    fn check_end(&self, body: &Value, now: Timestamp) -> Result<(), Refusal> {
        let given = [body, &self.request].map(|body| text(body, "/time_range/end_time"));
        let end = given.into_iter().find(|end| !end.is_empty());
        let end = end.ok_or_else(|| Refusal::field("/time_range/end_time", "missing"))?;
        if !is_time(end) || end.len() != self.start_time.len() {
            return Err(Refusal::field("/time_range/end_time", "not in the format of the start"));
        }
        // Of one length, the later is also the greater text.
        if end <= self.start_time.as_str() {
            return Err(Refusal::new(400, "PARAM_ERROR", 271_316_637, "the end is not after the start"));
        }
        if *end > beijing(now)[..] {
            return Err(Refusal::field("/time_range/end_time", "lies ahead"));
        }
        Ok(())
    }

    /// Lowers the amount.
    pub(super) fn modify(&mut self, body: Value, charging: bool, now: Timestamp) -> Result<(), Refusal> {
        self.check_paying(charging, now)?;
        if check_sum(&body)? > self.total().unwrap_or_default() {
            return Err(Refusal::field("/total_amount", "more than before"));
        }
        self.bill = Some(body);
        Ok(())
    }

    /// Takes note that it was paid elsewhere.
    pub(super) fn sync(&mut self, body: &Value, charging: bool, now: Timestamp) -> Result<(), Refusal> {
        self.check_paying(charging, now)?;
        let at = moment(text(body, "/detail/paid_time"))
            .ok_or_else(|| Refusal::field("/detail/paid_time", "not yyyyMMddHHmmss"))?;
        self.pay(at, None);
        Ok(())
    }

    /// The charge succeeds. None, and nothing happens, unless it waits for that.
    pub(super) fn charge(&mut self, now: Timestamp) -> Option<()> {
        if self.state(now) != State::Charging {
            return None;
        }
        let day = BEIJING.to_datetime(now).strftime("%Y%m%d").to_string();
        let digits = u64::from_str_radix(&keys::hex(7)?, 16).unwrap_or_default();
        self.pay(now, Some(format!("42000{day}{:015}", digits % 1_000_000_000_000_000)));
        Some(())
    }

    fn check_paying(&mut self, charging: bool, now: Timestamp) -> Result<(), Refusal> {
        match self.state(now) {
            State::Charging if charging => Err(Refusal::charge_running()),
            State::Charging => Ok(()),
            _ => Err(Refusal::not_paying()),
        }
    }

    fn pay(&mut self, at: Timestamp, transaction_id: Option<String>) {
        self.payment = Some(Payment { at, amount: self.total().unwrap_or_default(), transaction_id });
        self.state = State::Done;
    }

    pub(super) fn payment(&self) -> Option<&Payment> {
        self.payment.as_ref()
    }

    fn total(&self) -> Option<i64> {
        self.bill.as_ref().map(|bill| integer(bill, "/total_amount"))
    }

    /// How a creation is answered, now or again.
    pub(super) fn creation(&mut self, now: Timestamp) -> Value {
        let mut answer = self.describe(now);
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("package".to_owned(), json!(self.package));
        }
        answer
    }

    /// How a query is answered. What does not apply is absent.
    pub(super) fn describe(&mut self, now: Timestamp) -> Value {
        let (state, description) = match self.state(now) {
            State::Created => ("CREATED", None),
            State::Doing => ("DOING", Some("USER_CONFIRM")),
            State::Charging => ("DOING", Some("MCH_COMPLETE")),
            State::Done => ("DONE", None),
            State::Revoked => ("REVOKED", None),
            State::Expired => ("EXPIRED", None),
        };
        let mut fields = Map::new();
        for name in ["out_order_no", "service_id", "appid", "service_introduction", "risk_fund", "notify_url", "attach"]
        {
            insert(&mut fields, name, self.request.get(name).cloned());
        }
        insert(&mut fields, "mchid", Some(json!(PaySimulator::MERCHANT_ID)));
        insert(&mut fields, "order_id", Some(json!(self.order_id)));
        insert(&mut fields, "state", Some(json!(state)));
        insert(&mut fields, "state_description", description.map(|text| json!(text)));
        insert(&mut fields, "openid", self.open_id.as_ref().map(|id| json!(id)));
        insert(&mut fields, "time_range", Some(self.time_range()));
        insert(&mut fields, "location", self.merged("location"));
        let bill = self.bill.as_ref().unwrap_or(&self.request);
        for name in ["post_payments", "post_discounts", "total_amount"] {
            insert(&mut fields, name, bill.get(name).cloned());
        }
        let total = self.total();
        insert(&mut fields, "need_collection", total.map(|total| json!(total > 0)));
        insert(&mut fields, "collection", total.filter(|total| *total > 0).and_then(|total| self.collection(total)));
        Value::Object(fields)
    }

    fn time_range(&self) -> Value {
        let mut range = self.merged("time_range").unwrap_or_default();
        if let Some(range) = range.as_object_mut() {
            range.insert("start_time".to_owned(), json!(self.start_time));
        }
        range
    }

    /// An object of the creation, with what the completion adds to it.
    fn merged(&self, name: &str) -> Option<Value> {
        let objects = [Some(&self.request), self.completion.as_ref()].into_iter().flatten();
        let objects: Vec<_> = objects.filter_map(|body| body.get(name)?.as_object()).collect();
        if objects.is_empty() {
            return None;
        }
        let fields = objects.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
        Some(Value::Object(fields.collect()))
    }

    fn collection(&self, total: i64) -> Option<Value> {
        match (&self.payment, self.state) {
            (Some(payment), _) => {
                let mut detail = json!({
                    "seq": 1,
                    "amount": total,
                    "paid_type": if payment.transaction_id.is_some() { "NEWTON" } else { "MCH" },
                    "paid_time": beijing(payment.at),
                });
                if let (Some(detail), Some(id)) = (detail.as_object_mut(), &payment.transaction_id) {
                    detail.insert("transaction_id".to_owned(), json!(id));
                }
                let details = [detail];
                Some(json!({
                    "state": "USER_PAID",
                    "total_amount": total,
                    "paying_amount": 0,
                    "paid_amount": total,
                    "details": details,
                }))
            }
            (None, State::Charging) => Some(json!({
                "state": "USER_PAYING",
                "total_amount": total,
                "paying_amount": total,
                "paid_amount": 0,
            })),
            _ => None,
        }
    }
}

/// What is to be paid, if it is the sum of the payments less that of the discounts.
fn check_sum(body: &Value) -> Result<i64, Refusal> {
    let sum = |name: &str| -> i64 {
        let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
        items.map(|item| integer(item, "/amount")).sum()
    };
    let total = integer(body, "/total_amount");
    if total == sum("post_payments") - sum("post_discounts") {
        Ok(total)
    } else {
        Err(Refusal::field("/total_amount", "not the sum of payments and discounts"))
    }
}

fn insert(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value);
    }
}

/// The text at this place, or nothing.
pub(super) fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// The integer at this place, or 0.
pub(super) fn integer(value: &Value, at: &str) -> i64 {
    value.pointer(at).and_then(Value::as_i64).unwrap_or_default()
}

/// Like `20261122120000`.
pub(super) fn beijing(at: Timestamp) -> String {
    BEIJING.to_datetime(at).strftime(SECONDS).to_string()
}

/// Whether this is a moment or a day in WeChat Pay's format.
pub(super) fn is_time(text: &str) -> bool {
    moment(text).is_some() || (text.len() == 8 && moment(&format!("{text}000000")).is_some())
}

fn moment(text: &str) -> Option<Timestamp> {
    let is_seconds = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let at = is_seconds.then(|| DateTime::strptime(SECONDS, text).ok())??;
    BEIJING.to_timestamp(at).ok()
}

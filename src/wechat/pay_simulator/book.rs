//! Everything that the simulated WeChat Pay has on record.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    PaySimulator,
    answer::Refusal,
    notices::Post,
    order::{ServiceOrder, beijing, integer, is_time, text},
    refunds::Refunds,
};

pub(super) type Outcome = Result<Value, Refusal>;

/// Why WeChat Pay does not grant a user the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRefusal {
    /// WeChat's check of the user, number 271300099.
    Risk,
    /// Unpaid orders, number 271299627.
    Overdue,
    /// Youth mode, number 268560785.
    Youth,
}

/// What WeChat Pay does differently from time to time.
#[derive(Default)]
pub(super) struct Switches {
    pub(super) hold_charges: bool,
    pub(super) cancel_while_paying: bool,
    pub(super) charge_running: bool,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) orders: BTreeMap<String, ServiceOrder>,
    pub(super) refunds: Refunds,
    pub(super) switches: Switches,
    pub(super) refusals: VecDeque<UserRefusal>,
    pub(super) post: Post,
}

impl Book {
    pub(super) fn create(&mut self, request: Value, now: Timestamp) -> Outcome {
        check_party(&request)?;
        let number = text(&request, "/out_order_no").to_owned();
        if let Some(order) = self.orders.get_mut(&number) {
            return if order.request == request { Ok(order.creation(now)) } else { Err(Refusal::differs()) };
        }
        check_creation(&request, now)?;
        if let Some(why) = self.refusals.pop_front() {
            let number = match why {
                UserRefusal::Risk => 271_300_099,
                UserRefusal::Overdue => 271_299_627,
                UserRefusal::Youth => 268_560_785,
            };
            return Err(Refusal::new(400, "INVALID_REQUEST", number, "the service is not available for this user"));
        }
        let mut order = ServiceOrder::new(request, now).ok_or_else(Refusal::system)?;
        let answer = order.creation(now);
        self.orders.insert(number, order);
        Ok(answer)
    }

    /// Finds an order by its number or by the id that the mini-program gets when the user has confirmed.
    pub(super) fn query(&mut self, number: Option<&str>, query_id: Option<&str>, now: Timestamp) -> Outcome {
        let order = match (number, query_id) {
            (Some(number), None) => self.orders.get_mut(number),
            (None, Some(id)) => self.orders.values_mut().find(|order| order.query_id == id),
            _ => return Err(Refusal::field("out_order_no", "exactly one of out_order_no and query_id")),
        };
        Ok(order.ok_or_else(Refusal::no_order)?.describe(now))
    }

    pub(super) fn cancel(&mut self, number: &str, body: Value, now: Timestamp) -> Outcome {
        check_party(&body)?;
        let Switches { cancel_while_paying, charge_running, .. } = self.switches;
        let order = self.orders.get_mut(number).ok_or_else(Refusal::no_order)?;
        order.cancel(body, cancel_while_paying, charge_running, now)?;
        let order = order.describe(now);
        let fields = ["appid", "mchid", "out_order_no", "service_id", "order_id"];
        Ok(fields.into_iter().map(|name| (name.to_owned(), order.get(name).cloned().unwrap_or_default())).collect())
    }

    pub(super) fn complete(&mut self, number: &str, body: Value, now: Timestamp) -> Outcome {
        check_party(&body)?;
        let order = self.orders.get_mut(number).ok_or_else(Refusal::no_order)?;
        order.complete(body, now)?;
        Ok(order.describe(now))
    }

    pub(super) fn modify(&mut self, number: &str, body: Value, now: Timestamp) -> Outcome {
        check_party(&body)?;
        let order = self.orders.get_mut(number).ok_or_else(Refusal::no_order)?;
        order.modify(body, self.switches.charge_running, now)?;
        Ok(order.describe(now))
    }

    pub(super) fn sync(&mut self, number: &str, body: &Value, now: Timestamp) -> Outcome {
        check_party(body)?;
        let order = self.orders.get_mut(number).ok_or_else(Refusal::no_order)?;
        order.sync(body, self.switches.charge_running, now)?;
        Ok(order.describe(now))
    }

    pub(super) fn refund(&mut self, body: Value, now: Timestamp) -> Outcome {
        let id = text(&body, "/transaction_id");
        let mut payments = self.orders.values().filter_map(ServiceOrder::payment);
        let payment = payments.find(|payment| payment.transaction_id.as_deref() == Some(id));
        let missing = || Refusal::new(404, "RESOURCE_NOT_EXISTS", 268_512_771, "no such payment");
        let payment = payment.cloned().ok_or_else(missing)?;
        self.refunds.refund(body, &payment, now)
    }
}

/// Whether a call names our app and our service.
pub(super) fn check_party(body: &Value) -> Result<(), Refusal> {
    if text(body, "/appid") != PaySimulator::APP_ID {
        return Err(Refusal::new(400, "APPID_MCHID_NOT_MATCH", 271_302_149, "appid and mchid are not bound"));
    }
    if text(body, "/service_id") != PaySimulator::SERVICE_ID {
        return Err(Refusal::no_permission());
    }
    Ok(())
}

/// What the kind of a field alone does not say.
fn check_creation(request: &Value, now: Timestamp) -> Result<(), Refusal> {
    // Without the user's consent only by special permission.
    if request.get("need_user_confirm") == Some(&json!(false)) {
        return Err(Refusal::no_permission());
    }
    if integer(request, "/risk_fund/amount") > PaySimulator::RISK_FUND_LIMIT_FEN {
        return Err(Refusal::new(400, "PARAM_ERROR", 271_316_656, "the risk fund is over the service's limit"));
    }
    if !is_notify_url(text(request, "/notify_url")) {
        return Err(Refusal::field("/notify_url", "not https, or with a query"));
    }
    let (start, end) = (text(request, "/time_range/start_time"), text(request, "/time_range/end_time"));
    let today = beijing(now);
    let is_ahead = is_time(start) && today.get(..start.len()).is_some_and(|now| start >= now);
    if start != "OnAccept" && !is_ahead {
        return Err(Refusal::field("/time_range/start_time", "neither OnAccept nor a time that lies ahead"));
    }
    if !end.is_empty() && !is_time(end) {
        return Err(Refusal::field("/time_range/end_time", "not a time"));
    }
    let location = |name| request.get("location").and_then(|location| location.get(name));
    if location("end_location").is_some() && location("start_location").is_none() {
        return Err(Refusal::field("/location/end_location", "there is no start_location"));
    }
    Ok(())
}

/// WeChat Pay takes `https` only; here loopback may do without.
fn is_notify_url(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        (url.scheme() == "https" || url.scheme() == "http" && is_loopback) && url.query().is_none()
    })
}

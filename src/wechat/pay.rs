//! The client of WeChat Pay's PayScore: things lent without a deposit, each order confirmed by its user.
//!
//! A loan goes through five steps: [`PayScore::create`], the user confirms on their phone, [`PayScore::query`] says
//! [`OrderState::Doing`], [`PayScore::complete`] names the fee, and WeChat charges it by itself until it is paid.
//! [`PayScore::cancel`] ends an order that comes to nothing. Notifications say earlier what a query says too.
//!
//! WeChat's answers are checked with WeChat Pay's public key, which every new merchant gets. The older way, platform
//! certificates that have to be downloaded and replaced, is not supported.

mod error;
mod http;
mod keys;
mod notification;
mod order;
mod refund;
mod requests;
mod settings;
mod text;

use std::{fmt, sync::Arc};

use reqwest::Method;
use serde_json::Value;

pub use error::{PayConfigError, PayError};
pub use notification::{Notification, NotificationHeaders, NotificationKind};
pub use order::{Created, Order, OrderItem, OrderState};
pub use refund::{Refund, RefundState};
pub use requests::{Completion, FeeRule, Item, NewOrder};
pub use settings::{PayConfig, PayTimeouts};

use self::{error::unknown, http::Http, keys::SealKey};
use crate::clock::Clock;

const ORDERS: &str = "/v3/payscore/serviceorder";
const REFUNDS: &str = "/v3/refund/domestic/refunds";

/// A client of PayScore for one service of one merchant. Clones share connections and keys.
#[derive(Clone)]
pub struct PayScore {
    account: Arc<Account>,
}

/// What every call needs.
struct Account {
    party: Party,
    http: Http,
    seal: SealKey,
    notify_url: String,
    clock: Clock,
}

/// Who we are at WeChat Pay. An order that names anybody else is not ours.
struct Party {
    merchant: String,
    app: String,
    service: String,
}

impl PayScore {
    /// A client for one service; nothing is sent yet. `clock` dates our signatures and tells whether WeChat's are
    /// too old, so it has to be right to five minutes.
    ///
    /// # Errors
    ///
    /// [`PayConfigError`] names the setting that cannot be used.
    pub fn new(config: PayConfig, clock: Clock) -> Result<Self, PayConfigError> {
        Ok(Self { account: Arc::new(settings::open(config, clock)?) })
    }

    /// Opens an order and asks WeChat whether the user need not pay a deposit: `POST /v3/payscore/serviceorder`.
    /// Nothing is lent yet: the user has to confirm on their phone. The same order again gives the same answer.
    ///
    /// # Errors
    ///
    /// - [`PayError::UserRefused`]: offer the user another way to pay, without a reason
    /// - [`PayError::Refused`]: offer the same, for somebody with three running orders is refused by a number that
    ///   WeChat does not publish, and let an operator look
    /// - [`PayError::RepeatDiffers`]: the number is taken by an order with other contents
    /// - [`PayError::WrongState`]: the number is taken by this very order, which is past being confirmed; query it
    /// - [`PayError::OutcomeUnknown`]: the order may be there; create it again as it is, or query it
    /// - and whatever else [`PayError`] lists
    pub async fn create(&self, order: &NewOrder) -> Result<Created, PayError> {
        let Account { party, notify_url, .. } = &*self.account;
        let body = requests::create(order, party, notify_url)?;
        let answer = self.call("create", Method::POST, ORDERS, Some(body)).await?;
        order::created(answer, party, &order.out_order_no)
    }

    /// What has become of an order: `GET /v3/payscore/serviceorder`.
    ///
    /// # Errors
    ///
    /// - [`PayError::NotFound`]: WeChat has no such order
    /// - [`PayError::NotOurs`]: the answer is about an order of another number, service, app or merchant
    /// - [`PayError::OutcomeUnknown`]: no answer that can be used; ask again later
    /// - and whatever else [`PayError`] lists
    pub async fn query(&self, out_order_no: &str) -> Result<Order, PayError> {
        requests::check_number(out_order_no)?;
        let party = &self.account.party;
        let Party { app, service, .. } = party;
        let path = format!("{ORDERS}?service_id={service}&out_order_no={out_order_no}&appid={app}");
        let answer = self.call("query", Method::GET, &path, None).await?;
        order::order(answer, party, out_order_no)
    }

    /// Ends an order that is not to be charged: `POST /v3/payscore/serviceorder/{out_order_no}/cancel`. `reason` is
    /// for the user and cut to 50 characters. The same cancellation again succeeds; another reason is another
    /// cancellation.
    ///
    /// # Errors
    ///
    /// - [`PayError::WrongState`]: the order is over, or completed. WeChat's texts disagree on whether one that
    ///   waits for its payment can be cancelled, so both happen
    /// - [`PayError::ChargeRunning`]: WeChat is charging just now; try again in three minutes
    /// - [`PayError::NotFound`]: WeChat has no such order
    /// - [`PayError::OutcomeUnknown`]: it may be cancelled, or confirmed meanwhile; query it before the thing is lent
    ///   to somebody else
    /// - and whatever else [`PayError`] lists
    pub async fn cancel(&self, out_order_no: &str, reason: &str) -> Result<(), PayError> {
        requests::check_number(out_order_no)?;
        let body = requests::cancel(reason, &self.account.party)?;
        self.act("cancel", out_order_no, body).await
    }

    /// Names the fee and ends the loan: `POST /v3/payscore/serviceorder/{out_order_no}/complete`. WeChat charges it
    /// within seconds, or, if the user has no money, within weeks; nothing to charge means that the order is done.
    /// The same completion again succeeds, so keep its contents until this does.
    ///
    /// # Errors
    ///
    /// - [`PayError::WrongState`]: not confirmed yet, or cancelled
    /// - [`PayError::RepeatDiffers`]: it is completed with another fee or another time
    /// - [`PayError::Refused`]: among others, the fee is over the risk fund, or the end is not after the confirmation
    ///   or lies ahead of WeChat's clock
    /// - [`PayError::NotFound`]: WeChat has no such order
    /// - [`PayError::OutcomeUnknown`]: it may be completed; complete it again as it is, or query it
    /// - and whatever else [`PayError`] lists
    pub async fn complete(&self, completion: &Completion) -> Result<(), PayError> {
        let body = requests::complete(completion, &self.account.party)?;
        self.act("complete", &completion.out_order_no, body).await
    }

    /// Gives back all or some of a payment: `POST /v3/refund/domestic/refunds`. Within a year, 50 times at most and a
    /// minute apart for one payment. The same refund again tells how it stands.
    ///
    /// # Errors
    ///
    /// - [`PayError::NotFound`]: WeChat has no such payment
    /// - [`PayError::RepeatDiffers`]: the number is taken by another refund
    /// - [`PayError::TooFrequent`]: within a minute of the payment's last refund
    /// - [`PayError::OutcomeUnknown`]: it may be on its way; refund again with the same number
    /// - and whatever else [`PayError`] lists
    pub async fn refund(&self, refund: &Refund) -> Result<RefundState, PayError> {
        let body = refund::body(refund)?;
        let answer = self.call("refund", Method::POST, REFUNDS, Some(body)).await?;
        refund::state(answer, &refund.out_refund_no, Some(refund))
    }

    /// How a refund stands: `GET /v3/refund/domestic/refunds/{out_refund_no}`.
    ///
    /// # Errors
    ///
    /// - [`PayError::NotFound`]: WeChat has no such refund
    /// - [`PayError::OutcomeUnknown`]: no answer that can be used; ask again later
    /// - and whatever else [`PayError`] lists
    pub async fn query_refund(&self, out_refund_no: &str) -> Result<RefundState, PayError> {
        refund::check_number(out_refund_no)?;
        let path = format!("{REFUNDS}/{out_refund_no}");
        let answer = self.call("query_refund", Method::GET, &path, None).await?;
        refund::state(answer, out_refund_no, None)
    }

    /// Checks and opens what WeChat posted to our address. `body` is to be the bytes as they came. A notification is
    /// a hint: it may come twice, late, out of order or never, and what it means is for [`PayScore::query`] to say.
    /// Answer 200 or 204 to one that can be read, and 4xx to any other, which WeChat repeats.
    ///
    /// # Errors
    ///
    /// - [`PayError::BadSignature`]: not from WeChat, tampered with, over five minutes old, or one of WeChat's own
    ///   probes, which have to fail
    /// - [`PayError::NotOurs`]: about an order of another service, app or merchant
    /// - [`PayError::OutcomeUnknown`]: from WeChat, but not in the form that its interface documents
    pub fn read_notification(&self, headers: NotificationHeaders<'_>, body: &[u8]) -> Result<Notification, PayError> {
        let Account { party, http, seal, clock, .. } = &*self.account;
        http.wechat_key().check(&headers.into(), body, clock.now()).map_err(|reason| {
            tracing::warn!(reason, "a notification is not WeChat's");
            PayError::BadSignature
        })?;
        notification::open(body, seal, party)
    }

    /// A call on an existing order, of whose answer only the name matters.
    async fn act(&self, name: &'static str, out_order_no: &str, body: Vec<u8>) -> Result<(), PayError> {
        let path = format!("{ORDERS}/{out_order_no}/{name}");
        let answer = self.call(name, Method::POST, &path, Some(body)).await?;
        order::check_party(&answer, &self.account.party, out_order_no)
    }

    async fn call(
        &self,
        name: &'static str,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<Value, PayError> {
        let answer = self.account.http.call(name, method, path, body).await?;
        serde_json::from_slice(&answer).map_err(|_| unknown("the answer is not JSON"))
    }
}

/// Shows who we are and nothing that is secret.
impl fmt::Debug for PayScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Party { merchant, app, service } = &self.account.party;
        f.debug_struct("PayScore")
            .field("merchant_id", merchant)
            .field("app_id", app)
            .field("service_id", service)
            .finish_non_exhaustive()
    }
}

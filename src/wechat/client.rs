//! The client of WeChat's mini-program interface: login and phone number.

mod error;
mod http;
mod phone;
mod token;

use std::{fmt, sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

pub use error::WeChatError;

use self::{
    error::Failure,
    http::{Http, typed},
    phone::PhoneAnswer,
    token::{Token, Tokens},
};
use crate::clock::Clock;

/// WeChat's codes are shorter than 100 bytes; whatever is longer than this was not made by WeChat.
const MAX_CODE_BYTES: usize = 512;

/// Where WeChat is and who we are there.
#[derive(Clone, Debug)]
pub struct WeChatConfig {
    /// `https://api.weixin.qq.com`, or a simulator's address. Only a loopback address may go without TLS,
    /// because the secret and the tokens travel in the clear otherwise.
    pub base_url: String,
    /// The mini-program's id: 18 characters, beginning with `wx`.
    pub app_id: String,
    /// The mini-program's `AppSecret`.
    pub app_secret: SecretString,
    /// How long to wait for WeChat.
    pub timeouts: Timeouts,
}

/// How long to wait for WeChat before giving up or trying again.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a connection to open.
    pub connect: Duration,
    /// For a login from start to end, repeats included: somebody is looking at a blank screen meanwhile.
    pub login: Duration,
    /// For any other call from start to end, repeats included.
    pub other: Duration,
    /// Before the first and the second repeat of a call that WeChat was too busy to answer.
    pub back_off: [Duration; 2],
}

impl Default for Timeouts {
    /// 3 s to connect, 5 s for a login, 10 s for other calls, and 200 ms, then 600 ms, between repeats.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            login: Duration::from_secs(5),
            other: Duration::from_secs(10),
            back_off: [Duration::from_millis(200), Duration::from_millis(600)],
        }
    }
}

/// Who signed in. The session key that comes along is dropped: nothing here needs it, and it must not leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeChatIdentity {
    /// The user's id within this mini-program.
    pub open_id: String,
    /// The user's id across one company's apps; only when the mini-program is bound to an Open Platform account.
    pub union_id: Option<String>,
}

/// A client of WeChat's mini-program interface. Clones share connections and the access token.
#[derive(Clone)]
pub struct WeChat {
    account: Arc<Account>,
    tokens: Tokens,
}

/// What every call needs.
struct Account {
    http: Http,
    app_id: String,
    app_secret: SecretString,
    timeouts: Timeouts,
    clock: Clock,
}

impl WeChat {
    /// A client for one mini-program; nothing is sent yet. `clock` tells it when the access token grows old.
    ///
    /// # Errors
    ///
    /// [`WeChatError::Unavailable`] when the base URL is neither `https` nor loopback, or when the machine has no
    /// certificate authorities to check WeChat's certificate against.
    pub fn new(config: WeChatConfig, clock: Clock) -> Result<Self, WeChatError> {
        let WeChatConfig { base_url, app_id, app_secret, timeouts } = config;
        let http = Http::new(&base_url, &timeouts)?;
        let account = Arc::new(Account { http, app_id, app_secret, timeouts, clock });
        Ok(Self { account, tokens: Tokens::default() })
    }

    /// The mini-program's id: an open id means something only together with it.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.account.app_id
    }

    /// Trades the code of the front end's `wx.login` for the user's identity: `GET /sns/jscode2session`.
    ///
    /// # Errors
    ///
    /// - [`WeChatError::InvalidCode`]: unknown, used, or older than 5 minutes; the front end calls `wx.login` again
    /// - [`WeChatError::LoginBlocked`]: WeChat holds the user for a high risk
    /// - [`WeChatError::TooFrequent`]: over 100 logins of this user within a minute
    /// - [`WeChatError::Refused`], [`WeChatError::Unavailable`]: not the user's doing
    pub async fn code_to_session(&self, js_code: &str) -> Result<WeChatIdentity, WeChatError> {
        check_code(js_code)?;
        let account = &self.account;
        let query = [
            ("appid", account.app_id.as_str()),
            ("secret", account.app_secret.expose_secret()),
            ("js_code", js_code),
            ("grant_type", "authorization_code"),
        ];
        let request = || account.http.get("/sns/jscode2session").query(&query);
        let session: Session = typed(account.http.call("jscode2session", request, account.timeouts.login).await?)?;
        session.identity()
    }

    /// Trades the code of the front end's phone button for the number, in E.164 like `+8613812341234`:
    /// `POST /wxa/business/getuserphonenumber`. `open_id` is the signed-in user's; WeChat checks that the code is
    /// theirs. WeChat charges for every tap, so ask only for a number that is not known yet.
    ///
    /// # Errors
    ///
    /// - [`WeChatError::InvalidCode`]: unknown, used, older than 5 minutes or somebody else's; the user taps again
    /// - [`WeChatError::TooFrequent`]: over the minute's quota
    /// - [`WeChatError::Refused`], [`WeChatError::Unavailable`]: not the user's doing
    pub async fn phone_number(&self, code: &str, open_id: &str) -> Result<String, WeChatError> {
        check_code(code)?;
        let token = self.tokens.get(&self.account, None).await?;
        let answer = match self.ask_phone(&token, code, open_id).await {
            // Another instance's forced refresh or a change of secret kills a token before its time.
            Err(failure) if failure.is_token_refused() => {
                let token = self.tokens.get(&self.account, Some(&token)).await?;
                self.ask_phone(&token, code, open_id).await
            }
            settled => settled,
        };
        answer?.e164(&self.account.app_id)
    }

    async fn ask_phone(&self, token: &Token, code: &str, open_id: &str) -> Result<PhoneAnswer, Failure> {
        let Account { http, timeouts, .. } = &*self.account;
        let body = json!({ "code": code, "openid": open_id });
        let request =
            || http.post("/wxa/business/getuserphonenumber").query(&[("access_token", token.expose())]).json(&body);
        typed(http.call("getuserphonenumber", request, timeouts.other).await?)
    }
}

/// Shows the mini-program's id and nothing that is secret.
impl fmt::Debug for WeChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeChat").field("app_id", &self.account.app_id).finish_non_exhaustive()
    }
}

/// WeChat's answer to a login.
#[derive(Deserialize)]
struct Session {
    openid: String,
    unionid: Option<String>,
}

impl Session {
    fn identity(self) -> Result<WeChatIdentity, WeChatError> {
        if self.openid.is_empty() {
            return Err(WeChatError::Unavailable { reason: "the answer has no open id" });
        }
        Ok(WeChatIdentity { open_id: self.openid, union_id: self.unionid.filter(|id| !id.is_empty()) })
    }
}

/// Spares WeChat, and our quota, what cannot be one of its codes.
fn check_code(code: &str) -> Result<(), WeChatError> {
    if code.is_empty() || code.len() > MAX_CODE_BYTES {
        return Err(WeChatError::InvalidCode);
    }
    Ok(())
}

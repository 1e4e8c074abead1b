//! What the simulated WeChat knows: the mini-program's codes, tokens and logins.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Simulator,
    answer::Errcode,
    codes::{Codes, Use},
    faults::Ledger,
    mint::Mint,
    phone::Phone,
    tokens::Tokens,
};
use crate::clock::Clock;

const LOGINS_PER_MINUTE: u32 = 100;
const CODE_CHARACTERS: usize = 32;
const PHONE_CODE_CHARACTERS: usize = 64;
const SESSION_KEY_BYTES: usize = 16;

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) mint: Mint,
    pub(super) ledger: Ledger,
    codes: Mutex<Codes>,
    tokens: Mutex<Tokens>,
    logins: Mutex<HashMap<String, Minute>>,
}

/// A person's logins within one minute of the clock.
struct Minute {
    number: i64,
    logins: u32,
}

impl World {
    pub(super) fn new(clock: Clock) -> io::Result<Self> {
        Ok(Self {
            clock,
            mint: Mint::new()?,
            ledger: Ledger::default(),
            codes: Mutex::default(),
            tokens: Mutex::default(),
            logins: Mutex::default(),
        })
    }

    pub(super) fn login_code(&self, name: &str) -> String {
        self.code(CODE_CHARACTERS, name, Use::Login)
    }

    pub(super) fn phone_code(&self, name: &str, phone: &str) -> String {
        let phone = Phone::parse(phone).unwrap_or_else(|| Phone::verbatim(phone));
        self.code(PHONE_CODE_CHARACTERS, name, Use::Phone(phone))
    }

    fn code(&self, length: usize, name: &str, use_for: Use) -> String {
        let code = self.mint.text(length);
        lock(&self.codes).add(code.clone(), name, use_for, self.clock.now());
        code
    }

    /// Signs in the person that `code` was minted for.
    pub(super) fn log_in(&self, code: &str) -> Result<Value, Errcode> {
        let now = self.clock.now();
        let mut codes = lock(&self.codes);
        let name = codes.person(code, now).ok_or(Errcode::BAD_CODE)?;
        self.count_login(&name, now)?;
        codes.spend(code);
        Ok(json!({
            "openid": Simulator::open_id(&name),
            "session_key": BASE64_STANDARD.encode(&self.mint.bytes()[..SESSION_KEY_BYTES]),
            "unionid": Simulator::union_id(&name),
        }))
    }

    fn count_login(&self, name: &str, now: Timestamp) -> Result<(), Errcode> {
        let number = now.as_second().div_euclid(60);
        let mut logins = lock(&self.logins);
        logins.retain(|_, minute| minute.number == number);
        let minute = logins.entry(name.to_owned()).or_insert(Minute { number, logins: 0 });
        if minute.logins >= LOGINS_PER_MINUTE {
            return Err(Errcode::MINUTE_QUOTA);
        }
        minute.logins += 1;
        Ok(())
    }

    /// The number that `code` was minted for, if it is `open_id`'s where that is given.
    pub(super) fn phone_number(&self, code: &str, open_id: Option<&str>) -> Result<Value, Errcode> {
        let now = self.clock.now();
        let mut codes = lock(&self.codes);
        let grant = codes.phone(code, now).ok_or(Errcode::BAD_CODE)?;
        let owner = grant.name.map(Simulator::open_id);
        if owner.zip(open_id).is_some_and(|(owner, open_id)| owner != open_id) {
            return Err(Errcode::BAD_CODE);
        }
        let info = grant.phone.info(&json!({ "timestamp": now.as_second(), "appid": Simulator::APP_ID }));
        codes.spend(code);
        Ok(json!({ "errcode": 0, "errmsg": "ok", "phone_info": info }))
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        lock(&self.tokens)
    }
}

/// A panic elsewhere is no reason to stop serving.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

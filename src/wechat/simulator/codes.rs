//! One-time codes: what `wx.login` and the phone button give to the front end.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::phone::{Phone, is_mainland_mobile};

const LIFE: SignedDuration = SignedDuration::from_mins(5);
const DEMO: &str = "demo:";
const DEMO_NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=64;

/// The codes that are out. A used code is forgotten: WeChat answers it like one that never was.
#[derive(Default)]
pub(super) struct Codes(HashMap<String, Code>);

struct Code {
    name: String,
    use_for: Use,
    minted: Timestamp,
}

/// A code of one kind does not serve for the other.
pub(super) enum Use {
    Login,
    Phone(Phone),
}

/// A phone number and, unless the code was a demo's, whose it is.
pub(super) struct PhoneGrant<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) phone: Phone,
}

impl Codes {
    pub(super) fn add(&mut self, code: String, name: &str, use_for: Use, now: Timestamp) {
        self.0.retain(|_, code| code.is_alive(now));
        self.0.insert(code, Code { name: name.to_owned(), use_for, minted: now });
    }

    /// Whom a login code signs in. The code stays good until [`Codes::spend`].
    pub(super) fn person(&self, code: &str, now: Timestamp) -> Option<String> {
        if let Some(name) = code.strip_prefix(DEMO) {
            return DEMO_NAME_CHARACTERS.contains(&name.chars().count()).then(|| name.to_owned());
        }
        let code = self.alive(code, now)?;
        matches!(code.use_for, Use::Login).then(|| code.name.clone())
    }

    /// What a phone code gives. The code stays good until [`Codes::spend`].
    pub(super) fn phone(&self, code: &str, now: Timestamp) -> Option<PhoneGrant<'_>> {
        if let Some(number) = code.strip_prefix(DEMO) {
            return is_mainland_mobile(number).then(|| PhoneGrant { name: None, phone: Phone::verbatim(number) });
        }
        let code = self.alive(code, now)?;
        match &code.use_for {
            Use::Phone(phone) => Some(PhoneGrant { name: Some(&code.name), phone: phone.clone() }),
            Use::Login => None,
        }
    }

    pub(super) fn spend(&mut self, code: &str) {
        self.0.remove(code);
    }

    fn alive(&self, code: &str, now: Timestamp) -> Option<&Code> {
        self.0.get(code).filter(|code| code.is_alive(now))
    }
}

impl Code {
    fn is_alive(&self, now: Timestamp) -> bool {
        now.duration_since(self.minted) < LIFE
    }
}

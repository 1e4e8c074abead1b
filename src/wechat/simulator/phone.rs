//! A phone number the way WeChat tells it: country code and national number apart.

use serde_json::{Value, json};

const CHINA: &str = "86";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phone {
    country: String,
    number: String,
}

impl Phone {
    /// Takes `13812341234` or `+447911123456`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let phone = match text.strip_prefix('+') {
            Some(digits) => {
                let (country, number) = digits.split_at_checked(country_code_length(digits))?;
                Self { country: country.to_owned(), number: number.to_owned() }
            }
            None if is_mainland_mobile(text) => Self::verbatim(text),
            None => return None,
        };
        let is_number = (4..=14).contains(&phone.number.len());
        let is_digits = phone.country.bytes().chain(phone.number.bytes()).all(|byte| byte.is_ascii_digit());
        (is_number && is_digits && !phone.country.starts_with('0')).then_some(phone)
    }

    /// Whatever `text` is, as a Chinese number.
    pub(super) fn verbatim(text: &str) -> Self {
        Self { country: CHINA.to_owned(), number: text.to_owned() }
    }

    /// The `phone_info` of WeChat's answer. WeChat documents the country code as a string and shows a number in its
    /// sample; here Chinese numbers follow the sample, so that clients meet both.
    pub(super) fn info(&self, watermark: &Value) -> Value {
        let Self { country, number } = self;
        let (full, code) = if country == CHINA {
            (number.clone(), json!(86))
        } else {
            (format!("+{country}{number}"), json!(country))
        };
        json!({ "phoneNumber": full, "purePhoneNumber": number, "countryCode": code, "watermark": watermark })
    }
}

/// 11 digits, the first of them 1.
pub(super) fn is_mainland_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Country codes are prefix-free: `+1` and `+7` stand alone, these have two digits, and the rest three.
fn country_code_length(digits: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    if digits.starts_with(['1', '7']) {
        1
    } else if TWO.iter().any(|code| digits.starts_with(code)) {
        2
    } else {
        3
    }
}

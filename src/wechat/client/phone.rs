//! WeChat's answer about a phone number, and the number in E.164.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tracing::error;

use super::WeChatError;

/// E.164: country code and national number together.
const MAX_DIGITS: usize = 15;

#[derive(Deserialize)]
pub(super) struct PhoneAnswer {
    phone_info: PhoneInfo,
}

/// `phoneNumber` is left aside: it has a country code for foreign numbers only.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneInfo {
    #[serde(deserialize_with = "digits")]
    pure_phone_number: Option<String>,
    #[serde(deserialize_with = "digits")]
    country_code: Option<String>,
    watermark: Watermark,
}

#[derive(Deserialize)]
struct Watermark {
    appid: String,
}

impl PhoneAnswer {
    /// The number, provided that it was given to the mini-program `app_id`.
    pub(super) fn e164(self, app_id: &str) -> Result<String, WeChatError> {
        let PhoneInfo { pure_phone_number, country_code, watermark } = self.phone_info;
        if watermark.appid != app_id {
            error!("WeChat gave a phone number that belongs to another mini-program");
            return Err(WeChatError::Unavailable { reason: "the number belongs to another mini-program" });
        }
        country_code
            .zip(pure_phone_number)
            .filter(|(country, _)| country.len() <= 3 && !country.starts_with('0'))
            .filter(|(country, number)| country.len() + number.len() <= MAX_DIGITS)
            .map(|(country, number)| format!("+{country}{number}"))
            .ok_or(WeChatError::Unavailable { reason: "the number is no phone number" })
    }
}

/// Digits given as a string (as WeChat documents) or as a number (as its own sample has it); `None` for anything
/// else.
fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let text = text.trim().trim_start_matches('+');
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    Ok(is_digits.then(|| text.to_owned()))
}

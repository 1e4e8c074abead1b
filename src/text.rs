//! Text that people write: never blank, never longer than it may be, free of control characters.
//!
//! The type carries the rule, so that a handler cannot forget it and the API document cannot differ from it.

use std::borrow::Cow;
use std::ops::Deref;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// 1 to `MAX` characters, at least one of them visible; line breaks and tabs are the only control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text<const MAX: usize>(String);

/// The rule of [`Text`] as a regular expression, for the API document.
const PATTERN: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*[^\u0000-\u0020\u007f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$";

impl<const MAX: usize> Text<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// The stable code of the rule it breaks.
    pub fn new(text: String) -> Result<Self, &'static str> {
        if text.chars().count() > MAX {
            return Err("text_too_long");
        }
        if text.chars().all(char::is_whitespace) {
            return Err("text_blank");
        }
        if text.chars().any(|c| c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err("text_has_control_characters");
        }
        Ok(Self(text))
    }

    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// The code travels inside serde's message as `code|limit`; `http::body` takes it apart.
impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(|code| D::Error::custom(format!("{code}|{MAX}")))
    }
}

impl<const MAX: usize> PartialSchema for Text<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(format!("1 to {MAX} characters, not only blanks, no control characters")))
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(PATTERN))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Text<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// A telephone number in E.164 form. Its `Debug` and `Display` are masked: a log cannot give it away.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it: a mainland number of 11 digits, or any number with `+` and country code;
    /// blanks and hyphens are ignored.
    ///
    /// # Errors
    /// The stable code of the rule it breaks.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let number = match digits.strip_prefix('+') {
            Some(number) => number.to_owned(),
            // Mainland mobile numbers start with 1, landlines are written with their 0.
            None if digits.len() == 11 && digits.starts_with('1') => format!("86{digits}"),
            None if (10..=12).contains(&digits.len()) && digits.starts_with('0') => {
                format!("86{}", digits.trim_start_matches('0'))
            }
            None => return Err("phone_malformed"),
        };
        // E.164: at most 15 digits, no leading zero.
        let well_formed =
            (7..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
        if well_formed { Ok(Self(format!("+{number}"))) } else { Err("phone_malformed") }
    }

    /// The number in full, `+8613812345678`. Only for sealing, look-up, and the one answer that may show it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What everyone else may see: `138****5678`.
    #[must_use]
    pub fn masked(&self) -> String {
        let national = self.0.strip_prefix("+86").unwrap_or(&self.0);
        let (head, tail) = if national.len() >= 9 { (3, 4) } else { (2, 2) };
        let start: String = national.chars().take(head).collect();
        let end: String = national.chars().skip(national.len().saturating_sub(tail)).collect();
        format!("{start}****{end}")
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|code| D::Error::custom(format!("{code}|")))
    }
}

impl PartialSchema for Phone {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some("A mainland mobile number of 11 digits, or any number with + and country code"))
            .pattern(Some(r"^(1[0-9]{10}|\+[1-9][0-9]{6,14})$"))
            .examples(["13812345678"])
            .into()
    }
}

impl ToSchema for Phone {}

/// Reads a whole number, also when it is written `5.0`: to JSON both are the same integer.
///
/// # Errors
/// As serde: anything else.
pub fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let number = f64::deserialize(deserializer)?;
    // What is too large to count stays too large: its range says so.
    #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is whole")]
    if number.fract() == 0.0 { Ok(number as i32) } else { Err(D::Error::custom("value_malformed|")) }
}

/// The same, if there is one.
///
/// # Errors
/// As serde: anything else.
pub fn maybe_whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "whole_number")] i32);
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|Whole(number)| number))
}

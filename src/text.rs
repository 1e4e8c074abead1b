//! Text that people write: never blank, never longer than it may be, free of characters that control where it is shown.
//!
//! The type carries the rule, so that a handler cannot forget it and the API document cannot differ from it.

use std::borrow::Cow;
use std::ops::Deref;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// 1 to `MAX` characters, at least one of them visible; line breaks and tabs are the only control characters, and nothing
/// changes the direction of what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text<const MAX: usize>(String);

/// The rule of [`Text`] as a regular expression, for the API document.
const PATTERN: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*[^\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]*$";

/// Whether nothing is to be seen of a character by itself: blanks, and what Unicode calls default-ignorable or draws empty
/// (zero-width marks, fillers, the empty Braille cell).
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        )
}

/// Whether a character controls instead of saying something: the control characters of both halves of Latin-1, and the
/// marks that turn the direction of text until they are ended, by which a line can be made to read as another.
fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

impl<const MAX: usize> Text<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// The stable code of the rule it breaks.
    pub fn new(text: String) -> Result<Self, &'static str> {
        if text.chars().count() > MAX {
            return Err("text_too_long");
        }
        if text.chars().all(is_invisible) {
            return Err("text_blank");
        }
        if text.chars().any(is_control) {
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
            .description(Some(format!(
                "1 to {MAX} characters, not only blanks, no control characters, no marks that turn its direction"
            )))
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

/// As [`Text`], and without the number of an identity card: such numbers are never kept whole. Numbers of other papers are
/// not recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discreet<const MAX: usize>(Text<MAX>);

impl<const MAX: usize> Discreet<MAX> {
    /// Checks a text.
    ///
    /// # Errors
    /// The stable code of the rule it breaks.
    pub fn new(text: String) -> Result<Self, &'static str> {
        let text = Text::new(text)?;
        if has_identity_number(&text) { Err("text_has_identity_number") } else { Ok(Self(text)) }
    }

    /// A text that was checked when it was written, as it is read from where it is kept: a rule that came later must not
    /// make it unreadable.
    #[must_use]
    pub(crate) const fn kept(text: String) -> Self {
        Self(Text(text))
    }

    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0.into_string()
    }
}

/// Whether there is a citizen's number in a text: 17 digits and the check character of GB 11643-1999, which a parcel's
/// number has by chance only once in eleven; or the 15 digits of before.
fn has_identity_number(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let is_number = |run: &[u8]| {
        let Some((last, digits)) = run.split_last() else { return false };
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(*digit - b'0') * weight).sum();
        let check = b"10X98765432".get((sum % 11) as usize);
        check == Some(&last.to_ascii_uppercase())
    };
    // Whatever stands between the digits hides nothing, nor do full-width ones.
    let half_width = |c: char| match c {
        '\u{ff10}'..='\u{ff5a}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let plain: String = text.chars().map(half_width).filter(|c| c.is_alphanumeric()).collect();
    let mut runs = plain.split(|c: char| !c.is_ascii_digit() && !c.eq_ignore_ascii_case(&'x'));
    let whole = |run: &[u8]| run.iter().take(17).all(u8::is_ascii_digit);
    runs.any(|run| run.as_bytes().windows(18).any(|run| whole(run) && is_number(run)) || is_old_number(run.as_bytes()))
}

/// Whether digits are a citizen's number as they were until 1999: a province, a place in it, the day of birth without its
/// century, and three digits more. There is no check digit: what stands among other digits is left alone.
fn is_old_number(run: &[u8]) -> bool {
    if run.len() != 15 || !run.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let two = |at: usize| run.iter().skip(at).take(2).fold(0, |sum, digit| sum * 10 + u32::from(*digit - b'0'));
    let is_place = matches!(two(0), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65);
    let is_day = matches!(two(8), 1..=12) && matches!(two(10), 1..=31);
    // The number of a telephone itself begins like those of Fujian, and has a check digit.
    let is_device = two(0) == 35 && luhn(run).is_multiple_of(10);
    is_place && is_day && !is_device
}

/// The sum of digits that ends in 0 for numbers of telephones.
fn luhn(run: &[u8]) -> u32 {
    let digit = |(place, digit): (usize, &u8)| {
        let value = u32::from(*digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
        value / 10 + value % 10
    };
    run.iter().rev().enumerate().map(digit).sum()
}

impl<const MAX: usize> Deref for Discreet<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Discreet<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(|code| D::Error::custom(format!("{code}|{MAX}")))
    }
}

impl<const MAX: usize> PartialSchema for Discreet<MAX> {
    fn schema() -> RefOr<Schema> {
        Text::<MAX>::schema()
    }
}

impl<const MAX: usize> ToSchema for Discreet<MAX> {
    fn name() -> Cow<'static, str> {
        Text::<MAX>::name()
    }
}

/// Exactly `LENGTH` letters or digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Characters<const LENGTH: usize>(String);

impl<const LENGTH: usize> Characters<LENGTH> {
    /// The characters themselves.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What is so short is a code, or part of a number that names a person: a log does not show it.
impl<const LENGTH: usize> std::fmt::Debug for Characters<LENGTH> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl<const LENGTH: usize> Deref for Characters<LENGTH> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const LENGTH: usize> Deserialize<'de> for Characters<LENGTH> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let fits = text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text)) } else { Err(D::Error::custom(format!("characters_malformed|{LENGTH}"))) }
    }
}

impl<const LENGTH: usize> PartialSchema for Characters<LENGTH> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(format!("Exactly {LENGTH} letters or digits")))
            .min_length(Some(LENGTH))
            .max_length(Some(LENGTH))
            .pattern(Some(format!("^[0-9A-Za-z]{{{LENGTH}}}$")))
            .into()
    }
}

impl<const LENGTH: usize> ToSchema for Characters<LENGTH> {
    fn name() -> Cow<'static, str> {
        format!("Characters{LENGTH}").into()
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

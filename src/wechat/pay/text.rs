//! Texts and times as WeChat Pay takes them.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{self, Offset},
};

/// WeChat Pay's times carry no zone and mean Beijing's.
const BEIJING: Offset = tz::offset(8);
const SECONDS: &str = "%Y%m%d%H%M%S";

/// `text` in one line and cut to `limit` characters. WeChat refuses the whole order for one character too many.
pub(super) fn fit(text: &str, limit: usize) -> String {
    let mut fitted: String = one_line(text).take(limit).collect();
    fitted.truncate(fitted.trim_end().len());
    fitted
}

/// `text` in one line and cut so that it has `limit` characters at most once it is percent-encoded.
pub(super) fn fit_encoded(text: &str, limit: usize) -> String {
    let mut length = 0;
    one_line(text)
        .take_while(|character| {
            length += encoded_length(*character);
            length <= limit
        })
        .collect()
}

fn one_line(text: &str) -> impl Iterator<Item = char> {
    text.trim().chars().map(|character| if character.is_control() { ' ' } else { character })
}

fn encoded_length(character: char) -> usize {
    let is_plain = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '~');
    if is_plain { 1 } else { 3 * character.len_utf8() }
}

/// Like `20261122120000`, in Beijing.
pub(super) fn beijing(at: Timestamp) -> String {
    BEIJING.to_datetime(at).strftime(SECONDS).to_string()
}

/// The moment that [`beijing`] would write like this, or `None` for a word, a day or anything else.
pub(super) fn from_beijing(text: &str) -> Option<Timestamp> {
    let is_seconds = text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit());
    let at = is_seconds.then(|| DateTime::strptime(SECONDS, text).ok())??;
    BEIJING.to_timestamp(at).ok()
}

/// Whether `text` is 1 to `limit` letters, digits, `_` or `-`: what every place of WeChat Pay takes, addresses
/// included.
pub(super) fn is_number(text: &str, limit: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=limit).contains(&text.len()) && text.bytes().all(is_allowed)
}

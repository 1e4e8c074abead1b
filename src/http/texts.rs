//! The sentences of problem documents and of what happens next, in Chinese and English (`texts/<language>/*.ftl`, Fluent).

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::http::header::{self, HeaderMap};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, langid, static_loader};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Params;

static_loader! {
    static TEXTS = {
        locales: "./src/http/texts",
        fallback_language: "zh-CN",
        // Marks around inserted values are for mixed writing directions; they only disturb in JSON.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language that Yijian speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Language {
    /// 简体中文, the default.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// A problem in words.
pub struct ProblemText {
    /// A few words.
    pub title: String,
    /// One sentence that says what to do.
    pub detail: String,
}

static CHINESE: LanguageIdentifier = langid!("zh-CN");
static ENGLISH: LanguageIdentifier = langid!("en");

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Its tag, as in a page or a link.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }

    /// The language a client likes best, from `Accept-Language` (RFC 9110 §12.5.4).
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (Self::Chinese, 0.0_f32);
        for part in accepted.split(',') {
            let (tag, quality) =
                part.split_once(";q=").map_or((part, 1.0), |(t, q)| (t, q.trim().parse().unwrap_or(0.0)));
            let tag = tag.trim().to_ascii_lowercase();
            let language = match tag.split('-').next() {
                Some("zh" | "*") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }
}

/// A sentence that says what happens next, with the time at which it does (`texts/<language>/steps.ftl`).
#[must_use]
pub fn step(language: Language, id: &str, time: Option<&str>) -> String {
    let args = HashMap::from([(Cow::Borrowed("time"), FluentValue::from(time.unwrap_or_default()))]);
    TEXTS.try_lookup_complete(language.identifier(), id, Some(&args)).unwrap_or_else(|| id.to_owned())
}

/// The title and the advice that go with a code. A code without texts shows itself; a test sees to it that there is
/// none.
#[must_use]
pub fn problem(language: Language, code: &str, params: &Params) -> ProblemText {
    let language = language.identifier();
    let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
        params.iter().map(|(name, value)| (Cow::Borrowed(*name), FluentValue::from(value.as_str()))).collect();
    let look_up = |id: &str| TEXTS.try_lookup_complete(language, id, Some(&args)).unwrap_or_else(|| code.to_owned());
    ProblemText { title: look_up(code), detail: look_up(&format!("{code}.detail")) }
}

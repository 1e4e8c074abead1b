//! The values that rows are made of, and how they look in JSON.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::db::sql::{Document, Key, Moment};

/// An identifier: a `UUIDv7`, so that later ones sort after earlier ones. In text always with hyphens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Key)]
pub struct Id(pub uuid::Uuid);

/// An instant: microseconds in the database, RFC 3339 in UTC with milliseconds in JSON.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Moment)]
pub struct Instant(pub Timestamp);

/// A JSON document of no fixed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Document)]
pub struct Json(pub serde_json::Value);

impl Id {
    /// Nobody and nothing.
    pub const NIL: Self = Self(uuid::Uuid::nil());

    /// The smallest id that anything of a moment can have: a `UUIDv7` begins with its milliseconds.
    #[must_use]
    pub fn first_of(at: Instant) -> Self {
        let millis = u128::try_from(at.0.as_millisecond()).unwrap_or(0);
        Self(uuid::Uuid::from_u128(millis << 80))
    }

    /// Its random half, for what needs a number that others hardly have.
    #[must_use]
    pub fn low_bits(self) -> i64 {
        self.0.as_u64_pair().1.cast_signed()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Takes only the form that is given out: 36 characters with hyphens.
impl FromStr for Id {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let id = uuid::Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
        id.map(Self).ok_or("id_malformed|")
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into()
    }
}

impl ToSchema for Id {}

impl Instant {
    /// How long after `earlier` this is.
    #[must_use]
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.duration_since(earlier.0)
    }
}

impl From<Timestamp> for Instant {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Add<SignedDuration> for Instant {
    type Output = Self;
    fn add(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_add(by).unwrap_or(Timestamp::MAX))
    }
}

impl Sub<SignedDuration> for Instant {
    type Output = Self;
    fn sub(self, by: SignedDuration) -> Self {
        Self(self.0.saturating_sub(by).unwrap_or(Timestamp::MIN))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// 0001-01-01T00:00:00Z
const YEAR_ONE: i64 = -62_135_596_800;

/// Takes any RFC 3339 text with `Z` or an offset.
impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        // RFC 3339 knows four digits of a year, and PostgreSQL not many more.
        let at = text.parse().ok().filter(|at: &Timestamp| at.as_second() >= YEAR_ONE);
        at.map(Self).ok_or_else(|| D::Error::custom("instant_malformed|"))
    }
}

impl PartialSchema for Instant {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC, milliseconds"))
            .examples(["2026-11-22T02:30:00.000Z"])
            .into()
    }
}

impl ToSchema for Instant {}

//! The rules under which things of one type are lent, as a site sets them. A rental keeps those it began with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::text::{maybe_whole_number, whole_number};
use crate::text_enum;

text_enum! {
    /// Who may borrow.
    pub enum Borrowers {
        /// Whoever is signed in.
        Anyone = "anyone",
        /// Who has bound a telephone number.
        WithPhone = "with_phone",
        /// Merchants and owners.
        Tenants = "tenants",
    }
}

text_enum! {
    /// What secures that the thing comes back.
    pub enum Deposit {
        /// Nothing.
        None = "none",
        /// Cash, left at a desk; only staff hand such things out.
        DeskCash = "desk_cash",
        /// A service order of WeChat `PayScore`, which the borrower confirms.
        Payscore = "payscore",
    }
}

text_enum! {
    /// Where a thing may be given back.
    pub enum Returns {
        /// At any station that takes its type.
        AnyStation = "any_station",
        /// Where it was borrowed.
        SameStation = "same_station",
        /// At any station of the same kind: from a cabinet into a cabinet.
        SameType = "same_type",
    }
}

/// What is asked after the free time: so much for each step that is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step_seconds": 3600, "step_fen": 100, "daily_cap_fen": 1000}))]
pub struct FeeRule {
    /// How long a step is, in seconds.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 60, max = 2_592_000))]
    #[schema(minimum = 60, maximum = 2_592_000)]
    pub step_seconds: i32,
    /// What a step costs, in fen.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 1, max = 1_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub step_fen: i32,
    /// The most that the steps which begin on one day of the site cost, in fen; `null` is no such limit.
    #[serde(default, deserialize_with = "maybe_whole_number")]
    #[validate(range(min = 1, max = 10_000_000))]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub daily_cap_fen: Option<i32>,
}

/// The rules of a type of thing. Lengths are in seconds, money is in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"borrowers": "anyone", "most_at_once": 1, "asks_age": false, "free_seconds": 14400,
    "longest_seconds": 86400, "extension_seconds": 86400, "remind_before_seconds": 3600, "fee": null,
    "replacement_fen": 5000, "lost_after_days": 7, "deposit": "none", "deposit_fen": 0, "returns": "any_station",
    "is_checked": false}))]
pub struct Policy {
    /// Who may borrow.
    pub borrowers: Borrowers,
    /// How many one person may have at once.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 1, max = 20))]
    #[schema(minimum = 1, maximum = 20)]
    pub most_at_once: i32,
    /// Whether a borrower must say if they are of age, and name an adult if not: a wheelchair.
    pub asks_age: bool,
    /// How long it costs nothing.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 0, max = 2_592_000))]
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub free_seconds: i32,
    /// After this it is due.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 300, max = 2_592_000))]
    #[schema(minimum = 300, maximum = 2_592_000)]
    pub longest_seconds: i32,
    /// What the borrower may add once; 0 is nothing.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 0, max = 2_592_000))]
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub extension_seconds: i32,
    /// The borrower is reminded so long before it is due.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 60, max = 86_400))]
    #[schema(minimum = 60, maximum = 86_400)]
    pub remind_before_seconds: i32,
    /// What is asked after the free time; `null` is nothing.
    #[validate(nested)]
    pub fee: Option<FeeRule>,
    /// What a lost or broken one is paid with, and the most that a rental can cost.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub replacement_fen: i32,
    /// What is so many days overdue counts as lost.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 1, max = 90))]
    #[schema(minimum = 1, maximum = 90)]
    pub lost_after_days: i32,
    /// What secures that it comes back.
    pub deposit: Deposit,
    /// How much; for `payscore` the most that can be charged. 0 for `none`.
    #[serde(deserialize_with = "whole_number")]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub deposit_fen: i32,
    /// Where it may be given back.
    pub returns: Returns,
    /// Whether staff look at it after each return, before it is lent again.
    pub is_checked: bool,
}

impl Policy {
    /// Whether one can be kept for somebody: not what needs a deposit, or an answer first.
    #[must_use]
    pub fn is_reservable(&self) -> bool {
        self.deposit == Deposit::None && !self.asks_age
    }

    /// What of it contradicts the rest, as a field and a code: a deposit is an amount or none, `PayScore` can charge no
    /// more than it secures, and what costs a fee has a price that ends it.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        if (self.deposit_fen > 0) != (self.deposit != Deposit::None) {
            return Some(("deposit_fen", "deposit_amount_needed"));
        }
        if self.deposit == Deposit::Payscore && self.deposit_fen < self.replacement_fen {
            return Some(("deposit_fen", "deposit_too_small"));
        }
        if self.remind_before_seconds >= self.longest_seconds {
            return Some(("remind_before_seconds", "reminder_too_early"));
        }
        if self.fee.is_some() && self.replacement_fen == 0 {
            return Some(("replacement_fen", "replacement_price_needed"));
        }
        None
    }
}

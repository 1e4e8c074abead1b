//! Rows of service orders at WeChat, and where they stand.

use diesel::prelude::*;

use crate::db::schema::payscore_orders;
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// Where a service order stands, as far as we know.
    pub enum PayState {
        /// Nothing was sent to WeChat yet, or nobody knows whether it arrived.
        Wanted = "wanted",
        /// The borrower has to confirm.
        Created = "created",
        /// Confirmed: the thing may be handed out.
        Doing = "doing",
        /// Over; WeChat charges it.
        Charging = "charging",
        /// Paid, or over without a charge.
        Paid = "paid",
        /// Cancelled.
        Revoked = "revoked",
        /// Never confirmed.
        Expired = "expired",
    }
}

impl PayState {
    /// Whether WeChat does nothing more with it by itself.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Paid | Self::Revoked | Self::Expired)
    }
}

/// A service order.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = payscore_orders)]
#[diesel(treat_none_as_default_value = false)]
pub struct PayOrder {
    /// The rental it secures.
    pub rental_id: Id,
    /// Its number at WeChat: the rental's id without hyphens.
    pub out_order_no: String,
    /// Where it stands.
    pub state: PayState,
    /// For `wx.openBusinessView`, sealed.
    pub package_sealed: Option<Vec<u8>>,
    /// What it was completed with, in fen.
    pub total_fen: Option<i64>,
    /// The payment at WeChat.
    pub transaction_id: Option<String>,
    /// What was given back of it, in fen.
    pub refund_fen: i64,
    /// What is being given back just now, in fen.
    pub refund_pending_fen: i64,
    /// How often WeChat was asked since it last changed.
    pub polls: i32,
    /// Since when.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

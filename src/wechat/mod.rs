//! What the desk needs of WeChat: who a mini-program user is, and which phone number they agreed to share.
//!
//! [`WeChat`] is the client of WeChat's server interface: login, access token, phone number.
//! [`PayScore`] is the client of WeChat Pay's service orders, which stand for deposits.
//! [`Simulator`] and [`PaySimulator`] are a small WeChat on loopback for `yijian demo` and the tests: same paths, same codes, same quirks.
//! None knows anything of the desk, so each can be read, tested and replaced on its own.

mod client;
mod pay;
mod pay_simulator;
mod simulator;

pub use client::{Timeouts, WeChat, WeChatConfig, WeChatError, WeChatIdentity};
pub use pay::{
    Completion, Created, FeeRule, Item, NewOrder, Notification, NotificationHeaders, NotificationKind, Order,
    OrderItem, OrderState, PayConfig, PayConfigError, PayError, PayScore, PayTimeouts, Refund, RefundState,
};
pub use pay_simulator::{Notices, PayEndpoint, PayFault, PayKeys, PaySimulator, SignedNotification, UserRefusal};
pub use simulator::{Endpoint, Fault, Simulator};

//! What the desk needs of WeChat: who a mini-program user is, and which phone number they agreed to share.
//!
//! [`WeChat`] is the client of WeChat's server interface: login, access token, phone number.
//! [`Simulator`] is a small WeChat on loopback for `yijian demo` and the tests: same paths, same codes, same quirks.
//! Neither knows anything of the desk, so either can be read, tested and replaced on its own.

mod client;
mod simulator;

pub use client::{Timeouts, WeChat, WeChatConfig, WeChatError, WeChatIdentity};
pub use simulator::{Endpoint, Fault, Simulator};

//! Names that look like WeChat's: ids derived from a person's name, and codes, tokens and keys that nobody can guess.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::{
    digest::{self, SHA256, SHA256_OUTPUT_LEN},
    rand,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::Simulator;

const ID_CHARACTERS: usize = 28;

/// The person's id of one kind: 28 characters, beginning with `o`.
pub(super) fn id(kind: &str, name: &str) -> String {
    let digest = digest::digest(&SHA256, format!("{}:{kind}:{name}", Simulator::APP_ID).as_bytes());
    let mut id = format!("o{}", BASE64_URL_SAFE_NO_PAD.encode(digest));
    id.truncate(ID_CHARACTERS);
    id
}

/// A source of unguessable strings that fails at most once, when it is made.
pub(super) struct Mint {
    seed: [u8; 32],
    made: AtomicU64,
}

impl Mint {
    pub(super) fn new() -> io::Result<Self> {
        let mut seed = [0; 32];
        rand::fill(&mut seed).map_err(|_| io::Error::other("no random bytes"))?;
        Ok(Self { seed, made: AtomicU64::new(0) })
    }

    /// Bytes that were never given before.
    pub(super) fn bytes(&self) -> [u8; SHA256_OUTPUT_LEN] {
        let mut context = digest::Context::new(&SHA256);
        context.update(&self.seed);
        context.update(&self.made.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        bytes.copy_from_slice(context.finish().as_ref());
        bytes
    }

    /// Four such bytes.
    pub(super) fn word(&self) -> u32 {
        let [first, second, third, fourth, ..] = self.bytes();
        u32::from_be_bytes([first, second, third, fourth])
    }

    /// A string of `length` characters that was never given before.
    pub(super) fn text(&self, length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            BASE64_URL_SAFE_NO_PAD.encode_string(self.bytes(), &mut text);
        }
        text.truncate(length);
        text
    }
}

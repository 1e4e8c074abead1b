//! What the simulated WeChat Pay knows, and what it does about it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::{
    book::{Book, Outcome},
    faults::Ledger,
    keys::Keys,
    notices::{self, Letter, Notices, SignedNotification, USER_CONFIRM, USER_PAID},
    order::text,
};
use crate::clock::Clock;

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) keys: Arc<Keys>,
    pub(super) ledger: Ledger,
    book: Mutex<Book>,
    courier: UnboundedSender<Letter>,
}

impl World {
    /// The world, and the letters that its courier is to carry.
    pub(super) fn new(clock: Clock, keys: Arc<Keys>) -> (Self, UnboundedReceiver<Letter>) {
        let (courier, letters) = mpsc::unbounded_channel();
        (Self { clock, keys, ledger: Ledger::default(), book: Mutex::default(), courier }, letters)
    }

    /// A panic elsewhere is no reason to stop serving.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn order(&self, number: &str) -> Option<Value> {
        self.book().query(Some(number), None, self.clock.now()).ok()
    }

    pub(super) fn user_confirms(&self, number: &str, open_id: &str) -> bool {
        let (mut book, now) = (self.book(), self.clock.now());
        let confirmed = book.orders.get_mut(number).is_some_and(|order| order.confirm(open_id, now));
        if confirmed {
            self.announce(&mut book, USER_CONFIRM, number);
        }
        confirmed
    }

    pub(super) fn charge_succeeds(&self, number: &str) -> bool {
        self.charge(&mut self.book(), number)
    }

    /// Completes an order and, unless charges are held back, has it paid at once: after the answer, as far as the
    /// caller can tell.
    pub(super) fn complete(&self, number: &str, body: Value) -> Outcome {
        let mut book = self.book();
        let answer = book.complete(number, body, self.clock.now())?;
        if !book.switches.hold_charges {
            self.charge(&mut book, number);
        }
        Ok(answer)
    }

    fn charge(&self, book: &mut Book, number: &str) -> bool {
        let now = self.clock.now();
        let paid = book.orders.get_mut(number).and_then(|order| order.charge(now)).is_some();
        if paid {
            self.announce(book, USER_PAID, number);
        }
        paid
    }

    pub(super) fn set_notices(&self, notices: Notices) {
        self.book().post.mode = notices;
    }

    pub(super) fn release_notices(&self, newest_first: bool) {
        let mut held = std::mem::take(&mut self.book().post.held);
        if newest_first {
            held.reverse();
        }
        for letter in held {
            self.send(letter);
        }
    }

    pub(super) fn repeat_notice(&self, number: &str) -> bool {
        let letter = self.book().post.last.get(number).cloned();
        letter.map(|letter| self.send(letter)).is_some()
    }

    pub(super) fn probe(&self, number: &str) -> bool {
        let letter = self.order(number).and_then(|order| self.letter(USER_CONFIRM, &order));
        letter.map(|letter| self.send(Letter { probe: true, ..letter })).is_some()
    }

    pub(super) fn envelope(&self, event_type: &str, content: &Value) -> Option<String> {
        notices::envelope(event_type, content, self.clock.now())
    }

    pub(super) fn sign(&self, body: String) -> Option<SignedNotification> {
        SignedNotification::new(&self.keys, body, self.clock.now())
    }

    fn announce(&self, book: &mut Book, event_type: &str, number: &str) {
        let order = book.query(Some(number), None, self.clock.now()).unwrap_or_default();
        let Some(letter) = self.letter(event_type, &order) else { return };
        book.post.last.insert(number.to_owned(), letter.clone());
        match book.post.mode {
            Notices::On => self.send(letter),
            Notices::Off => {}
            Notices::Held => book.post.held.push(letter),
        }
    }

    fn letter(&self, event_type: &str, order: &Value) -> Option<Letter> {
        let body = self.envelope(event_type, order)?;
        Some(Letter { url: text(order, "/notify_url").to_owned(), body, probe: false })
    }

    fn send(&self, letter: Letter) {
        // Without a courier the simulator is about to stop.
        self.courier.send(letter).unwrap_or_default();
    }
}

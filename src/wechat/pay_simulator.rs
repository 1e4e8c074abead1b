//! A small WeChat Pay on loopback with one PayScore service, for `yijian demo` and the tests.
//!
//! It checks our signatures and signs its answers like the real one, keeps the documented states of an order, and
//! posts notifications; only to loopback, so that it bothers nobody.

mod answer;
mod book;
mod control;
mod endpoints;
mod faults;
mod gate;
mod keys;
mod notices;
mod order;
mod refunds;
mod schema;
mod world;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, rt, web};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

pub use book::UserRefusal;
pub use faults::{PayEndpoint, PayFault};
pub use keys::Keys as PayKeys;
pub use notices::{Notices, SignedNotification};

use self::{notices::Letter, world::World};
use super::{NotificationKind, PayConfig, PayTimeouts};
use crate::clock::Clock;

/// Longer than a client keeps an idle connection, so that it is never the server that closes one just as the
/// client picks it for a call.
const KEEP_ALIVE: Duration = Duration::from_mins(5);

/// A running simulator, on a thread and a port of its own. Dropping it stops it.
pub struct PaySimulator {
    world: web::Data<World>,
    address: SocketAddr,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl PaySimulator {
    /// The only merchant that the simulator knows.
    pub const MERCHANT_ID: &str = "1900000001";
    /// Its mini-program.
    pub const APP_ID: &str = "wxdec0de0000000001";
    /// Its service.
    pub const SERVICE_ID: &str = "00004000000000000000000000000001";
    /// The serial number of its certificate.
    pub const MERCHANT_SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C";
    /// Its `APIv3` key, which opens nothing else in the world.
    pub const API_V3_KEY: &str = "demo0api0v3key000000000000000000";
    /// The id of the simulator's own key.
    pub const KEY_ID: &str = "PUB_KEY_ID_0119000000012026112200000000000001";
    /// The most that an order's risk fund may be, in fen.
    pub const RISK_FUND_LIMIT_FEN: i64 = 30_000;

    /// Starts a simulator on a free port of 127.0.0.1; orders and signatures age by `clock`. Works within any runtime
    /// and without one. The first of a process makes the keys for all of them, which takes a moment.
    ///
    /// # Errors
    ///
    /// When the machine has no port, thread or random bytes left.
    pub fn start(clock: Clock) -> io::Result<Self> {
        Self::start_with(PayKeys::shared()?, clock)
    }

    /// As [`Self::start`], with keys of one's own.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_with(keys: Arc<PayKeys>, clock: Clock) -> io::Result<Self> {
        let (world, letters) = World::new(clock, keys);
        let world = web::Data::new(world);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (started, handle) = mpsc::channel();
        let thread = thread::Builder::new().name("wechat-pay-simulator".to_owned()).spawn({
            let world = world.clone();
            move || serve(listener, world, letters, &started)
        })?;
        let server = handle.recv().map_err(io::Error::other)??;
        Ok(Self { world, address, server, thread: Some(thread) })
    }

    /// Where it listens, like `http://127.0.0.1:41234`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a client needs to know to talk to this simulator. Notifications go to an address of the simulator that
    /// takes and forgets them; put your own there to get them.
    #[must_use]
    pub fn config(&self) -> PayConfig {
        PayConfig {
            base_url: self.base_url(),
            merchant_id: Self::MERCHANT_ID.to_owned(),
            app_id: Self::APP_ID.to_owned(),
            service_id: Self::SERVICE_ID.to_owned(),
            merchant_key_pem: self.world.keys.merchant_pem(),
            merchant_serial: Self::MERCHANT_SERIAL.to_owned(),
            api_v3_key: Self::API_V3_KEY.into(),
            wechat_key_id: Self::KEY_ID.to_owned(),
            wechat_key_pem: self.world.keys.wechat_pem(),
            notify_url: format!("{}/__control/notified", self.base_url()),
            timeouts: PayTimeouts::default(),
        }
    }

    /// The user `open_id` confirms the order on their phone. False, and nothing happens, unless the order waits for
    /// that.
    #[must_use]
    pub fn user_confirms(&self, out_order_no: &str, open_id: &str) -> bool {
        self.world.user_confirms(out_order_no, open_id)
    }

    /// The charge of a completed order succeeds. False, and nothing happens, unless the order waits for that.
    #[must_use]
    pub fn charge_succeeds(&self, out_order_no: &str) -> bool {
        self.world.charge_succeeds(out_order_no)
    }

    /// Whether completed orders wait for [`PaySimulator::charge_succeeds`], as for a user without money. Otherwise
    /// they are paid at once, as at the start.
    pub fn hold_charges(&self, hold: bool) {
        self.world.book().switches.hold_charges = hold;
    }

    /// Whether an order can be cancelled while it waits for its payment. WeChat's texts disagree; at the start it
    /// cannot.
    pub fn allow_cancel_while_paying(&self, allow: bool) {
        self.world.book().switches.cancel_while_paying = allow;
    }

    /// Whether a charge is going on at this moment for every order that waits for its payment: it can be neither
    /// cancelled nor changed then.
    pub fn run_charges(&self, run: bool) {
        self.world.book().switches.charge_running = run;
    }

    /// Refuses the user of the next order to be created, after the refusals that are already waiting.
    pub fn refuse_next(&self, why: UserRefusal) {
        self.world.book().refusals.push_back(why);
    }

    /// Makes the next `times` calls of `endpoint` go wrong, after the faults that are already waiting there.
    pub fn fault(&self, endpoint: PayEndpoint, fault: PayFault, times: u32) {
        self.world.ledger.add(endpoint, fault, times);
    }

    /// Makes everything go right again.
    pub fn clear_faults(&self) {
        self.world.ledger.clear();
    }

    /// How often `endpoint` has been called, faults included.
    #[must_use]
    pub fn calls(&self, endpoint: PayEndpoint) -> u64 {
        self.world.ledger.calls(endpoint)
    }

    /// The order as a query would tell it, if there is one.
    #[must_use]
    pub fn order(&self, out_order_no: &str) -> Option<Value> {
        self.world.order(out_order_no)
    }

    /// What becomes of notifications from now on; at the start they are posted.
    pub fn set_notices(&self, notices: Notices) {
        self.world.set_notices(notices);
    }

    /// Posts the notifications that are held back, the newest or the oldest first.
    pub fn release_notices(&self, newest_first: bool) {
        self.world.release_notices(newest_first);
    }

    /// Posts the last notification of the order once more, as WeChat does when it is not sure. False if there was
    /// none.
    #[must_use]
    pub fn repeat_notice(&self, out_order_no: &str) -> bool {
        self.world.repeat_notice(out_order_no)
    }

    /// Posts a notification of the order with a signature that is wrong on purpose, as WeChat does to see whether
    /// anybody checks. False if there is no such order.
    #[must_use]
    pub fn probe(&self, out_order_no: &str) -> bool {
        self.world.probe(out_order_no)
    }

    /// A notification about the order as it stands, not posted anywhere. None if there is no such order or no random
    /// bytes are left.
    #[must_use]
    pub fn notification(&self, kind: &NotificationKind, out_order_no: &str) -> Option<SignedNotification> {
        self.notification_of(kind, &self.order(out_order_no)?)
    }

    /// A notification with any content, signed and sealed like an honest one, not posted anywhere. None if no random
    /// bytes are left.
    #[must_use]
    pub fn notification_of(&self, kind: &NotificationKind, content: &Value) -> Option<SignedNotification> {
        let body = self.world.envelope(notices::event_type(kind), content)?;
        self.world.sign(body)
    }

    /// Signs any body as a notification of this moment. None if no random bytes are left.
    #[must_use]
    pub fn sign(&self, body: String) -> Option<SignedNotification> {
        self.world.sign(body)
    }
}

impl fmt::Debug for PaySimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaySimulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for PaySimulator {
    fn drop(&mut self) {
        // The order is sent by the call itself; the future would only wait for it.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            // An error is a panic of that thread, which has been reported there.
            thread.join().unwrap_or_default();
        }
    }
}

/// Runs the server and the courier until they are told to stop. A system of its own keeps them apart from the
/// caller's runtime, which may be blocked, or of another kind.
fn serve(
    listener: TcpListener,
    world: web::Data<World>,
    letters: UnboundedReceiver<Letter>,
    started: &mpsc::Sender<io::Result<ServerHandle>>,
) {
    let courier = notices::carry(world.clone(), letters);
    let server = HttpServer::new(move || {
        App::new().app_data(world.clone()).configure(control::mount).configure(endpoints::mount)
    })
    .workers(1)
    .keep_alive(KEEP_ALIVE)
    .disable_signals();
    rt::System::new().block_on(async {
        let server = match server.listen(listener) {
            Ok(server) => server.run(),
            Err(error) => return started.send(Err(error)).unwrap_or_default(),
        };
        drop(rt::spawn(courier));
        // Nobody left to hear means that the simulator was dropped while it started.
        if started.send(Ok(server.handle())).is_ok()
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the WeChat Pay simulator stopped");
        }
    });
}

//! A small WeChat on loopback that behaves like the documented one, for `yijian demo` and the tests.
//!
//! Besides minted codes it takes two that never wear out: `demo:<name>` signs in the person of that name, and the
//! phone code `demo:<mainland mobile number>` gives that number.

mod answer;
mod codes;
mod control;
mod endpoints;
mod faults;
mod mint;
mod phone;
mod tokens;
mod world;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, rt, web};

pub use faults::{Endpoint, Fault};

use self::world::World;
use super::{Timeouts, WeChatConfig};
use crate::clock::Clock;

/// Longer than a client keeps an idle connection, so that it is never the server that closes one just as the
/// client picks it for a call.
const KEEP_ALIVE: Duration = Duration::from_mins(5);

/// A running simulator, on a thread and a port of its own. Dropping it stops it.
pub struct Simulator {
    world: web::Data<World>,
    address: SocketAddr,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// The only mini-program that the simulator knows.
    pub const APP_ID: &str = "wxdec0de0000000001";
    /// Its `AppSecret`, which opens nothing else in the world.
    pub const APP_SECRET: &str = "wxdemosecret00000000000000000000";

    /// Starts a simulator on a free port of 127.0.0.1; codes and tokens age by `clock`. Works within any runtime
    /// and without one.
    ///
    /// # Errors
    ///
    /// When the machine has no port, thread or random bytes left.
    pub fn start(clock: Clock) -> io::Result<Self> {
        let world = web::Data::new(World::new(clock)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (started, handle) = mpsc::channel();
        let thread = thread::Builder::new().name("wechat-simulator".to_owned()).spawn({
            let world = world.clone();
            move || serve(listener, world, &started)
        })?;
        let server = handle.recv().map_err(io::Error::other)??;
        Ok(Self { world, address, server, thread: Some(thread) })
    }

    /// Where it listens, like `http://127.0.0.1:41234`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a client needs to know to talk to this simulator.
    #[must_use]
    pub fn config(&self) -> WeChatConfig {
        WeChatConfig {
            base_url: self.base_url(),
            app_id: Self::APP_ID.to_owned(),
            app_secret: Self::APP_SECRET.into(),
            timeouts: Timeouts::default(),
        }
    }

    /// The open id of the person `name`: always the same for the same name.
    #[must_use]
    pub fn open_id(name: &str) -> String {
        mint::id("openid", name)
    }

    /// The union id of the person `name`: always the same for the same name.
    #[must_use]
    pub fn union_id(name: &str) -> String {
        mint::id("unionid", name)
    }

    /// What `wx.login` would give the person `name`: a code that signs them in once within 5 minutes.
    #[must_use]
    pub fn login_code(&self, name: &str) -> String {
        self.world.login_code(name)
    }

    /// What a tap on the phone button would give the person `name`: a code that yields `phone` once within 5
    /// minutes. `phone` is `+`, country code and number, or a mainland number alone; anything else is handed on as
    /// it is.
    #[must_use]
    pub fn phone_code(&self, name: &str, phone: &str) -> String {
        self.world.phone_code(name, phone)
    }

    /// Makes the next `times` calls of `endpoint` go wrong, after the faults that are already waiting there.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        self.world.ledger.add(endpoint, fault, times);
    }

    /// How often `endpoint` has been called, faults included.
    #[must_use]
    pub fn calls(&self, endpoint: Endpoint) -> u64 {
        self.world.ledger.calls(endpoint)
    }

    /// Kills every access token before its time, as a forced refresh elsewhere would: they are answered with 40001,
    /// and the next normal request for a token brings a new one.
    pub fn invalidate_token(&self) {
        self.world.tokens().revoke();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // The order is sent by the call itself; the future would only wait for it.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            // An error is a panic of that thread, which has been reported there.
            thread.join().unwrap_or_default();
        }
    }
}

/// Runs the server until it is told to stop. A system of its own keeps it apart from the caller's runtime, which
/// may be blocked, or of another kind.
fn serve(listener: TcpListener, world: web::Data<World>, started: &mpsc::Sender<io::Result<ServerHandle>>) {
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
        // Nobody left to hear means that the simulator was dropped while it started.
        if started.send(Ok(server.handle())).is_ok()
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the WeChat simulator stopped");
        }
    });
}

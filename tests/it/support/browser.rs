//! A headless Chromium that looks at pages as people see them, spoken to by its `DevTools` protocol over a pipe.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A browser with one page; ends with the test.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    count: u64,
    /// Which page was loaded last, by the id of its loading.
    loaded: Value,
    _profile: tempfile::TempDir,
}

/// A screen: how wide and how high.
pub type Screen = (u32, u32);

pub const WALL: Screen = (1920, 1080);
pub const PHONE: Screen = (390, 844);
/// What lies between the margins of A4, at 96 points an inch.
pub const PAPER: Screen = (688, 1000);

impl Browser {
    /// The browser, if there is one. Where there must be one (`REQUIRE_CHROMIUM`), its absence is a failure.
    pub fn start() -> Option<Self> {
        let is_there = |name: &&str| {
            let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok_and(|status| status.success())
        };
        let program = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(is_there);
        let required = std::env::var("REQUIRE_CHROMIUM").is_ok();
        assert!(program.is_some() || !required, "REQUIRE_CHROMIUM is set, but there is no Chromium to look with");
        let profile = tempfile::tempdir().expect("a folder");
        // It listens at descriptor 3 and answers at 4; whatever happens, it does not outlive the test by long.
        let mut child = Command::new("bash")
            .args(["-c", "exec timeout 300 \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "bash", program?])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
            .args(["--no-first-run", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let (to, from) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let from = BufReader::new(from);
        let mut browser = Self { child, to, from, session: None, count: 0, loaded: Value::Null, _profile: profile };
        let page = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({ "targetId": page, "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().expect("a session").to_owned());
        browser.call("Page.enable", &json!({}));
        browser.call("Page.setLifecycleEventsEnabled", &json!({ "enabled": true }));
        Some(browser)
    }

    /// Asks for something and waits for the answer.
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.count += 1;
        let mut message = json!({ "id": self.count, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).and_then(|()| self.to.flush()).expect("it listens");
        loop {
            let answer = self.hear();
            if answer["id"] == self.count {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    /// The next thing that it says: an answer, or what happens to its page.
    fn hear(&mut self) -> Value {
        let mut heard = Vec::new();
        self.from.read_until(0, &mut heard).expect("it answers");
        assert_eq!(heard.pop(), Some(0), "the browser is gone");
        let said: Value = serde_json::from_slice(&heard).expect("JSON");
        if said["method"] == "Page.lifecycleEvent" && said["params"]["name"] == "load" {
            self.loaded = said["params"]["loaderId"].clone();
        }
        said
    }

    /// Shows a page on a screen, and waits until it is there.
    pub fn open(&mut self, url: &str, screen: Screen, language: &str) {
        self.call("Network.enable", &json!({}));
        self.call("Network.setExtraHTTPHeaders", &json!({ "headers": { "Accept-Language": language } }));
        self.show_as("screen", screen);
        let opened = self.call("Page.navigate", &json!({ "url": url }));
        assert!(opened["errorText"].is_null() && opened["loaderId"].is_string(), "{url}: {opened}");
        while self.loaded != opened["loaderId"] {
            self.hear();
        }
    }

    /// As a screen or as paper (`print`), and how large.
    pub fn show_as(&mut self, medium: &str, (width, height): Screen) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
        self.call("Emulation.setEmulatedMedia", &json!({ "media": medium }));
    }

    /// What a piece of JavaScript comes to.
    pub fn eval(&mut self, script: &str) -> Value {
        let ask = json!({ "expression": script, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &ask);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until something is so: the page looks whenever something in it changed, for a minute at most.
    pub fn until(&mut self, script: &str) {
        let wait = format!(
            "new Promise((tell) => {{
                const look = () => {{ if ({script}) {{ watch.disconnect(); tell(true); }} }};
                const watch = new MutationObserver(look);
                watch.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
                setTimeout(() => {{ watch.disconnect(); tell(false); }}, 60_000);
                look();
            }})"
        );
        assert_eq!(self.eval(&wait), true, "never: {script}");
    }

    /// Takes a picture of the whole page, which who wants to look finds in the folder `PICTURES`.
    pub fn picture(&mut self, name: &str) {
        let size = self.eval("[innerWidth, Math.max(innerHeight, document.documentElement.scrollHeight)]");
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
        let ask = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.call("Page.captureScreenshot", &ask);
        keep(&format!("{name}.png"), &decoded(&picture));
    }

    /// Prints the page, keeps it as [`Browser::picture`] does, and says how many sheets it takes.
    pub fn print(&mut self, name: &str) -> usize {
        let ask = json!({ "preferCSSPageSize": true, "printBackground": true });
        let printed = decoded(&self.call("Page.printToPDF", &ask));
        assert!(printed.starts_with(b"%PDF"));
        keep(&format!("{name}.pdf"), &printed);
        String::from_utf8_lossy(&printed).matches("/Type /Page\n").count()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Through its supervisor: that one passes the signal on.
        let _asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _gone = self.child.wait();
    }
}

fn decoded(answer: &Value) -> Vec<u8> {
    STANDARD.decode(answer["data"].as_str().expect("data")).expect("Base64")
}

fn keep(name: &str, bytes: &[u8]) {
    if let Ok(folder) = std::env::var("PICTURES") {
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
}

//! The part of the WebDriver protocol (W3C, 2018) that these tests need.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::serve::http::{Answer, send};

/// The key of an element reference.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The protocol's code for the Control key.
pub(crate) const CONTROL: char = '\u{E009}';
/// The protocol's code for the Enter key.
pub(crate) const ENTER: char = '\u{E007}';
/// The protocol's code for the Tab key.
pub(crate) const TAB: char = '\u{E004}';

/// A browser; closed at the end of a test.
pub(crate) struct Browser {
    driver: Child,
    addr: String,
    session: String,
    /// The server whose pages are shown.
    site: String,
}

type Output = std::io::Lines<BufReader<std::process::ChildStdout>>;

/// Starts a driver, and returns it with its further output and its port; `None` if it ended.
fn start_driver() -> Option<(Child, Output, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    loop {
        let Some(line) = lines.next() else {
            driver.wait().unwrap();
            return None;
        };
        // "ChromeDriver was started successfully on port 12345."
        if let Some((_, port)) = line.unwrap().split_once("successfully on port ") {
            return Some((driver, lines, port.trim_end_matches('.').to_owned()));
        }
    }
}

impl Browser {
    /// Starts a browser for the server at `addr`; `None`, with a printed reason, if no browser is installed.
    pub(crate) fn start(addr: &str) -> Option<Self> {
        Self::start_with(&format!("http://{addr}"))
    }

    /// Starts a browser for pages below any address, such as the `file://` address of a folder.
    #[expect(clippy::print_stderr, reason = "a skipped test prints the reason")]
    pub(crate) fn start_with(site: &str) -> Option<Self> {
        if Command::new("chromedriver").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("FEEDBACK_STRICT").is_none_or(|strict| strict != "1"),
                "there is no chromedriver, and FEEDBACK_STRICT=1"
            );
            eprintln!("skipped: there is no chromedriver (Debian: chromium-driver)");
            return None;
        }
        // Drivers that start at the same time can choose the same port; then all but one end.
        let (driver, lines, port) = (0..5).find_map(|_| start_driver()).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Self {
            driver,
            addr: format!("127.0.0.1:{port}"),
            session: String::new(),
            site: site.to_owned(),
        };
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"],
            "binary": "/usr/bin/chromium",
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = browser.call("POST", "/session", &wanted);
        browser.session = made["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, value) = self.try_call(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {value}");
        value
    }

    fn try_call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let json = [("Content-Type", "application/json")];
        let answer: Answer = send(&self.addr, method, path, &json, body.as_bytes()).unwrap();
        (answer.status, answer.json()["value"].clone())
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), body)
    }

    /// Switches to another server.
    pub(crate) fn move_to(&mut self, site: &str) {
        self.site = format!("http://{site}");
    }

    pub(crate) fn open(&self, path: &str) {
        self.post("/url", &json!({ "url": format!("{}{path}", self.site) }));
    }

    /// Returns the path of the current page.
    pub(crate) fn path(&self) -> String {
        self.run("return location.pathname").as_str().unwrap().to_owned()
    }

    /// Runs a script in the page, as the body of a function, and returns its result.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Like [`Browser::run`] for an asynchronous script, which calls its last argument with the result.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    fn element(&self, css: &str) -> String {
        self.wait(css);
        let found = self.post("/element", &json!({ "using": "css selector", "value": css }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, css: &str) {
        loop {
            let path = format!("/session/{}/element/{}/click", self.session, self.element(css));
            let (status, value) = self.try_call("POST", &path, &json!({}));
            // The page may have been replaced between the two calls.
            if value["error"] != "stale element reference" {
                assert_eq!(status, 200, "{css}: {value}");
                return;
            }
        }
    }

    /// Types into an element; for a file field, `text` is the path of the file.
    pub(crate) fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css);
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a key on the page itself.
    pub(crate) fn press(&self, key: char) {
        let key = key.to_string();
        let actions = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post(
            "/actions",
            &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }),
        );
    }

    /// Moves the focus with the Tab key to the first element that matches the selector, as somebody without a mouse does.
    pub(crate) fn tab_to(&self, css: &str) {
        self.wait(css);
        let is_there = format!("return document.activeElement.matches({})", json!(css));
        for _ in 0..200 {
            if self.run(&is_there) == json!(true) {
                return;
            }
            self.press(TAB);
        }
        panic!("the Tab key does not lead to {css}");
    }

    /// Taps an element with a finger.
    pub(crate) fn tap(&self, css: &str) {
        let element = json!({ ELEMENT: self.element(css) });
        self.run(&format!(
            "document.querySelector({}).scrollIntoView({{ block: 'center' }})",
            json!(css)
        ));
        let actions = json!([
            { "type": "pointerMove", "duration": 0, "origin": element, "x": 0, "y": 0 },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ]);
        let finger = json!({ "type": "pointer", "id": "finger", "parameters": { "pointerType": "touch" }, "actions": actions });
        self.post("/actions", &json!({ "actions": [finger] }));
    }

    /// Returns the text of the first element that matches the selector.
    pub(crate) fn text(&self, css: &str) -> String {
        self.wait(css);
        let script = format!("return document.querySelector({}).innerText", json!(css));
        self.run(&script).as_str().unwrap().to_owned()
    }

    /// Waits until an element matches the selector.
    pub(crate) fn wait(&self, css: &str) {
        self.until(&format!("document.querySelector({}) !== null", json!(css)));
    }

    /// Waits until a JavaScript expression is true.
    pub(crate) fn until(&self, condition: &str) {
        let began = Instant::now();
        while self.run(&format!("return Boolean({condition})")) != json!(true) {
            let shown = || self.run("return location.href + '\\n' + document.body.innerText.slice(0, 2000)");
            assert!(
                began.elapsed() < Duration::from_secs(240),
                "{condition} did not become true: {}",
                shown()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sets the width of the window and the colour scheme.
    pub(crate) fn look(&self, width: u32, scheme: &str) {
        let metrics = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Returns a screenshot of the full page, as WebP in base 64.
    pub(crate) fn picture(&self) -> String {
        let picture = self.devtools(
            "Page.captureScreenshot",
            &json!({ "captureBeyondViewport": true, "format": "webp", "quality": 80 }),
        );
        picture["data"].as_str().unwrap().to_owned()
    }

    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }

    /// Returns the console messages since the last call.
    pub(crate) fn log(&self) -> Value {
        self.post("/se/log", &json!({ "type": "browser" }))
    }

    /// Asserts that there was no console error, and that the current page loaded nothing from another origin.
    pub(crate) fn is_clean(&self) {
        let lines = self.log();
        let grave: Vec<&Value> = lines
            .as_array()
            .unwrap()
            .iter()
            .filter(|line| line["level"] == "SEVERE")
            .collect();
        assert!(grave.is_empty(), "{grave:?}");
        let script = "return performance.getEntriesByType('resource').map((entry) => entry.name)\
                      .filter((name) => new URL(name).origin !== location.origin)";
        assert_eq!(self.run(script), json!([]));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The driver may have ended already, for example after a failed test.
            let _ = send(
                &self.addr,
                "DELETE",
                &format!("/session/{}", self.session),
                &[],
                b"",
            );
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

//! A test server and a client for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use feedback_bert::DeviceChoice;
use feedback_dataset::text::fingerprint;
use feedback_inference::{AnyClassifier, Encoding};
use feedback_server::{
    AlertConfig, Analyst, ApiKeys, AppState, EncoderLoader, Limits, Model, ModelLoader, ReportConfig,
    ServerConfig, Setup, Trainer, app,
};
use feedback_testkit::fixture;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// Loads real model folders onto the CPU.
pub(crate) fn loader() -> ModelLoader {
    let (device, _) = DeviceChoice::Cpu.open().unwrap();
    Arc::new(move |path| {
        Ok(match AnyClassifier::load(path, &device)? {
            AnyClassifier::SingleLabel(model) => Arc::new(*model) as Arc<dyn Model>,
            AnyClassifier::MultiLabel(model) => Arc::new(*model),
        })
    })
}

/// A server with the tiny model and its own state folder.
pub(crate) struct Server {
    pub(crate) app: Router,
    pub(crate) state: AppState,
    folder: TempDir,
}

/// The settings that a test may change.
pub(crate) struct Options {
    pub(crate) keys: Option<ApiKeys>,
    pub(crate) config: fn(&mut ServerConfig),
    pub(crate) limits: fn(&mut Limits),
    /// Whether the client, 127.0.0.1, is a trusted proxy.
    pub(crate) trusted: bool,
    pub(crate) alerts: AlertConfig,
    pub(crate) reports: ReportConfig,
    pub(crate) loader: ModelLoader,
    pub(crate) model: PathBuf,
    pub(crate) trainer: Option<Arc<dyn Trainer>>,
    pub(crate) analyst: Option<Arc<dyn Analyst>>,
    pub(crate) encoder: Option<EncoderLoader>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keys: None,
            config: |_| {},
            limits: |_| {},
            trusted: true,
            alerts: AlertConfig::default(),
            reports: ReportConfig::default(),
            loader: loader(),
            model: fixture("tiny-bert"),
            trainer: None,
            analyst: None,
            encoder: None,
        }
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        Self::open(options, tempfile::tempdir().unwrap())
    }

    pub(crate) fn open(options: Options, folder: TempDir) -> Self {
        let state = Self::try_open(options, &folder).unwrap();
        Self {
            app: app(state.clone()),
            state,
            folder,
        }
    }

    /// Opens the state in a folder; returns the error if it cannot be opened.
    pub(crate) fn try_open(options: Options, folder: &TempDir) -> feedback_server::Result<AppState> {
        let mut config = ServerConfig::new(([127, 0, 0, 1], 8501).into(), folder.path().join("state"));
        config.alerts = options.alerts;
        config.reports = options.reports;
        (options.config)(&mut config);
        (options.limits)(&mut config.limits);
        if options.trusted {
            config.trusted_proxies = vec![[127, 0, 0, 1].into()];
        }
        let mut setup = Setup::new(config, options.loader);
        setup.keys = options.keys;
        setup.trainer = options.trainer;
        setup.analyst = options.analyst;
        setup.encoder = options.encoder;
        AppState::open(setup, Some(&options.model))
    }

    /// Ends the server and returns its folder.
    pub(crate) fn ended_in_folder(self) -> TempDir {
        let Self { app, state, folder } = self;
        state.begin_shutdown();
        state.finish_shutdown();
        drop((app, state));
        folder
    }

    /// Ends the server and starts it again on the same state folder.
    pub(crate) fn restarted(self, options: Options) -> Self {
        let Self { app, state, folder } = self;
        state.begin_shutdown();
        state.finish_shutdown();
        drop((app, state));
        Self::open(options, folder)
    }

    /// Ends the server, calls `between` with the state folder, and starts the server again with default options.
    pub(crate) fn restarted_after(self, between: impl FnOnce(&Path)) -> Self {
        let Self { app, state, folder } = self;
        state.begin_shutdown();
        state.finish_shutdown();
        drop((app, state));
        between(&folder.path().join("state"));
        Self::open(Options::default(), folder)
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        Answer::of(response).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).unwrap()).await
    }

    /// Requests a page as a browser does.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        let request = request("GET", path).header(header::ACCEPT, "text/html");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_raw(path, "application/json", body.to_string()).await
    }

    pub(crate) async fn post_raw(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = request("POST", path).header(header::CONTENT_TYPE, kind);
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send_json("PATCH", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send_json("PUT", path, body).await
    }

    async fn send_json(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(request("DELETE", path).body(Body::empty()).unwrap())
            .await
    }

    /// Fills in a form of a page, as a browser without scripts does: gets the page, keeps the cookie, sends the token.
    pub(crate) async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.page(page).await;
        let cookie = shown.cookie("feedback_visitor").unwrap();
        let mut body = format!("csrf={}", shown.token());
        for (name, value) in fields {
            body += &format!("&{name}={}", encoded(value));
        }
        let request = request("POST", action)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Uploads a file over the API.
    pub(crate) async fn upload(&self, name: &str, content: &[u8], text_field: Option<&str>) -> Answer {
        self.upload_with(name, content, &[("text_field", text_field.unwrap_or_default())])
            .await
    }

    /// Uploads a file over the API with settings.
    pub(crate) async fn upload_with(&self, name: &str, content: &[u8], settings: &[(&str, &str)]) -> Answer {
        let (kind, body) = multipart(name, content, settings);
        self.post_raw("/api/v1/batches", &kind, body).await
    }

    /// Waits until so many texts have vectors, and are all.
    pub(crate) async fn compared(&self, n: u64) {
        let began = Instant::now();
        loop {
            let found = self.get("/api/v1/similar?text=a").await;
            if found.status == 200 && found.json()["covered"] == n && found.json()["texts"] == n {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until a batch has ended.
    pub(crate) async fn ended(&self, id: i64) -> Value {
        let began = Instant::now();
        loop {
            let batch = self.get(&format!("/api/v1/batches/{id}")).await.json();
            if ["done", "failed", "cancelled"].contains(&batch["state"].as_str().unwrap()) {
                return batch;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{batch}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:8501")
}

pub(crate) fn multipart(name: &str, content: &[u8], fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let boundary = "a-boundary-that-stands-nowhere-else";
    let mut body = Vec::new();
    for (field, value) in fields {
        body.extend_from_slice(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
            .as_bytes(),
    );
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

pub(crate) fn encoded(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A response with its complete body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.status.is_success(), "{self:?}");
        self
    }

    /// Asserts a problem with this status and code.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let body = self.json();
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(body["status"], status);
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned())
            .find(|pair| pair.starts_with(&format!("{name}=")))
    }

    /// Returns the CSRF token in the forms of the page.
    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        let (_, rest) = self.text().split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0
    }
}

/// Vectors that count the tokens of each text, so that texts are similar that share words.
pub(crate) fn token_counts(encodings: &[&Encoding]) -> Vec<f32> {
    let vector = |encoding: &&Encoding| {
        let mut counts = vec![0.0; 96];
        for id in &encoding.input_ids {
            counts[*id as usize * 31 % 96] += 1.0;
        }
        counts
    };
    encodings.iter().flat_map(vector).collect()
}

/// Returns the current time in seconds since 1970.
pub(crate) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().cast_signed()
}

/// Writes a file with keys and loads it.
pub(crate) fn keys(folder: &Path, key: &str) -> ApiKeys {
    let path = folder.join("keys.txt");
    fs_err::write(&path, key).unwrap();
    ApiKeys::from_file(&path).unwrap()
}

/// Writes a model folder with the weights of the tiny model and another calibration, which is another model.
pub(crate) fn recalibrated(folder: &Path) -> PathBuf {
    retrained(folder, &[])
}

/// Like [`recalibrated`]; the folder says that the model was trained on these texts.
pub(crate) fn retrained(folder: &Path, texts: &[String]) -> PathBuf {
    let other = folder.join("other");
    fs_err::create_dir(&other).unwrap();
    for entry in fs_err::read_dir(fixture("tiny-bert")).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), other.join(entry.file_name())).unwrap();
    }
    let manifest = json!({
        "format_version": 1, "max_length": 32, "pooling": "cls", "temperature": 2.0, "base_model": "tiny", "seed": 1,
        "fingerprints": {"train": texts.iter().map(|text| format!("{:016x}", fingerprint(text))).collect::<Vec<_>>()}
    });
    fs_err::write(other.join("feedback.json"), manifest.to_string()).unwrap();
    other
}

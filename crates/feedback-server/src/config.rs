//! The settings that the operator chooses.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use feedback_clean::Masking;

use crate::alerts::AlertConfig;
use crate::auth::WebhookSecrets;
use crate::limits::Limits;
use crate::reports::ReportConfig;
use crate::serving::EngineConfig;

/// The default maximum size of one row of an uploaded file, in bytes.
pub(crate) const MAX_ROW_BYTES: usize = 1 << 20;

/// A file with feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// What it is, such as `400 reviews of an app`.
    pub name: &'static str,
    /// The name of the file.
    pub file: &'static str,
    /// Its content.
    pub content: &'static [u8],
}

/// Settings of the server. Start from [`ServerConfig::new`] and change fields as needed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerConfig {
    /// A file with feedback that visitors of an empty server can try; none by default.
    pub sample: Option<Sample>,
    /// The address to listen on. If it is a loopback address, requests are accepted only if their `Host` header names `localhost`
    /// or a loopback address.
    pub addr: SocketAddr,
    /// How personal data in texts and fields are replaced before anything is classified or stored; with `None`, the default, they
    /// are not replaced.
    pub masking: Option<Masking>,
    /// The folder for the database, uploads, models, trainings and the secret that signs form tokens.
    pub state_dir: PathBuf,
    /// Maximum size of a request body that is not an upload, in bytes; 2 MiB by default.
    pub max_body_bytes: usize,
    /// Maximum size of an uploaded file, in bytes; 256 MiB by default.
    pub max_upload_bytes: u64,
    /// Maximum number of rows of an uploaded file; 2 million by default.
    pub max_upload_rows: u64,
    /// Maximum size of one row of an uploaded file, in bytes; 1 MiB by default. Longer rows are bad rows.
    pub max_row_bytes: usize,
    /// Maximum number of texts in one request; 256 by default.
    pub max_texts: usize,
    /// Time limit for receiving a request body; 15 s by default.
    pub body_deadline: Duration,
    /// Time limit for receiving an upload; 10 minutes by default.
    pub upload_deadline: Duration,
    /// Maximum sustained rate of one client, in requests per second; 0 for no limit; 100 by default.
    pub rate_per_second: u32,
    /// Maximum number of requests that one client may send in a burst; 400 by default.
    pub rate_burst: u32,
    /// The webhook secrets. With `None`, the default, the server accepts no webhooks.
    pub webhook_secrets: Option<WebhookSecrets>,
    /// Where to send alerts when a category spikes; by default, none are sent.
    pub alerts: AlertConfig,
    /// When reports are made without being asked for, and who receives them; never by default.
    pub reports: ReportConfig,
    /// Number of days after which texts are erased; `None`, the default, keeps them forever.
    pub keep_days: Option<u32>,
    /// Time between two checks for drift in hours; 24 by default; with 0, drift is only checked on request.
    pub drift_hours: u32,
    /// Limits on concurrent requests and on the memory for request bodies.
    pub limits: Limits,
    /// The addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted; none by default.
    pub trusted_proxies: Vec<IpAddr>,
    /// Limits of the inference engine: batches, queue lengths and deadlines.
    pub engine: EngineConfig,
}

impl ServerConfig {
    /// Returns the default settings for an address and a state folder.
    pub fn new(addr: SocketAddr, state_dir: impl Into<PathBuf>) -> Self {
        Self {
            sample: None,
            masking: None,
            addr,
            state_dir: state_dir.into(),
            max_body_bytes: 2 << 20,
            max_upload_bytes: 256 << 20,
            max_upload_rows: 2_000_000,
            max_row_bytes: MAX_ROW_BYTES,
            max_texts: 256,
            body_deadline: Duration::from_secs(15),
            upload_deadline: Duration::from_secs(600),
            rate_per_second: 100,
            rate_burst: 400,
            webhook_secrets: None,
            alerts: AlertConfig::default(),
            reports: ReportConfig::default(),
            keep_days: None,
            drift_hours: 24,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            engine: EngineConfig::default(),
        }
    }

    /// Returns true if the server listens on a loopback address, so that only this machine can reach it.
    pub fn is_local(&self) -> bool {
        is_loopback(self.addr.ip())
    }
}

/// Returns true for 127.0.0.0/8 and ::1, also for an IPv4-mapped IPv6 address.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

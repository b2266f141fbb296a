//! What the operator decides.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::alerts::AlertConfig;
use crate::auth::WebhookSecrets;
use crate::limits::Limits;
use crate::serving::EngineConfig;

/// Most bytes of a row of an upload, by default.
pub(crate) const MAX_ROW_BYTES: usize = 1 << 20;

/// Settings of the server. Start from [`ServerConfig::new`] and change what differs.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// The address it listens on; what it binds to decides which `Host` names are accepted.
    pub addr: SocketAddr,
    /// The folder of the database, uploads, models and the secret of its cookies.
    pub state_dir: PathBuf,
    /// Most bytes of a body that is no upload; 2 MiB by default.
    pub max_body_bytes: usize,
    /// Most bytes of an uploaded file; 256 MiB by default.
    pub max_upload_bytes: u64,
    /// Most rows of an uploaded file; 2 million by default.
    pub max_upload_rows: u64,
    /// Most bytes of one row of an uploaded file; 1 MiB by default. Longer ones are bad rows.
    pub max_row_bytes: usize,
    /// Most texts in one request; 256 by default.
    pub max_texts: usize,
    /// How long a body may take to arrive; 15 s by default.
    pub body_deadline: Duration,
    /// How long an upload may take to arrive; 10 minutes by default.
    pub upload_deadline: Duration,
    /// Requests per second of one client, in the long run; 0 for no limit; 100 by default.
    pub rate_per_second: u32,
    /// Requests that a client may make at once beyond that; 400 by default.
    pub rate_burst: u32,
    /// The secrets of webhooks; without any, which is the default, the server takes none.
    pub webhook_secrets: Option<WebhookSecrets>,
    /// Who is told when a category spikes; nobody by default.
    pub alerts: AlertConfig,
    /// For how many days texts are kept before they are erased; for ever by default.
    pub keep_days: Option<u32>,
    /// How much may be under way at a time.
    pub limits: Limits,
    /// The addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; none by default.
    pub trusted_proxies: Vec<IpAddr>,
    /// How much may wait for the model.
    pub engine: EngineConfig,
}

impl ServerConfig {
    /// The defaults for an address and a state folder.
    pub fn new(addr: SocketAddr, state_dir: impl Into<PathBuf>) -> Self {
        Self {
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
            keep_days: None,
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            engine: EngineConfig::default(),
        }
    }

    /// True where only this machine can reach the server.
    pub fn is_local(&self) -> bool {
        is_loopback(self.addr.ip())
    }
}

/// True for 127.0.0.0/8 and ::1, also when written as an IPv4 address within IPv6.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

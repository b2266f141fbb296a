//! What the program passes to the server.

use std::sync::Arc;

use crate::auth::ApiKeys;
use crate::config::ServerConfig;
use crate::logs::LogBuffer;
use crate::models::ModelLoader;
use crate::reports::Analyst;
use crate::training::Trainer;
use crate::vectors::EncoderLoader;

/// What the program passes to [`AppState::open`](crate::AppState::open).
#[derive(Clone)]
#[non_exhaustive]
pub struct Setup {
    /// Settings.
    pub config: ServerConfig,
    /// The API keys. With `None`, everyone who can reach the server may use it.
    pub keys: Option<ApiKeys>,
    /// Loads a model folder.
    pub loader: ModelLoader,
    /// The log lines for the page Logs. The program installs this buffer as a `tracing` layer.
    pub logs: LogBuffer,
    /// The name of the device, shown on the page System; `cpu` by default.
    pub device: String,
    /// Starts trainings. With `None`, the server offers no training.
    pub trainer: Option<Arc<dyn Trainer>>,
    /// Makes reports and checks for drift. With `None`, the server offers neither.
    pub analyst: Option<Arc<dyn Analyst>>,
    /// Loads the model that computes vectors while the serving model has none. With `None`, there are then no similar texts and no themes.
    pub encoder: Option<EncoderLoader>,
}

impl Setup {
    /// Returns a setup in which everyone who can reach the server may use it, without trainings, reports and checks for drift. The log
    /// lines are empty.
    pub fn new(config: ServerConfig, loader: ModelLoader) -> Self {
        Self {
            config,
            keys: None,
            loader,
            logs: LogBuffer::default(),
            device: "cpu".to_owned(),
            trainer: None,
            analyst: None,
            encoder: None,
        }
    }
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

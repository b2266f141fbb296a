//! What every handler can reach.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::watch;

use crate::alerts::Alerts;
use crate::auth::{ApiKeys, RateLimiter, Secret};
use crate::batch::Batches;
use crate::events::Events;
use crate::logs::LogBuffer;
use crate::metrics::Metrics;
use crate::models::{ModelLoader, Models};
use crate::store::{SqliteStore, Store, StoreHandle};
use crate::training::{Trainer, Trainings};
use crate::{Result, ServerConfig};

/// What the program hands to the server.
#[derive(Clone)]
pub struct Setup {
    /// Settings.
    pub config: ServerConfig,
    /// The keys that open the server; without any it is open to whoever reaches it.
    pub keys: Option<ApiKeys>,
    /// How a model folder is loaded.
    pub loader: ModelLoader,
    /// The log lines that a page shows; the program installs it as a layer of `tracing`.
    pub logs: LogBuffer,
    /// Where the model computes, for people.
    pub device: String,
    /// How the program trains; without it the server only serves.
    pub trainer: Option<Arc<dyn Trainer>>,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The server's state, shared by all handlers.
#[derive(Debug, Clone)]
pub struct AppState {
    pub(crate) inner: Shared,
}

/// What handlers get.
pub(crate) type Shared = Arc<Inner>;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: ServerConfig,
    pub(crate) keys: Option<ApiKeys>,
    pub(crate) secret: Secret,
    pub(crate) rate: RateLimiter,
    pub(crate) store: StoreHandle,
    pub(crate) models: Arc<Models>,
    pub(crate) trainings: Option<Trainings>,
    pub(crate) batches: Batches,
    pub(crate) alerts: Option<Alerts>,
    pub(crate) events: Events,
    pub(crate) logs: LogBuffer,
    pub(crate) metrics: Metrics,
    pub(crate) device: String,
    pub(crate) started: Instant,
    /// When the whole database was checked last, and what was wrong.
    pub(crate) checked: Mutex<Option<(Instant, Option<String>)>>,
    pub(crate) stopping: watch::Sender<bool>,
}

impl AppState {
    /// Opens the state folder, which is made where it is missing, loads the model and goes on with what was unfinished.
    ///
    /// `model` is added to the known models. The one promoted last serves; where none was, `model` does.
    ///
    /// # Errors
    ///
    /// What opening the database or loading the model gives.
    pub fn open(setup: Setup, model: Option<&Path>) -> Result<Self> {
        fs_err::create_dir_all(&setup.config.state_dir)?;
        let store = SqliteStore::open(&setup.config.state_dir.join("feedback.sqlite"))?;
        Self::open_with(setup, model, Arc::new(store))
    }

    /// As [`AppState::open`], with a store that is not in the state folder. Uploads, models and trainings are there as ever,
    /// so a store serves one state folder.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_with(setup: Setup, model: Option<&Path>, store: Arc<dyn Store>) -> Result<Self> {
        let Setup {
            config,
            keys,
            loader,
            logs,
            device,
            trainer,
        } = setup;
        fs_err::create_dir_all(&config.state_dir)?;
        let store = StoreHandle::new(store);
        let events = Events::default();
        let models = Arc::new(Models::open(
            &config.state_dir,
            model,
            loader,
            store.clone(),
            config.engine,
            events.clone(),
        )?);
        let trainings = trainer
            .map(|trainer| Trainings::open(&config.state_dir, trainer, Arc::clone(&models), events.clone()))
            .transpose()?;
        let (stopping, _) = watch::channel(false);
        let batches = Batches::open(
            &config,
            store.clone(),
            Arc::clone(models.engine()),
            events.clone(),
        )?;
        let alerts = Alerts::open(&config, store.clone())?;
        let state = Self {
            inner: Arc::new(Inner {
                secret: Secret::open(&config.state_dir)?,
                rate: RateLimiter::new(config.rate_per_second, config.rate_burst),
                keys,
                store,
                models,
                trainings,
                batches,
                alerts,
                events,
                logs,
                metrics: Metrics::default(),
                device,
                started: Instant::now(),
                checked: Mutex::default(),
                stopping,
                config,
            }),
        };
        Ok(state)
    }

    /// The folder's store.
    pub fn store(&self) -> &StoreHandle {
        &self.inner.store
    }

    /// The models it knows.
    pub fn models(&self) -> &Models {
        &self.inner.models
    }

    /// Ends streams of events and refuses new work. Requests under way may finish.
    pub fn begin_shutdown(&self) {
        self.inner.stopping.send_replace(true);
        self.inner.batches.begin_stop();
        if let Some(trainings) = &self.inner.trainings {
            trainings.stop_all();
        }
        if let Some(alerts) = &self.inner.alerts {
            alerts.begin_stop();
        }
    }

    /// Ends what works in the background; what it was at goes on with the next start.
    pub fn finish_shutdown(&self) {
        // The engine first: a batch may have many rows waiting in it.
        self.inner.models.engine().stop();
        self.inner.batches.stop();
        if let Some(alerts) = &self.inner.alerts {
            alerts.stop();
        }
    }
}

impl Inner {
    /// Completes when the server is to end.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as the state, so this cannot fail while anybody waits.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

//! The state that all handlers share.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::sync::watch;

use crate::admission::Admission;
use crate::alerts::Alerts;
use crate::audits::TrainedOn;
use crate::auth::{ApiKeys, RateLimiter, Secret, Sessions};
use crate::batch::Batches;
use crate::batch::lines_beside;
use crate::config::ServerConfig;
use crate::drift::Checks;
use crate::erasing::Places;
use crate::error::Result;
use crate::events::Events;
use crate::limits::{INSPECTIONS_AT_ONCE, LISTS_AT_ONCE, READS_OF_ONE};
use crate::logs::LogBuffer;
use crate::metrics::Metrics;
use crate::models::{ModelLoader, Models};
use crate::reclassify::Reclassifier;
use crate::reports::{Analyst, Reports};
use crate::serving::Engine;
use crate::setup::Setup;
use crate::state_folder::StateFolder;
use crate::store::StoreHandle;
use crate::themes;
use crate::training::Trainings;
use crate::triage;
use crate::turns::Turns;
use crate::vectors::{self, EncoderLoader, KeptVectors};
use feedback_files::make_private;
use feedback_store::{SqliteStore, Store};

mod background;

/// How many wrong keys one client may send: per minute, and in a burst.
const GUESSES_A_MINUTE: u32 = 6;
const GUESSES_AT_ONCE: u32 = 10;

/// The server's state, shared by all handlers.
#[derive(Debug, Clone)]
pub struct AppState {
    pub(crate) inner: Shared,
}

/// The state as handlers receive it.
pub(crate) type Shared = Arc<Inner>;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: ServerConfig,
    pub(crate) keys: Option<ApiKeys>,
    pub(crate) secret: Secret,
    pub(crate) rate: RateLimiter,
    /// Limits the wrong keys of each client.
    pub(crate) guesses: RateLimiter,
    pub(crate) sessions: Sessions,
    pub(crate) admission: Admission,
    pub(crate) store: StoreHandle,
    pub(crate) models: Arc<Models>,
    pub(crate) trainings: Option<Arc<Trainings>>,
    pub(crate) reports: Option<Arc<Reports>>,
    pub(crate) drift: Option<Arc<Checks>>,
    pub(crate) vectors: Arc<KeptVectors>,
    pub(crate) keeper: Arc<vectors::Keeper>,
    pub(crate) themes: Arc<themes::Keeper>,
    pub(crate) triage: Arc<triage::Keeper>,
    pub(crate) webhooks: Arc<triage::Webhooks>,
    pub(crate) trained_on: Arc<TrainedOn>,
    pub(crate) reclassifier: Arc<Reclassifier>,
    /// Locked while somebody changes a theme.
    pub(crate) theme_edits: tokio::sync::Mutex<()>,
    pub(crate) batches: Batches,
    pub(crate) alerts: Option<Alerts>,
    pub(crate) events: Events,
    pub(crate) logs: LogBuffer,
    pub(crate) metrics: Metrics,
    pub(crate) device: String,
    pub(crate) started: Instant,
    /// When the last check of the whole database found it intact; `None` before the first check.
    pub(crate) checked: Mutex<Option<Instant>>,
    /// Limits the concurrent read requests of each client.
    pub(crate) reads: Turns<IpAddr>,
    /// Limits how many uploaded files are inspected at the same time.
    pub(crate) inspections: tokio::sync::Semaphore,
    /// Limits how many lists are read at the same time.
    pub(crate) lists: tokio::sync::Semaphore,
    /// Locked for writing during an erasure, and for reading while an upload is added or a batch is queued.
    pub(crate) erasing: Arc<tokio::sync::RwLock<()>>,
    pub(crate) stopping: watch::Sender<bool>,
    /// The last field, so that it is dropped last: everything else must end before another server may lock the folder.
    _folder: StateFolder,
}

impl AppState {
    /// Opens or creates the state folder, loads the model and resumes unfinished work.
    ///
    /// `model` is added to the known models. The model that was promoted last serves, or `model` if none was promoted.
    ///
    /// A damaged database is not an error: what can be read is copied, and the server uses the copy read-only. It still classifies
    /// without storing, and answers 503 to requests that would store something.
    ///
    /// # Errors
    ///
    /// Errors of opening the database or loading the model.
    pub fn open(setup: Setup, model: Option<&Path>) -> Result<Self> {
        let folder = StateFolder::open(&setup.config.state_dir)?;
        folder.check_database()?;
        let (database, copy) = (folder.database()?, folder.salvaged()?);
        let Some(problem) = SqliteStore::quick_check(&database)? else {
            let store = SqliteStore::open(&database)?;
            return Self::open_in(folder, setup, model, Arc::new(store), None);
        };
        let (store, saved) = SqliteStore::salvage(&database, &copy, problem.clone())?;
        make_private(&copy)?;
        tracing::error!(
            problem,
            rows = ?saved.rows,
            lost = ?saved.lost,
            copy = %copy.display(),
            "the database is damaged; the server shows what it can read and stores nothing until a backup is restored"
        );
        Self::open_in(folder, setup, model, Arc::new(store), Some(problem))
    }

    /// Like [`AppState::open`], but with a store outside the state folder. Uploads, models and trainings stay in the folder, so a
    /// store belongs to exactly one state folder.
    ///
    /// # Errors
    ///
    /// The same as [`AppState::open`].
    pub fn open_with(setup: Setup, model: Option<&Path>, store: Arc<dyn Store>) -> Result<Self> {
        let folder = StateFolder::open(&setup.config.state_dir)?;
        Self::open_in(folder, setup, model, store, None)
    }

    fn open_in(
        folder: StateFolder,
        setup: Setup,
        model: Option<&Path>,
        store: Arc<dyn Store>,
        damage: Option<String>,
    ) -> Result<Self> {
        let (config, loader) = (setup.config, setup.loader);
        let vectors = Arc::new(KeptVectors::new(&config.state_dir));
        clean_up(&folder, &*store, &places(&config, &vectors), damage.is_some())?;
        let (store, events) = (StoreHandle::new(store), Events::default());
        let models = Arc::new(open_models(&config, model, loader, &store, &events, damage)?);
        let open = |trainer| Trainings::open(&config.state_dir, trainer, Arc::clone(&models), events.clone());
        let trainings = setup.trainer.map(open).transpose()?.map(Arc::new);
        let trained_on = Arc::new(TrainedOn::new(config.state_dir.join("models")));
        let (reports, drift) = open_analyses(&config.state_dir, setup.analyst, &trained_on, &events)?;
        let (engine, erasing) = (Arc::clone(models.engine()), Arc::default());
        let (keeper, themes) = keepers(&store, &engine, &vectors, &erasing, &events, setup.encoder);
        let batches = Batches::open(&config, store.clone(), Arc::clone(&engine), events.clone())?;
        let alerts = Alerts::open(&config.alerts, config.webhook_secrets.as_ref(), store.clone())?;
        let (triage, webhooks) = inbox(&config, &store, &events)?;
        let inner = Arc::new(Inner {
            secret: Secret::open(&config.state_dir)?,
            rate: RateLimiter::new(config.rate_per_second, config.rate_burst),
            guesses: RateLimiter::for_guesses(GUESSES_A_MINUTE, GUESSES_AT_ONCE),
            sessions: Sessions::open(store.clone(), setup.keys.as_ref())?,
            admission: Admission::new(&config.limits),
            keys: setup.keys,
            triage,
            webhooks,
            reclassifier: Arc::new(Reclassifier::new(store.clone(), Arc::clone(&engine))),
            store,
            models,
            trainings,
            reports,
            drift,
            vectors,
            keeper,
            themes,
            trained_on,
            theme_edits: tokio::sync::Mutex::default(),
            batches,
            alerts,
            events,
            logs: setup.logs,
            metrics: Metrics::default(),
            device: setup.device,
            started: Instant::now(),
            checked: Mutex::default(),
            reads: Turns::new(READS_OF_ONE),
            inspections: tokio::sync::Semaphore::new(INSPECTIONS_AT_ONCE),
            lists: tokio::sync::Semaphore::new(LISTS_AT_ONCE),
            erasing,
            stopping: watch::channel(false).0,
            config,
            _folder: folder,
        });
        inner.begin_background()?;
        Ok(Self { inner })
    }

    /// Returns the store.
    pub fn store(&self) -> &StoreHandle {
        &self.inner.store
    }

    /// Returns the known models.
    pub fn models(&self) -> &Models {
        &self.inner.models
    }

    /// Ends event streams and refuses new work. Requests in progress may finish.
    pub fn begin_shutdown(&self) {
        self.inner.stopping.send_replace(true);
        self.inner.batches.begin_stop();
        self.inner.keeper.begin_stop();
        self.inner.themes.begin_stop();
        self.inner.triage.begin_stop();
        self.inner.webhooks.begin_stop();
        self.inner.reclassifier.begin_stop();
        if let Some(trainings) = &self.inner.trainings {
            trainings.stop_all();
        }
        if let Some(reports) = &self.inner.reports {
            reports.stop();
        }
        if let Some(checks) = &self.inner.drift {
            checks.stop();
        }
        if let Some(alerts) = &self.inner.alerts {
            alerts.begin_stop();
        }
    }

    /// Ends the background threads; the next start resumes their work.
    pub fn finish_shutdown(&self) {
        // The engine must stop first: many rows of a batch may be waiting in it.
        self.inner.models.engine().stop();
        self.inner.batches.stop();
        self.inner.keeper.stop();
        self.inner.themes.stop();
        self.inner.triage.stop();
        self.inner.webhooks.stop();
        self.inner.reclassifier.stop();
        if let Some(alerts) = &self.inner.alerts {
            alerts.stop();
        }
    }
}

type Analyses = (Option<Arc<Reports>>, Option<Arc<Checks>>);

/// Opens what the analyst makes: reports, and checks for drift.
fn open_analyses(
    state_dir: &Path,
    analyst: Option<Arc<dyn Analyst>>,
    trained_on: &Arc<TrainedOn>,
    events: &Events,
) -> Result<Analyses> {
    let Some(analyst) = analyst else {
        return Ok((None, None));
    };
    let checks = Checks::open(state_dir, Arc::clone(&analyst))?;
    let reports = Reports::open(state_dir, analyst, Arc::clone(trained_on), events.clone())?;
    Ok((Some(Arc::new(reports)), Some(Arc::new(checks))))
}

/// Removes files that belong to no batch, and finishes an interrupted erasure.
fn clean_up(folder: &StateFolder, store: &dyn Store, places: &Places, is_damaged: bool) -> Result<()> {
    if is_damaged {
        return Ok(()); // nothing is written
    }
    let batches = store.batches(usize::MAX)?.into_iter();
    let files = batches.flat_map(|batch| {
        let lines = lines_beside(batch.upload.file.as_ref());
        [batch.upload.file, lines.to_string_lossy().into_owned()]
    });
    folder.sweep_unknown(&files.collect())?;
    // A failed erasure must not keep the server from starting: the next erasure or start tries again.
    if let Err(error) = places.go_on(store) {
        tracing::error!(%error, hint = error.hint(), "cannot finish an interrupted erasure");
    }
    Ok(())
}

/// Loads the models. If the database is damaged, the store refuses writes only after that,
/// because loading the models writes their records to the copy.
fn open_models(
    config: &ServerConfig,
    model: Option<&Path>,
    loader: ModelLoader,
    store: &StoreHandle,
    events: &Events,
    damage: Option<String>,
) -> Result<Models> {
    let (store, events) = (store.clone(), events.clone());
    let models = Models::open(
        &config.state_dir,
        model,
        loader,
        store.clone(),
        config.engine,
        events,
    )?;
    if let Some(problem) = damage {
        store.blocking().refuse_writes(problem);
    }
    Ok(models)
}

/// Creates what compares texts in the background. Its threads are not started yet.
fn keepers(
    store: &StoreHandle,
    engine: &Arc<Engine>,
    vectors: &Arc<KeptVectors>,
    erasing: &Arc<tokio::sync::RwLock<()>>,
    events: &Events,
    encoder: Option<EncoderLoader>,
) -> (Arc<vectors::Keeper>, Arc<themes::Keeper>) {
    let sources = vectors::Sources {
        store: store.clone(),
        engine: Arc::clone(engine),
        vectors: Arc::clone(vectors),
        erasing: Arc::clone(erasing),
    };
    let keeper = Arc::new(vectors::Keeper::new(sources, encoder));
    let themes = themes::Keeper::new(themes::Sources {
        store: store.clone(),
        vectors: Arc::clone(vectors),
        keeper: Arc::clone(&keeper),
        events: events.clone(),
        erasing: Arc::clone(erasing),
    });
    (keeper, Arc::new(themes))
}

/// What fills the inbox, and the webhooks that it tells.
fn inbox(
    config: &ServerConfig,
    store: &StoreHandle,
    events: &Events,
) -> Result<(Arc<triage::Keeper>, Arc<triage::Webhooks>)> {
    let webhooks = Arc::new(triage::Webhooks::new(
        &config.alerts.rule_webhooks,
        config.webhook_secrets.as_ref(),
        config.alerts.backoff,
        store.clone(),
    )?);
    let keeper = triage::Keeper::new(store.clone(), events.clone(), Arc::clone(&webhooks));
    Ok((Arc::new(keeper), webhooks))
}

fn places(config: &ServerConfig, vectors: &Arc<KeptVectors>) -> Places {
    Places {
        state_dir: config.state_dir.clone(),
        max_row_bytes: config.max_row_bytes,
        vectors: Arc::clone(vectors),
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Threads of their own share parts of the state, so they do not end with it.
        self.keeper.stop();
        self.themes.stop();
        self.reclassifier.stop();
    }
}

impl Inner {
    /// Returns the files that contain texts besides the database.
    pub(crate) fn places(&self) -> Places {
        places(&self.config, &self.vectors)
    }

    /// Completes when the server shuts down.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as the state, so this cannot fail.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

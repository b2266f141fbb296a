//! The command `serve`.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use feedback_bert::{Device, DeviceChoice, Dtype};
use feedback_cli::arguments::ConfigArgs;
use feedback_cli::exit::{self, UsageError};
use feedback_cli::hints::Hints;
use feedback_cli::{models, program};
use feedback_inference::{AnyClassifier, BatchLimits, Classifier};
use feedback_pipeline::data::{LabelLayout, LongTextOptions};
use feedback_pipeline::train::BaseModel;
use feedback_server::{
    AlertUrl, ApiKeys, AppState, EncoderLoader, LogBuffer, Model, ModelLoader, ReportTime, Setup, Trainer,
    app,
};
use log_lines::LogFormat;
use rule_webhook::RuleWebhook;
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::background::{self, DRIFT, OwnProcess, REPORT, TRAIN};

mod config;
mod log_lines;
mod rule_webhook;

/// The default state folder of a server.
pub(crate) const DEFAULT_STATE_DIR: &str = "data/serve";

/// Serves a trained model as a web app and an HTTP API.
///
/// By default, only this machine can reach the server. All data is in the state folder; the server may be stopped at any time.
#[derive(Debug, Parser)]
#[command(
    name = "serve",
    version,
    after_help = "Examples:
  serve
  serve --model models/feedback_classifier --addr 127.0.0.1:8501 --state-dir data/serve
  serve --addr 0.0.0.0:8501 --api-key-file keys.txt"
)]
pub struct Arguments {
    #[command(flatten)]
    model: models::ModelArgs,
    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8501",
        env = "FEEDBACK_ADDR"
    )]
    addr: SocketAddr,
    /// The folder for all data of the server
    #[arg(
        long,
        value_name = "DIR",
        default_value = DEFAULT_STATE_DIR,
        env = "FEEDBACK_STATE_DIR"
    )]
    state_dir: PathBuf,
    /// A Postgres database to use instead of `feedback.sqlite`; give a URL with a password in the environment variable or the
    /// settings file, since other users of this machine can see the arguments of a program
    #[cfg(feature = "postgres")]
    #[arg(
        long,
        value_name = "postgres://USER:PASSWORD@HOST/DATABASE",
        env = "FEEDBACK_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<DatabaseUrl>,
    /// A file of API keys, one per line; required unless the address is a loopback address
    #[arg(long, value_name = "FILE", env = "FEEDBACK_API_KEY_FILE")]
    api_key_file: Option<PathBuf>,
    /// A file of secrets, one per line, that other services use to sign their webhooks
    #[arg(long, value_name = "FILE", env = "FEEDBACK_WEBHOOK_SECRET_FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Where to post alerts about spikes, as JSON signed with the first webhook secret
    #[arg(
        long,
        value_name = "URL",
        requires = "webhook_secret_file",
        env = "FEEDBACK_ALERT_URL",
        hide_env_values = true
    )]
    alert_url: Option<AlertUrl>,
    /// Where to post the same alerts as Slack messages
    #[arg(long, value_name = "URL", env = "FEEDBACK_SLACK_URL", hide_env_values = true)]
    slack_url: Option<AlertUrl>,
    /// A webhook that rules of the inbox can tell about texts, such as `support=https://example.com/hook`; may be given several times.
    /// A name has 1 to 40 ASCII letters, digits, `-` and `_`; in the environment variable, spaces separate several. Messages contain the text,
    /// and are signed with the first webhook secret
    #[arg(
        long,
        value_name = "NAME=URL",
        requires = "webhook_secret_file",
        env = "FEEDBACK_RULE_WEBHOOK",
        value_delimiter = ' ',
        hide_env_values = true
    )]
    rule_webhook: Vec<RuleWebhook>,
    /// Minimum number of texts of a category on one day for an alert
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        env = "FEEDBACK_ALERT_MIN_COUNT"
    )]
    alert_min_count: u64,
    /// When to make a report of all texts: `daily`, `monthly` or a weekday, and a time in UTC, such as `monday 07:00` [default: never]
    ///
    /// It compares the last day, month or week with the one before.
    #[arg(long, value_name = "WHEN", env = "FEEDBACK_REPORT_AT")]
    report_at: Option<ReportTime>,
    /// Where to post what such a report found, as JSON signed with the first webhook secret, with a subject and a text for a mail
    #[arg(
        long,
        value_name = "URL",
        requires_all = ["report_at", "webhook_secret_file"],
        env = "FEEDBACK_REPORT_URL",
        hide_env_values = true
    )]
    report_url: Option<AlertUrl>,
    /// Where to post the same as a Slack message
    #[arg(
        long,
        value_name = "URL",
        requires = "report_at",
        env = "FEEDBACK_REPORT_SLACK_URL",
        hide_env_values = true
    )]
    report_slack_url: Option<AlertUrl>,
    /// Listen on the network without a key: anyone who reaches the address can read and change everything
    #[arg(long, conflicts_with = "api_key_file")]
    insecure: bool,
    /// The address of a trusted proxy, whose `X-Forwarded-For` and `X-Forwarded-Proto` headers are used; may be given several
    /// times
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxy: Vec<IpAddr>,
    /// Erase texts after this many days [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..), env = "FEEDBACK_KEEP_DAYS")]
    keep_days: Option<u32>,
    /// Hours between two checks whether new texts still resemble those that the model was trained on; 0: only on request
    #[arg(
        long,
        value_name = "HOURS",
        default_value_t = 24,
        env = "FEEDBACK_DRIFT_HOURS"
    )]
    drift_hours: u32,
    /// Replace e-mail addresses, phone, card and bank account numbers before anything is classified or stored
    #[arg(long, env = "FEEDBACK_MASK_PERSONAL_DATA")]
    mask_personal_data: bool,
    /// A file with the secret from which pseudonyms are computed, such as `[email:5f1c09ab]`: the same value always gets the same one
    #[arg(
        long,
        value_name = "FILE",
        requires = "mask_personal_data",
        env = "FEEDBACK_PSEUDONYM_KEY_FILE"
    )]
    pseudonym_key_file: Option<PathBuf>,
    /// Maximum requests per second of one client, with bursts of four times as many; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 100, env = "FEEDBACK_RATE_LIMIT")]
    rate_limit: u32,
    /// Maximum size of an uploaded file in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, env = "FEEDBACK_MAX_UPLOAD")]
    max_upload: u64,
    /// Where to compute: auto, cpu, ndarray, wgpu, wgpu:N, cuda, cuda:N
    #[arg(long, default_value = "auto", env = "FEEDBACK_DEVICE")]
    device: DeviceChoice,
    /// Data type of the computation: f32, or int8 (faster on the CPU, with slightly different
    /// scores)
    #[arg(long, default_value = "f32", env = "FEEDBACK_DTYPE")]
    dtype: Dtype,
    #[command(flatten)]
    long_texts: LongTextOptions,
    /// Size of the prediction cache in MiB: a text whose prediction is cached is answered without the model; 0 for no cache
    #[arg(long, value_name = "MIB", default_value_t = 64, env = "FEEDBACK_CACHE")]
    cache: usize,
    /// Minimum log level on standard error: error, warn, info, debug, trace
    #[arg(long, default_value = "info", env = "FEEDBACK_LOG")]
    log: LevelFilter,
    /// How lines on standard error are written
    #[arg(long, value_enum, default_value = "text", env = "FEEDBACK_LOG_FORMAT")]
    log_format: LogFormat,
    /// A labelled file to offer on the Train page; may be given several times
    #[arg(long, value_name = "FILE", default_value = "fixtures/feedback.jsonl")]
    train_data: Vec<PathBuf>,
    /// A folder with a pretrained encoder to offer on the Train page; may be given several times
    #[arg(long, value_name = "DIR")]
    base_model: Vec<PathBuf>,
    /// How the rows of the labelled files state their labels.
    #[command(flatten)]
    layout: LabelLayout,
    #[command(flatten)]
    config: ConfigArgs,
}

/// The URL of a database; it may contain a password and is never printed.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub(crate) struct DatabaseUrl(pub(crate) String);

#[cfg(feature = "postgres")]
impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

#[cfg(feature = "postgres")]
impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

/// Trains, makes a report or checks for drift and returns the exit code, if a server started this process for it; otherwise returns `None`.
pub fn in_background() -> Option<ExitCode> {
    let given: Vec<String> = std::env::args().collect();
    match given.as_slice() {
        [_, subcommand, folder, device, layout] if subcommand == TRAIN => Some(program::finish(
            train_in_background(folder.as_ref(), device, layout),
            &Hints::default(),
        )),
        [_, subcommand, arguments @ ..] if subcommand == REPORT => Some(program::finish(
            background::make_report(arguments),
            &Hints::default(),
        )),
        [_, subcommand, arguments @ ..] if subcommand == DRIFT => Some(program::finish(
            background::check_drift(arguments),
            &Hints::default(),
        )),
        _ => None,
    }
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    start(arguments, false)
}

/// Like [`run`]; classifies the sample and reports on it if there are no texts yet.
///
/// # Errors
///
/// The command failed.
pub fn run_with_sample(arguments: Arguments) -> anyhow::Result<u8> {
    start(arguments, true)
}

fn start(arguments: Arguments, with_sample: bool) -> anyhow::Result<u8> {
    let keys = keys(&arguments)?;
    let logs = LogBuffer::default();
    let to_stderr = arguments.log_format.layer(arguments.log);
    let to_page = logs.clone().with_filter(LevelFilter::DEBUG);
    tracing_subscriber::registry()
        .with(to_stderr)
        .with(to_page)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(arguments, keys, logs, with_sample));
    // Does not wait for a long export or inspection: neither changes anything.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended?;
    Ok(exit::OK)
}

/// Runs the training that was started on the Train page.
fn train_in_background(folder: &Path, device: &str, layout: &str) -> anyhow::Result<u8> {
    background::run(folder, device.parse()?, &serde_json::from_str(layout)?)
}

/// Adds the hint of an error of the server to its message, in the form of the messages of the commands.
pub(crate) fn hinted(error: feedback_server::Error) -> anyhow::Error {
    match error.hint() {
        Some(hint) => {
            let message = format!("{error}\nhint: {hint}");
            anyhow::Error::from(error).context(message)
        }
        None => error.into(),
    }
}

/// Returns the API keys. Without keys, only a loopback address is allowed, unless `--insecure` is given.
fn keys(arguments: &Arguments) -> anyhow::Result<Option<ApiKeys>> {
    if let Some(path) = &arguments.api_key_file {
        return Ok(Some(ApiKeys::from_file(path).map_err(hinted)?));
    }
    if !feedback_server::is_loopback(arguments.addr.ip()) && !arguments.insecure {
        let reason = format!(
            "{} can be reached from the network, and no API key is set\n\
             hint: add --api-key-file FILE, or --insecure to allow everyone full access without a key",
            arguments.addr
        );
        return Err(UsageError(reason).into());
    }
    Ok(None)
}

async fn serve(
    arguments: Arguments,
    keys: Option<ApiKeys>,
    logs: LogBuffer,
    with_sample: bool,
) -> anyhow::Result<()> {
    let (device, choice) = arguments.device.open()?;
    let dtype = arguments.dtype;
    dtype.check(&device)?;
    // First of all: if the address is in use, the start fails before anything is loaded or written.
    let listener = TcpListener::bind(arguments.addr).await.with_context(|| {
        format!(
            "cannot listen on {}\nhint: another program may use it; choose another `addr`",
            arguments.addr
        )
    })?;
    let addr = listener.local_addr()?;
    let mut config = arguments.config(addr)?;
    config.engine.batch = BatchLimits::for_device(&device);
    config.engine.cache_bytes = arguments.cache.saturating_mul(1 << 20);
    let model = arguments.model.choose()?;
    let lines = arguments.log_format;
    if let Some(fallback) = model.fallback() {
        lines.say(fallback);
    }
    let own = Arc::new(own_process(&arguments, choice)?);
    let for_vectors = device.clone();
    let mut setup = Setup::new(config, loader(device, dtype, arguments.long_texts));
    setup.keys = keys;
    setup.logs = logs;
    setup.device = match dtype {
        Dtype::F32 => choice.to_string(),
        dtype => format!("{choice}, {dtype}"),
    };
    setup.trainer = Some(Arc::clone(&own) as Arc<dyn Trainer>);
    setup.analyst = Some(own);
    setup.encoder = (BaseModel::standard() == BaseModel::Builtin).then(|| builtin_encoder(for_vectors));
    let state = tokio::task::spawn_blocking(move || open(arguments, setup, &model.folder));
    let state = state.await?.map_err(hinted)?;
    lines.say(format_args!("listening on http://{addr}"));
    if with_sample {
        tokio::spawn(show_sample(state.clone(), addr, lines));
    }
    let stopping = state.clone();
    feedback_server::serve(listener, app(state.clone()), async move {
        stop_requested().await;
        stopping.begin_shutdown();
    })
    .await;
    tokio::task::spawn_blocking(move || state.finish_shutdown()).await?;
    lines.say("ended");
    Ok(())
}

/// Returns what loads model folders of both kinds.
fn loader(device: Device, dtype: Dtype, long_texts: LongTextOptions) -> ModelLoader {
    Arc::new(move |path| {
        Ok(match AnyClassifier::load(path, &device)? {
            AnyClassifier::SingleLabel(model) => {
                let model = models::with_long_texts(model.with_dtype(dtype)?, &long_texts)?;
                Arc::new(model) as Arc<dyn Model>
            }
            AnyClassifier::MultiLabel(_) if long_texts != LongTextOptions::default() => {
                return Err(models::no_windows());
            }
            AnyClassifier::MultiLabel(model) => Arc::new(model.with_dtype(dtype)?),
        })
    })
}

/// Returns what loads the built-in model, for the vectors of texts while the serving model has none.
fn builtin_encoder(device: Device) -> EncoderLoader {
    Arc::new(move || {
        let failed = |error: feedback_pipeline::Error| feedback_server::Error::Invalid(error.to_string());
        let folder = BaseModel::Builtin.folder().map_err(failed)?;
        let missing = || feedback_server::Error::Invalid("this build has no built-in model".into());
        let classifier = Classifier::load(folder.ok_or_else(missing)?, &device)?;
        Ok(Arc::new(classifier) as Arc<dyn Model>)
    })
}

async fn show_sample(state: AppState, addr: SocketAddr, lines: LogFormat) {
    match state.show_sample().await {
        Ok(()) => lines.say(format_args!("the sample is ready: open http://{addr}")),
        Err(error) => lines.say(format_args!("error: the sample cannot be shown: {error}")),
    }
}

/// Returns what trains and makes reports. A training runs in another folder, so its paths must be absolute.
fn own_process(arguments: &Arguments, device: DeviceChoice) -> std::io::Result<OwnProcess> {
    let absolute = |path: &PathBuf| std::path::absolute(path);
    let data = arguments.train_data.iter().filter(|path| path.is_file());
    let bases = arguments.base_model.iter();
    Ok(OwnProcess {
        data: data.map(absolute).collect::<Result<_, _>>()?,
        bases: bases.map(absolute).collect::<Result<_, _>>()?,
        layout: arguments.layout.clone(),
        device,
    })
}

#[cfg_attr(
    not(feature = "postgres"),
    expect(unused_variables, reason = "the arguments only select a Postgres database")
)]
fn open(arguments: Arguments, setup: Setup, model: &Path) -> feedback_server::Result<AppState> {
    #[cfg(feature = "postgres")]
    if let Some(DatabaseUrl(url)) = arguments.database_url {
        let store = feedback_store::PostgresStore::open(&url)?;
        return AppState::open_with(setup, Some(model), Arc::new(store));
    }
    AppState::open(setup, Some(model))
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_requested() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}

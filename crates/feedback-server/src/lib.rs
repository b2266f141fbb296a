//! The web app and HTTP API over a trained feedback classifier: classify, look, correct, watch.
//!
//! [`AppState::open`] opens a state folder and loads the model, [`app`] makes the service, [`serve`] listens. It knows
//! no tensor and no trainer: a model is whatever implements [`Model`], which [`feedback_inference::Classifier`] does, and
//! training is a process that a [`Trainer`] starts.
//!
//! The layers, each of which knows only those before it: errors and clocks; the store, the models and what runs in the
//! background (`batch`, `training`, `alerts`); the shared state; `http`, between the network and the handlers;
//! `services`, what the server does; `api` and `pages`, which do not know each other; and the router.
//!
//! ```
//! use std::sync::Arc;
//!
//! use axum::body::Body;
//! use axum::http::Request;
//! use feedback_bert::DeviceChoice;
//! use feedback_inference::Classifier;
//! use feedback_server::{AppState, LogBuffer, Model, ServerConfig, Setup, app};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let model = feedback_testkit::fixture("tiny-bert");
//! # let folder = tempfile::tempdir()?;
//! # let state_dir = folder.path().join("state");
//! // `model` is a folder that training wrote, `state_dir` one that the server may write to.
//! let (device, _) = DeviceChoice::Cpu.open()?;
//! let setup = Setup {
//!     config: ServerConfig::new(([127, 0, 0, 1], 8501).into(), &state_dir),
//!     keys: None,
//!     loader: Arc::new(move |path| Ok(Arc::new(Classifier::load(path, &device)?) as Arc<dyn Model>)),
//!     logs: LogBuffer::default(),
//!     device: "cpu".into(),
//!     trainer: None,
//! };
//! let state = AppState::open(setup, Some(&model))?;
//! let request = Request::post("/api/v1/classify")
//!     .header("host", "localhost")
//!     .header("content-type", "application/json")
//!     .body(Body::from(r#"{"text": "it crashes when I open it"}"#))?;
//! let response = app(state).oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```

mod alerts;
mod api;
mod assets;
mod auth;
mod batch;
mod clock;
mod config;
mod copies;
mod digest;
mod dto;
mod erasing;
mod error;
mod events;
mod http;
mod limits;
mod logs;
mod metrics;
mod models;
mod openapi;
mod pages;
mod problem;
mod redaction;
mod retention;
mod router;
mod services;
mod serving;
mod spikes;
mod state;
mod state_folder;
mod store;
mod system;
mod training;
mod turns;

pub use alerts::{AlertConfig, AlertUrl};
pub use auth::{ApiKeys, WebhookSecrets};
pub use config::{ServerConfig, is_loopback};
pub use copies::{Restored, back_up, restore};
pub use error::{Error, Result};
#[cfg(feature = "postgres")]
pub use feedback_store::PostgresStore;
pub use feedback_store::Store;
pub use http::serve;
pub use limits::{Bound, Limits};
pub use logs::{LogBuffer, LogLine};
pub use models::{ModelLoader, Models};
pub use router::app;
pub use serving::{
    Caller, Classified, Engine, EngineConfig, EngineStatus, Explained, Lane, Model, Served, ServingError,
};
pub use state::{AppState, Setup};
pub use store::StoreHandle;
pub use training::{Trainer, Training, TrainingState, Trainings};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

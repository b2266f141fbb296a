#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`AppState::open`] opens a state folder and loads the model, [`app`] creates the service, and [`serve`] listens. This crate
//! contains no tensor code and no training loop. A model is any type that implements [`Model`], such as
//! [`feedback_inference::Classifier`]; training runs in a process that a [`Trainer`] starts.
//!
//! # Layers
//!
//! The crate has seven layers. A module uses only modules of its own layer and of the layers before it: (1) errors and clocks;
//! (2) the store, the models and the background work (`batch`, `training`, `alerts`); (3) the shared state; (4) `http`, between the
//! network and the handlers; (5) `services`, which implement the operations, and `dto`, their JSON types; (6) `api` and `pages`, which
//! do not use each other; (7) the router. A test checks this (`architecture/layers.rs` in `feedback-testkit`).

mod admission;
mod alerts;
mod api;
mod assets;
mod audits;
mod auth;
mod batch;
mod clock;
mod config;
mod copies;
mod digest;
mod documents;
mod drift;
mod dto;
mod erasing;
mod error;
mod events;
mod http;
mod labels;
mod limits;
mod logs;
mod masking;
mod metrics;
mod model_names;
mod models;
mod openapi;
mod pages;
mod phrases;
mod problem;
mod process;
mod quota;
mod reclassify;
mod redaction;
mod reports;
mod retention;
mod router;
mod sample;
mod services;
mod serving;
mod setup;
mod spikes;
mod state;
mod state_folder;
mod store;
mod system;
mod themes;
mod training;
mod triage;
mod turns;
mod vectors;
mod views;

pub use alerts::{AlertConfig, AlertUrl};
pub use auth::{ApiKeys, WebhookSecrets};
pub use config::{Sample, ServerConfig, is_loopback};
pub use copies::{Restored, back_up, restore, take_database, with_database};
pub use error::{Error, Result};
#[cfg(feature = "postgres")]
pub use feedback_store::PostgresStore;
pub use feedback_store::Store;
pub use http::serve;
pub use limits::{Bound, Limits};
pub use logs::{LogBuffer, LogLine};
pub use models::{ModelLoader, Models};
pub use reports::{Analyst, DriftFiles, ReportConfig, ReportFields, ReportFiles, ReportTime};
pub use router::app;
pub use serving::{
    Caller, Classified, Engine, EngineConfig, EngineStatus, Explained, Lane, Model, Prediction, Served,
    ServingError,
};
pub use setup::Setup;
pub use state::AppState;
pub use store::StoreHandle;
pub use training::{Trainer, Training, TrainingState, Trainings};
pub use vectors::EncoderLoader;

#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`SqliteStore`] stores the data in one file, and `PostgresStore` (feature `postgres`) in a database on another machine. Both
//! implement [`Store`], which combines one trait per subject: [`PredictionStore`], [`CorrectionStore`], [`BatchStore`],
//! [`DeliveryStore`], [`AlertStore`], [`ModelStore`], [`AuditStore`], [`SessionStore`],
//! [`DocumentStore`], [`CaseStore`] and [`ErasureStore`].
//!
//! The crate is independent of the web server and of the models.

mod alerts;
mod audit;
mod batches;
mod cases;
mod clock;
mod columns;
mod corrections;
mod deliveries;
mod documents;
mod erasures;
mod error;
mod fields;
mod lock;
mod models;
#[cfg(feature = "postgres")]
mod postgres;
mod predictions;
mod seal;
mod sessions;
mod signature;
mod sql;
mod sqlite;
mod store;
mod writer;

#[cfg(feature = "postgres")]
pub use crate::postgres::PostgresStore;
pub use alerts::{Alert, AlertStore};
pub use audit::{AuditEntry, AuditStore};
pub use batches::{BadRowEntry, Batch, BatchState, BatchStore, Chunk, ColumnChoice, GivenLabels, NewBatch};
pub use cases::{Case, CaseChange, CaseFilter, CaseNote, CaseReason, CaseState, CaseStore, NewCase};
pub use clock::{DAY_MS, now_ms};
pub use corrections::{Correction, CorrectionStore, NewCorrection, Opinion};
pub use deliveries::{AnswerFor, Delivery, DeliveryStore, NewDelivery};
pub use documents::DocumentStore;
pub use erasures::{Erase, Erased, Erasure, ErasureStore};
pub use error::{Conflict, Error, Result};
pub use fields::Fields;
pub use models::{ModelRecord, ModelState, ModelStore};
pub use predictions::{
    AnswerFilter, Cursor, DayCount, Dimension, FieldCount, FieldFilter, FieldValue, Filter, Judged,
    LabelCount, ModelAnswer, NewPrediction, Overview, PredictedCount, PredictionStore, Reclassified, Score,
    StoredPrediction,
};
pub use sessions::{Session, SessionStore};
pub use sqlite::{Salvaged, SqliteStore};
pub use store::Store;

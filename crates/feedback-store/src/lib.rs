//! Stores classified feedback: predictions, corrections, batches, models and an audit trail.
//!
//! [`SqliteStore`] stores the data in one file, and `PostgresStore` (feature `postgres`) in a database on another machine. Both
//! implement [`Store`], which combines one trait per subject: [`PredictionStore`], [`CorrectionStore`], [`BatchStore`],
//! [`DeliveryStore`], [`AlertStore`], [`ModelStore`], [`AuditStore`], [`SessionStore`],
//! [`DocumentStore`], [`CaseStore`] and [`ErasureStore`]. Code that needs
//! only one subject should use only its trait. All stores pass the same tests, in `tests/it/conformance`.
//!
//! The crate is independent of the web server and of the models. All methods block; asynchronous code must call them on a
//! thread that may block.
//!
//! ```
//! use feedback_store::{Cursor, FieldValue, Filter, NewPrediction, PredictionStore, Score, SqliteStore, now_ms};
//!
//! let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(&folder.path().join("feedback.sqlite"))?;
//! let score = |label: &str, score| Score { label: label.into(), score };
//! let ids = store.add_predictions(vec![NewPrediction {
//!     at: now_ms(),
//!     undated: false,
//!     text: "it crashes when I open it".into(),
//!     source: "api".into(),
//!     labels: vec!["bug".into()],
//!     confidence: 0.9,
//!     margin: 0.8,
//!     abstained: None,
//!     truncated: false,
//!     scores: vec![score("bug", 0.9), score("praise", 0.1)],
//!     unfamiliarity: None,
//!     answers: Vec::new(),
//!     model: "3f2a91c07be4".into(),
//!     batch: None,
//!     fields: serde_json::from_str(r#"{"plan": "pro"}"#)?,
//! }])?;
//!
//! let plan = FieldValue { name: "plan".into(), value: "pro".into() };
//! let bugs = Filter { label: Some("bug".into()), fields: vec![plan], ..Filter::default() };
//! let found = store.history(&bugs, Cursor::newest(10))?;
//! assert_eq!(found[0].id, ids[0]);
//! assert_eq!(found[0].prediction.text, "it crashes when I open it");
//! assert_eq!(found[0].effective_labels(), ["bug"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alerts;
mod audit;
mod batches;
mod cases;
mod clock;
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
mod sql;
mod sqlite;
mod store;
mod writer;

#[cfg(feature = "postgres")]
pub use crate::postgres::PostgresStore;
pub use alerts::{Alert, AlertStore};
pub use audit::{AuditEntry, AuditStore};
pub use batches::{BadRowEntry, Batch, BatchState, BatchStore, Chunk, DateChoice, NewBatch};
pub use cases::{Case, CaseChange, CaseFilter, CaseNote, CaseReason, CaseState, CaseStore, NewCase};
pub use clock::{DAY_MS, now_ms};
pub use corrections::{Correction, CorrectionStore, NewCorrection};
pub use deliveries::{AnswerFor, Delivery, DeliveryStore, NewDelivery};
pub use documents::DocumentStore;
pub use erasures::{Erase, Erased, Erasure, ErasureStore};
pub use error::{Conflict, Error, Result};
pub use fields::Fields;
pub use models::{ModelRecord, ModelState, ModelStore};
pub use predictions::{
    Cursor, DayCount, FieldCount, FieldValue, Filter, LabelCount, ModelAnswer, NewPrediction, Overview,
    PredictionStore, Score, StoredPrediction,
};
pub use sessions::{Session, SessionStore};
pub use sqlite::{Salvaged, SqliteStore};
pub use store::Store;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

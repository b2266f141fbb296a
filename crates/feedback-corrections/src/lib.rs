#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - A [`Job`] has the settings of a training, an [`Outcome`] its result; both are files in a [`TrainingFolder`].
//! - A [`Correction`] is a label that a person gave while a model was serving. [`add_corrections`] adds them to the training
//!   rows of the next model.
//! - A [`Question`] is a labelled row that a model in training predicts incorrectly, or an unlabelled text that it is unsure
//!   about. People send an [`Answer`] to the [`Inbox`] at any time: from the [`Terminal`], a program or a web server. A
//!   [`Session`] decides about the answers at the beginning of each epoch.
//! - Every decision about a correction or an answer is an [`AuditEntry`], written before it takes effect.
//! - The [`Guard`] keeps validation and test texts out of training, in any spelling.
//!
//! # What may enter training
//!
//! Texts without labels, corrected texts and training rows with a new label may enter training. The [`Guard`] refuses them if a
//! validation or test text has the same normalised form. A corrected validation row is removed from the metrics and never
//! enters training. Test rows have no row ids, so an answer cannot refer to them.
//!
//! # Resuming a run
//!
//! The audit log says from which epoch on each decision has effect. A resumed run applies the decisions in the log, and
//! makes new decisions only for epochs that had not begun. It therefore sees the same rows in the same order as if it had
//! not been interrupted.

mod answer;
mod audit;
mod clock;
mod correction;
mod error;
mod guard;
mod inbox;
mod job;
mod json_files;
mod layout;
mod outcome;
mod question;
mod queue;
mod row_id;
mod rows;
mod same_rows;
mod session;
mod terminal;
mod training_folder;

pub use answer::Answer;
pub use audit::{AuditEntry, AuditLine, Boundary, Decision, read_audit};
pub use correction::{CorrectedRows, Correction, CorrectionCounts, LabelsPerText, add_corrections};
pub use error::{AuditMismatch, Error, LineKind, Result};
pub use guard::Guard;
pub use inbox::Inbox;
pub use job::{Job, JobPooling};
pub use outcome::{Ending, Figures, Outcome, SeenRows};
pub use question::{LabelScore, OpenQuestions, Question};
pub use queue::{QuestionQueue, take_turns};
pub use row_id::{ParseRowIdError, RowId, RowSet};
pub use rows::Rows;
pub use same_rows::{SameRows, Verdict};
pub use session::{CorrectionsSummary, Session, SessionRows};
pub use terminal::Terminal;
pub use training_folder::TrainingFolder;

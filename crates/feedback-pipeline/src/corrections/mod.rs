//! People in the loop: rows that the model is wrong or in doubt about are shown to people while it learns, and what they
//! say is learnt from the next epoch on.
//!
//! After each evaluation a run with [`CorrectionsOptions`] puts the hardest rows into its [`Queue`]: training rows and
//! validation rows whose label the model does not agree with, by loss, and unlabelled texts between whose two likeliest
//! labels there is least to choose. People send an [`Answer`] to the [`Inbox`], whenever they like: from the [`Terminal`],
//! from a program that appends to a file, or through a web server. Training never waits. At the beginning of each epoch
//! the answers are judged, the decisions are written to the audit log, and only then do they take effect.
//!
//! ```text
//! <run>/corrections/
//!     queue.jsonl      whom to ask about: QueueItem, replaced after each evaluation
//!     answers.jsonl    what people said: Answer, only ever appended to
//!     audit.jsonl      what was decided and why: AuditLine, closed before each epoch
//! ```
//!
//! # What may enter training
//!
//! Unlabelled texts, and training rows under a new label; each only after the [`Guard`] has found that no validation or
//! test text is the same after normalising. A validation row that is corrected leaves the metrics, and never enters
//! training. A test row cannot be named at all.
//!
//! # Taking a run up again
//!
//! The audit log says which decision holds from which epoch on. A run that is taken up again finds each epoch that had
//! begun closed in the log, applies what stands there, and decides only about epochs that had not begun. So it sees the
//! same rows in the same order as if it had never stopped.

mod answers;
mod audit;
mod clock;
mod guard;
mod queue;
mod row_id;
mod rows;
mod session;
mod terminal;
mod training;

use std::path::{Path, PathBuf};

use feedback_dataset::{OnBadRow, ReadOptions};

use crate::Result;

pub use answers::{Answer, Inbox};
pub use audit::{AuditEntry, AuditLine, Boundary, Decision, read_audit};
pub use guard::Guard;
pub use queue::{LabelScore, Queue, QueueItem};
pub use row_id::{RowId, RowSet};
pub use session::CorrectionsSummary;
pub use terminal::Terminal;

pub(crate) use training::Corrections;

/// How a run asks people.
#[derive(Debug, Clone)]
pub struct CorrectionsOptions {
    /// Texts without labels that may be asked about; labels in the file are not looked at.
    pub unlabelled: Option<PathBuf>,
    /// How that file is read.
    pub read: ReadOptions,
    /// What to do about rows of it that cannot be used.
    pub on_bad_row: OnBadRow,
    /// Rows in the queue at a time; 20 by default. With 0 nothing is queued, and answers are taken all the same.
    pub limit: usize,
    /// Who answers, where an answer does not say.
    pub corrected_by: String,
}

impl CorrectionsOptions {
    /// Answers in the name of this person, nothing unlabelled.
    pub fn new(corrected_by: &str) -> Self {
        Self {
            unlabelled: None,
            read: ReadOptions::default(),
            on_bad_row: OnBadRow::Fail,
            limit: 20,
            corrected_by: corrected_by.to_owned(),
        }
    }
}

/// Gives a run that repeats another one its answers, its audit log and its unlabelled texts.
pub(crate) fn carry_over(from: &Path, to: &Path) -> Result<()> {
    for name in [
        "corrections/answers.jsonl",
        "corrections/audit.jsonl",
        "data/unlabelled.jsonl",
    ] {
        let (from, to) = (from.join(name), to.join(name));
        if from.exists() {
            if let Some(folder) = to.parent() {
                fs_err::create_dir_all(folder)?;
            }
            fs_err::copy(from, to)?;
        }
    }
    Ok(())
}

fn corrections_folder(run: &Path) -> PathBuf {
    run.join("corrections")
}

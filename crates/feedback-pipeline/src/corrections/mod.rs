//! Human in the loop: a run asks people about hard rows, and applies their answers from the next epoch on.
//!
//! After each evaluation, a run with [`CorrectionsOptions`] queues the hardest rows as questions. These are training
//! and validation rows that the model gets wrong, highest loss first, and unlabelled texts, smallest gap between the
//! two most probable labels first. Training never waits for an answer.
//!
//! ```text
//! <run>/corrections/
//!     queue.jsonl      the questions (`Question`), replaced after each evaluation
//!     answers.jsonl    the answers (`Answer`), append-only
//!     audit.jsonl      each decision with its reason (`AuditLine`), updated before each epoch
//! ```
//!
//! [`feedback_corrections`] defines the types, checks the answers, and keeps validation and test texts out of training.
//! This module runs the model and creates the trainer's data.

mod learning_loop;
mod options;

use std::path::Path;

use crate::error::Result;

pub(crate) use learning_loop::CorrectionLoop;
pub use options::CorrectionsOptions;

/// Copies the answers, audit log and unlabelled texts of a run to the folder of the run that repeats it.
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

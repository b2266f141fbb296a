//! People in the loop: a run asks people about hard rows, and learns from the next epoch on what they answer.
//!
//! After each evaluation, a run with [`CorrectionsOptions`] queues the hardest rows as questions: training and validation
//! rows that the model gets wrong, by loss, and unlabelled texts whose two most probable labels are closest. Training
//! never waits for an answer.
//!
//! ```text
//! <run>/corrections/
//!     queue.jsonl      the questions: Question, replaced after each evaluation
//!     answers.jsonl    the answers: Answer, only ever appended
//!     audit.jsonl      what was decided and why: AuditLine, closed before each epoch
//! ```
//!
//! [`feedback_corrections`] has the types, decides about answers and guards validation and test. This module asks the
//! model and makes the trainer's data.

mod learning_loop;
mod options;

use std::path::Path;

use crate::error::Result;

pub(crate) use learning_loop::CorrectionLoop;
pub use options::CorrectionsOptions;

/// Copies answers, audit log and unlabelled texts to a run that repeats another.
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

//! Evaluates models on labelled rows and writes reports.

mod answers;
mod evaluation;
mod learning_curves;
mod report;
mod slices;
mod unknown_labels;

pub use evaluation::{FileEvaluation, Leakage, Scored, evaluate, examples_for, leakage, score};
pub use learning_curves::learning_curves;
pub use report::{evaluation_report, write_report};

pub use answers::{QuestionFigures, evaluate_answers};
pub use evaluation::{leakage_of, resampling_groups};
pub use report::name_of;
pub use unknown_labels::leave_out_unknown_labels;

pub(crate) use report::write_run_report;

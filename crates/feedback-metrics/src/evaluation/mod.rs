//! All figures of one model on one labelled file, computed in one place.
//!
//! [`Evaluation::measure`] takes labels and probabilities and computes scores, intervals, the confusion
//! matrix and calibration. The result serialises to the JSON that programs read;
//! `reports::EvaluationReport` turns the same result into a document that people read, so JSON and document
//! cannot disagree.
//!
//! ```
//! use feedback_metrics::Probabilities;
//! use feedback_metrics::evaluation::{Evaluation, EvaluationInput};
//!
//! let names = ["bug", "praise"].map(String::from);
//! let probabilities = Probabilities::new(vec![0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.7, 0.3], 2)?;
//! let evaluation = Evaluation::measure(&EvaluationInput::new(&names, &[0, 1, 0, 1], &probabilities))?;
//!
//! assert_eq!((evaluation.n, evaluation.accuracy), (4, 0.75));
//! assert_eq!(evaluation.labels["praise"].recall, 0.5);
//! // Both praise rows rank above both bug rows, except that 0.3 is below 0.4: 3 of 4 pairs.
//! assert_eq!(evaluation.roc_auc.macro_average, Some(0.75));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```

mod calibration;
mod figures;
mod input;
mod ranking;

pub use calibration::CalibrationFigures;
pub use figures::Evaluation;
pub use input::EvaluationInput;
pub use ranking::RankingScores;

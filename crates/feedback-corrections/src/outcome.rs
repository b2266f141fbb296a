//! What came of a training.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_metrics::statistics::Interval;
use feedback_metrics::{AverageScores, ClassScores};
use serde::{Deserialize, Serialize};

use crate::correction::CorrectionCounts;

/// What came of a training. If it is done, this is `result.json`.
///
/// A trainer writes whole evaluations as `E`; a server reads the [`Figures`] that it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome<E = Figures> {
    /// How the training ended.
    #[serde(default)]
    pub ending: Ending,
    /// The folder of the run, relative to the folder of the training.
    #[serde(default = "run_folder")]
    pub run: PathBuf,
    /// The folder of the new model, relative to the folder of the training; `None` if there is none yet.
    #[serde(default = "model_folder")]
    pub model: Option<PathBuf>,
    /// The new model on the test rows.
    pub test: Option<E>,
    /// The serving model on the same rows; `None` if it lacks one of their labels.
    pub serving: Option<E>,
    /// What became of the corrections.
    pub corrections: CorrectionCounts,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// It is done, and there is a model.
    #[default]
    Done,
    /// It was stopped, and can continue from a checkpoint.
    Stopped {
        /// The optimizer updates done.
        global_step: usize,
    },
}

/// The figures of a model on a test set, out of the document that `evaluate` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows.
    pub n: u64,
    /// The fraction of rows predicted correctly.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub accuracy_interval: Option<Interval>,
    /// Precision, recall and F1 averaged over the labels.
    #[serde(rename = "macro")]
    pub macro_average: AverageScores,
    /// The same, weighted by support.
    pub weighted: AverageScores,
    /// Precision, recall, F1 and support of each label.
    #[serde(default)]
    pub labels: BTreeMap<String, ClassScores>,
    /// The mean recall of the labels.
    #[serde(default)]
    pub balanced_accuracy: Option<f64>,
    /// The Matthews correlation coefficient.
    #[serde(default)]
    pub matthews_corrcoef: Option<f64>,
    /// Cohen's kappa.
    #[serde(default)]
    pub cohen_kappa: Option<f64>,
    /// The area under the ROC curve, one label against the rest.
    #[serde(default)]
    pub roc_auc: RankingAverage,
    /// The average precision, one label against the rest.
    #[serde(default)]
    pub average_precision: RankingAverage,
    /// How many of the rows the model has seen.
    pub leakage: Option<SeenRows>,
}

/// A ranking score averaged over the labels; `None` if it is undefined or was not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RankingAverage {
    /// The mean over the labels.
    #[serde(default, rename = "macro")]
    pub macro_average: Option<f64>,
}

/// Rows of a file that a model has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRows {
    /// Rows whose text is in its training data.
    pub in_train: u64,
    /// Rows whose text is in its validation data.
    pub in_validation: u64,
}

fn run_folder() -> PathBuf {
    "run".into()
}

fn model_folder() -> Option<PathBuf> {
    Some("model".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVALUATION: &str = r#"{"n":2,"accuracy":0.5,"accuracy_interval":{"low":0.1,"high":0.9,"confidence":0.95},
        "macro":{"precision":0.4,"recall":0.5,"f1":0.25},"weighted":{"precision":0.3,"recall":0.5,"f1":0.75},
        "weighted_f1_interval":null,"macro_f1_interval":null,
        "labels":{"bug":{"precision":1.0,"recall":0.5,"f1":0.6,"support":2}},"label_order":["bug"],
        "confusion_matrix":[[2]],"calibration":{"temperature":1.0},
        "leakage":{"known":true,"in_train":3,"in_validation":1}}"#;

    #[test]
    fn results_of_earlier_versions_are_read() {
        let counts = r#"{"used":1,"held_out":2,"unknown_label":3}"#;
        let text = format!(r#"{{"test":{EVALUATION},"serving":null,"corrections":{counts}}}"#);
        let outcome: Outcome = serde_json::from_str(&text).unwrap();
        assert_eq!(outcome.ending, Ending::Done);
        assert_eq!(outcome.run, PathBuf::from("run"));
        assert_eq!(outcome.model, Some("model".into()));
        assert_eq!(outcome.serving, None);
        assert_eq!(
            outcome.corrections,
            CorrectionCounts {
                used: 1,
                held_out: 2,
                unknown_label: 3
            }
        );
        let test = outcome.test.unwrap();
        assert_eq!((test.n, test.accuracy), (2, 0.5));
        assert_eq!((test.macro_average.f1, test.weighted.f1), (0.25, 0.75));
        assert_eq!(test.accuracy_interval.unwrap().high, 0.9);
        assert_eq!(test.labels["bug"].support, 2);
        assert_eq!(
            test.leakage,
            Some(SeenRows {
                in_train: 3,
                in_validation: 1
            })
        );
    }

    #[test]
    fn a_stopped_training_says_after_which_step() {
        let text = r#"{"ending":{"stopped":{"global_step":5}},"run":"run","model":null,"test":null,"serving":null,
            "corrections":{"used":0,"held_out":0,"unknown_label":0}}"#;
        let outcome: Outcome = serde_json::from_str(text).unwrap();
        assert_eq!(outcome.ending, Ending::Stopped { global_step: 5 });
        assert_eq!(outcome.model, None);
        let again: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
        assert_eq!(again, outcome);
    }
}

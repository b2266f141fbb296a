//! The outcome of a training.

use std::collections::BTreeMap;
use std::path::PathBuf;

use feedback_metrics::statistics::Interval;
use feedback_metrics::{AverageScores, ClassScores};
use serde::{Deserialize, Serialize};

use crate::correction::CorrectionCounts;
use crate::same_rows::SameRows;

/// The outcome of a training. When the training is done, it is written to `result.json`.
///
/// A trainer writes complete evaluations as `E`; a server reads only the [`Figures`] that it shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome<E = Figures> {
    /// How the training ended.
    #[serde(default)]
    pub ending: Ending,
    /// The folder of the run, relative to the folder of the training.
    #[serde(default = "run_folder")]
    pub run: PathBuf,
    /// The folder of the new model, relative to the folder of the training; `None` if there is no new model yet.
    #[serde(default = "model_folder")]
    pub model: Option<PathBuf>,
    /// The evaluation of the new model on the test rows.
    pub test: Option<E>,
    /// The evaluation of the serving model on the same rows; `None` if the serving model lacks a label of the rows.
    pub serving: Option<E>,
    /// Both models on the test rows whose labels both have; `None` if there are none, or if an earlier version trained the model.
    #[serde(default)]
    pub same_rows: Option<SameRows>,
    /// How many corrections had which effect.
    pub corrections: CorrectionCounts,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ending {
    /// The training is done, and there is a new model.
    #[default]
    Done,
    /// The training was stopped and can continue from a checkpoint.
    Stopped {
        /// The number of optimizer updates done.
        global_step: usize,
    },
}

/// The figures of a model on a test set: a part of the JSON document that `evaluate` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The number of rows.
    pub n: u64,
    /// The fraction of rows predicted correctly; if a text can have any number of labels, with all its labels.
    #[serde(alias = "subset_accuracy")]
    pub accuracy: f64,
    /// The 95 % interval of the accuracy.
    #[serde(alias = "subset_accuracy_interval")]
    pub accuracy_interval: Option<Interval>,
    /// Precision, recall and F1 averaged over the labels.
    #[serde(rename = "macro")]
    pub macro_average: AverageScores,
    /// Precision, recall and F1 averaged over the labels, weighted by support.
    pub weighted: AverageScores,
    /// Precision, recall, F1 and support of each label.
    #[serde(default)]
    pub labels: BTreeMap<String, ClassScores>,
    /// If a text can have any number of labels: the fraction of all pairs of row and label that are wrong.
    #[serde(default)]
    pub hamming_loss: Option<f64>,
    /// The mean recall of the labels.
    #[serde(default)]
    pub balanced_accuracy: Option<f64>,
    /// The Matthews correlation coefficient.
    #[serde(default)]
    pub matthews_corrcoef: Option<f64>,
    /// Cohen's kappa.
    #[serde(default)]
    pub cohen_kappa: Option<f64>,
    /// The area under the ROC curve of each label against the others, averaged over the labels.
    #[serde(default)]
    pub roc_auc: RankingAverage,
    /// The average precision of each label against the others, averaged over the labels.
    #[serde(default)]
    pub average_precision: RankingAverage,
    /// How many of the rows the model saw in training, if this is known.
    pub leakage: Option<SeenRows>,
}

/// A ranking score, averaged over the labels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RankingAverage {
    /// The plain mean over the labels; `None` if it is undefined or was not measured.
    #[serde(default, rename = "macro")]
    pub macro_average: Option<f64>,
}

/// The numbers of rows of a file that a model saw in training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRows {
    /// The number of rows whose text is in the training data of the model.
    pub in_train: u64,
    /// The number of rows whose text is in the validation data of the model.
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
                unknown_label: 3,
                not_one_label: 0
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
    fn the_outcome_of_a_stopped_training_has_its_step() {
        let text = r#"{"ending":{"stopped":{"global_step":5}},"run":"run","model":null,"test":null,"serving":null,
            "corrections":{"used":0,"held_out":0,"unknown_label":0}}"#;
        let outcome: Outcome = serde_json::from_str(text).unwrap();
        assert_eq!(outcome.ending, Ending::Stopped { global_step: 5 });
        assert_eq!(outcome.model, None);
        let again: Outcome = serde_json::from_str(&serde_json::to_string(&outcome).unwrap()).unwrap();
        assert_eq!(again, outcome);
    }
}

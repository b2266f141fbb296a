//! Either kind of model, and what it predicts, for the writers of predicted records.

use feedback_clean::Cleaning;
use feedback_dataset::Record;
use serde_json::json;

use crate::classifier::Classifier;
use crate::error::Result;
use crate::multi_label::{AnyClassifier, MultiLabelClassifier, MultiLabelPrediction};
use crate::prediction::{Answer, InWindows, Prediction, Score};

/// The field with the label of a model that gives each text one label.
pub(crate) const PREDICTED: &str = "predicted_label";
/// The field with the labels of a model that gives each text any number of labels.
pub(crate) const PREDICTED_SEVERAL: &str = "predicted_labels";

/// A model of either kind, borrowed.
#[derive(Debug, Clone, Copy)]
pub enum Predictor<'a> {
    /// It gives each text one label.
    SingleLabel(&'a Classifier),
    /// It gives each text any number of labels.
    MultiLabel(&'a MultiLabelClassifier),
}

impl<'a> From<&'a Classifier> for Predictor<'a> {
    fn from(classifier: &'a Classifier) -> Self {
        Self::SingleLabel(classifier)
    }
}

impl<'a> From<&'a MultiLabelClassifier> for Predictor<'a> {
    fn from(classifier: &'a MultiLabelClassifier) -> Self {
        Self::MultiLabel(classifier)
    }
}

impl<'a> From<&'a AnyClassifier> for Predictor<'a> {
    fn from(classifier: &'a AnyClassifier) -> Self {
        match classifier {
            AnyClassifier::SingleLabel(classifier) => Self::SingleLabel(classifier),
            AnyClassifier::MultiLabel(classifier) => Self::MultiLabel(classifier),
        }
    }
}

impl Predictor<'_> {
    pub(crate) fn labels(&self) -> &[String] {
        match self {
            Self::SingleLabel(classifier) => classifier.labels(),
            Self::MultiLabel(classifier) => classifier.labels(),
        }
    }

    pub(crate) fn questions(&self) -> Vec<String> {
        match self {
            Self::SingleLabel(classifier) => classifier.questions().map(str::to_owned).collect(),
            Self::MultiLabel(_) => Vec::new(),
        }
    }

    pub(crate) fn cleaning(&self) -> Cleaning {
        match self {
            Self::SingleLabel(classifier) => classifier.cleaning(),
            Self::MultiLabel(_) => Cleaning::default(),
        }
    }

    /// Whether long texts are read in windows.
    pub(crate) fn has_windows(&self) -> bool {
        match self {
            Self::SingleLabel(classifier) => !classifier.long_texts().is_truncate(),
            Self::MultiLabel(_) => false,
        }
    }

    pub(crate) fn abstains(&self) -> bool {
        match self {
            Self::SingleLabel(classifier) => classifier.manifest().abstain_below.is_some(),
            Self::MultiLabel(_) => false,
        }
    }

    /// The names of the fields with the result, in the order of the columns of a table.
    pub(crate) fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::SingleLabel(_) if self.abstains() => vec![PREDICTED, "confidence", "abstained"],
            Self::SingleLabel(_) => vec![PREDICTED, "confidence"],
            Self::MultiLabel(_) => vec![PREDICTED_SEVERAL],
        }
    }

    pub(crate) fn predict_many(&self, texts: &[&str]) -> Result<Vec<Predicted>> {
        Ok(match self {
            Self::SingleLabel(classifier) => {
                let predictions = classifier.predict_many(texts)?.into_iter();
                predictions.map(Predicted::One).collect()
            }
            Self::MultiLabel(classifier) => {
                let predictions = classifier.predict_many(texts)?.into_iter();
                predictions.map(Predicted::Several).collect()
            }
        })
    }
}

/// A prediction of either kind.
#[derive(Debug)]
pub(crate) enum Predicted {
    One(Prediction),
    Several(MultiLabelPrediction),
}

impl Predicted {
    pub(crate) fn scores(&self) -> &[Score] {
        match self {
            Self::One(prediction) => &prediction.scores,
            Self::Several(prediction) => &prediction.scores,
        }
    }

    pub(crate) fn answers(&self) -> &[Answer] {
        match self {
            Self::One(prediction) => &prediction.answers,
            Self::Several(_) => &[],
        }
    }

    /// How the text was read; `None` if it was read at once.
    pub(crate) fn windows(&self) -> Option<InWindows> {
        match self {
            Self::One(prediction) => prediction.windows,
            Self::Several(_) => None,
        }
    }

    pub(crate) fn truncated(&self) -> bool {
        match self {
            Self::One(prediction) => prediction.truncated,
            Self::Several(prediction) => prediction.truncated,
        }
    }

    /// Sets the fields of [`Predictor::fields`]. In a table, several labels are separated by `; `.
    pub(crate) fn set(&self, record: &mut Record, in_table: bool) {
        match self {
            Self::One(prediction) => {
                record.set(PREDICTED, prediction.predicted_label.as_str());
                record.set("confidence", prediction.confidence);
                if let Some(abstained) = prediction.abstained {
                    record.set("abstained", abstained);
                }
            }
            Self::Several(prediction) if in_table => {
                record.set(PREDICTED_SEVERAL, prediction.predicted_labels.join("; "));
            }
            Self::Several(prediction) => {
                record.set(PREDICTED_SEVERAL, json!(prediction.predicted_labels));
            }
        }
    }
}

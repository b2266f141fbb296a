//! Either kind of model, and what it predicts, for the writers of predicted records.

use feedback_clean::Cleaning;
use feedback_dataset::Record;
use serde_json::{Value, json};

use crate::classifier::Classifier;
use crate::error::Result;
use crate::multi_label::{AnyClassifier, MultiLabelClassifier, MultiLabelPrediction};
use crate::prediction::{AbstainReason, Answer, InWindows, Prediction, Score};

/// The field with the label of a model that gives each text one label.
pub(crate) const PREDICTED: &str = "predicted_label";
/// The field with the labels of a model that gives each text any number of labels.
pub(crate) const PREDICTED_SEVERAL: &str = "predicted_labels";

/// The field with the reason to abstain.
pub(crate) const ABSTAIN_REASON: &str = "abstain_reason";
/// The field with the share of tokens that the model's vocabulary does not know.
pub(crate) const UNKNOWN_SHARE: &str = "unknown_share";
/// The fields about unfamiliar texts, if the model has the vectors of training texts.
pub(crate) const UNFAMILIARITY: &str = "unfamiliarity";
pub(crate) const UNFAMILIAR: &str = "unfamiliar";

/// The fields that predicted records have besides those of the input, for either kind of model.
pub const RESULT_FIELDS: [&str; 13] = [
    PREDICTED,
    PREDICTED_SEVERAL,
    "confidence",
    "abstained",
    ABSTAIN_REASON,
    UNKNOWN_SHARE,
    "truncated",
    "scores",
    "answers",
    "explanation",
    "text_windows",
    "unfamiliarity",
    "unfamiliar",
];

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
            Self::MultiLabel(classifier) => classifier.cleaning(),
        }
    }

    /// Whether long texts are read in windows.
    pub(crate) fn has_windows(&self) -> bool {
        match self {
            Self::SingleLabel(classifier) => !classifier.long_texts().is_truncate(),
            Self::MultiLabel(_) => false,
        }
    }

    /// The names of the fields with the result, in the order of the columns of a table.
    pub(crate) fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::SingleLabel(classifier) => {
                let always = [
                    PREDICTED,
                    "confidence",
                    "abstained",
                    ABSTAIN_REASON,
                    UNKNOWN_SHARE,
                ];
                let familiar = classifier
                    .has_unfamiliarity()
                    .then_some([UNFAMILIARITY, UNFAMILIAR]);
                always.into_iter().chain(familiar.into_iter().flatten()).collect()
            }
            Self::MultiLabel(_) => vec![PREDICTED_SEVERAL, "abstained", ABSTAIN_REASON, UNKNOWN_SHARE],
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

    pub(crate) fn unknown_share(&self) -> f64 {
        match self {
            Self::One(prediction) => prediction.unknown_share,
            Self::Several(prediction) => prediction.unknown_share,
        }
    }

    /// Whether the prediction abstains, if the model says so, and the reason if it does.
    fn abstained(&self) -> (Option<bool>, Option<AbstainReason>) {
        match self {
            Self::One(prediction) => (prediction.abstained, prediction.abstain_reason),
            Self::Several(prediction) => (prediction.abstain_reason.map(|_| true), prediction.abstain_reason),
        }
    }

    pub(crate) fn is_unfamiliar(&self) -> bool {
        matches!(self, Self::One(prediction) if prediction.unfamiliar == Some(true))
    }

    /// Sets the fields of [`Predictor::fields`]. In a table, several labels are separated by `; `, and a value that does not exist is empty.
    pub(crate) fn set(&self, record: &mut Record, in_table: bool) {
        match self {
            Self::One(prediction) => {
                record.set(PREDICTED, prediction.predicted_label.as_str());
                record.set("confidence", prediction.confidence);
            }
            Self::Several(prediction) if in_table => {
                record.set(PREDICTED_SEVERAL, prediction.predicted_labels.join("; "));
            }
            Self::Several(prediction) => {
                record.set(PREDICTED_SEVERAL, json!(prediction.predicted_labels));
            }
        }
        let (abstained, reason) = self.abstained();
        for (name, value) in [
            ("abstained", abstained.map(Value::from)),
            (ABSTAIN_REASON, reason.map(AbstainReason::name).map(Value::from)),
        ] {
            if value.is_some() || in_table {
                record.set(name, value.unwrap_or_default());
            }
        }
        record.set(UNKNOWN_SHARE, self.unknown_share());
        if let Self::One(prediction) = self
            && let (Some(unfamiliarity), Some(unfamiliar)) = (prediction.unfamiliarity, prediction.unfamiliar)
        {
            record.set(UNFAMILIARITY, unfamiliarity);
            record.set(UNFAMILIAR, unfamiliar);
        }
    }
}

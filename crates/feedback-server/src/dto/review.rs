//! The JSON types of the review and of corrected shares.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::history::HistoryItem;
use crate::audits::Shares;
use crate::openapi::one_of;
use crate::services::review::Asked;

fn reasons() -> Object {
    one_of(&["unsure", "random", "unfamiliar"])
}

fn methods() -> Object {
    one_of(&["counting", "prediction_powered"])
}

/// Texts that a person should label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review)]
pub(crate) struct ReviewDto {
    pub(crate) items: Vec<AskedDto>,
}

/// A text that a person should label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Asked)]
pub(crate) struct AskedDto {
    /// Why the text is in the list: the model is `unsure`, it was drawn at `random`, or it is unlike the texts of the training.
    #[schema(schema_with = reasons)]
    why: &'static str,
    prediction: HistoryItem,
}

impl From<Asked> for AskedDto {
    fn from(asked: Asked) -> Self {
        Self {
            why: asked.why.name(),
            prediction: asked.stored.into(),
        }
    }
}

/// The share of each label, corrected with audits if there are enough.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shares)]
pub(crate) struct SharesDto {
    /// Number of texts.
    texts: u64,
    /// Number of audited texts: the first texts of a random order, up to the first one that nobody labelled.
    audits: usize,
    /// Number of audited texts to which the model gave the same labels as people.
    right: usize,
    /// `counting`: the shares are the model's. `prediction_powered`: they are corrected with the audits.
    #[schema(schema_with = methods)]
    method: feedback_metrics::prevalence::Method,
    /// In one or two sentences, where the shares come from.
    explanation: String,
    /// The labels, largest share first.
    labels: Vec<CorrectedShareDto>,
}

/// The share of a label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CorrectedShare)]
struct CorrectedShareDto {
    /// The label; empty for the texts without labels.
    label: String,
    /// The share that the model predicts, 0 to 1.
    counted: f64,
    /// The estimated share, 0 to 1.
    share: f64,
    /// Lower end of the 95 % interval of the estimated share; `null` if nothing was corrected.
    #[schema(required)]
    low: Option<f64>,
    /// Upper end of the interval.
    #[schema(required)]
    high: Option<f64>,
}

impl SharesDto {
    /// Describes the shares; without texts, there are no labels.
    pub(crate) fn new(found: Option<Shares>) -> Self {
        let Some(found) = found else {
            return Self {
                texts: 0,
                audits: 0,
                right: 0,
                method: feedback_metrics::prevalence::Method::Counting,
                explanation: "There are no texts.".to_owned(),
                labels: Vec::new(),
            };
        };
        let labels = found.labels.into_iter().map(|one| CorrectedShareDto {
            label: one.label,
            counted: one.counted,
            share: one.share,
            low: one.interval.map(|interval| interval.low),
            high: one.interval.map(|interval| interval.high),
        });
        Self {
            texts: found.texts,
            audits: found.audits,
            right: found.right,
            method: found.method,
            explanation: found.explanation,
            labels: labels.collect(),
        }
    }
}

//! The JSON types of the review and of corrected shares.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::history::HistoryItem;
use crate::audits::Shares;
use crate::openapi::one_of;
use crate::services::agreement::{Agreement, Disagreement, Pair};
use crate::services::review::Asked;

fn reasons() -> Object {
    one_of(&["unsure", "random", "unfamiliar", "diverse", "second"])
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
    /// Why the text is in the list: the model is `unsure`, it was drawn at `random`, it is unlike the texts of the training, or somebody else labelled it
    /// and a `second` opinion is wanted.
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

/// Texts that several people labelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agreement)]
pub(crate) struct AgreementDto {
    /// Each two people who labelled the same texts, most texts first.
    pairs: Vec<PairDto>,
    /// Number of texts about which people disagree.
    open: usize,
    /// The newest of them.
    items: Vec<DisagreementDto>,
}

/// Two people, and the texts that both labelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgreementPair)]
struct PairDto {
    /// The names of their keys.
    people: Vec<String>,
    /// Number of texts that both labelled.
    texts: usize,
    /// Number of texts to which both gave the same labels at first.
    same: usize,
    /// Cohen's kappa, −1 to 1; `null` if both gave the same label to all texts.
    #[schema(required)]
    kappa: Option<f64>,
}

/// A text about which people disagree.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Disagreement)]
struct DisagreementDto {
    prediction: HistoryItem,
    /// What each person said last.
    said: Vec<SaidDto>,
}

/// What a person said about a text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Said)]
struct SaidDto {
    actor: String,
    labels: Vec<String>,
}

impl From<Agreement> for AgreementDto {
    fn from(found: Agreement) -> Self {
        let pair = |pair: Pair| PairDto {
            people: pair.people.into(),
            texts: pair.texts,
            same: pair.same,
            kappa: pair.kappa,
        };
        let said = |(actor, labels)| SaidDto { actor, labels };
        let item = |open: Disagreement| DisagreementDto {
            prediction: open.stored.into(),
            said: open.said.into_iter().map(said).collect(),
        };
        Self {
            pairs: found.pairs.into_iter().map(pair).collect(),
            open: found.n_open,
            items: found.open.into_iter().map(item).collect(),
        }
    }
}

/// The share of each label, corrected with audits if there are enough.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shares)]
pub(crate) struct SharesDto {
    /// Number of texts that the shares are about.
    texts: u64,
    /// Number of texts that came since the audits, and that the shares are not about.
    newer: u64,
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
                newer: 0,
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
            newer: found.newer,
            audits: found.audits,
            right: found.right,
            method: found.method,
            explanation: found.explanation,
            labels: labels.collect(),
        }
    }
}

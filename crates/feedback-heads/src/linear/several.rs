//! Classifiers that give a text any number of labels: one yes or no for each label.

use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig, Scaling};
use feedback_bert::Encoding;
use feedback_bert::ngrams::{NgramFeatures, NgramHead};
use feedback_inference::Classifier;
use rayon::prelude::*;

use super::features::{Vectors, design};
use super::fit::{FittedHead, STRENGTHS, check_lengths, truncated};
use crate::error::Result;
use crate::vector_head::VectorHead;

/// The bias of a label that no text has; with the other sign, of a label that every text has.
const NEVER: f64 = -30.0;

/// Fits classifiers on texts, as `encoder` has encoded them, with the ids of their labels, one classifier for each strength of the penalty, from strong to weak. Each
/// has a logit for each label, on the vectors of the encoder and on token n-grams. Choose one on validation texts.
///
/// The encoder is that of `encoder`, which must pool by the mean; its own head is not used.
///
/// # Errors
///
/// [`Error::Lengths`](crate::Error::Lengths) if there are no texts, or not one list of labels for each; an id of a label is not below `n_labels`; the device
/// fails.
pub fn fit_multi_label_heads(
    encoder: &Classifier,
    encodings: &[Encoding],
    labels: &[Vec<usize>],
    n_labels: usize,
) -> Result<Vec<FittedHead>> {
    check_lengths(encodings.len(), labels.len())?;
    check_ids(labels, n_labels)?;
    let vectors = Vectors::of(encoder, encodings)?;
    let encodings: Vec<&Encoding> = encodings.iter().collect();
    let scaling = Scaling::fit(&vectors.values, vectors.width);
    let ngrams = NgramFeatures::fit(&encodings);
    let features = design(&vectors, &scaling, &encodings, Some(&ngrams))?;
    let n_features = vectors.width + ngrams.len();
    let of_labels: Result<Vec<Vec<Decision>>> = (0..n_labels)
        .into_par_iter()
        .map(|label| {
            let has = labels.iter().map(|labels| usize::from(labels.contains(&label)));
            Decision::fit(&features, &has.collect::<Vec<usize>>(), n_features)
        })
        .collect();
    let of_labels = of_labels?;
    let heads = STRENGTHS.iter().enumerate().map(|(strength, &c)| {
        let decisions: Vec<&Decision> = of_labels.iter().map(|all| &all[strength]).collect();
        let (mut weights, mut bias) = joined(&decisions, n_features);
        let (dense, of_ngrams) = weights.split_at_mut(vectors.width * n_labels);
        scaling.undo(dense, &mut bias);
        let narrow = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<f32>>();
        let head = NgramHead::new(ngrams.clone(), narrow(of_ngrams), n_labels);
        Ok(FittedHead {
            vectors: VectorHead::new(narrow(dense), narrow(&bias)),
            ngrams: Some(head.ok_or(feedback_baselines::Error::NoClasses)?),
            c,
            truncated: truncated(&encodings),
        })
    });
    heads.collect()
}

/// Without this check, the texts of an unknown label would count as texts without it.
fn check_ids(labels: &[Vec<usize>], n_labels: usize) -> Result<()> {
    for (row, ids) in labels.iter().enumerate() {
        if let Some(&label) = ids.iter().find(|&&id| id >= n_labels) {
            let n_classes = n_labels;
            return Err(feedback_baselines::Error::LabelOutOfRange {
                row,
                label,
                n_classes,
            }
            .into());
        }
    }
    Ok(())
}

/// The weights and the intercept of one label.
struct Decision {
    weights: Vec<f64>,
    intercept: f64,
}

impl Decision {
    /// Fits one for each strength of the penalty; `has` is 1 for texts with the label.
    fn fit(features: &DesignMatrix, has: &[usize], n_features: usize) -> Result<Vec<Self>> {
        let constant = |intercept| {
            let each = STRENGTHS.iter().map(|_| Self {
                weights: vec![0.0; n_features],
                intercept,
            });
            Ok(each.collect())
        };
        if !has.contains(&1) {
            return constant(NEVER);
        }
        if !has.contains(&0) {
            return constant(-NEVER);
        }
        let mut fitted: Option<LogisticRegression> = None;
        let mut all = Vec::new();
        for c in STRENGTHS {
            let mut config = LogisticRegressionConfig::default();
            config.c = c;
            let next = match &fitted {
                Some(before) => before.refit(features, has, &config)?,
                None => LogisticRegression::fit(features, has, 2, &config)?,
            };
            all.push(Self {
                weights: next.weights().to_vec(),
                intercept: next.intercepts()[0],
            });
            fitted = Some(next);
        }
        Ok(all)
    }
}

/// Returns the weights `[features, labels]` and the intercepts of all labels.
fn joined(decisions: &[&Decision], n_features: usize) -> (Vec<f64>, Vec<f64>) {
    let weights = (0..n_features).flat_map(|feature| decisions.iter().map(move |one| one.weights[feature]));
    (
        weights.collect(),
        decisions.iter().map(|one| one.intercept).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_label_is_refused_with_its_row() {
        assert!(check_ids(&[vec![0, 1], vec![]], 2).is_ok());
        let message = check_ids(&[vec![0], vec![1, 2]], 2).unwrap_err().to_string();
        assert!(message.contains("row 1: label 2"), "{message}");
    }
}

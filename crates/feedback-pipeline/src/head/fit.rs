//! Fits the classifier, with a strength that cross-validation chooses.

use burn::tensor::Device;
use chacha20::ChaCha8Rng;
use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig};
use feedback_bert::ngrams::{NgramFeatures, NgramHead};
use feedback_bert::{BertForSequenceClassification, BertTokenizer, Encoding};
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::folds::stratified_group_k_fold;
use feedback_metrics::{Average, ConfusionMatrix, Probabilities, ZeroDivision};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::features::{Scaling, Vectors, design, embed};
use crate::data::Examples;
use crate::error::Result;

/// The inverse strengths of the penalty to choose from. On the fixtures, with `all-MiniLM-L6-v2`, 5-fold weighted F1 is between
/// 75 % and 77 % for all of them.
const STRENGTHS: [f64; 3] = [4.0, 16.0, 64.0];
/// Number of folds of the cross-validation.
const FOLDS: usize = 3;
/// Maximum number of rows in the cross-validation: with more rows, the choice takes longer and hardly changes.
const MAX_ROWS: usize = 3000;
/// The logit of a label that no training row has.
const NEVER: f32 = -1e30;

/// A fitted classifier.
pub(crate) struct FittedHead {
    /// The encoder with the part of the classifier that reads its vectors.
    pub(crate) model: BertForSequenceClassification,
    /// The part of the classifier that reads token n-grams.
    pub(crate) ngrams: NgramHead,
    /// The chosen inverse strength of the penalty.
    pub(crate) c: f64,
}

/// Fits the classifier on training rows. `model` must pool by the mean; its own head is replaced.
///
/// # Errors
///
/// The device fails, or there are no rows.
pub(crate) fn fit_head(
    model: BertForSequenceClassification,
    tokenizer: &BertTokenizer,
    train: &Examples,
    n_classes: usize,
    seed: u64,
    device: &Device,
) -> Result<FittedHead> {
    let encodings = tokenizer.encode(&train.texts)?;
    let vectors = embed(&model, &encodings, tokenizer.pad_token_id(), device)?;
    let c = choose_strength(&vectors, &encodings, train, n_classes, seed)?;
    let fitted = Fit::new(&vectors, &encodings, &train.labels, n_classes, c)?;
    let (weights, bias, of_ngrams) = fitted.linear(n_classes);
    let ngrams = NgramHead::new(fitted.ngrams, of_ngrams, n_classes);
    Ok(FittedHead {
        model: model.with_classifier(weights, bias, device),
        ngrams: ngrams.ok_or(feedback_baselines::Error::NoClasses)?,
        c,
    })
}

/// Features and classifier of some rows.
struct Fit {
    scaling: Scaling,
    ngrams: NgramFeatures,
    classifier: LogisticRegression,
    width: usize,
}

impl Fit {
    fn new(
        vectors: &Vectors,
        encodings: &[Encoding],
        labels: &[usize],
        n_classes: usize,
        c: f64,
    ) -> Result<Self> {
        let scaling = Scaling::fit(vectors);
        let ngrams = NgramFeatures::fit(encodings);
        let features = design(vectors, &scaling, encodings, &ngrams)?;
        let mut config = LogisticRegressionConfig::default();
        config.c = c;
        Ok(Self {
            classifier: LogisticRegression::fit(&features, labels, n_classes, &config)?,
            width: vectors.width,
            scaling,
            ngrams,
        })
    }

    /// Returns the classifier as a linear function of the vectors as they are: weights `[width, classes]` and bias `[classes]`;
    /// and its weights of the n-grams, `[terms, classes]`.
    fn linear(&self, n_classes: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let per_class = self.per_class(n_classes);
        let (dense, sparse) = per_class.weights.split_at(self.width * n_classes);
        let mut bias = per_class.intercepts;
        let mut scaled = Vec::with_capacity(dense.len());
        for (row, centre) in dense.chunks_exact(n_classes).zip(&self.scaling.centre) {
            for (class, weight) in row.iter().enumerate() {
                let weight = weight * self.scaling.scale;
                bias[class] -= weight * centre;
                scaled.push(weight as f32);
            }
        }
        let bias = bias
            .iter()
            .map(|&value| if value.is_finite() { value as f32 } else { NEVER });
        (
            scaled,
            bias.collect(),
            sparse.iter().map(|&weight| weight as f32).collect(),
        )
    }

    /// Returns weights and intercepts for each class, also for two classes, for which the classifier has one vector of weights,
    /// and for classes without rows, whose intercept is −∞.
    fn per_class(&self, n_classes: usize) -> PerClass {
        let (weights, intercepts) = (self.classifier.weights(), self.classifier.intercepts());
        let outputs = intercepts.len();
        let classes = self.classifier.classes();
        let column = |row: &[f64], absent: f64| {
            let mut out = vec![absent; n_classes];
            match (classes, row) {
                (&[first, second], &[one]) => (out[first], out[second]) = (-one / 2.0, one / 2.0),
                _ => classes
                    .iter()
                    .zip(row)
                    .for_each(|(&class, &value)| out[class] = value),
            }
            out
        };
        PerClass {
            weights: weights
                .chunks_exact(outputs)
                .flat_map(|row| column(row, 0.0))
                .collect(),
            intercepts: column(intercepts, f64::NEG_INFINITY),
        }
    }

    fn probabilities(&self, features: &DesignMatrix) -> Result<Vec<f64>> {
        Ok(self.classifier.predict_probabilities(features)?)
    }
}

struct PerClass {
    /// `[features, classes]`
    weights: Vec<f64>,
    /// `[classes]`
    intercepts: Vec<f64>,
}

/// Returns the strength with the best weighted F1 in a cross-validation; of equally good ones, the smallest, which gives the
/// smallest weights. With too few rows for one of each class in each fold, it is the middle one.
fn choose_strength(
    vectors: &Vectors,
    encodings: &[Encoding],
    train: &Examples,
    n_classes: usize,
    seed: u64,
) -> Result<f64> {
    let mut rows: Vec<usize> = (0..train.len()).collect();
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    rows.truncate(MAX_ROWS);
    let sample = train.select(&rows);
    let groups = duplicate_groups(sample.texts(), DuplicateKind::Normalised);
    let Ok(folds) = stratified_group_k_fold(&sample.labels, &groups, FOLDS, Some(seed)) else {
        return Ok(STRENGTHS[1]);
    };
    let mut best = (STRENGTHS[0], f64::NEG_INFINITY);
    for c in STRENGTHS {
        let scores: Vec<Result<Vec<(usize, usize)>>> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let pick =
                    |of_sample: Vec<usize>| of_sample.into_iter().map(|row| rows[row]).collect::<Vec<_>>();
                let (learnt, measured) = (pick(folds.train(fold)), pick(folds.held_out(fold)));
                predict(
                    vectors,
                    encodings,
                    &train.labels,
                    (&learnt, &measured),
                    n_classes,
                    c,
                )
            })
            .collect();
        let mut pairs = Vec::new();
        for fold in scores {
            pairs.extend(fold?);
        }
        let (truth, predicted): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
        let matrix = ConfusionMatrix::new(&truth, &predicted, n_classes)?;
        let score = matrix.average(Average::Weighted, ZeroDivision::Zero).f1;
        if score > best.1 {
            best = (c, score);
        }
    }
    Ok(best.0)
}

/// Fits on some rows and returns the true and the predicted class of others.
fn predict(
    vectors: &Vectors,
    encodings: &[Encoding],
    labels: &[usize],
    (learnt, measured): (&[usize], &[usize]),
    n_classes: usize,
    c: f64,
) -> Result<Vec<(usize, usize)>> {
    let part = |rows: &[usize]| {
        let encodings: Vec<Encoding> = rows.iter().map(|&row| encodings[row].clone()).collect();
        let labels: Vec<usize> = rows.iter().map(|&row| labels[row]).collect();
        (vectors.select(rows), encodings, labels)
    };
    let (train_vectors, train_encodings, train_labels) = part(learnt);
    let (test_vectors, test_encodings, truth) = part(measured);
    let fit = Fit::new(&train_vectors, &train_encodings, &train_labels, n_classes, c)?;
    let features = design(&test_vectors, &fit.scaling, &test_encodings, &fit.ngrams)?;
    let probabilities = Probabilities::new(fit.probabilities(&features)?, n_classes)?;
    Ok(truth.into_iter().zip(probabilities.predictions()).collect())
}

//! Fits the classifier, with a strength that cross-validation chooses.

use chacha20::ChaCha8Rng;
use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig, Scaling};
use feedback_bert::Encoding;
use feedback_bert::ngrams::{NgramFeatures, NgramHead};
use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::folds::stratified_group_k_fold;
use feedback_inference::Classifier;
use feedback_metrics::{Average, ConfusionMatrix, Probabilities, ZeroDivision};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::features::{Vectors, design};
use crate::error::{Error, Result};
use crate::vector_head::{VectorHead, linear};

/// The inverse strengths of the penalty to choose from.
pub(super) const STRENGTHS: [f64; 3] = [4.0, 16.0, 64.0];
/// Number of folds of the cross-validation.
const FOLDS: usize = 3;
/// Number of rows per class from which n-grams are used if no cross-validation is possible.
const ROWS_FOR_NGRAMS: usize = 32;
/// Number of rows per class from which classifiers without n-grams are not tried, because it takes time.
const ROWS_WITH_NGRAMS: usize = 64;
/// Maximum number of rows in the cross-validation: with more rows, the choice takes longer and hardly changes.
const MAX_ROWS: usize = 3000;

/// A fitted classifier.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FittedHead {
    /// The part of the classifier that reads the vectors of the encoder, with the bias.
    pub vectors: VectorHead,
    /// The part of the classifier that reads token n-grams; `None` if the classifier is better without.
    pub ngrams: Option<NgramHead>,
    /// The chosen inverse strength of the penalty.
    pub c: f64,
    /// Number of texts that are too long for the encoder and were cut.
    pub truncated: usize,
}

/// Texts with their tokens, one encoding for each text.
#[derive(Debug, Clone, Copy)]
pub struct EncodedTexts<'a> {
    /// The texts. Those that say the same are in one fold of a cross-validation.
    pub texts: &'a [String],
    /// What [`Classifier::encode`] returns for them.
    pub encodings: &'a [Encoding],
}

/// Fits the classifier on texts with their class ids. Returns it with the vectors of the texts, `[texts, width]`. The encoder is that of
/// `encoder`, which must pool by the mean and has encoded the texts; its own head is not used.
///
/// # Errors
///
/// [`Error::Lengths`] if there are no texts, or not one class id for each; [`Error::Encodings`] if there is not one encoding for each; a class id is not below `n_classes`; the device fails.
pub fn fit_head(
    encoder: &Classifier,
    EncodedTexts { texts, encodings }: EncodedTexts<'_>,
    labels: &[usize],
    n_classes: usize,
    seed: u64,
) -> Result<(FittedHead, Vec<f32>)> {
    check_lengths(texts.len(), labels.len())?;
    if encodings.len() != texts.len() {
        let (texts, encodings) = (texts.len(), encodings.len());
        return Err(Error::Encodings { texts, encodings });
    }
    let vectors = Vectors::of(encoder, encodings)?;
    let encodings: Vec<&Encoding> = encodings.iter().collect();
    let all = Rows {
        vectors: &vectors,
        encodings: &encodings,
        labels,
        n_classes,
    };
    let Choice { c, with_ngrams } = choose(&all, texts, seed)?;
    let features = Features::new(&all, with_ngrams)?;
    let classifier = features.fit(&all, c)?;
    let (of_vectors, of_ngrams) = linear(&classifier, &features.scaling, vectors.width, n_classes);
    let ngrams = features.ngrams.map(|ngrams| {
        NgramHead::new(ngrams, of_ngrams, n_classes).ok_or(feedback_baselines::Error::NoClasses)
    });
    let head = FittedHead {
        vectors: of_vectors,
        ngrams: ngrams.transpose()?,
        c,
        truncated: truncated(&encodings),
    };
    Ok((head, vectors.values))
}

/// Requires at least one text, and as many labels as texts.
pub(super) fn check_lengths(texts: usize, labels: usize) -> Result<()> {
    if texts == 0 || texts != labels {
        return Err(Error::Lengths { texts, labels });
    }
    Ok(())
}

/// Returns the number of texts that were cut.
pub(super) fn truncated(encodings: &[&Encoding]) -> usize {
    encodings.iter().filter(|encoding| encoding.truncated).count()
}

/// Texts with their vectors, tokens and labels.
struct Rows<'a> {
    vectors: &'a Vectors,
    encodings: &'a [&'a Encoding],
    labels: &'a [usize],
    n_classes: usize,
}

/// The features of training rows.
struct Features {
    scaling: Scaling,
    ngrams: Option<NgramFeatures>,
    values: DesignMatrix,
}

impl Features {
    fn new(rows: &Rows<'_>, with_ngrams: bool) -> Result<Self> {
        let scaling = Scaling::fit(&rows.vectors.values, rows.vectors.width);
        let ngrams = with_ngrams.then(|| NgramFeatures::fit(rows.encodings));
        let values = design(rows.vectors, &scaling, rows.encodings, ngrams.as_ref())?;
        Ok(Self {
            scaling,
            ngrams,
            values,
        })
    }

    fn fit(&self, rows: &Rows<'_>, c: f64) -> Result<LogisticRegression> {
        let config = strength(c);
        Ok(LogisticRegression::fit(
            &self.values,
            rows.labels,
            rows.n_classes,
            &config,
        )?)
    }
}

fn strength(c: f64) -> LogisticRegressionConfig {
    let mut config = LogisticRegressionConfig::default();
    config.c = c;
    config
}

/// The settings of a classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Choice {
    c: f64,
    with_ngrams: bool,
}

impl Choice {
    /// Returns the choices to compare for this number of rows, in the order in which equally good ones are preferred: the smallest
    /// weights first.
    fn all(rows: usize, n_classes: usize) -> Vec<Self> {
        let with_strengths = |&with_ngrams| STRENGTHS.map(|c| Self { c, with_ngrams });
        Self::ngrams(rows, n_classes)
            .iter()
            .flat_map(with_strengths)
            .collect()
    }

    /// Returns whether to compare classifiers without and with n-grams. With many rows, n-grams are expected to help.
    fn ngrams(rows: usize, n_classes: usize) -> &'static [bool] {
        if rows >= ROWS_WITH_NGRAMS * n_classes {
            &[true]
        } else {
            &[false, true]
        }
    }

    /// Returns the choice without a cross-validation. Few texts share hardly any n-gram, so n-grams would only be noise.
    fn untested(rows: usize, n_classes: usize) -> Self {
        Self {
            c: STRENGTHS[1],
            with_ngrams: rows >= ROWS_FOR_NGRAMS * n_classes,
        }
    }
}

/// Returns the choice with the best weighted F1 in a cross-validation; of equally good ones, the first. Without one row of
/// each class for each fold, it is [`Choice::untested`].
fn choose(all: &Rows<'_>, texts: &[String], seed: u64) -> Result<Choice> {
    let mut rows: Vec<usize> = (0..texts.len()).collect();
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    rows.truncate(MAX_ROWS);
    let sample = rows.iter().map(|&row| texts[row].as_str());
    let labels: Vec<usize> = rows.iter().map(|&row| all.labels[row]).collect();
    let groups = duplicate_groups(sample, DuplicateKind::Normalised);
    let Ok(folds) = stratified_group_k_fold(&labels, &groups, FOLDS, Some(seed)) else {
        return Ok(Choice::untested(texts.len(), all.n_classes));
    };
    let pick = |of_sample: Vec<usize>| of_sample.into_iter().map(|row| rows[row]).collect::<Vec<_>>();
    let predicted: Vec<Result<Vec<Vec<usize>>>> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| predict(all, &pick(folds.train(fold)), &pick(folds.held_out(fold))))
        .collect();
    let choices = Choice::all(texts.len(), all.n_classes);
    let (mut truth, mut predictions) = (Vec::new(), vec![Vec::new(); choices.len()]);
    for (fold, predicted) in predicted.into_iter().enumerate() {
        truth.extend(pick(folds.held_out(fold)).iter().map(|&row| all.labels[row]));
        for (all, of_fold) in predictions.iter_mut().zip(predicted?) {
            all.extend(of_fold);
        }
    }
    let mut best = (Choice::untested(texts.len(), all.n_classes), f64::NEG_INFINITY);
    for (choice, predictions) in choices.into_iter().zip(predictions) {
        let matrix = ConfusionMatrix::new(&truth, &predictions, all.n_classes)?;
        let score = matrix.average(Average::Weighted, ZeroDivision::Zero).f1;
        if score > best.1 {
            best = (choice, score);
        }
    }
    Ok(best.0)
}

/// Fits on some rows with each choice, and returns for each the predicted classes of other rows.
fn predict(all: &Rows<'_>, learnt: &[usize], measured: &[usize]) -> Result<Vec<Vec<usize>>> {
    let encodings = |rows: &[usize]| rows.iter().map(|&row| all.encodings[row]).collect::<Vec<_>>();
    let (vectors, of_learnt) = (all.vectors.select(learnt), encodings(learnt));
    let labels: Vec<usize> = learnt.iter().map(|&row| all.labels[row]).collect();
    let train = Rows {
        vectors: &vectors,
        encodings: &of_learnt,
        labels: &labels,
        n_classes: all.n_classes,
    };
    let (others, of_others) = (all.vectors.select(measured), encodings(measured));
    let mut predictions = Vec::new();
    for &with_ngrams in Choice::ngrams(all.labels.len(), all.n_classes) {
        let features = Features::new(&train, with_ngrams)?;
        let others = design(&others, &features.scaling, &of_others, features.ngrams.as_ref())?;
        let mut classifier: Option<LogisticRegression> = None;
        for c in STRENGTHS {
            let next = match &classifier {
                Some(before) => before.refit(&features.values, &labels, &strength(c))?,
                None => features.fit(&train, c)?,
            };
            let probabilities = Probabilities::new(next.predict_probabilities(&others)?, all.n_classes)?;
            predictions.push(probabilities.predictions());
            classifier = Some(next);
        }
    }
    Ok(predictions)
}

//! Further questions about a text: linear classifiers on the vectors of an encoder.

use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig, Scaling};
use feedback_bert::questions::Question;
use feedback_metrics::Logits;
use feedback_metrics::calibration::fit_temperature;

use crate::error::{Error, Result};
use crate::vector_head::VectorHead;

/// The inverse strength of the penalty.
const C: f64 = 16.0;
/// The bias of a label that no text has; with the other sign, of a label that every text has.
const NEVER: f32 = -30.0;

/// Texts with their answers to a question.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The vectors of the texts, one after another.
    pub vectors: &'a [f32],
    /// For each text the indices of its labels: exactly one, unless the question allows several.
    pub labels: &'a [Vec<usize>],
}

/// Fits the classifier of a question on `train`. On `validation`, it fits the temperature or, if a text can have several labels, chooses
/// the threshold; without validation texts, these are 1 and 0.5.
///
/// # Errors
///
/// [`Error::Lengths`] if there is no training text, or not one list of labels for each vector; a vector is not finite.
pub fn fit_question(
    name: &str,
    labels: Vec<String>,
    multi_label: bool,
    train: Answered<'_>,
    validation: Answered<'_>,
) -> Result<Question> {
    if train.labels.is_empty() || !train.vectors.len().is_multiple_of(train.labels.len()) {
        return Err(Error::Lengths {
            texts: train.vectors.len(),
            labels: train.labels.len(),
        });
    }
    let width = train.vectors.len() / train.labels.len();
    let (weights, bias) = if multi_label {
        fit_several(train, labels.len(), width)?
    } else {
        fit_one(train, labels.len(), width)?
    };
    let mut question = Question {
        name: name.to_owned(),
        multi_label,
        labels,
        temperature: 1.0,
        threshold: 0.5,
        weights,
        bias,
    };
    if multi_label {
        question.threshold = best_threshold(&question, validation);
    } else if !validation.labels.is_empty() {
        let vectors = validation.vectors.chunks_exact(width.max(1));
        let logits: Vec<f32> = vectors.flat_map(|vector| question.logits(vector)).collect();
        let logits = Logits::from_f32(&logits, question.labels.len())?;
        question.temperature = fit_temperature(&logits, &validation.labels.concat())?;
    }
    Ok(question)
}

/// Fits one classifier that chooses a label. Returns weights `[labels, width]` and biases.
fn fit_one(train: Answered<'_>, n_labels: usize, width: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    let scaling = Scaling::fit(train.vectors, width);
    let head = VectorHead::fit(train.vectors, &train.labels.concat(), n_labels, &scaling, C)?;
    let at = |index: usize| head.weights[index % width * n_labels + index / width];
    Ok(((0..head.weights.len()).map(at).collect(), head.bias))
}

/// Fits a classifier for each label that says whether a text has it. Returns weights `[labels, width]` and biases.
///
/// # Errors
///
/// A vector is not finite.
pub fn fit_several(train: Answered<'_>, n_labels: usize, width: usize) -> Result<(Vec<f32>, Vec<f32>)> {
    let scaling = Scaling::fit(train.vectors, width);
    let features = DesignMatrix::from(scaling.scale(train.vectors)?);
    let mut config = LogisticRegressionConfig::default();
    config.c = C;
    let (mut weights, mut bias) = (vec![0.0; n_labels * width], vec![NEVER; n_labels]);
    for label in 0..n_labels {
        let has = |labels: &Vec<usize>| usize::from(labels.contains(&label));
        let has: Vec<usize> = train.labels.iter().map(has).collect();
        if !has.contains(&1) {
            continue;
        }
        if !has.contains(&0) {
            bias[label] = -NEVER;
            continue;
        }
        let fitted = LogisticRegression::fit(&features, &has, 2, &config)?;
        let (mut of_vectors, mut intercept) = (fitted.weights().to_vec(), fitted.intercepts().to_vec());
        scaling.undo(&mut of_vectors, &mut intercept);
        let targets = &mut weights[label * width..(label + 1) * width];
        for (target, weight) in targets.iter_mut().zip(of_vectors) {
            *target = weight as f32;
        }
        bias[label] = intercept[0] as f32;
    }
    Ok((weights, bias))
}

/// Returns the threshold from 0.1 to 0.9 with the best micro-averaged F1 on these texts; of equally good ones, the one closest to 0.5.
pub fn best_threshold(question: &Question, texts: Answered<'_>) -> f64 {
    let width = question.weights.len() / question.labels.len().max(1);
    let mut candidates: Vec<f64> = (2..=18).map(|step| f64::from(step) / 20.0).collect();
    candidates.sort_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()));
    let mut best = (0.5, -1.0);
    for candidate in candidates {
        let logit = (candidate / (1.0 - candidate)).ln();
        let (mut right, mut all) = (0, 0);
        for (vector, labels) in texts.vectors.chunks_exact(width.max(1)).zip(texts.labels) {
            for (label, score) in question.logits(vector).into_iter().enumerate() {
                let (is, said) = (labels.contains(&label), f64::from(score) >= logit);
                right += 2 * usize::from(is && said);
                all += usize::from(is) + usize::from(said);
            }
        }
        let f1 = right as f64 / all.max(1) as f64;
        if f1 > best.1 {
            best = (candidate, f1);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three texts near each of two corners; the third number says whether a text has the second label too.
    const VECTORS: [f32; 18] = [
        1.0, 0.1, 0.0, 0.9, 0.0, 1.0, 1.1, 0.0, 0.0, 0.0, 1.0, 1.0, 0.1, 0.9, 0.0, 0.0, 1.1, 1.0,
    ];

    fn names() -> Vec<String> {
        ["a", "b"].map(str::to_owned).to_vec()
    }

    #[test]
    fn one_label_is_chosen() {
        let labels = [0, 0, 0, 1, 1, 1].map(|label| vec![label]);
        let texts = Answered {
            vectors: &VECTORS,
            labels: &labels,
        };
        let question = fit_question("corner", names(), false, texts, texts).unwrap();
        for (vector, labels) in VECTORS.chunks_exact(3).zip(&labels) {
            let logits = question.logits(vector);
            assert_eq!(usize::from(logits[1] > logits[0]), labels[0]);
        }
        assert!(
            question.temperature < 1.0,
            "separable texts are certain: {}",
            question.temperature
        );
    }

    #[test]
    fn several_labels_are_found_and_labels_of_no_or_every_text_are_constant() {
        let labels = [vec![0], vec![0, 1], vec![0], vec![0, 1], vec![0], vec![0, 1]];
        let texts = Answered {
            vectors: &VECTORS,
            labels: &labels,
        };
        let three = [names(), vec!["c".to_owned()]].concat();
        let question = fit_question("flags", three, true, texts, texts).unwrap();
        for (vector, labels) in VECTORS.chunks_exact(3).zip(&labels) {
            let logits = question.logits(vector);
            assert!(logits[0] > 20.0 && logits[2] < -20.0);
            assert_eq!(logits[1] > 0.0, labels.contains(&1));
        }
    }

    #[test]
    fn without_texts_there_is_nothing_to_fit() {
        let none = Answered {
            vectors: &[],
            labels: &[],
        };
        assert!(matches!(
            fit_question("a", names(), true, none, none),
            Err(Error::Lengths { .. })
        ));
    }
}

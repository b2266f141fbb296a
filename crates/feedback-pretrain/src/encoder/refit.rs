//! Fits the heads of tasks with several labels per text once more, on the vectors of the tuned encoder.
//!
//! While all tasks are learnt at once, such a head sees few texts with each label and ends far from its best weights. A logistic
//! regression for each label finds them in seconds.

use feedback_baselines::{DenseMatrix, DesignMatrix, LogisticRegression, LogisticRegressionConfig};
use feedback_bert::questions::Question;
use feedback_inference::Classifier;

use crate::error::Result;
use crate::tasks::AnsweredTexts;

/// The inverse strength of the penalty.
const C: f64 = 16.0;
/// The bias of a label that no text has.
const NEVER: f32 = -30.0;

/// The vectors of the texts that answer a task, and for each text its labels.
struct Labelled {
    vectors: Vec<f32>,
    labels: Vec<Vec<usize>>,
}

impl Labelled {
    fn new(classifier: &Classifier, task: usize, texts: &AnsweredTexts) -> Result<Self> {
        let answered = texts.texts.iter().zip(&texts.answers);
        let (texts, labels): (Vec<&str>, Vec<Vec<usize>>) = answered
            .filter_map(|(text, answers)| {
                let answer = answers.iter().find(|answer| answer.task == task)?;
                Some((text.as_str(), answer.classes.clone()))
            })
            .unzip();
        Ok(Self {
            vectors: classifier.vectors(&texts)?,
            labels,
        })
    }
}

/// Replaces weights and biases of a question by those of logistic regressions on the training texts, and chooses the threshold with
/// the best micro-averaged F1 on the validation texts.
///
/// # Errors
///
/// The device fails, or there are no texts.
pub(super) fn refit(
    question: &mut Question,
    task: usize,
    classifier: &Classifier,
    train: &AnsweredTexts,
    validation: &AnsweredTexts,
) -> Result<()> {
    let learnt = Labelled::new(classifier, task, train)?;
    let width = question.weights.len() / question.labels.len().max(1);
    let (centre, scale) = scaling(&learnt.vectors, width);
    let centres = centre.iter().cycle();
    let scaled = learnt.vectors.iter().zip(centres);
    let scaled = scaled
        .map(|(&value, centre)| (f64::from(value) - centre) * scale)
        .collect();
    let features = DesignMatrix::from(DenseMatrix::new(width, scaled)?);
    let mut config = LogisticRegressionConfig::default();
    config.c = C;
    for label in 0..question.labels.len() {
        let has: Vec<usize> = learnt
            .labels
            .iter()
            .map(|labels| usize::from(labels.contains(&label)))
            .collect();
        let weights = &mut question.weights[label * width..(label + 1) * width];
        if !has.contains(&1) {
            weights.fill(0.0);
            question.bias[label] = NEVER;
            continue;
        }
        let fitted = LogisticRegression::fit(&features, &has, 2, &config)?;
        let mut bias = fitted.intercepts().first().copied().unwrap_or_default();
        for ((target, weight), centre) in weights.iter_mut().zip(fitted.weights()).zip(&centre) {
            let weight = weight * scale;
            bias -= weight * centre;
            *target = weight as f32;
        }
        question.bias[label] = bias as f32;
    }
    question.threshold = threshold(question, &Labelled::new(classifier, task, validation)?, width);
    Ok(())
}

/// Returns the mean of the vectors, and 1 divided by their mean length.
fn scaling(vectors: &[f32], width: usize) -> (Vec<f64>, f64) {
    let rows = vectors.chunks_exact(width.max(1));
    let count = rows.len().max(1) as f64;
    let (mut centre, mut length) = (vec![0.0; width], 0.0);
    for row in rows {
        centre
            .iter_mut()
            .zip(row)
            .for_each(|(sum, &value)| *sum += f64::from(value) / count);
        length += row
            .iter()
            .map(|&value| f64::from(value).powi(2))
            .sum::<f64>()
            .sqrt()
            / count;
    }
    (centre, if length > 0.0 { 1.0 / length } else { 0.0 })
}

/// Returns the threshold from 0.1 to 0.9 with the best micro-averaged F1; of equally good ones, the one closest to 0.5.
fn threshold(question: &Question, measured: &Labelled, width: usize) -> f64 {
    let mut candidates: Vec<f64> = (2..=18).map(|step| f64::from(step) / 20.0).collect();
    candidates.sort_by(|a, b| (a - 0.5).abs().total_cmp(&(b - 0.5).abs()));
    let mut best = (0.5, -1.0);
    for candidate in candidates {
        let logit = (candidate / (1.0 - candidate)).ln();
        let (mut right, mut all) = (0, 0);
        for (vector, labels) in measured.vectors.chunks_exact(width.max(1)).zip(&measured.labels) {
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

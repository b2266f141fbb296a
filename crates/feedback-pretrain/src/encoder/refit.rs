//! Fits the heads of tasks with several labels per text once more, on the vectors of the tuned encoder.
//!
//! While all tasks are learnt at once, such a head sees few texts with each label and ends far from its best weights. A logistic
//! regression for each label finds them in seconds.

use feedback_baselines::{DesignMatrix, LogisticRegression, LogisticRegressionConfig, Scaling};
use feedback_bert::questions::Question;
use feedback_inference::Classifier;

use crate::error::Result;
use crate::tasks::AnsweredTexts;

/// The inverse strength of the penalty.
const C: f64 = 16.0;
/// The bias of a label that no text has.
const NEVER: f32 = -30.0;

/// The vectors of the texts that answer a task, and for each text its labels.
pub(super) struct Answered {
    pub(super) vectors: Vec<f32>,
    pub(super) labels: Vec<Vec<usize>>,
}

impl Answered {
    pub(super) fn new(classifier: &Classifier, task: usize, texts: &AnsweredTexts) -> Result<Self> {
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

/// Replaces the weights and biases of a question by fitting a logistic regression for each label on the
/// training texts, and chooses the threshold with the best micro-averaged F1 on the validation texts.
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
    let learnt = Answered::new(classifier, task, train)?;
    let width = question.weights.len() / question.labels.len().max(1);
    let scaling = Scaling::fit(&learnt.vectors, width);
    let features = DesignMatrix::from(scaling.scale(&learnt.vectors)?);
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
        if !has.contains(&0) {
            continue; // every text has the label, so the learnt weights are kept
        }
        let fitted = LogisticRegression::fit(&features, &has, 2, &config)?;
        let (mut of_vectors, mut bias) = (fitted.weights().to_vec(), fitted.intercepts().to_vec());
        scaling.undo(&mut of_vectors, &mut bias);
        weights
            .iter_mut()
            .zip(of_vectors)
            .for_each(|(target, weight)| *target = weight as f32);
        question.bias[label] = bias[0] as f32;
    }
    question.threshold = threshold(question, &Answered::new(classifier, task, validation)?, width);
    Ok(())
}

/// Returns the threshold from 0.1 to 0.9 with the best micro-averaged F1; of equally good ones, the one closest to 0.5.
fn threshold(question: &Question, measured: &Answered, width: usize) -> f64 {
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

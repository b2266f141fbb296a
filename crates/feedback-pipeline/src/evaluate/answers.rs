//! How well a model answers further questions.

use feedback_dataset::read::ReadOptions;
use feedback_inference::{Answer, Classifier};
use feedback_metrics::statistics::{Interval, wilson_interval};
use feedback_metrics::{Average, MultiLabel, ZeroDivision};
use serde::Serialize;

use crate::data::{Examples, FieldAnswers, field_answers};
use crate::error::Result;

/// How well a model answers a question, on the texts whose answer is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QuestionFigures {
    /// The question: the name of a field.
    pub question: String,
    /// Whether a text can have several labels.
    pub multi_label: bool,
    /// Number of texts with an answer in the file.
    pub n: usize,
    /// Number of texts left out because the model does not know a label in their answer.
    pub n_unknown: usize,
    /// Share of the texts for which all labels are right.
    pub accuracy: f64,
    /// Its 95 % interval (Wilson).
    pub accuracy_interval: Interval,
    /// Mean of the F1 of all labels.
    pub macro_f1: f64,
    /// F1 of all labels and texts together.
    pub micro_f1: f64,
}

/// Measures the answers of a model to its questions, each on the rows that have a field of this name.
///
/// # Errors
///
/// The file cannot be read any more, or the device fails.
pub fn evaluate_answers(
    classifier: &Classifier,
    examples: &Examples,
    options: &ReadOptions,
) -> Result<Vec<QuestionFigures>> {
    let names: Vec<String> = classifier.questions().map(str::to_owned).collect();
    if names.is_empty() || examples.is_empty() {
        return Ok(Vec::new());
    }
    let truth = field_answers(examples, examples.len(), &names, options)?;
    if truth
        .iter()
        .all(|answers| answers.of_texts.iter().all(Option::is_none))
    {
        return Ok(Vec::new());
    }
    let predictions = classifier.predict_many(&examples.texts)?;
    let mut all = Vec::new();
    for (name, truth) in names.iter().zip(&truth) {
        let answers = predictions.iter().map(|prediction| {
            let mut answers = prediction.answers.iter();
            answers.find(|answer| answer.question == *name)
        });
        let labels = classifier.labels_of(name).unwrap_or_default();
        all.extend(figures(name, labels, truth, &answers.collect::<Vec<_>>())?);
    }
    Ok(all)
}

fn figures(
    question: &str,
    labels: &[String],
    truth: &FieldAnswers,
    answers: &[Option<&Answer>],
) -> Result<Option<QuestionFigures>> {
    let id = |name: &str| labels.iter().position(|label| label == name);
    let (mut is, mut said) = (Vec::new(), Vec::new());
    let (mut n, mut n_right, mut n_unknown) = (0, 0, 0);
    for (known, answer) in truth.of_texts.iter().zip(answers) {
        let (Some(known), Some(answer)) = (known, answer) else {
            continue;
        };
        let Some(known) = known.iter().map(|name| id(name)).collect::<Option<Vec<usize>>>() else {
            n_unknown += 1;
            continue;
        };
        let row = |ids: &[usize]| {
            (0..labels.len())
                .map(|label| ids.contains(&label))
                .collect::<Vec<bool>>()
        };
        let given: Vec<usize> = answer
            .labels
            .iter()
            .filter_map(|score| id(&score.label))
            .collect();
        let (known, given) = (row(&known), row(&given));
        n += 1;
        n_right += usize::from(known == given);
        is.extend(known);
        said.extend(given);
    }
    if n == 0 {
        return Ok(None);
    }
    let counts = MultiLabel::new(&is, &said, labels.len())?;
    Ok(Some(QuestionFigures {
        question: question.to_owned(),
        multi_label: truth.multi_label,
        n,
        n_unknown,
        accuracy: n_right as f64 / n as f64,
        accuracy_interval: wilson_interval(n_right as u64, n as u64, 0.95)?,
        macro_f1: counts.average(Average::Macro, ZeroDivision::Zero).f1,
        micro_f1: counts.average(Average::Micro, ZeroDivision::Zero).f1,
    }))
}

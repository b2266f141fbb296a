//! Fits the heads of tasks with several labels per text once more, on the vectors of the tuned encoder.
//!
//! While all tasks are learnt at once, such a head sees few texts with each label and ends far from its best weights. A logistic
//! regression for each label finds them in seconds.

use feedback_bert::questions::Question;
use feedback_heads::questions::{self, best_threshold, fit_several};
use feedback_inference::Classifier;

use crate::error::Result;
use crate::tasks::AnsweredTexts;

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

    fn borrowed(&self) -> questions::Answered<'_> {
        questions::Answered {
            vectors: &self.vectors,
            labels: &self.labels,
        }
    }
}

/// Replaces the weights and biases of a question: fits a logistic regression for each label to the training texts. Also chooses
/// the threshold with the best micro-averaged F1 on the validation texts.
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
    (question.weights, question.bias) = fit_several(learnt.borrowed(), question.labels.len(), width)?;
    question.threshold = best_threshold(question, Answered::new(classifier, task, validation)?.borrowed());
    Ok(())
}

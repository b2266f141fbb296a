//! What a model says about a text.

use feedback_store::ModelAnswer;

use feedback_inference::{AbstainReason, Answer, Cached, InWindows, MultiLabelPrediction, Score};

/// What a model says about a text, whether it gives each text one label or any number of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The labels, highest score first: exactly one, or any number if the model gives each text any number of labels.
    pub labels: Vec<String>,
    /// How sure the model is, 0 to 1: the probability of its one label. Of several labels, each of which is decided for or against, the
    /// probability that the least certain decision is right.
    pub confidence: f64,
    /// How close the model is to another answer, from -1 to 1: the difference between the two highest scores, or for several labels
    /// twice the confidence minus 1.
    pub margin: f64,
    /// Whether the confidence is below the model's threshold; `None` if the model has no threshold.
    pub abstained: Option<bool>,
    /// Why the model abstains; `None` if it does not.
    pub abstain_reason: Option<AbstainReason>,
    /// The share of the text's tokens that the model's vocabulary does not know, 0 to 1.
    pub unknown_share: f64,
    /// All labels with their probabilities, highest first.
    pub scores: Vec<Score>,
    /// The answers to the model's further questions, in their order; most models have none.
    pub answers: Vec<Answer>,
    /// Whether the text exceeded the model's maximum length and was cut.
    pub truncated: bool,
    /// How the text was read if it is longer than the model reads at once and was read in windows; else `None`.
    pub windows: Option<InWindows>,
    /// How unfamiliar the text is, 0 to 1; `None` if the model does not say.
    pub unfamiliarity: Option<f64>,
    /// Whether the text is unlike those that the model was trained on; `None` if the model does not say.
    pub unfamiliar: Option<bool>,
}

impl From<feedback_inference::Prediction> for Prediction {
    fn from(found: feedback_inference::Prediction) -> Self {
        Self {
            labels: vec![found.predicted_label],
            confidence: found.confidence,
            margin: match found.scores.as_slice() {
                [first, second, ..] => first.score - second.score,
                _ => 1.0,
            },
            abstained: found.abstained,
            abstain_reason: found.abstain_reason,
            unknown_share: found.unknown_share,
            scores: found.scores,
            answers: found.answers,
            truncated: found.truncated,
            windows: found.windows,
            unfamiliarity: found.unfamiliarity,
            unfamiliar: found.unfamiliar,
        }
    }
}

impl From<MultiLabelPrediction> for Prediction {
    fn from(found: MultiLabelPrediction) -> Self {
        let right = |score: &Score| match found.predicted_labels.contains(&score.label) {
            true => score.score,
            false => 1.0 - score.score,
        };
        let confidence = found.scores.iter().map(right).fold(1.0, f64::min);
        Self {
            labels: found.predicted_labels,
            confidence,
            margin: 2.0 * confidence - 1.0,
            abstained: found.abstain_reason.map(|_| true),
            abstain_reason: found.abstain_reason,
            unknown_share: found.unknown_share,
            scores: found.scores,
            answers: Vec::new(),
            truncated: found.truncated,
            windows: None,
            unfamiliarity: None,
            unfamiliar: None,
        }
    }
}

impl Prediction {
    /// Returns the scores as the store keeps them.
    pub(crate) fn stored_scores(&self) -> Vec<feedback_store::Score> {
        let stored = |score: &Score| feedback_store::Score {
            label: score.label.clone(),
            score: score.score,
        };
        self.scores.iter().map(stored).collect()
    }

    /// Returns the answers to the model's further questions as the store keeps them.
    pub(crate) fn stored_answers(&self) -> Vec<ModelAnswer> {
        let of_question = |answer: &Answer| {
            let question = answer.question.clone();
            answer.labels.clone().into_iter().map(move |score| ModelAnswer {
                question: question.clone(),
                label: score.label,
                score: score.score,
            })
        };
        self.answers.iter().flat_map(of_question).collect()
    }
}

impl Cached for Prediction {
    fn n_bytes(&self) -> usize {
        let of_answers = self.answers.iter().flat_map(|answer| &answer.labels);
        let scores = self.scores.iter().chain(of_answers);
        let scores = scores.map(|score| score.label.capacity() + size_of::<Score>());
        let labels = self
            .labels
            .iter()
            .map(|label| label.capacity() + size_of::<String>());
        size_of::<Self>()
            + self.answers.capacity() * size_of::<Answer>()
            + scores.sum::<usize>()
            + labels.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several(labels: &[&str], scores: &[(&str, f64)]) -> Prediction {
        let score = |&(label, score): &(&str, f64)| Score {
            label: label.into(),
            score,
        };
        Prediction::from(MultiLabelPrediction {
            abstain_reason: None,
            unknown_share: 0.0,
            predicted_labels: labels.iter().map(|&label| label.into()).collect(),
            scores: scores.iter().map(score).collect(),
            truncated: false,
        })
    }

    #[test]
    fn the_least_certain_decision_counts() {
        let clear = several(&["a"], &[("a", 0.95), ("b", 0.02)]);
        assert!((clear.confidence - 0.95).abs() < 1e-12 && (clear.margin - 0.9).abs() < 1e-12);
        let none = several(&[], &[("a", 0.1), ("b", 0.02)]);
        assert!(
            (none.confidence - 0.9).abs() < 1e-12,
            "no label can be a certain answer"
        );
        // With a threshold of 0.3, a label with the probability 0.4 is given although it is rather wrong.
        let doubtful = several(&["a", "b"], &[("a", 0.9), ("b", 0.4)]);
        assert!((doubtful.confidence - 0.4).abs() < 1e-12 && doubtful.margin < 0.0);
    }
}

//! Answers to a model's questions beside the category, such as the sentiment.

use feedback_bert::questions::Question;

use crate::prediction::{Answer, Score};
use crate::softmax::softmax;

/// Returns the answer to a question for the pooled vector of a text.
pub(crate) fn answer(question: &Question, vector: &[f32]) -> Answer {
    let logits = question.logits(vector);
    let probabilities = if question.multi_label {
        let scaled = logits
            .iter()
            .map(|&logit| f64::from(logit) / question.temperature);
        scaled.map(|logit| 1.0 / (1.0 + (-logit).exp())).collect()
    } else {
        softmax(&logits, question.temperature)
    };
    let named = question.labels.iter().cloned().zip(probabilities);
    let mut labels: Vec<Score> = named.map(|(label, score)| Score { label, score }).collect();
    labels.sort_by(|a, b| b.score.total_cmp(&a.score));
    if question.multi_label {
        labels.retain(|label| label.score >= question.threshold);
    } else {
        labels.truncate(1);
    }
    Answer {
        question: question.name.clone(),
        labels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(multi_label: bool) -> Question {
        Question {
            name: "aspects".into(),
            multi_label,
            labels: ["price", "speed", "look"].map(str::to_owned).to_vec(),
            temperature: 1.0,
            threshold: 0.5,
            weights: vec![2.0, 0.0, 3.0, 0.0, -1.0, 0.0],
            bias: vec![0.0, -1.0, 0.0],
        }
    }

    #[test]
    fn one_label_or_all_likely_ones() {
        let names = |multi_label, vector: &[f32]| -> Vec<String> {
            let answer = answer(&question(multi_label), vector);
            answer.labels.into_iter().map(|label| label.label).collect()
        };
        // The logits are 2, 2 and -1. If several are equal, the first one is the answer.
        assert_eq!(names(false, &[1.0, 5.0]), ["price"]);
        assert_eq!(names(true, &[1.0, 5.0]), ["price", "speed"]);
        assert_eq!(names(true, &[-1.0, 5.0]), ["look"]);
        assert_eq!(names(true, &[0.0, 5.0]), ["price", "look"]); // exactly one half counts
        let only = answer(&question(false), &[1.0, 0.0]);
        assert!(only.labels[0].score > 0.4 && only.labels[0].score < 0.5);
    }
}

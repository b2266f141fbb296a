//! Turns the scores of a row into probabilities and into the loss.

/// How the scores of a row become class probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Two classes with one score: the log odds of the second class.
    Logistic,
    /// One score for each class.
    Softmax {
        /// The number of classes.
        n_classes: usize,
    },
}

impl Link {
    /// Returns the link that scikit-learn uses for this number of classes.
    pub(crate) fn for_classes(n_classes: usize) -> Self {
        if n_classes == 2 {
            Self::Logistic
        } else {
            Self::Softmax { n_classes }
        }
    }

    /// Returns the number of scores for each row.
    pub(crate) fn n_outputs(self) -> usize {
        match self {
            Self::Logistic => 1,
            Self::Softmax { n_classes } => n_classes,
        }
    }

    /// Returns the negative log likelihood of `label`, and replaces the scores by the derivatives of the loss with respect
    /// to them.
    pub(crate) fn loss(self, scores: &mut [f64], label: usize) -> f64 {
        match self {
            Self::Logistic => {
                let score = scores[0];
                let target = label as f64;
                scores[0] = sigmoid(score) - target;
                // ln(1 + exp(score)) − target · score, without overflow.
                score.max(0.0) + (-score.abs()).exp().ln_1p() - target * score
            }
            Self::Softmax { .. } => {
                let score = scores[label];
                let log_sum = softmax(scores);
                scores[label] -= 1.0;
                log_sum - score
            }
        }
    }

    /// Returns the probability of each class from the scores of one row.
    pub(crate) fn probabilities(self, mut scores: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Logistic => vec![sigmoid(-scores[0]), sigmoid(scores[0])],
            Self::Softmax { .. } => {
                softmax(&mut scores);
                scores
            }
        }
    }
}

fn sigmoid(score: f64) -> f64 {
    if score >= 0.0 {
        1.0 / (1.0 + (-score).exp())
    } else {
        let odds = score.exp();
        odds / (1.0 + odds)
    }
}

/// Replaces the scores by probabilities, and returns the logarithm of the sum of the exponentials of the scores.
fn softmax(scores: &mut [f64]) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
    largest + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn three_classes_by_hand() {
        let link = Link::for_classes(3);
        let scores = vec![0.0, 2.0_f64.ln(), 5.0_f64.ln()];
        assert_close(&link.probabilities(scores.clone()), &[0.125, 0.25, 0.625]);
        let mut derivatives = scores;
        let loss = link.loss(&mut derivatives, 1);
        assert_close(&[loss], &[4.0_f64.ln()]);
        assert_close(&derivatives, &[0.125, -0.75, 0.625]);
    }

    #[test]
    fn two_classes_by_hand() {
        let link = Link::for_classes(2);
        let score = 3.0_f64.ln();
        assert_close(&link.probabilities(vec![score]), &[0.25, 0.75]);
        for (label, loss, derivative) in [(0, 4.0_f64.ln(), 0.75), (1, (4.0_f64 / 3.0).ln(), -0.25)] {
            let mut scores = [score];
            assert_close(&[link.loss(&mut scores, label)], &[loss]);
            assert_close(&scores, &[derivative]);
        }
    }

    #[test]
    fn a_single_class_has_probability_1() {
        let link = Link::for_classes(1);
        assert_eq!(link.probabilities(vec![-7.0]), [1.0]);
        assert_eq!(link.loss(&mut [-7.0], 0), 0.0);
    }

    #[test]
    fn huge_scores_do_not_overflow() {
        let link = Link::for_classes(3);
        assert_eq!(link.probabilities(vec![1e4, -1e4, 0.0]), [1.0, 0.0, 0.0]);
        assert_eq!(link.loss(&mut [1e4, -1e4, 0.0], 1), 2e4);
        let link = Link::for_classes(2);
        assert_eq!(link.probabilities(vec![-1e4]), [1.0, 0.0]);
        assert_eq!(link.loss(&mut [1e4], 0), 1e4);
        assert_eq!(link.loss(&mut [1e4], 1), 0.0);
    }
}

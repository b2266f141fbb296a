//! Temperatures and thresholds for each label, chosen on validation texts.

use feedback_bert::folder::LabelDecisions;
use feedback_inference::probabilities;
use feedback_metrics::Logits;
use feedback_metrics::calibration::fit_temperature;

use crate::error::Result;

/// Fits a temperature and then a threshold for each label, on logits and true labels, both `[texts, labels]`.
///
/// The temperature of a label minimises its cross-entropy. If a threshold of one half is right for all texts, the best
/// temperature would make the model certain of everything, so the temperature is then at least 1. The threshold is the one with
/// the best F1 of the label; of equally good ones, one half or the middle between two texts. A label that no text or every text
/// has keeps a temperature of 1 and a threshold of one half.
///
/// # Errors
///
/// A logit is not finite.
pub fn fit_decisions(logits: &[f32], labels: &[bool], n_labels: usize) -> Result<LabelDecisions> {
    let mut decisions = LabelDecisions::uncalibrated(n_labels);
    for label in 0..n_labels {
        let column: Vec<f32> = logits.iter().skip(label).step_by(n_labels).copied().collect();
        let has: Vec<bool> = labels.iter().skip(label).step_by(n_labels).copied().collect();
        if !has.contains(&true) || !has.contains(&false) {
            continue;
        }
        decisions.temperatures[label] = temperature(&column, &has)?;
        let temperatures = vec![decisions.temperatures[label]; column.len()];
        decisions.thresholds[label] = threshold(&probabilities(&column, &temperatures), &has);
    }
    Ok(decisions)
}

/// Fits the temperature of one label.
fn temperature(logits: &[f32], has: &[bool]) -> Result<f64> {
    // The sigmoid of a logit is the softmax of this logit beside 0.
    let pairs: Vec<f32> = logits.iter().flat_map(|&logit| [0.0, logit]).collect();
    let classes: Vec<usize> = has.iter().map(|&has| usize::from(has)).collect();
    let fitted = fit_temperature(&Logits::from_f32(&pairs, 2)?, &classes)?;
    let all_right = logits.iter().zip(has).all(|(&logit, &has)| (logit > 0.0) == has);
    Ok(if all_right { fitted.max(1.0) } else { fitted })
}

/// Returns the threshold with the best F1 of one label. All thresholds between two neighbouring probabilities are equally good: one half
/// if it is among them, else the middle.
fn threshold(probabilities: &[f64], has: &[bool]) -> f64 {
    let mut texts: Vec<(f64, bool)> = probabilities.iter().copied().zip(has.iter().copied()).collect();
    texts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let with_label = has.iter().filter(|has| **has).count();
    let (mut best, mut best_f1, mut right) = (0.5, -1.0, 0);
    for (rank, &(probability, has)) in texts.iter().enumerate() {
        right += usize::from(has);
        let next = texts.get(rank + 1).map_or(0.0, |next| next.0);
        if next == probability {
            continue; // no threshold separates equal probabilities
        }
        let f1 = 2.0 * right as f64 / (rank + 1 + with_label) as f64;
        let between = if next < 0.5 && 0.5 <= probability {
            0.5
        } else {
            f64::midpoint(next, probability)
        };
        let closer = f1 == best_f1 && (between - 0.5).abs() < (best - 0.5_f64).abs();
        if f1 > best_f1 || closer {
            (best, best_f1) = (between, f1);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_with_low_scores_gets_a_low_threshold() {
        // The first label is right at one half, the second only far below, and the third is on no text.
        let logits = [
            2.0, -1.5, -3.0, -2.0, -1.6, -3.0, 1.0, -4.0, -2.0, -1.0, -5.0, -3.0,
        ];
        let labels = [1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0].map(|bit| bit == 1);
        let found = fit_decisions(&logits, &labels, 3).unwrap();
        assert_eq!((found.thresholds[0], found.temperatures[0]), (0.5, 1.0));
        assert!(found.thresholds[1] < 0.5, "{found:?}");
        assert_eq!((found.thresholds[2], found.temperatures[2]), (0.5, 1.0));
        for (row, labels) in logits.chunks(3).zip(labels.chunks(3)) {
            let given = probabilities(row, &found.temperatures)[1] >= found.thresholds[1];
            assert_eq!(given, labels[1]);
        }
    }

    #[test]
    fn the_temperature_follows_the_share_of_right_answers() {
        // Of 100 texts with probability 0.88, 70 have the label: the logit 2 must shrink to ln(7 / 3).
        let labels: Vec<bool> = (0..100).map(|row| row < 70).collect();
        let found = fit_decisions(&[2.0; 100], &labels, 1).unwrap();
        assert!(
            (2.0 / found.temperatures[0] - (7f64 / 3.0).ln()).abs() < 1e-3,
            "{found:?}"
        );
    }
}

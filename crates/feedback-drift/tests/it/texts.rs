//! Texts of an imaginary product, as a model sees them.

use feedback_drift::{Observation, Profile};
use feedback_metrics::statistics::Draws;

/// What to change about the texts.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shift {
    /// Added to the share of the first label.
    pub(crate) labels: f64,
    /// Taken from the confidence.
    pub(crate) confidence: f64,
    /// Factor of the length, minus 1.
    pub(crate) length: f64,
    /// Added to the chance that a token is unknown.
    pub(crate) unknown: f64,
    /// The share of texts about something new.
    pub(crate) subject: f64,
}

pub(crate) struct Source(Draws);

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Draws::new(1, seed))
    }

    fn unit(&mut self) -> f64 {
        self.0.below(1 << 30) as f64 / f64::from(1 << 30)
    }

    /// About normal: the sum of 12 uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    pub(crate) fn profile(&mut self, n: usize, shift: Shift) -> Profile {
        let labels: Vec<String> = ["bug", "praise", "question", "other"].map(str::to_owned).into();
        let mut texts = Vec::new();
        for number in 0..n {
            let shares = [0.25 + shift.labels, 0.35, 0.2];
            let draw = self.unit();
            let label = shares
                .iter()
                .scan(0.0, |sum, share| {
                    *sum += share;
                    Some(*sum)
                })
                .filter(|&end| draw >= end)
                .count();
            // Lengths are skewed; long texts are a little less certain.
            let tokens = ((2.5 + 0.7 * self.normal()).exp() * (1.0 + shift.length))
                .ceil()
                .clamp(1.0, 400.0);
            let certainty = 1.5 + 1.2 * self.normal() - 0.1 * tokens.ln();
            let confidence = (1.0 / (1.0 + (-certainty).exp()) - shift.confidence).clamp(0.13, 1.0);
            let unknown = (0..tokens as usize)
                .filter(|_| self.unit() < 0.01 + shift.unknown)
                .count() as f64;
            let new_subject = self.unit() < shift.subject;
            let subject = self.0.below(6);
            let mut vector: Vec<f32> = (0..48).map(|_| self.normal() as f32 * 0.5).collect();
            vector[label] += 1.5;
            vector[8 + subject] += 2.0;
            if new_subject {
                vector[20] += 2.0;
            }
            let word = if new_subject { "refund" } else { "thing" };
            let text = format!("{word} number{number} about{subject}");
            texts.push((text, label, confidence, tokens as usize, unknown / tokens, vector));
        }
        let observations = texts
            .iter()
            .map(|(text, label, confidence, tokens, unknown, vector)| Observation {
                text,
                label: *label,
                confidence: *confidence,
                tokens: *tokens,
                unknown_share: *unknown,
                vector,
            });
        Profile::new(&labels, "encoder", observations).unwrap()
    }
}

//! Which labels and words became more or less frequent.

use std::collections::BTreeSet;

use feedback_metrics::statistics::{Interval, benjamini_hochberg, normal_tail, wilson_interval};
use serde::Serialize;

use crate::error::Result;
use crate::profile::Profile;

/// At most this many words are reported.
const MAX_WORDS: usize = 20;
/// A word must be in at least this many texts of both profiles together.
const MIN_TEXTS: u32 = 10;
const CONFIDENCE: f64 = 0.95;

/// A label or word whose share of texts was compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The label or word.
    pub name: String,
    /// The share of the reference's texts with it, 0 to 1. For a word that the reference does not list, the largest possible
    /// share.
    pub reference: f64,
    /// The share of the current texts with it, 0 to 1.
    pub current: f64,
    /// `current` − `reference`, with its 95 % interval (Newcombe 1998, method 10).
    pub change: f64,
    /// The interval of the change.
    pub interval: Interval,
    /// The p-value of the change, adjusted for the number of labels or words (Benjamini and Hochberg).
    pub adjusted_p_value: f64,
    /// Whether the adjusted p-value is at most the level.
    pub moved: bool,
}

/// Returns the changes of all labels.
pub(crate) fn changed_labels(reference: &Profile, current: &Profile, level: f64) -> Result<Vec<Change>> {
    let count = |profile: &Profile| {
        let mut counts = vec![0; profile.labels.len()];
        profile
            .rows
            .iter()
            .for_each(|row| counts[row.label as usize] += 1);
        counts
    };
    let (before, now) = (count(reference), count(current));
    let pairs: Vec<(&str, u32, u32)> = (reference.labels.iter())
        .enumerate()
        .map(|(label, name)| (&**name, before[label], now[label]))
        .collect();
    changes(&pairs, reference, current, level)
}

/// Returns the words that changed.
pub(crate) fn changed_words(reference: &Profile, current: &Profile, level: f64) -> Result<Vec<Change>> {
    let (before, now) = (&reference.words, &current.words);
    let names: BTreeSet<&String> = before.counts.keys().chain(now.counts.keys()).collect();
    let pairs: Vec<(&str, u32, u32)> = names
        .into_iter()
        .map(|name| (&**name, before.count(name), now.count(name)))
        .filter(|(_, before, now)| before + now >= MIN_TEXTS)
        .collect();
    let mut changes = changes(&pairs, reference, current, level)?;
    changes.retain(|change| change.moved);
    changes.sort_by(|a, b| {
        let by_p = a.adjusted_p_value.total_cmp(&b.adjusted_p_value);
        by_p.then(b.change.abs().total_cmp(&a.change.abs()))
            .then_with(|| a.name.cmp(&b.name))
    });
    changes.truncate(MAX_WORDS);
    Ok(changes)
}

fn changes(
    pairs: &[(&str, u32, u32)],
    reference: &Profile,
    current: &Profile,
    level: f64,
) -> Result<Vec<Change>> {
    let (n_before, n_now) = (reference.n_texts() as u64, current.n_texts() as u64);
    let p_values: Vec<f64> = pairs
        .iter()
        .map(|&(_, before, now)| p_value(before.into(), n_before, now.into(), n_now))
        .collect();
    let adjusted = benjamini_hochberg(&p_values)?;
    let change = |(&(name, before, now), adjusted_p_value): (&(&str, u32, u32), f64)| {
        let share = |count: u32, n: u64| f64::from(count) / n as f64;
        let (p, q) = (share(before, n_before), share(now, n_now));
        Ok(Change {
            name: name.to_owned(),
            reference: p,
            current: q,
            change: q - p,
            interval: newcombe(before.into(), n_before, now.into(), n_now)?,
            adjusted_p_value,
            moved: adjusted_p_value <= level,
        })
    };
    pairs.iter().zip(adjusted).map(change).collect()
}

/// The two-sided p-value of the difference of two shares: the score test with the pooled variance.
fn p_value(before: u64, n_before: u64, now: u64, n_now: u64) -> f64 {
    let pooled = (before + now) as f64 / (n_before + n_now) as f64;
    let variance = pooled * (1.0 - pooled) * (1.0 / n_before as f64 + 1.0 / n_now as f64);
    if variance <= 0.0 {
        return 1.0;
    }
    let difference = now as f64 / n_now as f64 - before as f64 / n_before as f64;
    (2.0 * normal_tail(difference.abs() / variance.sqrt())).min(1.0)
}

/// Newcombe's interval of the difference of two independent shares, from their Wilson intervals.
///
/// Reference: Newcombe 1998, "Interval estimation for the difference between independent proportions: comparison of eleven
/// methods", method 10.
fn newcombe(before: u64, n_before: u64, now: u64, n_now: u64) -> Result<Interval> {
    let (p, q) = (before as f64 / n_before as f64, now as f64 / n_now as f64);
    let (a, b) = (
        wilson_interval(before, n_before, CONFIDENCE)?,
        wilson_interval(now, n_now, CONFIDENCE)?,
    );
    Ok(Interval {
        low: q - p - ((q - b.low).powi(2) + (a.high - p).powi(2)).sqrt(),
        high: q - p + ((b.high - q).powi(2) + (p - a.low).powi(2)).sqrt(),
        confidence: CONFIDENCE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_newcombes_first_example() {
        // 56 of 70 against 48 of 80, in the paper: 0.2, interval 0.0524 to 0.3339.
        let found = newcombe(48, 80, 56, 70).unwrap();
        assert!(
            (found.low - 0.0524).abs() < 5e-5 && (found.high - 0.3339).abs() < 5e-5,
            "{found:?}"
        );
    }

    #[test]
    fn p_values_by_hand() {
        // Pooled share 0.5, standard error 0.1: the difference of 0.2 is 2 standard errors.
        assert!((p_value(20, 50, 30, 50) - 0.0455).abs() < 1e-4);
        assert_eq!(p_value(0, 50, 0, 50), 1.0);
    }
}

//! Which labels and words became more or less frequent.

use std::collections::BTreeSet;

use feedback_metrics::statistics::{Interval, benjamini_hochberg, newcombe_interval, two_shares_p_value};
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
        .map(|&(_, before, now)| two_shares_p_value((before.into(), n_before), (now.into(), n_now)))
        .collect::<feedback_metrics::Result<_>>()?;
    let adjusted = benjamini_hochberg(&p_values)?;
    let change = |(&(name, before, now), adjusted_p_value): (&(&str, u32, u32), f64)| {
        let share = |count: u32, n: u64| f64::from(count) / n as f64;
        let (p, q) = (share(before, n_before), share(now, n_now));
        Ok(Change {
            name: name.to_owned(),
            reference: p,
            current: q,
            change: q - p,
            interval: newcombe_interval((before.into(), n_before), (now.into(), n_now), CONFIDENCE)?,
            adjusted_p_value,
            moved: adjusted_p_value <= level,
        })
    };
    pairs.iter().zip(adjusted).map(change).collect()
}

//! Compares models on the same texts, with paired statistics.

use std::collections::BTreeMap;

use feedback_dataset::LabelSet;
use feedback_inference::MultiLabelClassifier;
use feedback_metrics::statistics::{
    BootstrapOptions, Draws, Interval, Outcome, holm, paired_p_value, percentile_interval,
};
use serde::Serialize;

use crate::compare_counts::{Counts, Entry, MICRO_F1, SCORES};
use crate::error::{Error, Result};
use crate::evaluate::{MultiLabelEvaluation, measure};
use crate::examples::MultiLabelExamples;
use crate::read::LabelLists;

/// A model of a comparison.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MultiLabelContender {
    /// Its name.
    pub name: String,
    /// Its metrics, with its own thresholds.
    pub evaluation: MultiLabelEvaluation,
}

/// The difference between two models in one score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoreDifference {
    /// The score of the first model.
    pub a: f64,
    /// The score of the second model.
    pub b: f64,
    /// `a − b`.
    pub difference: f64,
    /// Its 95 % interval, from a bootstrap over distinct texts, each resample scored for both models.
    pub interval: Interval,
    /// The two-sided p-value of the bootstrap.
    pub p_value: f64,
}

/// The best model and another one.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MultiLabelPair {
    /// The model with the highest micro F1.
    pub a: String,
    /// The other model.
    pub b: String,
    /// The differences in `micro_f1`, `macro_f1`, `weighted_f1`, `samples_f1`, `subset_accuracy` and `hamming_loss`.
    pub differences: BTreeMap<&'static str, ScoreDifference>,
    /// The p-value of the difference in micro F1, corrected for the number of pairs (Holm).
    pub p_value: f64,
    /// Which model is better, by micro F1: the interval must exclude 0, and the corrected p-value must be below 0.05.
    pub outcome: Outcome,
    /// The outcome in one sentence.
    pub sentence: String,
}

/// Models on the same texts.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MultiLabelComparison {
    /// Number of texts.
    pub n: usize,
    /// The models, highest micro F1 first.
    pub contenders: Vec<MultiLabelContender>,
    /// The best model with each other model; empty if all texts are the same.
    pub pairs: Vec<MultiLabelPair>,
}

/// Compares models on the same texts. All models must have the same labels.
///
/// # Errors
///
/// [`Error::OtherLabels`] if the models have different labels; [`Error::UnknownLabel`] if a text has another label; the errors of
/// [`evaluate`](crate::evaluate()).
pub fn compare(
    models: &[(String, MultiLabelClassifier)],
    lists: &LabelLists,
) -> Result<MultiLabelComparison> {
    let Some((first_name, first)) = models.first() else {
        return Ok(MultiLabelComparison {
            n: lists.names.len(),
            contenders: Vec::new(),
            pairs: Vec::new(),
        });
    };
    let labels = sorted(first.labels());
    let mut entries = Vec::new();
    let mut groups = Vec::new();
    for (name, classifier) in models {
        let own = sorted(classifier.labels());
        if own != labels {
            return Err(Error::OtherLabels {
                first: first_name.clone(),
                labels: labels.clone(),
                other: name.clone(),
                other_labels: own,
            });
        }
        let known = LabelSet::new(classifier.labels().to_vec())?;
        let examples = MultiLabelExamples::new(lists, &known)?;
        let measured = measure(classifier, &examples)?;
        let table = examples.table(known.len());
        groups = examples.groups();
        let [has, given] = [&table, &measured.given].map(|table| in_order(table, known.names(), &labels));
        let contender = MultiLabelContender {
            name: name.clone(),
            evaluation: measured.evaluation,
        };
        entries.push((Entry::new(name, &has, given, &groups), contender));
    }
    let micro = |(entry, _): &(Entry, MultiLabelContender)| entry.total().score(MICRO_F1);
    entries.sort_by(|a, b| micro(b).total_cmp(&micro(a)));
    let (entries, contenders): (Vec<Entry>, _) = entries.into_iter().unzip();
    Ok(MultiLabelComparison {
        n: lists.names.len(),
        pairs: pairs(&entries, &groups, labels.len())?,
        contenders,
    })
}

fn sorted(labels: &[String]) -> Vec<String> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels
}

/// Returns a table `[texts, labels]` with its columns in another order.
fn in_order(table: &[bool], from: &[String], to: &[String]) -> Vec<bool> {
    let columns: Vec<usize> = to
        .iter()
        .filter_map(|label| from.iter().position(|other| other == label))
        .collect();
    let rows = table.chunks_exact(from.len().max(1));
    rows.flat_map(|row| columns.iter().map(|&column| row[column]))
        .collect()
}

/// Compares the first entry with each other one.
fn pairs(entries: &[Entry], groups: &[usize], n_labels: usize) -> Result<Vec<MultiLabelPair>> {
    let Some((best, others)) = entries.split_first() else {
        return Ok(Vec::new());
    };
    if best.counts.len() < 2 {
        return Ok(Vec::new()); // with a single text there is nothing to resample
    }
    let found: Vec<_> = others
        .iter()
        .map(|other| differences(best, other, groups, n_labels))
        .collect();
    let p_values: Vec<f64> = found.iter().map(|found| found[MICRO_F1].p_value).collect();
    let corrected = holm(&p_values)?;
    Ok(others
        .iter()
        .zip(found)
        .zip(corrected)
        .map(|((other, differences), p_value)| {
            let micro = differences[MICRO_F1];
            let outcome = outcome(&micro, p_value);
            let names = [&best.name, &other.name];
            MultiLabelPair {
                a: names[0].clone(),
                b: names[1].clone(),
                sentence: sentence(names, &micro, (p_value, others.len()), outcome, groups.len()),
                differences,
                p_value,
                outcome,
            }
        })
        .collect())
}

/// Scores both models on the same resamples of the groups.
fn differences(
    a: &Entry,
    b: &Entry,
    groups: &[usize],
    n_labels: usize,
) -> BTreeMap<&'static str, ScoreDifference> {
    let options = BootstrapOptions::default();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(options.resamples); SCORES.len()];
    let mut draws = Draws::new(a.counts.len(), options.seed);
    for _ in 0..options.resamples {
        let (mut sum_a, mut sum_b) = (Counts::default(), Counts::default());
        draws.resample(|group| {
            sum_a.add(&a.counts[group]);
            sum_b.add(&b.counts[group]);
        });
        for (score, drawn) in SCORES.iter().zip(&mut drawn) {
            drawn.push(sum_a.score(score) - sum_b.score(score));
        }
    }
    let differing = differing_groups(a, b, groups, n_labels);
    let (total_a, total_b) = (a.total(), b.total());
    let of_score = |(&name, drawn): (&&'static str, Vec<f64>)| {
        let (a, b) = (total_a.score(name), total_b.score(name));
        let difference = ScoreDifference {
            a,
            b,
            difference: a - b,
            p_value: paired_p_value(&drawn, differing),
            interval: percentile_interval(drawn, options.confidence),
        };
        (name, difference)
    };
    SCORES.iter().zip(drawn).map(of_score).collect()
}

/// Returns the number of groups in which the models give different labels to a text.
fn differing_groups(a: &Entry, b: &Entry, groups: &[usize], n_labels: usize) -> usize {
    let rows = a.given.chunks_exact(n_labels).zip(b.given.chunks_exact(n_labels));
    let differing = groups
        .iter()
        .zip(rows)
        .filter(|(_, (a, b))| a != b)
        .map(|(group, _)| group);
    differing.collect::<std::collections::BTreeSet<_>>().len()
}

fn outcome(micro: &ScoreDifference, p_value: f64) -> Outcome {
    let is_significant = p_value < 1.0 - micro.interval.confidence;
    if is_significant && micro.interval.low > 0.0 {
        Outcome::FirstBetter
    } else if is_significant && micro.interval.high < 0.0 {
        Outcome::SecondBetter
    } else {
        Outcome::Unclear
    }
}

/// Returns the outcome of a pair in words. The first model has the higher score.
fn sentence(
    [a, b]: [&String; 2],
    micro: &ScoreDifference,
    (p_value, n_pairs): (f64, usize),
    outcome: Outcome,
    n: usize,
) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let p = if p_value < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p_value:.3}")
    };
    let corrected = match n_pairs {
        1 => String::new(),
        n => format!(", corrected for {n} comparisons"),
    };
    let interval = format!(
        "95 % interval {} to {}, {p}{corrected}",
        percent(micro.interval.low),
        percent(micro.interval.high)
    );
    let (high, low, points) = (
        percent(micro.a),
        percent(micro.b),
        percent(micro.difference.abs()),
    );
    match outcome {
        Outcome::Unclear => format!(
            "`{a}` and `{b}` cannot be told apart on these {n} texts: micro F1 is {high} % against {low} %, and a difference of \
             {points} points may be chance ({interval})"
        ),
        _ => format!(
            "`{a}` is better than `{b}`: its micro F1 on the same {n} texts is {high} % against {low} %, a difference of {points} \
             points ({interval})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|label| format!("label {label}")).collect()
    }

    #[test]
    fn labels_in_another_order_are_the_same_labels() {
        let [from, to] = [names(2), names(2).into_iter().rev().collect()];
        let table = [true, false, false, false];
        assert_eq!(in_order(&table, &from, &to), [false, true, false, false]);
    }

    #[test]
    fn a_clear_difference_is_one_and_a_small_one_is_not() {
        let has: Vec<bool> = (0..400).map(|entry| entry % 3 == 0).collect();
        let wrong = |every: usize| -> Vec<bool> {
            let given = has.iter().enumerate();
            given.map(|(entry, has)| has ^ (entry % every == 0)).collect()
        };
        let groups: Vec<usize> = (0..200).collect();
        let good = Entry::new("good", &has, wrong(40), &groups);
        let poor = Entry::new("poor", &has, wrong(4), &groups);
        let similar = Entry::new("similar", &has, wrong(37), &groups);
        let found = pairs(&[good, similar, poor], &groups, 2).unwrap();
        assert_eq!(
            [found[0].outcome, found[1].outcome],
            [Outcome::Unclear, Outcome::FirstBetter]
        );
        assert!(
            found[1].sentence.contains("`good` is better than `poor`"),
            "{}",
            found[1].sentence
        );
        assert!(
            found[1].sentence.contains("corrected for 2 comparisons"),
            "{}",
            found[1].sentence
        );
        assert!(
            found[0].sentence.contains("cannot be told apart"),
            "{}",
            found[0].sentence
        );
        let micro = found[1].differences[MICRO_F1];
        assert!(micro.interval.contains(micro.difference) && micro.interval.low > 0.0);
        // Less is better.
        assert!(found[1].differences["hamming_loss"].difference < 0.0);
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let has: Vec<bool> = (0..40).map(|entry| entry % 3 == 0).collect();
        let groups: Vec<usize> = (0..20).collect();
        let entries = ["a", "b"].map(|name| Entry::new(name, &has, has.clone(), &groups));
        let found = pairs(&entries, &groups, 2).unwrap();
        let micro = found[0].differences[MICRO_F1];
        assert_eq!(
            (micro.difference, micro.p_value, found[0].outcome),
            (0.0, 1.0, Outcome::Unclear)
        );
        assert!(pairs(&entries[..1], &groups, 2).unwrap().is_empty());
        let one_text = vec![0; 20];
        let entries = ["a", "b"].map(|name| Entry::new(name, &has, has.clone(), &one_text));
        assert!(pairs(&entries, &one_text, 2).unwrap().is_empty());
    }
}

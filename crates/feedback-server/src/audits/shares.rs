//! The model's shares, corrected with audits.

use std::collections::{BTreeMap, BTreeSet};

use feedback_metrics::Error;
use feedback_metrics::prevalence::{
    Audits, MIN_AUDITS, Method, Share, ShareOptions, Target, estimate_shares,
};
use feedback_metrics::statistics::Interval;
use feedback_store::{Judged, PredictedCount};

use super::sample::Sample;

/// The share of a label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LabelShare {
    /// The label; empty for the texts without labels.
    pub(crate) label: String,
    /// The share that the model predicts, 0 to 1.
    pub(crate) counted: f64,
    /// The estimated share, 0 to 1; the same as `counted` if nothing was corrected.
    pub(crate) share: f64,
    /// The interval of the estimated share; `None` if nothing was corrected.
    pub(crate) interval: Option<Interval>,
}

/// The shares of all labels among the texts of a filter, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shares {
    /// Number of texts.
    pub(crate) texts: u64,
    /// Number of texts that came since the audits, and that the shares are not about.
    pub(crate) newer: u64,
    /// Number of audited texts.
    pub(crate) audits: usize,
    /// Number of audited texts to which the model gave the same labels as people.
    pub(crate) right: usize,
    pub(crate) method: Method,
    /// In one or two sentences, where the shares come from.
    pub(crate) explanation: String,
    /// Largest share first.
    pub(crate) labels: Vec<LabelShare>,
}

impl Shares {
    /// Returns whether there are enough audits to correct the model's shares.
    pub(crate) fn are_corrected(&self) -> bool {
        self.audits >= MIN_AUDITS
    }
}

/// Estimates the shares of all labels, from the model's counts and the audits. If texts can have several labels, each label is estimated
/// by itself. Texts that the model was trained on count by the labels that people gave them, or else by the model's.
///
/// # Errors
///
/// If there are no texts.
pub(crate) fn corrected(counts: &[PredictedCount], sample: &Sample) -> Result<Shares, Error> {
    let names = names(counts, sample);
    if sample.learnt.is_empty() || sample.audited.len() < MIN_AUDITS {
        return estimated(counts, sample, names);
    }
    let others = without_learnt(counts, &sample.learnt);
    Ok(with_learnt(estimated(&others, sample, names)?, &sample.learnt))
}

/// Returns the counts of the texts that the model was not trained on.
fn without_learnt(counts: &[PredictedCount], learnt: &[Judged]) -> Vec<PredictedCount> {
    let mut others = counts.to_vec();
    for row in learnt {
        if let Some(same) = others.iter_mut().find(|count| count.labels == row.predicted) {
            same.count = same.count.saturating_sub(1);
        }
    }
    others.retain(|count| count.count > 0);
    others
}

/// Adds the texts that the model was trained on to the shares of the others.
fn with_learnt(others: Shares, learnt: &[Judged]) -> Shares {
    let (n_others, n_learnt) = (others.texts as f64, learnt.len() as f64);
    let joined = |share: f64, n: usize| (share * n_others + n as f64) / (n_others + n_learnt);
    let join = |of_others: LabelShare| {
        let name = &of_others.label;
        // What nobody labelled in the app has the label of a file that the model was trained on, as far as the model has learnt it.
        let given = |row: &&Judged| has(row.given.as_deref().unwrap_or(&row.predicted), name);
        let given = learnt.iter().filter(given).count();
        let predicted = learnt.iter().filter(|row| has(&row.predicted, name)).count();
        LabelShare {
            counted: joined(of_others.counted, predicted),
            share: joined(of_others.share, given),
            interval: of_others.interval.map(|interval| Interval {
                low: joined(interval.low, given),
                high: joined(interval.high, given),
                ..interval
            }),
            label: of_others.label,
        }
    };
    let mut labels: Vec<LabelShare> = others.labels.into_iter().map(join).collect();
    labels.sort_by(|a, b| b.share.total_cmp(&a.share));
    Shares {
        texts: others.texts + learnt.len() as u64,
        explanation: format!(
            "{} The model was trained on {} other texts; they count by the labels that people gave, or else by the model's.",
            others.explanation,
            learnt.len()
        ),
        labels,
        ..others
    }
}

fn estimated(counts: &[PredictedCount], sample: &Sample, names: Vec<String>) -> Result<Shares, Error> {
    let audited = &sample.audited;
    let is_single = counts.iter().all(|count| count.labels.len() == 1) && audited.iter().all(is_single);
    let found = if is_single {
        let class = |labels: &[String]| {
            names
                .iter()
                .position(|name| labels.contains(name))
                .unwrap_or_default()
        };
        estimate(counts, audited, names.len().max(2), class)?
    } else {
        let mut all = None;
        for name in &names {
            // Class 0 has the texts with the label. The empty name stands for no label at all.
            let class = |labels: &[String]| usize::from(!has(labels, name));
            let one = estimate(counts, audited, 2, class)?;
            let all = all.get_or_insert_with(|| Estimate {
                classes: Vec::new(),
                ..one.clone()
            });
            all.classes.push(one.classes[0]);
        }
        all.ok_or(Error::Empty { what: "labels" })?
    };
    let share = |(label, class): (String, Share)| LabelShare {
        label,
        counted: class.counted,
        share: class.share,
        interval: class.interval,
    };
    let mut labels: Vec<LabelShare> = names.into_iter().zip(found.classes).map(share).collect();
    labels.sort_by(|a, b| b.share.total_cmp(&a.share)); // stable: equal shares stay in the order of the names
    Ok(Shares {
        texts: counts.iter().map(|count| count.count).sum(),
        newer: 0,
        audits: audited.len(),
        right: sample.right(),
        method: found.method,
        explanation: found.explanation,
        labels,
    })
}

fn is_single(row: &Judged) -> bool {
    row.predicted.len() == 1 && row.given.as_ref().is_none_or(|given| given.len() == 1)
}

fn has(labels: &[String], name: &String) -> bool {
    if name.is_empty() {
        labels.is_empty()
    } else {
        labels.contains(name)
    }
}

/// The labels of the model and of people, in order; with an empty name if some text has no label.
fn names(counts: &[PredictedCount], sample: &Sample) -> Vec<String> {
    let predicted = counts.iter().map(|count| &count.labels);
    let judged = sample.audited.iter().chain(&sample.learnt);
    let lists = predicted.chain(judged.filter_map(|row| row.given.as_ref()));
    let mut names = BTreeSet::new();
    for labels in lists {
        names.extend(labels.iter().cloned());
        if labels.is_empty() {
            names.insert(String::new());
        }
    }
    names.into_iter().collect()
}

#[derive(Debug, Clone)]
struct Estimate {
    method: Method,
    explanation: String,
    classes: Vec<Share>,
}

fn estimate(
    counts: &[PredictedCount],
    audited: &[Judged],
    n_classes: usize,
    class: impl Fn(&[String]) -> usize,
) -> Result<Estimate, Error> {
    let mut of_class = vec![0_u64; n_classes];
    for count in counts {
        of_class[class(&count.labels)] += count.count;
    }
    let mut predictions: Vec<usize> = audited.iter().map(|row| class(&row.predicted)).collect();
    // Both were read one after the other; a text that came between them is missing in the counts.
    predictions
        .iter()
        .for_each(|&class| of_class[class] = of_class[class].saturating_sub(1));
    for (class, count) in of_class.into_iter().enumerate() {
        predictions.extend(std::iter::repeat_n(
            class,
            usize::try_from(count).unwrap_or(usize::MAX),
        ));
    }
    let mut groups: Vec<usize> = (0..predictions.len()).collect();
    let mut first: BTreeMap<i64, usize> = BTreeMap::new();
    for (row, judged) in audited.iter().enumerate() {
        groups[row] = *first.entry(judged.fingerprint).or_insert(row);
    }
    let target = Target::new(&predictions, &groups, n_classes)?;
    let rows: Vec<usize> = (0..audited.len()).collect();
    let given: Vec<usize> = audited
        .iter()
        .filter_map(|row| row.given.as_deref())
        .map(&class)
        .collect();
    let audits = (!rows.is_empty())
        .then(|| Audits::new(&target, &rows, &given))
        .transpose()?;
    let found = estimate_shares(&target, None, audits.as_ref(), &ShareOptions::default())?;
    Ok(Estimate {
        method: found.method,
        explanation: found.explanation(),
        classes: found.classes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<String> {
        text.split_terminator('+').map(str::to_owned).collect()
    }

    fn counts(of: &[(&str, u64)]) -> Vec<PredictedCount> {
        let count = |&(text, count): &(&str, u64)| PredictedCount {
            labels: labels(text),
            count,
        };
        of.iter().map(count).collect()
    }

    /// 100 audits: the model says bug of the first 30, and is wrong for 10 of them and for 5 of the others.
    fn sample(bug: &str, other: &str) -> Sample {
        let audited = (0..100_i64).map(|row| Judged {
            id: row + 1,
            fingerprint: row,
            predicted: labels(if row < 30 { bug } else { other }),
            given: Some(labels(if (10..35).contains(&row) { bug } else { other })),
            model: "a".into(),
        });
        Sample {
            audited: audited.collect(),
            ..Sample::default()
        }
    }

    #[test]
    fn audits_correct_the_shares() {
        let found = corrected(
            &counts(&[("bug", 300), ("praise", 700)]),
            &sample("bug", "praise"),
        )
        .unwrap();
        assert_eq!((found.texts, found.audits, found.right), (1000, 100, 85));
        assert_eq!(found.method, Method::PredictionPowered);
        let bug = found.labels.iter().find(|one| one.label == "bug").unwrap();
        assert!(
            (bug.counted - 0.30).abs() < 1e-12 && (bug.share - 0.25).abs() < 1e-9,
            "{bug:?}"
        );
        assert!(bug.interval.unwrap().contains(0.25));
        assert_eq!(found.labels[0].label, "praise", "the largest comes first");
    }

    #[test]
    fn few_audits_correct_nothing() {
        let mut few = sample("bug", "praise");
        few.audited.truncate(49);
        let found = corrected(&counts(&[("bug", 300), ("praise", 700)]), &few).unwrap();
        assert!(!found.are_corrected() && found.labels.iter().all(|one| one.interval.is_none()));
        assert!(
            found.explanation.contains("49 audited texts are too few"),
            "{}",
            found.explanation
        );
        assert!((found.labels[0].share - 0.7).abs() < 1e-12);
    }

    #[test]
    fn texts_that_the_model_was_trained_on_count_as_people_labelled_them() {
        let all = counts(&[("bug", 300), ("praise", 700)]);
        let without = corrected(&all, &sample("bug", "praise")).unwrap();
        // 1,000 texts more, on all of which the model agrees with people: 900 praise and 100 pricing.
        let mut with = sample("bug", "praise");
        let learnt = (0..1_000_i64).map(|row| {
            let label = labels(if row < 900 { "praise" } else { "pricing" });
            Judged {
                id: row + 1_000,
                fingerprint: row + 1_000,
                predicted: label.clone(),
                given: Some(label),
                model: "a".into(),
            }
        });
        with.learnt = learnt.collect();
        let found = corrected(
            &counts(&[("bug", 300), ("praise", 1_600), ("pricing", 100)]),
            &with,
        )
        .unwrap();
        assert_eq!(
            (found.texts, found.audits, found.right),
            (2_000, 100, without.right)
        );
        let share = |of: &Shares, label: &str| of.labels.iter().find(|one| one.label == label).cloned();
        let (bug, bug_of_others) = (share(&found, "bug").unwrap(), share(&without, "bug").unwrap());
        assert!((bug.share - bug_of_others.share / 2.0).abs() < 1e-12);
        assert!((bug.interval.unwrap().high - bug_of_others.interval.unwrap().high / 2.0).abs() < 1e-12);
        let pricing = share(&found, "pricing").unwrap();
        assert!((pricing.counted - 0.05).abs() < 1e-12 && (pricing.share - 0.05).abs() < 1e-12);
        assert!(
            found.explanation.contains("trained on 1000 other texts"),
            "{}",
            found.explanation
        );
    }

    #[test]
    fn labels_that_only_people_gave_are_there_and_one_label_is_enough() {
        let mut new = sample("bug", "praise");
        new.audited[0].given = Some(labels("pricing"));
        let found = corrected(&counts(&[("bug", 300), ("praise", 700)]), &new).unwrap();
        let pricing = found.labels.iter().find(|one| one.label == "pricing").unwrap();
        assert!(pricing.counted == 0.0 && pricing.share > 0.0 && pricing.interval.unwrap().high > 0.02);
        let one = corrected(&counts(&[("bug", 3)]), &Sample::default()).unwrap();
        assert_eq!((one.labels.len(), one.labels[0].share), (1, 1.0));
    }

    #[test]
    fn each_of_several_labels_is_estimated_by_itself() {
        let found = corrected(&counts(&[("bug+slow", 300), ("", 700)]), &sample("bug+slow", "")).unwrap();
        let names: Vec<&str> = found.labels.iter().map(|one| one.label.as_str()).collect();
        assert_eq!(names, ["", "bug", "slow"]);
        assert_eq!(found.labels[1].share, found.labels[2].share);
        assert!((found.labels[0].share - 0.75).abs() < 1e-9);
        assert_eq!(found.right, 85);
    }
}

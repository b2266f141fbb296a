//! Counts of the texts of a comparison, from which all scores follow.

use std::collections::BTreeMap;

use feedback_metrics::{LabelCounts, ZeroDivision};

use crate::evaluate::add;

/// A model with what the bootstrap needs.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The counts of each group of equal texts.
    pub(crate) counts: Vec<Counts>,
    /// Whether each text was given each label, in alphabetical order of the labels.
    pub(crate) given: Vec<bool>,
}

impl Entry {
    /// `has` and `given` say whether each text has, and was given, each label in alphabetical order.
    pub(crate) fn new(name: &str, has: &[bool], given: Vec<bool>, groups: &[usize]) -> Self {
        let n_labels = has.len() / groups.len().max(1);
        let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
        let rows = has
            .chunks_exact(n_labels.max(1))
            .zip(given.chunks_exact(n_labels.max(1)));
        for (&group, (has, given)) in groups.iter().zip(rows) {
            counts.entry(group).or_default().count(has, given);
        }
        Self {
            name: name.to_owned(),
            counts: counts.into_values().collect(),
            given,
        }
    }

    pub(crate) fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.counts.iter().for_each(|counts| total.add(counts));
        total
    }
}

pub(crate) const MICRO_F1: &str = "micro_f1";
/// All scores, in the order of [`MultiLabelEvaluation::metrics`].
pub(crate) const SCORES: [&str; 6] = [
    MICRO_F1,
    "macro_f1",
    "weighted_f1",
    "samples_f1",
    "subset_accuracy",
    "hamming_loss",
];

/// What all scores of some texts follow from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    n: u64,
    labels: Vec<LabelCounts>,
    /// The sum of the F1 of each text.
    f1: f64,
    all_right: u64,
    wrong: u64,
}

impl Counts {
    fn count(&mut self, has: &[bool], given: &[bool]) {
        self.n += 1;
        self.labels.resize(has.len(), LabelCounts::default());
        let mut text = LabelCounts::default();
        for (label, (&has, &given)) in self.labels.iter_mut().zip(has.iter().zip(given)) {
            let pair = LabelCounts {
                true_positives: u64::from(has && given),
                predicted: u64::from(given),
                support: u64::from(has),
            };
            add(label, &pair);
            add(&mut text, &pair);
            self.wrong += u64::from(has != given);
        }
        self.f1 += text.f1(ZeroDivision::Zero);
        self.all_right += u64::from(has == given);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.labels.resize(other.labels.len(), LabelCounts::default());
        for (sum, counts) in self.labels.iter_mut().zip(&other.labels) {
            add(sum, counts);
        }
        self.n += other.n;
        self.f1 += other.f1;
        self.all_right += other.all_right;
        self.wrong += other.wrong;
    }

    pub(crate) fn score(&self, name: &str) -> f64 {
        let n = self.n as f64;
        let f1 = |counts: &LabelCounts| counts.f1(ZeroDivision::Zero);
        match name {
            MICRO_F1 => {
                let mut all = LabelCounts::default();
                self.labels.iter().for_each(|counts| add(&mut all, counts));
                f1(&all)
            }
            "macro_f1" => self.labels.iter().map(f1).sum::<f64>() / self.labels.len() as f64,
            "weighted_f1" => {
                let support: u64 = self.labels.iter().map(|counts| counts.support).sum();
                let sum: f64 = self
                    .labels
                    .iter()
                    .map(|counts| counts.support as f64 * f1(counts))
                    .sum();
                sum / support.max(1) as f64
            }
            "samples_f1" => self.f1 / n,
            "subset_accuracy" => self.all_right as f64 / n,
            _ => self.wrong as f64 / (n * self.labels.len() as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use feedback_metrics::{Average, MultiLabel};

    use super::*;

    /// The scores that the bootstrap computes from counts are those of the report, which scikit-learn's numbers test.
    #[test]
    fn scores_from_counts_are_those_of_the_metrics() {
        let has: Vec<bool> = (0..300).map(|entry| entry % 4 == 0 || entry % 7 == 1).collect();
        let given: Vec<bool> = has
            .iter()
            .enumerate()
            .map(|(entry, has)| has ^ (entry % 5 == 0))
            .collect();
        let groups: Vec<usize> = (0..100).map(|row| row / 2).collect();
        let entry = Entry::new("model", &has, given.clone(), &groups);
        assert_eq!(entry.counts.len(), 50);
        let total = entry.total();
        let measured = MultiLabel::new(&has, &given, 3).unwrap();
        let f1 = |average| measured.average(average, ZeroDivision::Zero).f1;
        let expected = [
            f1(Average::Micro),
            f1(Average::Macro),
            f1(Average::Weighted),
            measured.samples_average(ZeroDivision::Zero).f1,
            measured.subset_accuracy(),
            measured.hamming_loss(),
        ];
        for (name, expected) in SCORES.iter().zip(expected) {
            assert!((total.score(name) - expected).abs() < 1e-12, "{name}");
        }
    }
}

//! Compares two profiles.

use feedback_metrics::statistics::Draws;
use serde::Serialize;

use crate::change::{Change, changed_labels, changed_words};
use crate::error::{Error, Result};
use crate::pooled::{N_STATISTICS, Pooled};
use crate::profile::{Profile, Row};

/// The smallest number of different texts in each profile.
pub const MIN_TEXTS: usize = 30;

/// The number of groups of similar texts.
const N_CLUSTERS: usize = 10;

/// How profiles are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct DriftOptions {
    /// The rate of false alarms, below 1 and at least 6 / (permutations + 1); default 0.05. If nothing has changed, this share of comparisons raises
    /// an alarm.
    pub level: f64,
    /// The number of permutations, at least 99; default 999. A p-value is at least 1 / (permutations + 1).
    pub permutations: usize,
    /// The seed of the permutations, for `ChaCha8Rng`; default 42.
    pub seed: u64,
}

impl Default for DriftOptions {
    fn default() -> Self {
        Self {
            level: 0.05,
            permutations: 999,
            seed: 42,
        }
    }
}

impl DriftOptions {
    /// Sets the rate of false alarms.
    #[must_use]
    pub fn with_level(self, level: f64) -> Self {
        Self { level, ..self }
    }

    /// Sets the number of permutations.
    #[must_use]
    pub fn with_permutations(self, permutations: usize) -> Self {
        Self { permutations, ..self }
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Checks the options.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if one is out of range.
    pub fn check(&self) -> Result<()> {
        let permutations = self.permutations as f64;
        let rules = [
            (
                "level",
                self.level,
                self.level > 0.0 && self.level < 1.0,
                "above 0 and below 1",
            ),
            (
                "permutations",
                permutations,
                self.permutations >= 99,
                "at least 99",
            ),
        ];
        // The smallest p-value is 1 / (permutations + 1); adjusted for all measures, it can be so many times as large.
        let least = N_STATISTICS as f64 / (permutations + 1.0);
        let is_possible = (
            "level",
            self.level,
            self.level >= least,
            "at least 6 / (permutations + 1): 0.006 with 999 permutations",
        );
        match rules
            .into_iter()
            .chain([is_possible])
            .find(|(_, _, holds, _)| !holds)
        {
            Some((option, found, _, expected)) => Err(Error::Option {
                option,
                found,
                expected,
            }),
            None => Ok(()),
        }
    }
}

/// What a measure looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MeasureKind {
    /// The shares of the predicted labels.
    Labels,
    /// The distribution of the confidence.
    Confidence,
    /// The distribution of the number of tokens.
    Length,
    /// The distribution of the share of tokens that the vocabulary does not know.
    UnknownTokens,
    /// The mean vector.
    Meaning,
    /// The shares of groups of similar texts.
    Groups,
}

impl MeasureKind {
    const ALL: [Self; N_STATISTICS] = [
        Self::Labels,
        Self::Confidence,
        Self::Length,
        Self::UnknownTokens,
        Self::Meaning,
        Self::Groups,
    ];

    /// The name, as in JSON: `labels`, `confidence`, `length`, `unknown_tokens`, `meaning` or `groups`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Confidence => "confidence",
            Self::Length => "length",
            Self::UnknownTokens => "unknown_tokens",
            Self::Meaning => "meaning",
            Self::Groups => "groups",
        }
    }
}

/// One measure of drift.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Measure {
    /// What is measured.
    pub kind: MeasureKind,
    /// The mean confidence, mean number of tokens or mean share of unknown tokens of the reference; `None` for other measures.
    pub reference: Option<f64>,
    /// The same of the current period.
    pub current: Option<f64>,
    /// How large the change is. Labels and groups: the share of texts that would have to move, from 0 to 1. Meaning: the
    /// distance of the mean vectors, where each text's vector has length 1. Others: `current` − `reference`.
    pub change: f64,
    /// The p-value of this measure alone.
    pub p_value: f64,
    /// The p-value that takes all measures into account.
    pub adjusted_p_value: f64,
    /// Whether this measure has moved: the adjusted p-value is at most the level.
    pub moved: bool,
}

/// How today's texts differ from those of the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// Whether any measure has moved.
    pub alarm: bool,
    /// The rate of false alarms.
    pub level: f64,
    /// The smallest adjusted p-value.
    pub p_value: f64,
    /// The number of different texts of the reference.
    pub n_reference: usize,
    /// The number of different texts of the current period.
    pub n_current: usize,
    /// The number of texts of the current period that repeat an earlier one and were left out.
    pub n_repeated: usize,
    /// All measures.
    pub measures: Vec<Measure>,
    /// All labels, in the order of the model.
    pub labels: Vec<Change>,
    /// The words that became more or less frequent, those with the clearest change first; at most 20.
    pub words: Vec<Change>,
}

/// Compares the texts of a period with those of a reference, such as held-out rows of the training data or an earlier period.
///
/// Each measure's statistic is compared with its values for random divisions of all texts into two parts of the same sizes
/// (a permutation test). If both sets of texts come from the same source, the chance of an alarm is at most `level`, whatever
/// the distributions are, and for all measures together: the p-values are adjusted by the distribution of the smallest of them
/// over the same divisions.
///
/// An alarm says that the texts differ, not that the model has become worse; and texts that arrive in bursts, such as a
/// campaign, differ without a lasting change.
///
/// # Errors
///
/// If the profiles have different labels or encoders, one has fewer than [`MIN_TEXTS`] texts, or an option is out of range.
///
/// # References
///
/// Westfall and Young 1993, "Resampling-Based Multiple Testing" (the adjustment); Phipson and Smyth 2010, "Permutation
/// p-values should never be zero"; Rabanser, Günnemann and Lipton 2019, "Failing Loudly" (tests on labels, confidence and
/// representations for shift detection).
pub fn compare(reference: &Profile, current: &Profile, options: &DriftOptions) -> Result<Drift> {
    options.check()?;
    comparable(reference, current)?;
    let pooled = Pooled::new(reference, current, N_CLUSTERS, options.seed);
    let (p_values, adjusted) = p_values(&pooled, options);
    let measures: Vec<Measure> = MeasureKind::ALL
        .into_iter()
        .zip(p_values)
        .zip(adjusted)
        .map(|((kind, p_value), adjusted_p_value)| {
            let (reference, current, change) = size(kind, reference, current, &pooled);
            Measure {
                kind,
                reference,
                current,
                change,
                p_value,
                adjusted_p_value,
                moved: adjusted_p_value <= options.level,
            }
        })
        .collect();
    Ok(Drift {
        alarm: measures.iter().any(|measure| measure.moved),
        level: options.level,
        p_value: adjusted.into_iter().fold(1.0, f64::min),
        n_reference: reference.n_texts(),
        n_current: current.n_texts(),
        n_repeated: current.n_repeated(),
        labels: changed_labels(reference, current, options.level)?,
        words: changed_words(reference, current, options.level)?,
        measures,
    })
}

fn comparable(reference: &Profile, current: &Profile) -> Result<()> {
    if reference.labels != current.labels {
        return Err(Error::Labels {
            reference: reference.labels.clone(),
            current: current.labels.clone(),
        });
    }
    if reference.encoder != current.encoder {
        return Err(Error::Encoders {
            reference: reference.encoder.clone(),
            current: current.encoder.clone(),
        });
    }
    for (which, profile) in [("the reference", reference), ("the current period", current)] {
        if profile.n_texts() < MIN_TEXTS {
            return Err(Error::TooFewTexts {
                which,
                found: profile.n_texts(),
                expected: MIN_TEXTS,
            });
        }
    }
    Ok(())
}

/// Returns the p-value of each statistic, and those adjusted for all statistics together.
fn p_values(pooled: &Pooled<'_>, options: &DriftOptions) -> ([f64; N_STATISTICS], [f64; N_STATISTICS]) {
    let observed = pooled.statistics(&pooled.is_current());
    let mut draws = Draws::new(pooled.len(), options.seed);
    let mut order: Vec<usize> = (0..pooled.len()).collect();
    // The observed division is one of the divisions.
    let mut all = vec![observed];
    for _ in 0..options.permutations {
        for place in 0..pooled.n_current() {
            let other = place + draws.below((order.len() - place) as u64);
            order.swap(place, other);
        }
        let mut in_part = vec![false; pooled.len()];
        for &row in &order[..pooled.n_current()] {
            in_part[row] = true;
        }
        all.push(pooled.statistics(&in_part));
    }
    let ranks: Vec<Vec<u32>> = (0..N_STATISTICS).map(|index| ranks(&all, index)).collect();
    let mut smallest: Vec<u32> = (0..all.len())
        .map(|division| {
            ranks
                .iter()
                .map(|ranks| ranks[division])
                .min()
                .unwrap_or_default()
        })
        .collect();
    smallest.sort_unstable();
    let share = |count: usize| count as f64 / all.len() as f64;
    let alone = |index: usize| share(ranks[index][0] as usize);
    let together = |index: usize| share(smallest.partition_point(|&rank| rank <= ranks[index][0]));
    (std::array::from_fn(alone), std::array::from_fn(together))
}

/// For each division, in how many divisions the statistic is at least as large.
fn ranks(all: &[[f64; N_STATISTICS]], index: usize) -> Vec<u32> {
    let mut sorted: Vec<f64> = all.iter().map(|statistics| statistics[index]).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = |value: f64| {
        // Divisions with the same statistic must not be missed because of rounding.
        let limit = value * (1.0 - 1e-9);
        (sorted.len() - sorted.partition_point(|other| *other < limit)) as u32
    };
    all.iter().map(|statistics| rank(statistics[index])).collect()
}

/// Returns the mean of both profiles, if the measure has one, and the size of the change.
fn size(
    kind: MeasureKind,
    reference: &Profile,
    current: &Profile,
    pooled: &Pooled<'_>,
) -> (Option<f64>, Option<f64>, f64) {
    let of_means = |value: fn(&Row) -> f64| {
        let mean = |rows: &[Row]| rows.iter().map(value).sum::<f64>() / rows.len() as f64;
        let (before, now) = (mean(&reference.rows), mean(&current.rows));
        (Some(before), Some(now), now - before)
    };
    match kind {
        MeasureKind::Labels => {
            let labels = reference.rows.iter().chain(&current.rows).map(|row| row.label);
            (None, None, total_variation(labels, reference.rows.len()))
        }
        MeasureKind::Confidence => of_means(|row| f64::from(row.confidence) / 10_000.0),
        MeasureKind::Length => of_means(|row| f64::from(row.tokens)),
        MeasureKind::UnknownTokens => of_means(|row| f64::from(row.unknown) / 10_000.0),
        MeasureKind::Meaning => {
            let distance = pooled.distance_of_means(&pooled.is_current());
            (None, None, distance.sqrt())
        }
        MeasureKind::Groups => {
            let clusters = pooled.clusters().iter().copied();
            (None, None, total_variation(clusters, reference.rows.len()))
        }
    }
}

/// Half the sum of the differences between the shares of classes in the first `n_reference` rows and in the others.
fn total_variation(classes: impl Iterator<Item = u32>, n_reference: usize) -> f64 {
    let mut counts: Vec<[f64; 2]> = Vec::new();
    let mut n = 0;
    for (row, class) in classes.enumerate() {
        if counts.len() <= class as usize {
            counts.resize(class as usize + 1, [0.0; 2]);
        }
        counts[class as usize][usize::from(row >= n_reference)] += 1.0;
        n = row + 1;
    }
    let (before, now) = (n_reference as f64, (n - n_reference) as f64);
    counts
        .iter()
        .map(|count| (count[0] / before - count[1] / now).abs())
        .sum::<f64>()
        / 2.0
}

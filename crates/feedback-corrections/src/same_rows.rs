//! Two models on the same rows.

use feedback_metrics::statistics::{McNemar, mcnemar_exact};
use serde::{Deserialize, Serialize};

/// Below this p-value, one of the models is better than chance explains.
const LEVEL: f64 = 0.05;

/// A new model and the serving model on the same test rows.
///
/// # Examples
///
/// ```
/// use feedback_corrections::{SameRows, Verdict};
///
/// let new = [true; 20];
/// let mut serving = [true; 20];
/// serving[..8].fill(false);
/// let found = SameRows::new(&new, &serving, Vec::new()).ok_or("there are rows")?;
/// assert_eq!((found.n, found.new, found.serving), (20, 1.0, 0.6));
/// assert_eq!(found.verdict(), Verdict::Better);
/// assert_eq!(found.reversed().verdict(), Verdict::Worse);
/// let other_labels = SameRows::new(&new, &serving, vec!["pricing".to_owned()]).ok_or("there are rows")?;
/// assert_eq!(other_labels.verdict(), Verdict::Unclear);
/// assert_eq!(other_labels.reversed().lacking_in_new, ["pricing"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SameRows {
    /// The number of rows: the test rows whose labels both models have.
    pub n: u64,
    /// The fraction of them for which the new model is right; if a text can have any number of labels, about all of them.
    pub new: f64,
    /// The fraction of them for which the serving model is right.
    pub serving: f64,
    /// McNemar's exact test; the first model is the new one.
    pub paired: McNemar,
    /// Labels of the test rows that the serving model does not have; the rows with these labels are left out.
    pub lacking: Vec<String>,
    /// In a comparison with exchanged places: labels that the new model does not have.
    #[serde(default)]
    pub lacking_in_new: Vec<String>,
    /// Number of test rows that are left out because one of the models was trained on them.
    #[serde(default)]
    pub seen: u64,
}

/// Which of two models is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The new model, by McNemar's test with p < 0.05.
    Better,
    /// The serving model, by the same test.
    Worse,
    /// The rows do not show it.
    Unclear,
}

impl SameRows {
    /// Compares two models by the rows for which each is right, in the same order. Returns `None` without rows.
    #[must_use]
    pub fn new(new: &[bool], serving: &[bool], lacking: Vec<String>) -> Option<Self> {
        let class = |right: &[bool]| right.iter().map(|&right| usize::from(right)).collect::<Vec<_>>();
        let paired = mcnemar_exact(&vec![1; new.len()], &class(new), &class(serving)).ok()?;
        let share = |right: &[bool]| right.iter().filter(|right| **right).count() as f64 / right.len() as f64;
        Some(Self {
            n: new.len() as u64,
            new: share(new),
            serving: share(serving),
            paired,
            lacking,
            lacking_in_new: Vec::new(),
            seen: 0,
        })
    }

    /// Says how many test rows are left out because one of the models was trained on them.
    #[must_use]
    pub fn without_seen(self, seen: u64) -> Self {
        Self { seen, ..self }
    }

    /// Returns which model is better. If one of them lacks labels, the rows do not show it: a model that always gives a label that both
    /// have would be right on all of them.
    pub fn verdict(&self) -> Verdict {
        if self.paired.p_value >= LEVEL || !self.lacking.is_empty() || !self.lacking_in_new.is_empty() {
            Verdict::Unclear
        } else if self.new > self.serving {
            Verdict::Better
        } else {
            Verdict::Worse
        }
    }

    /// Returns the comparison with the models in exchanged places.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            new: self.serving,
            serving: self.new,
            paired: McNemar {
                only_a_right: self.paired.only_b_right,
                only_b_right: self.paired.only_a_right,
                p_value: self.paired.p_value,
            },
            lacking: self.lacking_in_new.clone(),
            lacking_in_new: self.lacking.clone(),
            ..self.clone()
        }
    }
}

//! Precision, recall and F-beta from counts, per class and averaged.
//!
//! Everything is computed from [`LabelCounts`], the three integers of a class, so that classes
//! ([`crate::ConfusionMatrix`]) and labels ([`crate::MultiLabel`]) share one implementation. Sums use
//! NumPy's order of addition, so that the results equal scikit-learn's to the last bit.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::Result;
use crate::sum::{mean, pairwise_sum};

/// How the scores of several classes are averaged.
///
/// scikit-learn's `average="binary"` is one entry of [`crate::ConfusionMatrix::per_class`], and
/// `average="samples"` is [`crate::MultiLabel::samples_average`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Average {
    /// The score of the summed counts of all classes: every row has the same weight.
    Micro,
    /// The plain mean over classes: every class has the same weight, however rare.
    Macro,
    /// The mean over classes, weighted by support. The averaged F1 can lie outside the range between averaged
    /// precision and recall. If all supports are 0, it is the plain mean.
    Weighted,
}

/// The value of a fraction with denominator 0: scikit-learn's `zero_division`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroDivision {
    /// 0, the pessimistic choice and scikit-learn's default.
    #[default]
    Zero,
    /// 1.
    One,
    /// NaN; averages leave such classes out, and are NaN if no class remains.
    Nan,
}

impl ZeroDivision {
    /// Returns this choice as a number: 0, 1 or NaN.
    pub fn value(self) -> f64 {
        match self {
            ZeroDivision::Zero => 0.0,
            ZeroDivision::One => 1.0,
            ZeroDivision::Nan => f64::NAN,
        }
    }

    /// `numerator / denominator`, or the chosen value if the denominator is 0.
    pub(crate) fn divide(self, numerator: u64, denominator: u64) -> f64 {
        if denominator == 0 {
            return self.value();
        }
        numerator as f64 / denominator as f64
    }
}

/// The three counts of one class from which precision, recall and F-beta are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct LabelCounts {
    /// Rows of this class that were predicted as this class (TP).
    pub true_positives: u64,
    /// Rows predicted as this class (TP + FP): the column sum of a confusion matrix.
    pub predicted: u64,
    /// Rows of this class (TP + FN): the row sum of a confusion matrix.
    pub support: u64,
}

impl LabelCounts {
    /// TP / (TP + FP); `zero_division` if the class was never predicted.
    pub fn precision(&self, zero_division: ZeroDivision) -> f64 {
        zero_division.divide(self.true_positives, self.predicted)
    }

    /// TP / (TP + FN); `zero_division` if the class has no rows.
    pub fn recall(&self, zero_division: ZeroDivision) -> f64 {
        zero_division.divide(self.true_positives, self.support)
    }

    /// 2 TP / (2 TP + FP + FN); `zero_division` if the class has neither rows nor predictions.
    ///
    /// As in scikit-learn since 1.3, F1 is 0 (not undefined) if precision and recall are both 0.
    pub fn f1(&self, zero_division: ZeroDivision) -> f64 {
        let both = self.true_positives.saturating_mul(2);
        zero_division.divide(both, self.support.saturating_add(self.predicted))
    }

    /// (1 + β²) TP / (β² (TP + FN) + TP + FP). The caller has checked `beta`.
    fn f_beta(&self, beta: f64, zero_division: ZeroDivision) -> f64 {
        if beta == 0.0 {
            return self.precision(zero_division);
        }
        if beta.is_infinite() {
            return self.recall(zero_division);
        }
        let squared = beta * beta;
        let denominator = squared * self.support as f64 + self.predicted as f64;
        if denominator == 0.0 {
            return zero_division.value();
        }
        (1.0 + squared) * self.true_positives as f64 / denominator
    }

    /// TP / (TP + FP + FN); `zero_division` if the class has neither rows nor predictions.
    pub fn jaccard(&self, zero_division: ZeroDivision) -> f64 {
        let sum = self.support.saturating_add(self.predicted);
        let union = sum.saturating_sub(self.true_positives);
        zero_division.divide(self.true_positives, union)
    }

    /// Precision, recall, F1 and support.
    pub fn scores(&self, zero_division: ZeroDivision) -> ClassScores {
        ClassScores {
            precision: self.precision(zero_division),
            recall: self.recall(zero_division),
            f1: self.f1(zero_division),
            support: self.support,
        }
    }
}

/// The scores of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// The share of correct predictions among the rows predicted as this class, 0 to 1.
    pub precision: f64,
    /// The share of correct predictions among the rows of this class, 0 to 1.
    pub recall: f64,
    /// The harmonic mean of precision and recall, 0 to 1.
    pub f1: f64,
    /// The number of rows of this class.
    pub support: u64,
}

/// The averaged scores of several classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AverageScores {
    /// Averaged precision, 0 to 1.
    pub precision: f64,
    /// Averaged recall, 0 to 1.
    pub recall: f64,
    /// The average of the F1 of each class (not the F1 of averaged precision and recall), 0 to 1.
    pub f1: f64,
}

/// Precision, recall and F1 of `counts`, averaged.
pub(crate) fn average_scores(
    counts: &[LabelCounts],
    average: Average,
    zero_division: ZeroDivision,
) -> AverageScores {
    let averaged = |score: fn(&LabelCounts, ZeroDivision) -> f64| {
        average_of(counts, average, |class| score(class, zero_division))
    };
    AverageScores {
        precision: averaged(LabelCounts::precision),
        recall: averaged(LabelCounts::recall),
        f1: averaged(LabelCounts::f1),
    }
}

/// The F-beta score of each class in `counts`.
pub(crate) fn f_beta_per_class(
    counts: &[LabelCounts],
    beta: f64,
    zero_division: ZeroDivision,
) -> Result<Vec<f64>> {
    check_beta(beta)?;
    let scores = counts.iter().map(|class| class.f_beta(beta, zero_division));
    Ok(scores.collect())
}

/// The F-beta scores of `counts`, averaged.
pub(crate) fn f_beta(
    counts: &[LabelCounts],
    beta: f64,
    average: Average,
    zero_division: ZeroDivision,
) -> Result<f64> {
    check_beta(beta)?;
    Ok(average_of(counts, average, |class| {
        class.f_beta(beta, zero_division)
    }))
}

/// The average of `score` over `counts`; classes whose score is NaN are left out.
fn average_of(counts: &[LabelCounts], average: Average, score: impl Fn(&LabelCounts) -> f64) -> f64 {
    let scores = |counts: &[LabelCounts]| counts.iter().map(&score).collect::<Vec<f64>>();
    match average {
        Average::Micro => score(&pooled(counts)),
        Average::Macro => mean_of_numbers(&scores(counts)),
        Average::Weighted => weighted_mean_of_numbers(&scores(counts), &supports(counts)),
    }
}

pub(crate) fn supports(counts: &[LabelCounts]) -> Vec<f64> {
    counts.iter().map(|class| class.support as f64).collect()
}

/// The sum of the counts of all classes.
pub(crate) fn pooled(counts: &[LabelCounts]) -> LabelCounts {
    counts
        .iter()
        .fold(LabelCounts::default(), |sum, class| LabelCounts {
            true_positives: sum.true_positives + class.true_positives,
            predicted: sum.predicted + class.predicted,
            support: sum.support + class.support,
        })
}

/// The mean of the values that are not NaN; NaN if there are none.
///
/// As in `numpy.nanmean`, NaN is replaced by 0 rather than removed, which keeps the order of addition.
pub(crate) fn mean_of_numbers(values: &[f64]) -> f64 {
    let n = values.iter().filter(|value| !value.is_nan()).count();
    let zeroed: Vec<f64> = values
        .iter()
        .map(|&value| if value.is_nan() { 0.0 } else { value })
        .collect();
    pairwise_sum(&zeroed) / n as f64
}

/// The weighted mean of the values that are not NaN, or their plain mean if all of their weights are 0.
pub(crate) fn weighted_mean_of_numbers(values: &[f64], weights: &[f64]) -> f64 {
    let (values, weights): (Vec<f64>, Vec<f64>) = values
        .iter()
        .zip(weights)
        .filter(|(value, _)| !value.is_nan())
        .unzip();
    let total = pairwise_sum(&weights);
    if total == 0.0 {
        return mean(&values);
    }
    let products: Vec<f64> = values.iter().zip(&weights).map(|(v, w)| v * w).collect();
    pairwise_sum(&products) / total
}

fn check_beta(beta: f64) -> Result<()> {
    check::parameter(
        "beta",
        beta,
        beta >= 0.0,
        "a number of at least 0 (infinity is allowed)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: LabelCounts = LabelCounts {
        true_positives: 0,
        predicted: 0,
        support: 0,
    };
    const MISSED: LabelCounts = LabelCounts {
        true_positives: 0,
        predicted: 0,
        support: 3,
    };
    const MIXED: LabelCounts = LabelCounts {
        true_positives: 2,
        predicted: 5,
        support: 4,
    };

    #[test]
    fn scores_of_one_class_by_hand() {
        let scores = MIXED.scores(ZeroDivision::Zero);
        assert_eq!(scores.precision, 2.0 / 5.0);
        assert_eq!(scores.recall, 2.0 / 4.0);
        assert_eq!(scores.f1, 4.0 / 9.0);
        assert_eq!(MIXED.jaccard(ZeroDivision::Zero), 2.0 / 7.0);
        // β = 2: 5·2 / (4·4 + 5)
        assert_eq!(MIXED.f_beta(2.0, ZeroDivision::Zero), 10.0 / 21.0);
        assert_eq!(MIXED.f_beta(0.0, ZeroDivision::Zero), scores.precision);
        assert_eq!(MIXED.f_beta(f64::INFINITY, ZeroDivision::Zero), scores.recall);
    }

    #[test]
    fn undefined_fractions_take_the_chosen_value() {
        for (choice, value) in [(ZeroDivision::Zero, 0.0), (ZeroDivision::One, 1.0)] {
            assert_eq!(ABSENT.scores(choice).precision, value);
            assert_eq!(ABSENT.scores(choice).recall, value);
            assert_eq!(ABSENT.scores(choice).f1, value);
            assert_eq!(MISSED.scores(choice).precision, value);
            assert_eq!(MISSED.scores(choice).recall, 0.0);
            assert_eq!(MISSED.scores(choice).f1, 0.0);
        }
        assert!(ABSENT.f1(ZeroDivision::Nan).is_nan());
        assert!(ABSENT.jaccard(ZeroDivision::Nan).is_nan());
        assert!(ABSENT.f_beta(2.0, ZeroDivision::Nan).is_nan());
    }

    #[test]
    fn nan_classes_are_left_out_of_averages() {
        let counts = [MIXED, MISSED, ABSENT];
        let of = |average| average_scores(&counts, average, ZeroDivision::Nan);
        assert_eq!(of(Average::Macro).precision, 0.4);
        assert_eq!(of(Average::Macro).recall, 0.25);
        assert_eq!(of(Average::Weighted).recall, 2.0 / 7.0);
        assert_eq!(of(Average::Micro).recall, 2.0 / 7.0);
        let nothing = average_scores(&[ABSENT], Average::Macro, ZeroDivision::Nan);
        assert!(nothing.precision.is_nan() && nothing.recall.is_nan() && nothing.f1.is_nan());
    }

    #[test]
    fn weights_that_are_all_zero_are_ignored() {
        let predicted_only = LabelCounts {
            predicted: 2,
            ..ABSENT
        };
        let counts = [predicted_only, ABSENT];
        let scores = average_scores(&counts, Average::Weighted, ZeroDivision::One);
        assert_eq!(scores.precision, 0.5);
    }

    #[test]
    fn a_negative_beta_is_an_error() {
        assert!(f_beta(&[MIXED], -1.0, Average::Macro, ZeroDivision::Zero).is_err());
        assert!(f_beta_per_class(&[MIXED], f64::NAN, ZeroDivision::Zero).is_err());
    }
}

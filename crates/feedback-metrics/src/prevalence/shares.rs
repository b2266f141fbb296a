//! Corrected shares with their intervals, and how they were computed.

use serde::{Deserialize, Serialize};

use super::simplex::nearest_distribution;
use crate::check;
use crate::error::Result;
use crate::statistics::bootstrap::BootstrapOptions;
use crate::statistics::interval::Interval;
use crate::statistics::normal::normal_quantile;

/// The number of audited rows below which [`super::estimate_shares`] does not correct the model's shares.
///
/// With fewer, an interval of a share of 10 % is wider than the share.
pub const MIN_AUDITS: usize = 50;

/// How shares were computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// The model's predictions, counted.
    Counting,
    /// Counting, corrected with the model's mistakes on labelled rows.
    AdjustedCounting,
    /// The probabilities of the model, adapted to the target rows.
    ExpectationMaximization,
    /// Counting, corrected with audited rows.
    PredictionPowered,
    /// The weighted mean of adjusted counting and prediction-powered inference.
    Combined,
}

impl Method {
    /// The name of the method, for use in a sentence, such as "adjusted counting".
    pub fn name(self) -> &'static str {
        match self {
            Method::Counting => "counting",
            Method::AdjustedCounting => "adjusted counting",
            Method::ExpectationMaximization => "expectation maximization",
            Method::PredictionPowered => "prediction-powered inference",
            Method::Combined => "adjusted counting and audits combined",
        }
    }
}

/// What a share is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The target rows themselves. If every row is audited, the interval has no width.
    #[default]
    Rows,
    /// The source of the target rows. The target rows are a random sample from it; the interval also allows for the fact
    /// that other rows could have come from the source. Use this to compare two periods.
    Source,
}

/// Options of the estimates of this module.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ShareOptions {
    /// Confidence of the intervals; resamples and seed of the bootstrap of adjusted counting.
    pub bootstrap: BootstrapOptions,
    /// What the shares are shares of; the target rows by default.
    pub scope: Scope,
    /// The number of audited rows from which [`super::estimate_shares`] corrects shares; [`MIN_AUDITS`] by default.
    pub min_audits: usize,
}

impl Default for ShareOptions {
    fn default() -> Self {
        Self {
            bootstrap: BootstrapOptions::default(),
            scope: Scope::default(),
            min_audits: MIN_AUDITS,
        }
    }
}

impl ShareOptions {
    /// Returns these options with these bootstrap options.
    #[must_use]
    pub fn with_bootstrap(self, bootstrap: BootstrapOptions) -> Self {
        Self { bootstrap, ..self }
    }

    /// Returns these options with this scope.
    #[must_use]
    pub fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The number of standard deviations from the centre to an end of the interval, such as 1.96.
    pub(super) fn z(&self) -> Result<f64> {
        check::confidence(self.bootstrap.confidence)?;
        Ok(-normal_quantile((1.0 - self.bootstrap.confidence) / 2.0))
    }
}

/// The share of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// The share of the rows that the model predicts as this class, 0 to 1.
    pub counted: f64,
    /// The estimated share, 0 to 1. The shares of all classes add up to 1.
    pub share: f64,
    /// The interval of the estimated share, within 0 to 1; `None` for counting and expectation maximization, whose bias
    /// no interval shows.
    pub interval: Option<Interval>,
}

/// The shares of all classes, with the method and the number of rows that they come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Shares {
    /// How the shares were computed.
    pub method: Method,
    /// What the shares are shares of.
    pub scope: Scope,
    /// The share of each class, in order of class ids.
    pub classes: Vec<Share>,
    /// The number of target rows.
    pub n_rows: usize,
    /// The number of labelled rows that the correction uses; 0 if it uses none.
    pub n_calibration_rows: usize,
    /// The number of audited rows, whether the method uses them or not.
    pub n_audits: usize,
    /// How far the audits are from adjusted counting, if both were used: the mean over classes of the squared difference,
    /// divided by its variance. It is about 1 if both agree.
    pub disagreement: Option<f64>,
}

impl Shares {
    /// Shares without intervals, from no labelled rows.
    pub(super) fn without_intervals(
        method: Method,
        scope: Scope,
        n_rows: usize,
        counted: &[f64],
        shares: &[f64],
    ) -> Self {
        let class = |(&counted, &share): (&f64, &f64)| Share {
            counted,
            share,
            interval: None,
        };
        Self {
            method,
            scope,
            classes: counted.iter().zip(shares).map(class).collect(),
            n_rows,
            n_calibration_rows: 0,
            n_audits: 0,
            disagreement: None,
        }
    }

    /// Adds the intervals of `estimates` and moves the shares to the nearest probability distribution.
    pub(super) fn with_estimates(mut self, estimates: &[RawEstimate], confidence: f64) -> Self {
        let raw: Vec<f64> = estimates.iter().map(|estimate| estimate.value).collect();
        let shares = nearest_distribution(&raw);
        for ((class, estimate), share) in self.classes.iter_mut().zip(estimates).zip(shares) {
            let low = (estimate.value - estimate.below).clamp(0.0, 1.0);
            let high = (estimate.value + estimate.above).clamp(0.0, 1.0);
            class.share = share;
            class.interval = Some(Interval {
                low: low.min(share),
                high: high.max(share),
                confidence,
            });
        }
        self
    }

    /// Says in one or two sentences where the shares come from, for people who read them.
    pub fn explanation(&self) -> String {
        let (rows, audits, labelled) = (self.n_rows, self.n_audits, self.n_calibration_rows);
        match self.method {
            Method::Counting if audits > 0 => format!(
                "These are the model's shares of {rows} texts, not corrected: {audits} audited texts are too few."
            ),
            Method::Counting => {
                format!("These are the model's shares of {rows} texts, not corrected: no text was audited.")
            }
            Method::AdjustedCounting => format!(
                "Shares of {rows} texts, corrected with the model's mistakes on {labelled} labelled texts. No text was \
                 audited, so this assumes that the texts of each category have not changed."
            ),
            Method::ExpectationMaximization => format!(
                "Shares of {rows} texts, corrected with the model's probabilities. This is right only if they are \
                 calibrated, so there is no interval."
            ),
            Method::PredictionPowered => {
                format!("Shares of {rows} texts, corrected with {audits} audited texts.")
            }
            Method::Combined => {
                let agreement = match self.disagreement {
                    Some(disagreement) if disagreement > DISAGREEMENT_LIMIT => {
                        "The two disagree, so the audits count for more and the intervals are wider."
                    }
                    _ => "The two agree.",
                };
                format!(
                    "Shares of {rows} texts, corrected with {audits} audited texts and the model's mistakes on {labelled} \
                     labelled texts. {agreement}"
                )
            }
        }
    }
}

/// A disagreement above 2 is reported: with 8 classes, it is exceeded in about 5 % of cases in which both estimates are
/// right.
const DISAGREEMENT_LIMIT: f64 = 2.0;

/// An estimate before it is limited to 0 to 1, with the distances to the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RawEstimate {
    pub(super) value: f64,
    pub(super) below: f64,
    pub(super) above: f64,
}

impl RawEstimate {
    /// The variance of a normal distribution whose interval at `z` standard deviations is as wide.
    pub(super) fn variance(&self, z: f64) -> f64 {
        ((self.below + self.above) / (2.0 * z)).powi(2)
    }
}

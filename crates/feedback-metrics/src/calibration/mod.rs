//! Whether probabilities mean what they say, and what to do where they do not.
//!
//! A model is calibrated where, of the rows it gives a confidence of 0.8, eight in ten are right.
//! [`reliability_table`] and [`expected_calibration_error`] measure it, [`brier_score`] and
//! [`log_loss`] measure calibration and sharpness together, [`fit_temperature`] repairs most of it
//! with one number, and [`risk_coverage`] with [`propose_abstain_threshold`] say below which
//! confidence a row is better left to a person. Temperature and threshold are fitted on validation,
//! never on test.

mod abstain;
mod losses;
mod reliability;
mod temperature;

pub use abstain::{
    AbstainThreshold, RiskCoverage, RiskCoveragePoint, propose_abstain_threshold, risk_coverage,
};
pub use losses::{brier_score, log_loss};
pub use reliability::{
    Binning, ReliabilityBin, expected_calibration_error, maximum_calibration_error, reliability_table,
};
pub use temperature::{TEMPERATURE_RANGE, fit_temperature};

//! Calibration: measures whether confidences match accuracies, corrects them, and finds thresholds for abstaining.
//!
//! A model is calibrated if eight in ten of its predictions with a confidence of 0.8 are right.
//! [`reliability_table`], [`expected_calibration_error`] and [`calibration_gap`] measure this;
//! [`brier_score`] and [`log_loss`] measure calibration and sharpness together. [`fit_temperature`]
//! corrects most of the miscalibration with one parameter. [`risk_coverage`] and [`propose_abstain_threshold`] find
//! the confidence below which a person should decide. Fit temperature and threshold on validation rows,
//! never on test rows.

mod abstain;
mod losses;
mod reliability;
mod temperature;

pub use abstain::{
    AbstainThreshold, RiskCoverage, RiskCoveragePoint, propose_abstain_threshold, risk_coverage,
};
pub use losses::{brier_score, log_loss};
pub use reliability::{
    Binning, ReliabilityBin, calibration_gap, expected_calibration_error, maximum_calibration_error,
    reliability_table,
};
pub use temperature::{TEMPERATURE_RANGE, fit_temperature};

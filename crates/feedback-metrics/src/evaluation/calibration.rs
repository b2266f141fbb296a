//! How well the confidence of a model matches its accuracy.

use serde::Serialize;

use super::input::EvaluationInput;
use crate::calibration::{
    Binning, ReliabilityBin, brier_score, calibration_gap, expected_calibration_error, log_loss,
    maximum_calibration_error, reliability_table,
};
use crate::error::Result;

/// The number of bins of the reliability diagram, as in Guo et al. (2017).
const BINS: usize = 15;

/// How well the confidence of a model matches its accuracy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CalibrationFigures {
    /// The temperature that was applied; 1 means no scaling.
    pub temperature: f64,
    /// Expected calibration error over 15 bins of equal width.
    pub ece: f64,
    /// Expected calibration error over 15 bins with equal numbers of rows.
    pub ece_equal_mass: f64,
    /// The largest gap between confidence and accuracy in a bin of equal width.
    pub maximum_calibration_error: f64,
    /// Mean confidence minus accuracy: above 0 if the model is overconfident, below 0 if it is underconfident.
    pub calibration_gap: f64,
    /// Brier score: the mean squared distance of the probabilities from the true labels ([`brier_score`]).
    pub brier_score: f64,
    /// Log loss: the mean negative logarithm of the probability of the true label ([`log_loss`]).
    pub log_loss: f64,
    /// Mean confidence and accuracy of the rows in each confidence bin; the bins have equal width, and empty bins are
    /// left out.
    pub reliability: Vec<ReliabilityBin>,
}

impl CalibrationFigures {
    pub(super) fn measure(input: &EvaluationInput<'_>) -> Result<Self> {
        let (probabilities, labels) = (input.probabilities, input.labels);
        let width = Binning::EqualWidth;
        let mut reliability = reliability_table(probabilities, labels, width, BINS)?;
        reliability.retain(|bin| bin.count > 0);
        Ok(Self {
            temperature: input.temperature,
            ece: expected_calibration_error(probabilities, labels, width, BINS)?,
            ece_equal_mass: expected_calibration_error(probabilities, labels, Binning::EqualMass, BINS)?,
            maximum_calibration_error: maximum_calibration_error(probabilities, labels, width, BINS)?,
            calibration_gap: calibration_gap(probabilities, labels)?,
            brier_score: brier_score(probabilities, labels)?,
            log_loss: log_loss(probabilities, labels)?,
            reliability,
        })
    }
}

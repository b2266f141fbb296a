//! Reduces the risk-coverage curve to a size that is suitable for a report.

use crate::calibration::{RiskCoverage, RiskCoveragePoint};

/// The maximum number of points in a report.
const MAX_POINTS: usize = 200;

/// Keeps at most [`MAX_POINTS`] points, spread evenly over coverage. The area of the full curve is kept.
pub(super) fn thin_out(curve: RiskCoverage) -> RiskCoverage {
    if curve.points.len() <= MAX_POINTS {
        return curve;
    }
    let mut points: Vec<RiskCoveragePoint> = Vec::with_capacity(MAX_POINTS);
    let last = curve.points.len() - 1;
    for (index, point) in curve.points.iter().enumerate() {
        let wanted = points.len() as f64 / (MAX_POINTS - 1) as f64;
        let has_room = points.len() < MAX_POINTS - 1;
        if index == last || (has_room && point.coverage >= wanted) {
            points.push(*point);
        }
    }
    RiskCoverage {
        points,
        area: curve.area,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::risk_coverage;
    use crate::probabilities::Probabilities;

    #[test]
    fn long_curves_are_thinned_and_keep_their_ends() {
        let n = 5_000;
        let values = (0..n).flat_map(|row| {
            let p = 0.5 + 0.4 * row as f64 / n as f64;
            [p, 1.0 - p]
        });
        let probabilities = Probabilities::new(values.collect(), 2).expect("valid");
        let labels: Vec<usize> = (0..n).map(|row| row % 2).collect();
        let full = risk_coverage(&probabilities, &labels).expect("valid");
        let few = thin_out(full.clone());
        assert!(
            few.points.len() <= MAX_POINTS && few.points.len() > MAX_POINTS - 10,
            "{}",
            few.points.len()
        );
        assert_eq!(
            (few.points.first(), few.points.last()),
            (full.points.first(), full.points.last())
        );
        assert!(
            few.points
                .windows(2)
                .all(|pair| pair[1].coverage - pair[0].coverage < 0.006)
        );
    }
}

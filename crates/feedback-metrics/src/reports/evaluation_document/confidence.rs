//! The section on confidence: calibration, and the effect of abstaining.

use crate::calibration::ReliabilityBin;
use crate::charts::{self, Axis, Caption, Series};
use crate::display_text::percent;
use crate::document::{Block, Cell, Fact, Section, Table};
use crate::reports::evaluation::EvaluationReport;

impl EvaluationReport {
    pub(super) fn confidence_section(&self) -> Section {
        let figures = &self.evaluation.calibration;
        let facts = vec![
            Fact::new("Expected calibration error", format!("{:.3}", figures.ece))
                .with_note("15 bins of equal width"),
            Fact::new(
                "Expected calibration error, equal mass",
                format!("{:.3}", figures.ece_equal_mass),
            )
            .with_note("15 bins with equal numbers of rows"),
            Fact::new("Calibration gap", format!("{:+.3}", figures.calibration_gap))
                .with_note("mean confidence minus accuracy; above 0 is overconfident"),
            Fact::new(
                "Largest gap in a bin",
                format!("{:.3}", figures.maximum_calibration_error),
            ),
            Fact::new("Brier score", format!("{:.3}", figures.brier_score)).with_note("0 is best"),
            Fact::new("Log loss", format!("{:.3}", figures.log_loss)).with_note("0 is best"),
            Fact::new("Temperature", format!("{:.3}", figures.temperature)).with_note("1 means no scaling"),
        ];
        let mut blocks = vec![Block::Facts(facts)];
        blocks.extend(self.threshold_sentence().map(Block::Paragraph));
        blocks.extend([self.reliability_chart(), self.risk_coverage_chart()]);
        Section::new("confidence", "Confidence", blocks)
    }

    fn threshold_sentence(&self) -> Option<String> {
        let found = self.abstaining?;
        let threshold = percent(found.abstain_below);
        let effect = match found.risk {
            Some(risk) => format!(
                "it answers {} of the rows, and {} of these answers are wrong",
                percent(found.coverage),
                percent(risk)
            ),
            None => "it answers none of the rows".to_owned(),
        };
        Some(format!(
            "The model abstains below a confidence of {threshold}. Here {effect}."
        ))
    }

    fn reliability_chart(&self) -> Block {
        let bins = &self.evaluation.calibration.reliability;
        let description = format!(
            "The share of correct predictions by confidence; on the dashed line both are equal. {}",
            gap_sentence(self.evaluation.calibration.calibration_gap)
        );
        let caption = Caption {
            id: "reliability",
            title: "Reliability diagram",
            description: &description,
        };
        Block::Chart {
            svg: charts::reliability(&caption, bins),
            table: reliability_table(bins),
        }
    }

    fn risk_coverage_chart(&self) -> Block {
        let curve = &self.risk_coverage;
        let points: Vec<(f64, f64)> = curve
            .points
            .iter()
            .map(|point| (point.coverage, point.risk))
            .collect();
        let description = format!(
            "The share of wrong answers if only the rows with the highest confidence are answered. It ends at {}, where \
             every row is answered; the mean over the curve is {}.",
            percent(points.last().map_or(f64::NAN, |point| point.1)),
            percent(curve.area)
        );
        let caption = Caption {
            id: "risk-coverage",
            title: "Risk-coverage curve",
            description: &description,
        };
        let y = Axis {
            range: Some([0.0, points.iter().map(|point| point.1).fold(0.05, f64::max)]),
            ..Axis::share("share of wrong answers")
        };
        let svg = charts::line(
            &caption,
            &Axis::share("share of rows answered"),
            &y,
            &[Series {
                name: "risk",
                points: &points,
            }],
        );
        let mut table = Table::new(
            "risk_coverage",
            "Wrong answers by share of rows answered",
            &["answered", "wrong", "minimum confidence"],
        );
        for tenth in 1..=10 {
            let wanted = f64::from(tenth) / 10.0;
            if let Some(point) = curve.points.iter().find(|point| point.coverage >= wanted - 1e-9) {
                table.push(vec![
                    Cell::Share(point.coverage),
                    Cell::Share(point.risk),
                    Cell::Share(point.threshold),
                ]);
            }
        }
        Block::Chart { svg, table }
    }
}

/// The calibration gap in words, such as "On average the model is overconfident, by 2.3 points."
fn gap_sentence(gap: f64) -> String {
    let points = format!("{:.1}", 100.0 * gap.abs());
    if points == "0.0" {
        return "On average confidence and accuracy are equal.".to_owned();
    }
    let direction = if gap > 0.0 {
        "overconfident"
    } else {
        "underconfident"
    };
    format!("On average the model is {direction}, by {points} points.")
}

fn reliability_table(bins: &[ReliabilityBin]) -> Table {
    let mut table = Table::new(
        "reliability",
        "Reliability: accuracy by confidence",
        &["from", "to", "rows", "mean confidence", "accuracy"],
    );
    for bin in bins {
        let (low, high) = (Cell::Share(bin.low), Cell::Share(bin.high));
        table.push(vec![
            low,
            high,
            Cell::Count(bin.count),
            Cell::Share(bin.mean_confidence),
            Cell::Share(bin.accuracy),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_has_a_direction() {
        assert_eq!(
            gap_sentence(0.023),
            "On average the model is overconfident, by 2.3 points."
        );
        assert_eq!(
            gap_sentence(-0.1),
            "On average the model is underconfident, by 10.0 points."
        );
        assert_eq!(
            gap_sentence(-0.0001),
            "On average confidence and accuracy are equal."
        );
    }
}

//! The section on learning curves.

use crate::charts::{self, Axis, Caption, Series, Unit};
use crate::display_text::percent;
use crate::document::{Block, Cell, Section, Table};
use crate::reports::curves::CurvePoint;
use crate::reports::evaluation::EvaluationReport;

impl EvaluationReport {
    pub(super) fn learning_section(&self) -> Option<Section> {
        let curves = &self.learning_curves;
        if curves.is_empty() {
            return None;
        }
        let kept = curves
            .best_epoch
            .map(|epoch| format!("The model of epoch {epoch:.2} was kept."));
        let none = Vec::new();
        let validation_loss = curves.validation.get("loss").unwrap_or(&none);
        let losses = [("training", &curves.train_loss), ("validation", validation_loss)];
        let shares = curves
            .validation
            .iter()
            .filter(|(name, _)| *name != "loss")
            .map(|(name, points)| (name.as_str(), points));
        let shares: Vec<(&str, &Vec<CurvePoint>)> = shares.collect();
        let mut blocks: Vec<Block> = kept.into_iter().map(Block::Paragraph).collect();
        blocks.push(curve_chart("loss", "Loss over epochs", Unit::Number, &losses));
        if !shares.is_empty() {
            blocks.push(curve_chart(
                "score",
                "Scores on validation over epochs",
                Unit::Percent,
                &shares,
            ));
        }
        Some(Section::new("learning", "Learning curves", blocks))
    }
}

/// Turns `weighted_f1` into `weighted F1`.
fn curve_name(name: &str) -> String {
    name.replace('_', " ").replace("f1", "F1")
}

fn curve_chart(id: &str, title: &str, unit: Unit, curves: &[(&str, &Vec<CurvePoint>)]) -> Block {
    let named = curves.iter().filter(|(_, points)| !points.is_empty());
    let lines: Vec<(String, Vec<(f64, f64)>)> = named
        .map(|(name, points)| {
            (
                curve_name(name),
                points.iter().map(|point| (point.epoch, point.value)).collect(),
            )
        })
        .collect();
    let ends = lines.iter().filter_map(|(name, points)| {
        let (first, last) = (points.first()?, points.last()?);
        let text = |value: f64| {
            if unit == Unit::Percent {
                percent(value)
            } else {
                format!("{value:.3}")
            }
        };
        Some(format!("{name} from {} to {}", text(first.1), text(last.1)))
    });
    let description = format!("{}.", ends.collect::<Vec<_>>().join("; "));
    let caption = Caption {
        id: &format!("curve-{id}"),
        title,
        description: &description,
    };
    let series: Vec<Series<'_>> = lines
        .iter()
        .map(|(name, points)| Series { name, points })
        .collect();
    let svg = charts::line(
        &caption,
        &Axis::new("epoch", Unit::Number),
        &Axis::new(id, unit),
        &series,
    );
    Block::Chart {
        svg,
        table: curve_table(id, title, unit, &lines),
    }
}

/// Returns a table with one row for each point, because the curves have points at different epochs.
fn curve_table(id: &str, title: &str, unit: Unit, lines: &[(String, Vec<(f64, f64)>)]) -> Table {
    let mut table = Table::new(&format!("curve_{id}"), title, &["curve", "epoch", "value"]);
    for (name, points) in lines {
        for &(epoch, value) in points {
            let value = if unit == Unit::Percent {
                Cell::Share(value)
            } else {
                Cell::Number(value)
            };
            table.push(vec![Cell::text(name), Cell::Number(epoch), value]);
        }
    }
    table
}

//! The report of one model as a document.

use super::{CurvePoint, EvaluationReport, SliceTable};
use crate::calibration::ReliabilityBin;
use crate::charts::{self, Axis, Bar, Caption, Series, Unit};
use crate::display_text::percent;
use crate::document::{Block, Cell, Document, Fact, Quote, Section, Table};

/// Up to so many labels the numbers behind the heat map are the matrix itself, beyond it a list.
const MATRIX_TABLE: usize = 20;
/// Bars of one chart.
const MAX_BARS: usize = 40;

impl EvaluationReport {
    /// The report as a document, to be written as HTML, Markdown, text or CSV.
    pub fn document(&self) -> Document {
        let mut lead: Vec<Block> = self
            .verdict
            .iter()
            .map(|verdict| Block::Verdict(format!("{verdict}.")))
            .collect();
        lead.push(Block::Facts(self.headline()));
        lead.extend(self.notes().into_iter().map(Block::Paragraph));
        let mut sections = vec![self.labels(), self.confusions(), self.confidence()];
        sections.extend(self.learning());
        sections.extend([self.slices(), self.errors(), self.provenance()]);
        Document {
            title: format!("Evaluation of {}", self.model),
            lead,
            sections,
        }
    }

    fn headline(&self) -> Vec<Fact> {
        vec![
            Fact::new("Rows", self.n.to_string()),
            self.accuracy.fact("Accuracy"),
            self.weighted_f1.fact("Weighted F1"),
            self.macro_f1.fact("Macro F1"),
            Fact::new("Calibration error", format!("{:.3}", self.calibration.ece))
                .with_note("mean distance between confidence and accuracy, 15 bins; 0 is best"),
        ]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.absent_labels.is_empty() {
            let (n, of) = (self.absent_labels.len(), self.confusion_matrix.len());
            notes.push(format!(
                "{n} of {of} labels have no row here ({}); macro F1 counts each as 0.",
                self.absent_labels.join(", ")
            ));
        }
        notes
    }

    fn labels(&self) -> Section {
        let mut table = Table::new(
            "labels",
            "Scores by label",
            &[
                "label",
                "precision",
                "recall",
                "recall from",
                "recall to",
                "F1",
                "rows",
            ],
        );
        let classes = self.classification_report.classes();
        for (row, interval) in classes.iter().zip(&self.recall_intervals) {
            let end = |end: Option<f64>| end.map_or(Cell::Empty, Cell::Share);
            table.push(vec![
                Cell::text(&row.name),
                Cell::Share(row.precision),
                Cell::Share(row.recall),
                end(interval.map(|interval| interval.low)),
                end(interval.map(|interval| interval.high)),
                Cell::Share(row.f1),
                Cell::Count(row.support),
            ]);
        }
        let averages = [
            ("macro average", self.classification_report.macro_average()),
            ("weighted average", self.classification_report.weighted()),
        ];
        for (name, scores) in averages {
            let (precision, recall, f1) = (
                Cell::Share(scores.precision),
                Cell::Share(scores.recall),
                Cell::Share(scores.f1),
            );
            table.push(vec![
                Cell::text(name),
                precision,
                recall,
                Cell::Empty,
                Cell::Empty,
                f1,
                Cell::Count(self.n),
            ]);
        }
        let explanation = "Precision: of the rows given this label, the share that has it. Recall: of the rows that have \
                           it, the share that was given it, with its 95 % Wilson interval. F1: the harmonic mean of both.";
        Section::new(
            "labels",
            "Labels",
            vec![Block::Table(table), Block::Paragraph(explanation.to_owned())],
        )
    }

    fn names(&self) -> Vec<String> {
        self.classification_report
            .classes()
            .iter()
            .map(|row| row.name.clone())
            .collect()
    }

    /// `(true, predicted, rows)` of what was confused, most frequent first.
    fn confused(&self) -> Vec<(usize, usize, u64)> {
        let rows = self.confusion_matrix.iter().enumerate();
        let cells = rows.flat_map(|(label, row)| {
            row.iter()
                .enumerate()
                .map(move |(predicted, &count)| (label, predicted, count))
        });
        let mut confused: Vec<(usize, usize, u64)> =
            cells.filter(|cell| cell.0 != cell.1 && cell.2 > 0).collect();
        confused.sort_by_key(|cell| std::cmp::Reverse(cell.2)); // stable: of equal ones in label order
        confused
    }

    fn confusions(&self) -> Section {
        let names = self.names();
        let confused = self.confused();
        let description = match confused.first() {
            Some(&(label, predicted, count)) => format!(
                "Rows are true labels, columns predicted ones; {} of {} rows lie on the diagonal. Most often confused: {} \
                 taken for {}, {count} times.",
                self.n - confused.iter().map(|cell| cell.2).sum::<u64>(),
                self.n,
                names[label],
                names[predicted]
            ),
            None => format!(
                "All {} rows lie on the diagonal: each was given the label it has.",
                self.n
            ),
        };
        let caption = Caption {
            id: "confusion-matrix",
            title: "Confusion matrix",
            description: &description,
        };
        let svg = charts::heat_map(&caption, &names, &self.confusion_matrix);
        let table = if names.len() <= MATRIX_TABLE {
            self.matrix_table(&names)
        } else {
            self.confusion_list(&names)
        };
        let blocks = vec![Block::Paragraph(description.clone()), Block::Chart { svg, table }];
        Section::new("confusion", "Confusion matrix", blocks)
    }

    fn matrix_table(&self, names: &[String]) -> Table {
        let head: Vec<&str> = std::iter::once("true \\ predicted")
            .chain(names.iter().map(String::as_str))
            .collect();
        let mut table = Table::new(
            "confusion_matrix",
            "Confusion matrix, rows true, columns predicted",
            &head,
        );
        for (name, row) in names.iter().zip(&self.confusion_matrix) {
            let counts = row.iter().map(|&count| Cell::Count(count));
            table.push(std::iter::once(Cell::text(name)).chain(counts).collect());
        }
        table
    }

    fn confusion_list(&self, names: &[String]) -> Table {
        let caption = "Labels taken for another, most frequent first";
        let mut table = Table::new("confusion_matrix", caption, &["true", "predicted", "rows"]);
        for (label, predicted, count) in self.confused() {
            table.push(vec![
                Cell::text(&names[label]),
                Cell::text(&names[predicted]),
                Cell::Count(count),
            ]);
        }
        table
    }

    fn confidence(&self) -> Section {
        let figures = &self.calibration;
        let facts = vec![
            Fact::new("Expected calibration error", format!("{:.3}", figures.ece))
                .with_note("15 bins of equal width"),
            Fact::new(
                "The same, bins of equally many rows",
                format!("{:.3}", figures.ece_equal_mass),
            ),
            Fact::new(
                "Largest gap of a bin",
                format!("{:.3}", figures.maximum_calibration_error),
            ),
            Fact::new("Brier score", format!("{:.3}", figures.brier_score)).with_note("0 is best"),
            Fact::new("Log loss", format!("{:.3}", figures.log_loss)).with_note("0 is best"),
            Fact::new("Temperature", format!("{:.3}", figures.temperature)).with_note("1 is none"),
        ];
        let mut blocks = vec![Block::Facts(facts)];
        blocks.extend(self.threshold_words().map(Block::Paragraph));
        blocks.extend([self.reliability(), self.risk_coverage()]);
        Section::new("confidence", "Confidence", blocks)
    }

    fn threshold_words(&self) -> Option<String> {
        let found = self.abstaining?;
        let wrong = found.risk.map_or("none of them".to_owned(), |risk| {
            format!("{} of those answered are wrong", percent(risk))
        });
        Some(format!(
            "The model abstains below a confidence of {}. Here it answers {} of the rows; {wrong}.",
            percent(found.abstain_below),
            percent(found.coverage)
        ))
    }

    fn reliability(&self) -> Block {
        let bins = &self.calibration.reliability;
        let surer = bins.iter().map(|bin| bin.count as f64 * bin.gap()).sum::<f64>() / self.n as f64;
        let direction = if surer < 0.0 {
            "surer than it should be"
        } else {
            "less sure than it could be"
        };
        let description = format!(
            "The share of rows that is right, by confidence; on the dashed line both are equal. On average the model is \
             {direction}, by {:.1} points.",
            100.0 * surer.abs()
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

    fn risk_coverage(&self) -> Block {
        let curve = &self.risk_coverage;
        let points: Vec<(f64, f64)> = curve
            .points
            .iter()
            .map(|point| (point.coverage, point.risk))
            .collect();
        let description = format!(
            "The share of answers that are wrong, where only the surest rows are answered. It ends at {} with every row \
             answered; the mean over the curve is {}.",
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
            ..Axis::share("share of answers that are wrong")
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
            &["answered", "wrong", "confidence from"],
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

    fn learning(&self) -> Option<Section> {
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

    fn slices(&self) -> Section {
        let blocks = self.slices.iter().map(slice_block);
        let explanation = "Accuracy of parts of the rows, with 95 % Wilson intervals. Small parts have wide ones; macro F1 is \
                           over the labels that occur in the part.";
        let blocks = std::iter::once(Block::Paragraph(explanation.to_owned())).chain(blocks);
        Section::new("slices", "Slices", blocks.collect())
    }

    fn errors(&self) -> Section {
        let wrong = self.confused().iter().map(|cell| cell.2).sum::<u64>();
        let shown = self.worst_errors.len();
        let words = match shown {
            0 => "No row was predicted wrong.".to_owned(),
            _ => format!(
                "{wrong} of {} rows were predicted wrong; these are the {shown} where the model was surest. Some may have a \
                 wrong label rather than a wrong prediction.",
                self.n
            ),
        };
        let mut table = Table::new(
            "errors",
            "Wrong predictions, surest first",
            &[
                "line",
                "label",
                "predicted",
                "confidence",
                "probability of the label",
                "text",
            ],
        );
        for error in &self.worst_errors {
            table.push(vec![
                error.line.map_or(Cell::Empty, Cell::Count),
                Cell::text(&error.label),
                Cell::text(&error.predicted_label),
                Cell::Share(error.confidence),
                Cell::Share(error.label_probability),
                Cell::text(&error.text),
            ]);
        }
        let mut blocks = vec![Block::Paragraph(words)];
        if shown > 0 {
            blocks.push(Block::Quotes {
                quotes: self.quotes(),
                table,
            });
        }
        Section::new("errors", "Worst errors", blocks)
    }

    fn quotes(&self) -> Vec<Quote> {
        let quote = |error: &super::WorstError| {
            let line = error
                .line
                .map(|line| format!("line {line}: "))
                .unwrap_or_default();
            Quote {
                text: error.text.clone(),
                remark: format!(
                    "{line}{} taken for {}, confidence {}",
                    error.label,
                    error.predicted_label,
                    percent(error.confidence)
                ),
            }
        };
        self.worst_errors.iter().map(quote).collect()
    }

    fn provenance(&self) -> Section {
        let mut blocks = Vec::new();
        for facts in [&self.leakage, &self.data]
            .into_iter()
            .filter(|facts| !facts.is_empty())
        {
            blocks.push(Block::Facts(facts.clone()));
        }
        if self.leakage.is_empty() {
            blocks.insert(
                0,
                Block::Paragraph(
                    "Whether the model has seen these rows in training is not known.".to_owned(),
                ),
            );
        }
        Section::new("data", "Leakage and data", blocks)
    }
}

fn reliability_table(bins: &[ReliabilityBin]) -> Table {
    let mut table = Table::new(
        "reliability",
        "Reliability: accuracy by confidence",
        &["from", "to", "rows", "mean confidence", "right"],
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

/// `weighted_f1` as `weighted F1`.
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

/// One row for each point; curves are drawn at different times, so each row is of one curve.
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

fn slice_block(found: &SliceTable) -> Block {
    let name = &found.name;
    let mut table = Table::new(
        &format!(
            "slices_{}",
            name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
        ),
        &format!("Accuracy by {name}"),
        &[name, "rows", "accuracy", "from", "to", "weighted F1", "macro F1"],
    );
    for slice in &found.slices {
        table.push(vec![
            Cell::text(&slice.key),
            Cell::Count(slice.n),
            Cell::Share(slice.accuracy),
            Cell::Share(slice.interval.low),
            Cell::Share(slice.interval.high),
            Cell::Share(slice.weighted.f1),
            Cell::Share(slice.macro_average.f1),
        ]);
    }
    let lowest = found
        .slices
        .iter()
        .min_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
    let description = lowest.map_or(String::new(), |slice| {
        format!(
            "Lowest for {}: {} of {} rows.",
            slice.key,
            percent(slice.accuracy),
            slice.n
        )
    });
    let title = format!("Accuracy by {name}");
    let id = format!(
        "slices-{}",
        name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let caption = Caption {
        id: &id,
        title: &title,
        description: &description,
    };
    let bars = found.slices.iter().take(MAX_BARS).map(|slice| Bar {
        label: format!(
            "{} ({} {})",
            slice.key,
            slice.n,
            if slice.n == 1 { "row" } else { "rows" }
        ),
        value: slice.accuracy,
        interval: Some(slice.interval),
    });
    Block::Chart {
        svg: charts::bars(&caption, Unit::Percent, &bars.collect::<Vec<_>>()),
        table,
    }
}

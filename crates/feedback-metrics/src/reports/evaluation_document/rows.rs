//! The sections on rows: slices, the worst errors, leakage and data.

use crate::charts::{self, Bar, Caption, Unit};
use crate::display_text::percent;
use crate::document::{Block, Cell, Quote, Section, Table};
use crate::reports::evaluation::EvaluationReport;
use crate::reports::slices::SliceTable;
use crate::reports::worst_errors::WorstError;

/// The maximum number of bars in a chart.
const MAX_BARS: usize = 40;

impl EvaluationReport {
    pub(super) fn slices_section(&self) -> Section {
        let blocks = self.slices.iter().map(slice_block);
        let explanation = "Accuracy of parts of the rows, with 95 % Wilson intervals, which are wide for small parts. Macro \
                           F1 is averaged over the labels that occur in the part.";
        let blocks = std::iter::once(Block::Paragraph(explanation.to_owned())).chain(blocks);
        Section::new("slices", "Slices", blocks.collect())
    }

    pub(super) fn errors_section(&self) -> Section {
        let n = self.evaluation.n;
        let matrix = self.evaluation.confusion_matrix.iter().enumerate();
        let n_wrong = n - matrix.map(|(label, row)| row[label]).sum::<u64>();
        let shown = self.worst_errors.len();
        let explanation = match shown {
            0 => "No row was predicted incorrectly.".to_owned(),
            _ => format!(
                "{n_wrong} of {n} rows were predicted incorrectly; these are the {shown} with the highest confidence. Some may \
                 have a wrong label rather than a wrong prediction."
            ),
        };
        let mut table = Table::new(
            "errors",
            "Wrong predictions, highest confidence first",
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
        let mut blocks = vec![Block::Paragraph(explanation)];
        if shown > 0 {
            blocks.push(Block::Quotes {
                quotes: self.quotes(),
                table,
            });
        }
        Section::new("errors", "Worst errors", blocks)
    }

    fn quotes(&self) -> Vec<Quote> {
        let quote = |error: &WorstError| {
            let line = error
                .line
                .map(|line| format!("line {line}: "))
                .unwrap_or_default();
            Quote {
                text: error.text.clone(),
                remark: format!(
                    "{line}{} predicted as {}, confidence {}",
                    error.label,
                    error.predicted_label,
                    percent(error.confidence)
                ),
            }
        };
        self.worst_errors.iter().map(quote).collect()
    }

    pub(super) fn data_section(&self) -> Section {
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
                    "It is not known whether the model was trained on any of these rows.".to_owned(),
                ),
            );
        }
        Section::new("data", "Leakage and data", blocks)
    }
}

fn slice_block(found: &SliceTable) -> Block {
    let name = &found.name;
    let title = format!("Accuracy by {name}");
    let id = |separator: &str| name.replace(|c: char| !c.is_ascii_alphanumeric(), separator);
    let mut table = Table::new(
        &format!("slices_{}", id("_")),
        &title,
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
    let caption = Caption {
        id: &format!("slices-{}", id("-")),
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

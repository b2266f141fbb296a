//! The section on the confusion matrix.

use crate::charts::{self, Caption};
use crate::document::{Block, Cell, Section, Table};
use crate::reports::evaluation::EvaluationReport;

/// The maximum number of labels for which the table shows the whole matrix. With more labels, it lists the confused
/// pairs.
const MAX_MATRIX_LABELS: usize = 20;

/// The number of rows of one label that were predicted as another label.
struct Confusion<'a> {
    label: &'a str,
    predicted: &'a str,
    count: u64,
}

impl EvaluationReport {
    /// The confused pairs of labels, most frequent first.
    fn confusions(&self) -> Vec<Confusion<'_>> {
        let names = &self.evaluation.label_order;
        let rows = names.iter().zip(&self.evaluation.confusion_matrix);
        let cells = rows.flat_map(|(label, row)| {
            let cells = names.iter().zip(row);
            cells.map(move |(predicted, &count)| Confusion {
                label,
                predicted,
                count,
            })
        });
        let mut confusions: Vec<Confusion<'_>> = cells
            .filter(|cell| cell.label != cell.predicted && cell.count > 0)
            .collect();
        confusions.sort_by_key(|cell| std::cmp::Reverse(cell.count)); // stable, so ties are in label order
        confusions
    }

    pub(super) fn confusion_section(&self) -> Section {
        let names = &self.evaluation.label_order;
        let n = self.evaluation.n;
        let confusions = self.confusions();
        let description = match confusions.first() {
            Some(most_frequent) => format!(
                "Rows are true labels, columns are predicted labels; {} of {n} rows are on the diagonal, which means correct. \
                 The most frequent confusion: {} predicted as {}, {} times.",
                n - confusions.iter().map(|cell| cell.count).sum::<u64>(),
                most_frequent.label,
                most_frequent.predicted,
                most_frequent.count
            ),
            None => format!("All {n} rows are on the diagonal: every prediction is correct."),
        };
        let caption = Caption {
            id: "confusion-matrix",
            title: "Confusion matrix",
            description: &description,
        };
        let svg = charts::heat_map(&caption, names, &self.evaluation.confusion_matrix);
        let table = if names.len() <= MAX_MATRIX_LABELS {
            self.matrix_table()
        } else {
            confusion_list(&confusions)
        };
        let blocks = vec![Block::Paragraph(description.clone()), Block::Chart { svg, table }];
        Section::new("confusion", "Confusion matrix", blocks)
    }

    fn matrix_table(&self) -> Table {
        let names = &self.evaluation.label_order;
        let head: Vec<&str> = std::iter::once("true \\ predicted")
            .chain(names.iter().map(String::as_str))
            .collect();
        let mut table = Table::new(
            "confusion_matrix",
            "Confusion matrix, rows true, columns predicted",
            &head,
        );
        for (name, row) in names.iter().zip(&self.evaluation.confusion_matrix) {
            let counts = row.iter().map(|&count| Cell::Count(count));
            table.push(std::iter::once(Cell::text(name)).chain(counts).collect());
        }
        table
    }
}

fn confusion_list(confusions: &[Confusion<'_>]) -> Table {
    let caption = "Confused labels, most frequent first";
    let mut table = Table::new("confusion_matrix", caption, &["true", "predicted", "rows"]);
    for confusion in confusions {
        table.push(vec![
            Cell::text(confusion.label),
            Cell::text(confusion.predicted),
            Cell::Count(confusion.count),
        ]);
    }
    table
}

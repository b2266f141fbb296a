//! The sections on scores: of all rows, and by label.

use crate::document::{Block, Cell, Section, Table};
use crate::reports::evaluation::EvaluationReport;
use crate::statistics::Score;

impl EvaluationReport {
    /// All scores that are computed over all rows, in one table.
    pub(super) fn scores_section(&self) -> Section {
        let evaluation = &self.evaluation;
        let mut table = Table::new(
            "scores",
            "Scores of all rows",
            &["score", "value", "from", "to", "meaning"],
        );
        let mut push = |name: &str, [value, low, high]: [Option<f64>; 3], meaning: &str| {
            let cell = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
            let meaning = match value {
                Some(_) => meaning,
                None => "undefined on these rows",
            };
            table.push(vec![
                Cell::text(name),
                cell(value),
                cell(low),
                cell(high),
                Cell::text(meaning),
            ]);
        };
        for (name, score, meaning) in ESTIMATES {
            let estimate = evaluation.estimate(score);
            let [low, high] = match estimate.interval {
                Some(interval) => [Some(interval.low), Some(interval.high)],
                None => [None, None],
            };
            push(name, [Some(estimate.value), low, high], meaning);
        }
        let values = [
            Some(evaluation.balanced_accuracy),
            evaluation.matthews_corrcoef,
            evaluation.cohen_kappa,
            evaluation.roc_auc.macro_average,
            evaluation.roc_auc.weighted,
            evaluation.average_precision.macro_average,
            evaluation.average_precision.weighted,
        ];
        for ((name, meaning), value) in POINT_SCORES.into_iter().zip(values) {
            push(name, [value, None, None], meaning);
        }
        let explanation = "Intervals are at 95 %. ROC-AUC and average precision measure, for each label against the others, how \
                           well its probability ranks the rows of the label above the other rows.";
        Section::new(
            "scores",
            "Scores",
            vec![Block::Table(table), Block::Paragraph(explanation.to_owned())],
        )
    }

    pub(super) fn labels_section(&self) -> Section {
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
        for (row, interval) in classes.iter().zip(&self.evaluation.recall_intervals) {
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
            ("macro average", self.evaluation.macro_average),
            ("weighted average", self.evaluation.weighted),
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
                Cell::Count(self.evaluation.n),
            ]);
        }
        let explanation = "Precision: the share of correct predictions among the rows predicted as this label. Recall: the \
                           share of correct predictions among the rows with this label, with its 95 % Wilson interval. \
                           F1: the harmonic mean of both.";
        Section::new(
            "labels",
            "Labels",
            vec![Block::Table(table), Block::Paragraph(explanation.to_owned())],
        )
    }
}

/// The scores that have an interval: name, score and meaning.
const ESTIMATES: [(&str, Score, &str); 3] = [
    ("accuracy", Score::Accuracy, "share of correct predictions"),
    ("weighted F1", Score::WeightedF1, "mean F1 weighted by support"),
    ("macro F1", Score::MacroF1, "F1 averaged over all labels"),
];

/// The names and meanings of the scores that have no interval. In the plain-text report, a meaning is cut after 40
/// characters.
const POINT_SCORES: [(&str, &str); 7] = [
    ("balanced accuracy", "mean recall of the labels with rows"),
    ("Matthews correlation", "correlation with the labels; 0 is chance"),
    ("Cohen's kappa", "agreement beyond chance; 0 is chance"),
    ("ROC-AUC, macro", "mean over all labels; 0.5 is chance"),
    ("ROC-AUC, weighted", "weighted by support; 0.5 is chance"),
    ("average precision, macro", "mean over all labels; 1 is best"),
    ("average precision, weighted", "weighted by support; 1 is best"),
];

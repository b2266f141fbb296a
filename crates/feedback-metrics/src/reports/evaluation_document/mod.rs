//! The report of one model as a document.

mod confidence;
mod confusion;
mod learning;
mod rows;
mod scores;

use super::evaluation::EvaluationReport;
use super::facts::estimate_fact;
use crate::document::{Block, Document, Fact};
use crate::statistics::Score;

impl EvaluationReport {
    /// Returns the report as a document, which can be written as HTML, Markdown, text or CSV.
    pub fn document(&self) -> Document {
        let verdict = self.verdict.iter();
        let mut lead: Vec<Block> = verdict
            .map(|verdict| Block::Verdict(format!("{verdict}.")))
            .collect();
        lead.push(Block::Facts(self.headline()));
        let notes = self.evaluation.notes().into_iter();
        lead.extend(notes.map(|note| Block::Paragraph(note + ".")));
        let mut sections = vec![
            self.scores_section(),
            self.labels_section(),
            self.confusion_section(),
            self.confidence_section(),
        ];
        sections.extend(self.learning_section());
        sections.extend([self.slices_section(), self.errors_section(), self.data_section()]);
        Document {
            title: format!("Evaluation of {}", self.model),
            lead,
            sections,
        }
    }

    fn headline(&self) -> Vec<Fact> {
        let evaluation = &self.evaluation;
        vec![
            Fact::new("Rows", evaluation.n.to_string()),
            estimate_fact("Accuracy", evaluation.estimate(Score::Accuracy)),
            estimate_fact("Weighted F1", evaluation.estimate(Score::WeightedF1)),
            estimate_fact("Macro F1", evaluation.estimate(Score::MacroF1)),
            Fact::new("Calibration error", format!("{:.3}", evaluation.calibration.ece))
                .with_note("mean distance between confidence and accuracy, 15 bins; 0 is best"),
        ]
    }
}

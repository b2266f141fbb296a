//! The comparison of several models on the same rows, as a document.

use crate::charts::{self, Bar, Caption, Unit};
use crate::document::{Block, Cell, Document, Fact, Section, Table};
use crate::statistics::{Estimate, Interval, Outcome};

/// A model or baseline with its scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedModel {
    /// The name of the model.
    pub name: String,
    /// `model` or `baseline`.
    pub kind: String,
    /// The share of rows predicted correctly.
    pub accuracy: Estimate,
    /// F1 averaged over all labels, weighted by support.
    pub weighted_f1: Estimate,
    /// F1 averaged over all labels.
    pub macro_f1: Estimate,
    /// Expected calibration error.
    pub ece: f64,
    /// The seconds to fit the model, if it was fitted for the comparison, and to predict the rows.
    pub seconds: f64,
}

/// The comparison of two models.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedPair {
    /// The name of the first model.
    pub a: String,
    /// The name of the second model.
    pub b: String,
    /// Weighted F1 of the first model minus weighted F1 of the second.
    pub difference: f64,
    /// The interval of the difference.
    pub interval: Interval,
    /// The p-value of the difference, corrected for the number of pairs.
    pub p_value: f64,
    /// Which model is better, if the rows show it.
    pub outcome: Outcome,
    /// The result in one sentence.
    pub sentence: String,
}

/// The result of a gate such as `weighted_f1>=0.9`.
#[derive(Debug, Clone, PartialEq)]
pub struct GateLine {
    /// Whether the model passed the gate.
    pub passed: bool,
    /// The gate and its result in one sentence.
    pub sentence: String,
}

/// The content of a comparison report.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonPage {
    /// The number of rows on which all models were scored.
    pub n: usize,
    /// The models, sorted by weighted F1, best first.
    pub models: Vec<ComparedModel>,
    /// The first model compared with each of the others.
    pub pairs: Vec<ComparedPair>,
    /// The results of the gates.
    pub gates: Vec<GateLine>,
    /// Remarks on how far the scores can be trusted, such as leaks of test rows into the training data.
    pub notes: Vec<String>,
    /// The files and settings of the comparison.
    pub data: Vec<Fact>,
}

impl ComparisonPage {
    /// The comparison as a document.
    pub fn document(&self) -> Document {
        let mut lead: Vec<Block> = self
            .pairs
            .first()
            .map(|pair| Block::Verdict(format!("{}.", pair.sentence)))
            .into_iter()
            .collect();
        lead.extend(
            self.gates
                .iter()
                .map(|gate| Block::Verdict(gate.sentence.clone())),
        );
        lead.extend(self.notes.iter().cloned().map(Block::Paragraph));
        let mut sections = vec![self.scores()];
        if !self.pairs.is_empty() {
            sections.push(self.differences());
        }
        sections.push(Section::new(
            "data",
            "Data",
            vec![Block::Facts(self.data.clone())],
        ));
        Document {
            title: format!("Comparison on {} rows", self.n),
            lead,
            sections,
        }
    }

    fn scores(&self) -> Section {
        let mut table = Table::new(
            "models",
            "Scores on the same rows, best first",
            &[
                "model",
                "kind",
                "accuracy",
                "from",
                "to",
                "weighted F1",
                "from",
                "to",
                "macro F1",
                "from",
                "to",
                "ECE",
                "seconds",
            ],
        );
        for model in &self.models {
            let mut row = vec![Cell::text(&model.name), Cell::text(&model.kind)];
            for estimate in [model.accuracy, model.weighted_f1, model.macro_f1] {
                let end = |end: Option<f64>| end.map_or(Cell::Empty, Cell::Share);
                row.push(Cell::Share(estimate.value));
                row.push(end(estimate.interval.map(|interval| interval.low)));
                row.push(end(estimate.interval.map(|interval| interval.high)));
            }
            row.extend([Cell::Number(model.ece), Cell::Number(model.seconds)]);
            table.push(row);
        }
        let blocks = vec![
            self.chart("weighted-f1", "Weighted F1", |model| model.weighted_f1),
            self.chart("accuracy", "Accuracy", |model| model.accuracy),
            Block::Table(table),
        ];
        Section::new("scores", "Scores", blocks)
    }

    fn chart(&self, id: &str, title: &str, score: impl Fn(&ComparedModel) -> Estimate) -> Block {
        let bars: Vec<Bar> = self
            .models
            .iter()
            .map(|model| Bar {
                label: model.name.clone(),
                value: score(model).value,
                interval: score(model).interval,
            })
            .collect();
        let words = bars
            .iter()
            .map(|bar| format!("{} {}", bar.label, crate::display_text::percent(bar.value)));
        let description = format!(
            "{} with 95 % intervals: {}.",
            title,
            words.collect::<Vec<_>>().join(", ")
        );
        let caption = Caption {
            id,
            title,
            description: &description,
        };
        let mut table = Table::new(
            &id.replace('-', "_"),
            &format!("{title} with 95 % intervals"),
            &["model", "value", "from", "to"],
        );
        for bar in &bars {
            let ends = bar.interval.map(|interval| [interval.low, interval.high]);
            let ends = ends.map_or([Cell::Empty, Cell::Empty], |ends| ends.map(Cell::Share));
            table.push(
                [Cell::text(&bar.label), Cell::Share(bar.value)]
                    .into_iter()
                    .chain(ends)
                    .collect(),
            );
        }
        Block::Chart {
            svg: charts::bars(&caption, Unit::Percent, &bars),
            table,
        }
    }

    fn differences(&self) -> Section {
        let mut table = Table::new(
            "differences",
            "Differences in weighted F1, in percentage points",
            &["first", "second", "difference", "from", "to", "p-value", "better"],
        );
        for pair in &self.pairs {
            let better = match pair.outcome {
                Outcome::FirstBetter => pair.a.as_str(),
                Outcome::SecondBetter => pair.b.as_str(),
                Outcome::Unclear => "unclear",
            };
            let points = |share: f64| Cell::Number(100.0 * share);
            table.push(vec![
                Cell::text(&pair.a),
                Cell::text(&pair.b),
                points(pair.difference),
                points(pair.interval.low),
                points(pair.interval.high),
                Cell::Number(pair.p_value),
                Cell::text(better),
            ]);
        }
        let mut blocks: Vec<Block> = self
            .pairs
            .iter()
            .map(|pair| Block::Paragraph(format!("{}.", pair.sentence)))
            .collect();
        blocks.push(Block::Table(table));
        Section::new("differences", "Differences", blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Interval = Interval {
        low: 0.05,
        high: 0.15,
        confidence: 0.95,
    };

    fn page() -> ComparisonPage {
        let estimate = |value| Estimate {
            value,
            interval: Some(Interval {
                low: value - 0.1,
                high: value,
                confidence: 0.95,
            }),
        };
        let model = |name: &str, value| ComparedModel {
            name: name.to_owned(),
            kind: "model".to_owned(),
            accuracy: estimate(value),
            weighted_f1: estimate(value),
            macro_f1: estimate(value),
            ece: 0.05,
            seconds: 1.0,
        };
        ComparisonPage {
            n: 100,
            models: vec![model("new <b>", 0.9), model("old", 0.8)],
            pairs: vec![ComparedPair {
                a: "new <b>".into(),
                b: "old".into(),
                difference: 0.1,
                interval: INTERVAL,
                p_value: 0.001,
                outcome: Outcome::FirstBetter,
                sentence: "`new <b>` is better".into(),
            }],
            gates: vec![GateLine {
                passed: false,
                sentence: "gate failed".into(),
            }],
            notes: vec!["a leak".into()],
            data: vec![Fact::new("Test file", "test.jsonl")],
        }
    }

    #[test]
    fn every_format_has_the_figures_and_the_verdict() {
        let document = page().document();
        for form in [document.to_html(), document.to_markdown(), document.to_text()] {
            for part in [
                "90.0 %",
                "old",
                "gate failed",
                "a leak",
                "test.jsonl",
                "is better",
            ] {
                assert!(form.contains(part), "{part}: {form}");
            }
        }
        assert!(document.to_html().contains("new &lt;b&gt;") && !document.to_html().contains("new <b>"));
        let differences = document.tables().last().expect("a table").to_csv();
        assert!(
            differences.ends_with("new <b>,old,10,5,15,0.001,new <b>\n"),
            "{differences}"
        );
    }
}

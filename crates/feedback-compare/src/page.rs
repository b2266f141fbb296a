//! The report page of a comparison.

use feedback_metrics::document::Fact;
use feedback_metrics::reports::{ComparedModel, ComparedPair, ComparisonPage, GateLine};
use feedback_metrics::statistics::Score;

use crate::gate::GateResult;
use crate::options::CompareOptions;
use crate::report::{ComparisonReport, Contender, Verdict};
use feedback_pipeline::evaluate::name_of;

impl ComparisonReport {
    /// Returns the comparison as a report page, to be written by [`write_report`](feedback_pipeline::evaluate::write_report).
    pub fn page(&self, options: &CompareOptions) -> ComparisonPage {
        let gate = |gate: &GateResult| GateLine {
            passed: gate.passed,
            sentence: format!("{gate}."),
        };
        let mut data = vec![
            Fact::new("Test file", name_of(&options.test)).with_note(format!("{} rows", self.n)),
            Fact::new("Training file of the baselines", name_of(&options.train)),
        ];
        data.extend(
            self.encoder
                .as_ref()
                .map(|encoder| Fact::new("Frozen encoder", encoder.display().to_string())),
        );
        ComparisonPage {
            n: self.n,
            models: self.contenders.iter().map(compared_model).collect(),
            pairs: self.verdicts.iter().map(compared_pair).collect(),
            gates: self.gates.iter().map(gate).collect(),
            notes: self.notes(),
            data,
        }
    }

    /// Returns notes that matter for the reliability of the scores: leaks, models that have seen the test texts, labels
    /// without rows.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .contenders
            .iter()
            .filter_map(Contender::seen_in_training)
            .collect();
        notes.push(match (self.leaked, self.dropped) {
            (0, 0) => "leakage: no test text occurs in the training file".to_owned(),
            (leaked, 0) => {
                format!("leakage: {leaked} test texts also occur in the training file; scores are too high")
            }
            (_, dropped) => {
                format!(
                    "leakage: {dropped} training rows were dropped because their texts occur in the test file"
                )
            }
        });
        notes.extend(
            self.contenders
                .iter()
                .take(1)
                .flat_map(|first| first.evaluation.figures.notes()),
        );
        notes
    }
}

impl Contender {
    /// Returns a note if the model's training data contain test texts, or if that is unknown. Scores on such texts are too
    /// high.
    fn seen_in_training(&self) -> Option<String> {
        let leakage = &self.evaluation.leakage;
        match (self.kind, leakage.known) {
            ("model", false) => Some(format!(
                "{}: it is unknown whether the test texts were in its training data",
                self.name
            )),
            ("model", true) if leakage.in_train + leakage.in_validation > 0 => Some(format!(
                "warning: {} of {} test texts occur in the training data of {}, and {} in its validation data; its \
                 scores are too high",
                leakage.in_train, self.evaluation.figures.n, self.name, leakage.in_validation
            )),
            _ => None,
        }
    }
}

fn compared_model(contender: &Contender) -> ComparedModel {
    let figures = &contender.evaluation.figures;
    ComparedModel {
        name: contender.name.clone(),
        kind: contender.kind.to_owned(),
        accuracy: figures.estimate(Score::Accuracy),
        weighted_f1: figures.estimate(Score::WeightedF1),
        macro_f1: figures.estimate(Score::MacroF1),
        ece: figures.calibration.ece,
        seconds: contender.fit_seconds + contender.predict_seconds,
    }
}

fn compared_pair(verdict: &Verdict) -> ComparedPair {
    ComparedPair {
        a: verdict.a.clone(),
        b: verdict.b.clone(),
        difference: verdict.difference,
        interval: verdict.interval,
        p_value: verdict.p_value,
        outcome: verdict.outcome,
        sentence: verdict.sentence.clone(),
    }
}

//! Writers of predicted records: JSON lines or a table.

use std::collections::BTreeSet;
use std::io::Write;

use feedback_clean::Masking;
use feedback_dataset::Record;
use feedback_dataset::error::WriteError;
use feedback_dataset::read::{Format, OnBadRow};
use feedback_dataset::write::{CsvWriter, JsonlWriter};
use serde_json::{Value, json};

use crate::classifier::Classifier;
use crate::error::{Error, Result};
use crate::explanation::{ExplainMethod, Explanation};
use crate::prediction::Prediction;

/// Prefix of the names of columns with answers.
const ANSWER_COLUMN: &str = "answer_";
const PREDICTED: &str = "predicted_label";

/// How a stream of predictions is written.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// JSONL or CSV; the other formats are written as JSONL.
    pub format: Format,
    /// Whether CSV gets a score column for each label. JSONL always contains all scores.
    pub with_scores: bool,
    /// The method to explain each prediction, if any. The record then has a field `explanation`; in CSV, it is JSON text.
    pub explain: Option<ExplainMethod>,
    /// What to do with unusable rows.
    pub on_bad_row: OnBadRow,
    /// How to replace personal data in the texts that are written, also in those of rejected records; `None` writes texts as they are.
    /// Other fields of a record are never changed.
    pub masking: Option<Masking>,
}

/// A writer of predicted records.
pub(crate) enum Sink<'a> {
    Jsonl(JsonlWriter<&'a mut dyn Write>, Vec<String>),
    Csv(Box<CsvSink<'a>>),
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        output: &'a mut dyn Write,
        header: Option<Vec<String>>,
        classifier: &Classifier,
        options: &StreamOptions,
    ) -> Self {
        let questions: Vec<String> = classifier.questions().map(str::to_owned).collect();
        let earlier = earlier_fields(classifier.labels());
        match options.format {
            Format::Csv => Self::Csv(Box::new(CsvSink {
                writer: None,
                output: Some(output),
                header,
                earlier,
                labels: classifier.labels().to_vec(),
                questions,
                with_scores: options.with_scores,
                explains: options.explain.is_some(),
                abstains: classifier.manifest().abstain_below.is_some(),
            })),
            _ => Self::Jsonl(JsonlWriter::new(output), earlier),
        }
    }

    /// Writes the record with the fields of its prediction; `number` counts records from 1.
    pub(crate) fn write(
        &mut self,
        mut record: Record,
        prediction: &Prediction,
        explanation: Option<&Explanation>,
        number: usize,
    ) -> Result<()> {
        match self {
            Self::Jsonl(writer, earlier) => {
                if !remove_earlier(&mut record, earlier).is_empty() {
                    record.remove("answers"); // only an earlier JSON output has this field; CSV has no such column
                }
                add_prediction(&mut record, prediction);
                record.set("scores", json!(prediction.scores));
                if !prediction.answers.is_empty() {
                    record.set("answers", json!(prediction.answers));
                }
                record.set("truncated", prediction.truncated);
                if let Some(explanation) = explanation {
                    record.set("explanation", json!(explanation));
                }
                Ok(writer.write(&record)?)
            }
            Self::Csv(sink) => sink.write(record, prediction, explanation, number),
        }
    }

    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Jsonl(writer, _) => drop(writer.finish()?),
            Self::Csv(sink) => sink.finish()?,
        }
        Ok(())
    }
}

/// A writer of a CSV table. If the input has no header, the columns come from the first record, so the inner writer is
/// created only then.
pub(crate) struct CsvSink<'a> {
    writer: Option<CsvWriter<&'a mut dyn Write>>,
    output: Option<&'a mut dyn Write>,
    header: Option<Vec<String>>,
    earlier: Vec<String>,
    labels: Vec<String>,
    questions: Vec<String>,
    with_scores: bool,
    explains: bool,
    abstains: bool,
}

impl CsvSink<'_> {
    fn write(
        &mut self,
        mut record: Record,
        prediction: &Prediction,
        explanation: Option<&Explanation>,
        number: usize,
    ) -> Result<()> {
        let removed = remove_earlier(&mut record, &self.earlier);
        match &mut self.header {
            Some(header) if self.writer.is_none() => header.retain(|column| !removed.contains(column)),
            Some(_) => {}
            None => self.header = Some(record.fields().keys().cloned().collect()),
        }
        self.begin()?;
        add_prediction(&mut record, prediction);
        for answer in &prediction.answers {
            let labels: Vec<&str> = answer.labels.iter().map(|label| label.label.as_str()).collect();
            record.set(answer_column(&answer.question), labels.join("; "));
        }
        record.set("truncated", prediction.truncated);
        if self.with_scores {
            for score in &prediction.scores {
                record.set(score_column(&score.label), score.score);
            }
        }
        if let Some(explanation) = explanation {
            record.set("explanation", json!(explanation).to_string());
        }
        match &mut self.writer {
            Some(writer) => writer.write(&record).map_err(|error| csv_error(error, number)),
            None => Ok(()),
        }
    }

    /// Writes the header, once, as soon as the columns are known.
    fn begin(&mut self) -> Result<()> {
        if let (Some(fields), Some(_)) = (&self.header, &self.output) {
            let mut columns = self.columns(fields.clone());
            if self.explains && !columns.iter().any(|column| column == "explanation") {
                columns.push("explanation".into());
            }
            if let Some(output) = self.output.take() {
                self.writer = Some(CsvWriter::new(output, b',', columns)?);
            }
        }
        Ok(())
    }

    /// Returns the names of all columns, given the columns of the input.
    fn columns(&self, input: Vec<String>) -> Vec<String> {
        let mut columns = input;
        columns.push(PREDICTED.into());
        columns.push("confidence".into());
        if self.abstains {
            columns.push("abstained".into());
        }
        columns.extend(self.questions.iter().map(|question| answer_column(question)));
        columns.push("truncated".into());
        if self.with_scores {
            columns.extend(self.labels.iter().map(|label| score_column(label)));
        }
        let mut seen = BTreeSet::new();
        columns.retain(|column| seen.insert(column.clone()));
        columns
    }

    /// Finishes the table. If the input has a header, the table gets one even if no record could be used.
    fn finish(mut self: Box<Self>) -> Result<()> {
        self.begin()?;
        if let Some(writer) = self.writer {
            writer.finish()?;
        }
        Ok(())
    }
}

/// Returns the names of the fields, except the predicted label, that an earlier prediction may have added. These fields are
/// removed, so that they are not mistaken for new ones.
fn earlier_fields(labels: &[String]) -> Vec<String> {
    let always = ["confidence", "abstained", "scores", "truncated", "explanation"].map(str::to_owned);
    let scores = labels.iter().map(|label| score_column(label));
    always.into_iter().chain(scores).collect()
}

/// Removes the fields of an earlier prediction: those named in `earlier`, and the answers to further
/// questions of any model. Returns the names of the removed fields. In a record without `predicted_label`,
/// such fields belong to the user and are kept.
fn remove_earlier(record: &mut Record, earlier: &[String]) -> Vec<String> {
    if record.get(PREDICTED).is_none() {
        return Vec::new();
    }
    let is_input_field =
        |name: &str, record: &Record| name == record.text_field() || name == record.label_field();
    let answers = record
        .fields()
        .keys()
        .filter(|name| name.starts_with(ANSWER_COLUMN))
        .cloned();
    let mut names: Vec<String> = earlier.iter().cloned().chain(answers).collect();
    names.retain(|name| !is_input_field(name, record) && record.remove(name).is_some());
    names
}

fn add_prediction(record: &mut Record, prediction: &Prediction) {
    record.set(PREDICTED, prediction.predicted_label.as_str());
    record.set("confidence", prediction.confidence);
    if let Some(abstained) = prediction.abstained {
        record.set("abstained", Value::Bool(abstained));
    }
}

fn score_column(label: &str) -> String {
    format!("score_{label}")
}

/// The column with the answer to a further question; several labels are separated by `; `.
fn answer_column(question: &str) -> String {
    format!("{ANSWER_COLUMN}{question}")
}

fn csv_error(error: WriteError, record: usize) -> Error {
    match error {
        WriteError::Output(error) => Error::Io(error),
        WriteError::NoColumn { field, .. } => Error::NoColumn { record, field },
        error => error.into(),
    }
}

//! Writers of predicted records: JSON or a table.

use std::collections::BTreeMap;
use std::io::Write;

use feedback_clean::Masking;
use feedback_dataset::Record;
use feedback_dataset::error::WriteError;
use feedback_dataset::read::OnBadRow;
use feedback_formats::write::{Column, ColumnKind, JsonWriter, OutputFormat, TableStyle, TableWriter};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::explanation::{ExplainMethod, Explanation};
use crate::prediction::InWindows;
use crate::predictor::{
    ABSTAIN_REASON, PREDICTED, PREDICTED_SEVERAL, Predicted, Predictor, UNFAMILIAR, UNFAMILIARITY,
    UNKNOWN_SHARE,
};

/// The field about windows, if long texts are read in windows: an object in JSON, and the number of windows in a table.
const TEXT_WINDOWS: &str = "text_windows";
/// The columns about windows.
const WINDOW_COLUMNS: [&str; 4] = [TEXT_WINDOWS, "deciding_window", "deciding_start", "deciding_end"];
/// Prefix of the names of columns with answers.
const ANSWER_COLUMN: &str = "answer_";

/// How a stream of predictions is written.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StreamOptions {
    /// JSON or a kind of table.
    pub format: OutputFormat,
    /// How a CSV table is written.
    pub style: TableStyle,
    /// The fields of all records, in their order, which become the columns of a table. With `None`, these are the columns of the input
    /// or, if it has no header, the fields of the first record; a later record with another field is then an error.
    pub fields: Option<Vec<String>>,
    /// The kinds of columns of the input, which a table keeps; other columns of the input are text.
    pub typed_columns: Vec<Column>,
    /// Whether a table gets a score column for each label. JSON always contains all scores.
    pub with_scores: bool,
    /// The method to explain each prediction, if any. The record then has a field `explanation`; in a table, it is JSON text.
    pub explain: Option<ExplainMethod>,
    /// The label to explain; with `None`, the one that the model predicts.
    pub explain_label: Option<String>,
    /// What to do with unusable rows.
    pub on_bad_row: OnBadRow,
    /// How to replace personal data in the texts that are written, also in the texts of rejected records. With `None`, texts are
    /// written unchanged. Other fields of a record are never changed.
    pub masking: Option<Masking>,
}

impl StreamOptions {
    /// Returns the default options for a format: no scores in tables, no explanations, texts unchanged, and an error for the first
    /// unusable row.
    pub fn new(format: OutputFormat) -> Self {
        Self {
            format,
            style: TableStyle::default(),
            fields: None,
            typed_columns: Vec::new(),
            with_scores: false,
            explain: None,
            explain_label: None,
            on_bad_row: OnBadRow::Fail,
            masking: None,
        }
    }
}

/// A writer of predicted records.
pub(crate) enum Sink<'a> {
    Json(JsonWriter<&'a mut (dyn Write + Send)>, Vec<String>),
    Table(Box<TableSink<'a>>),
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        output: &'a mut (dyn Write + Send),
        header: Option<Vec<String>>,
        model: Predictor<'_>,
        options: &StreamOptions,
    ) -> Result<Self> {
        let earlier = earlier_fields(model);
        Ok(match options.format {
            OutputFormat::Jsonl | OutputFormat::Json => {
                Self::Json(JsonWriter::new(output, options.format)?, earlier)
            }
            format => Self::Table(Box::new(TableSink {
                writer: None,
                output: Some(output),
                format,
                style: options.style,
                header: options.fields.clone().or(header),
                earlier,
                labels: model.labels().to_vec(),
                questions: model.questions(),
                with_scores: options.with_scores,
                has_windows: model.has_windows(),
                explains: options.explain.is_some(),
                fields: model.fields(),
                typed_columns: options.typed_columns.clone(),
            })),
        })
    }

    /// Writes the record with the fields of its prediction; `number` counts records from 1.
    pub(crate) fn write(
        &mut self,
        mut record: Record,
        prediction: &Predicted,
        explanation: Option<&Explanation>,
        number: usize,
    ) -> Result<()> {
        match self {
            Self::Json(writer, earlier) => {
                if !remove_earlier(&mut record, earlier).is_empty() {
                    record.remove("answers"); // only an earlier JSON output has this field; a table has no such column
                }
                prediction.set(&mut record, false);
                record.set("scores", json!(prediction.scores()));
                if !prediction.answers().is_empty() {
                    record.set("answers", json!(prediction.answers()));
                }
                record.set("truncated", prediction.truncated());
                if let Some(windows) = prediction.windows() {
                    record.set(TEXT_WINDOWS, json!(windows));
                }
                if let Some(explanation) = explanation {
                    record.set("explanation", json!(explanation));
                }
                Ok(writer.write(&record)?)
            }
            Self::Table(sink) => sink.write(record, prediction, explanation, number),
        }
    }

    pub(crate) fn finish(self) -> Result<()> {
        match self {
            Self::Json(writer, _) => writer.finish()?,
            Self::Table(sink) => sink.finish()?,
        }
        Ok(())
    }
}

/// A writer of a table. If the input has no header, the columns come from the first record, so the inner writer is
/// created only then.
pub(crate) struct TableSink<'a> {
    writer: Option<TableWriter<&'a mut (dyn Write + Send)>>,
    output: Option<&'a mut (dyn Write + Send)>,
    format: OutputFormat,
    style: TableStyle,
    header: Option<Vec<String>>,
    earlier: Vec<String>,
    labels: Vec<String>,
    questions: Vec<String>,
    with_scores: bool,
    has_windows: bool,
    explains: bool,
    fields: Vec<&'static str>,
    typed_columns: Vec<Column>,
}

impl TableSink<'_> {
    fn write(
        &mut self,
        mut record: Record,
        prediction: &Predicted,
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
        prediction.set(&mut record, true);
        for answer in prediction.answers() {
            let labels: Vec<&str> = answer.labels.iter().map(|label| label.label.as_str()).collect();
            record.set(answer_column(&answer.question), labels.join("; "));
        }
        record.set("truncated", prediction.truncated());
        if self.has_windows {
            set_windows(&mut record, prediction.windows());
        }
        if self.with_scores {
            for score in prediction.scores() {
                record.set(score_column(&score.label), score.score);
            }
        }
        if let Some(explanation) = explanation {
            record.set("explanation", json!(explanation).to_string());
        }
        match &mut self.writer {
            Some(writer) => writer.write(&record).map_err(|error| table_error(error, number)),
            None => Ok(()),
        }
    }

    /// Writes the header, once, as soon as the columns are known.
    fn begin(&mut self) -> Result<()> {
        if let (Some(fields), Some(_)) = (&self.header, &self.output) {
            let mut columns = self.columns(fields.clone());
            if self.explains && !columns.iter().any(|column| column.name == "explanation") {
                columns.push(Column::text("explanation"));
            }
            if let Some(output) = self.output.take() {
                self.writer = Some(TableWriter::new(output, self.format, &self.style, &columns)?);
            }
        }
        Ok(())
    }

    /// Returns all columns, given those of the input.
    fn columns(&self, input: Vec<String>) -> Vec<Column> {
        let field = |name: &&str| match *name {
            "confidence" | UNKNOWN_SHARE | UNFAMILIARITY => Column::new(*name, ColumnKind::Number),
            "abstained" | UNFAMILIAR => Column::new(*name, ColumnKind::Boolean),
            name => Column::text(name),
        };
        let mut added: Vec<Column> = self.fields.iter().map(field).collect();
        added.extend(
            self.questions
                .iter()
                .map(|question| Column::text(answer_column(question))),
        );
        added.push(Column::new("truncated", ColumnKind::Boolean));
        if self.has_windows {
            added.extend(WINDOW_COLUMNS.map(|name| Column::new(name, ColumnKind::Number)));
        }
        if self.with_scores {
            let score = |label: &String| Column::new(score_column(label), ColumnKind::Number);
            added.extend(self.labels.iter().map(score));
        }
        // A column of the input that a prediction overwrites keeps its place.
        let kinds: BTreeMap<String, ColumnKind> = (self.typed_columns.iter().chain(&added))
            .map(|column| (column.name.clone(), column.kind))
            .collect();
        let kind = |name: &String| kinds.get(name).copied().unwrap_or(ColumnKind::Text);
        let input: Vec<Column> = input
            .into_iter()
            .map(|name| Column {
                kind: kind(&name),
                name,
            })
            .collect();
        input.into_iter().chain(added).collect()
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

/// Returns the names of the fields that an earlier prediction may have added, except the one that the new prediction replaces. These
/// fields are removed, so that they are not mistaken for new ones.
fn earlier_fields(model: Predictor<'_>) -> Vec<String> {
    let always = [
        "confidence",
        "abstained",
        ABSTAIN_REASON,
        UNKNOWN_SHARE,
        UNFAMILIARITY,
        UNFAMILIAR,
        "scores",
        "truncated",
        "explanation",
    ];
    let predicted = [PREDICTED, PREDICTED_SEVERAL];
    let predicted = predicted
        .into_iter()
        .filter(|name| !model.fields().contains(name));
    let scores = model.labels().iter().map(|label| score_column(label));
    let always = always.into_iter().chain(predicted).map(str::to_owned);
    always
        .chain(WINDOW_COLUMNS.map(str::to_owned))
        .chain(scores)
        .collect()
}

/// Sets the columns about windows. A text that is read at once is one window, and no window decides.
fn set_windows(record: &mut Record, found: Option<InWindows>) {
    let values = match found {
        Some(found) => [found.count, found.deciding, found.start, found.end].map(Value::from),
        None => [Value::from(1), Value::Null, Value::Null, Value::Null],
    };
    for (name, value) in WINDOW_COLUMNS.into_iter().zip(values) {
        record.set(name, value);
    }
}

/// Removes the fields of an earlier prediction: those named in `earlier`, and the answers to further
/// questions of any model. Returns the names of the removed fields. In a record without `predicted_label` and
/// `predicted_labels`, such fields belong to the user and are kept.
fn remove_earlier(record: &mut Record, earlier: &[String]) -> Vec<String> {
    if record.get(PREDICTED).is_none() && record.get(PREDICTED_SEVERAL).is_none() {
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

fn score_column(label: &str) -> String {
    format!("score_{label}")
}

/// The column with the answer to a further question; several labels are separated by `; `.
fn answer_column(question: &str) -> String {
    format!("{ANSWER_COLUMN}{question}")
}

fn table_error(error: WriteError, record: usize) -> Error {
    match error {
        WriteError::Output(error) => Error::Io(error),
        WriteError::NoColumn { field, .. } => Error::NoColumn { record, field },
        error => error.into(),
    }
}

//! Writes the texts of a report to a file.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value};

use super::job::ReportFields;
use crate::clock::{now_ms, rfc3339};
use crate::error::Result;
use feedback_store::{Case, CaseState, Cursor, Filter, Store, StoredPrediction};

/// Maximum number of texts in a report; with more, only the newest are used.
const MAX_TEXTS: usize = 50_000;
/// Number of rows read from the store at a time.
const PAGE: usize = 500;

/// Names that no record has by accident.
const NUMBER: &str = "feedback:id";
const TEXT: &str = "feedback:text";
const LABEL: &str = "feedback:label";
const CONFIDENCE: &str = "feedback:confidence";
const DATE: &str = "feedback:date";
/// This one is shown in the report. A field of this name in the records is left out.
const ANSWERED: &str = "Answered in time (inbox)";

/// The texts in the file.
pub(super) struct Written {
    pub(super) texts: u64,
    /// Number of texts whose labels from people are not used.
    pub(super) labels_left_out: u64,
    pub(super) fields: ReportFields,
}

/// Writes the newest texts that match the filter, in the order of their ids.
pub(super) fn write(store: &dyn Store, filter: &Filter, path: &Path) -> Result<Written> {
    let mut lines = Vec::new();
    let (now, mut has_answers) = (now_ms(), false);
    let (whose, labelled) = whose(store, filter)?;
    let mut has_confidence = false;
    let mut cursor = Cursor::newest(PAGE);
    while lines.len() < MAX_TEXTS {
        let page = store.history(filter, cursor)?;
        let Some(last) = page.last() else { break };
        cursor.before = last.id;
        let ids: Vec<i64> = page.iter().map(|item| item.id).collect();
        let cases = store.cases_of(&ids)?;
        let answered: HashMap<i64, bool> = cases.iter().filter_map(|case| in_time(case, now)).collect();
        has_answers |= !answered.is_empty();
        for item in page {
            let answered = answered.get(&item.id).copied();
            has_confidence |= whose.is_of_model(&item);
            lines.push(line(item, whose, answered)?);
        }
    }
    lines.truncate(MAX_TEXTS);
    let mut output = BufWriter::new(fs_err::File::create(path)?);
    for line in lines.iter().rev() {
        writeln!(output, "{line}")?;
    }
    output.flush()?;
    Ok(Written {
        texts: lines.len() as u64,
        labels_left_out: if whose == Whose::Model { labelled } else { 0 },
        fields: ReportFields {
            number: NUMBER,
            text: TEXT,
            label: LABEL,
            confidence: has_confidence.then_some(CONFIDENCE),
            date: DATE,
            answered: has_answers.then_some(ANSWERED),
        },
    })
}

/// The prediction of a case, and whether it was answered in time; `None` if no answer is due yet, or nobody knows when it was given.
fn in_time(case: &Case, now: i64) -> Option<(i64, bool)> {
    let due = case.content.due_at?;
    let is_in_time = match (case.answered_at, case.state) {
        (Some(answered), _) => answered <= due,
        (None, CaseState::Open) if due < now => false,
        _ => return None,
    };
    Some((case.content.prediction_id, is_in_time))
}

/// Whose labels a report counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The model's, of all texts: if people labelled more texts of one period than of the other, labels of both would differ between the
    /// periods although no text does.
    Model,
    /// Those of people where there are any: people labelled all texts, or the texts were chosen by these labels.
    Effective,
}

impl Whose {
    /// Whether the model gave the label that is counted.
    fn is_of_model(self, item: &StoredPrediction) -> bool {
        self == Self::Model || item.corrected.is_none()
    }
}

/// Decides whose labels are counted. Also returns the number of texts that people labelled.
fn whose(store: &dyn Store, filter: &Filter) -> Result<(Whose, u64)> {
    let n = store.count(filter)?;
    let labelled = match filter.corrected {
        Some(true) => n,
        Some(false) => 0,
        None => store.count(&Filter {
            corrected: Some(true),
            ..filter.clone()
        })?,
    };
    let is_effective = filter.label.is_some() || labelled == n;
    Ok((
        if is_effective {
            Whose::Effective
        } else {
            Whose::Model
        },
        labelled,
    ))
}

fn line(item: StoredPrediction, whose: Whose, answered: Option<bool>) -> Result<String> {
    let is_of_model = whose.is_of_model(&item);
    let labels = if is_of_model {
        &item.prediction.labels
    } else {
        item.effective_labels()
    };
    let label = labels.first().cloned();
    let prediction = item.prediction;
    let mut fields = Map::new();
    fields.insert(NUMBER.into(), item.id.into());
    fields.insert(LABEL.into(), label.unwrap_or_default().into());
    if is_of_model {
        fields.insert(CONFIDENCE.into(), prediction.confidence.into());
    }
    if !prediction.undated {
        fields.insert(DATE.into(), rfc3339(prediction.at).into());
    }
    if let Some(answered) = answered {
        fields.insert(ANSWERED.into(), if answered { "yes" } else { "no" }.into());
    }
    for (name, value) in prediction.fields.iter() {
        if !fields.contains_key(name) && name != ANSWERED {
            fields.insert(name.to_owned(), value.into());
        }
    }
    fields.insert(TEXT.into(), prediction.text.into());
    Ok(serde_json::to_string(&Value::Object(fields)).map_err(std::io::Error::from)?)
}

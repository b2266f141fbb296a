//! Writes the texts of a report to a file.

use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use feedback_formats::{FieldSample, rating_field};
use serde_json::{Map, Value};

use super::job::ReportFields;
use crate::clock::{now_ms, rfc3339};
use crate::error::Result;
use feedback_store::{Case, CaseState, Cursor, Filter, Store, StoredPrediction};

/// Maximum number of texts in a report; with more, only the newest are used.
const MAX_TEXTS: usize = 50_000;
/// Number of rows read from the store at a time.
const PAGE: usize = 500;
/// Number of rows whose fields are looked at to find the rating.
const SAMPLE: usize = 200;

/// Names that no record has by accident.
const NUMBER: &str = "feedback:id";
const TEXT: &str = "feedback:text";
const LABEL: &str = "feedback:label";
const CONFIDENCE: &str = "feedback:confidence";
const DATE: &str = "feedback:date";
/// This one is shown in the report.
const ANSWERED: &str = "Answered in time";

/// The texts in the file.
pub(super) struct Written {
    pub(super) texts: u64,
    pub(super) fields: ReportFields,
}

/// Writes the newest texts that match the filter, in the order of their ids.
pub(super) fn write(store: &dyn Store, filter: &Filter, path: &Path) -> Result<Written> {
    let mut lines = Vec::new();
    let mut samples: Vec<FieldSample> = Vec::new();
    let (now, mut has_answers) = (now_ms(), false);
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
            if lines.len() < SAMPLE {
                add(&mut samples, &item);
            }
            let answered = answered.get(&item.id).copied();
            lines.push(line(item, answered)?);
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
        fields: ReportFields {
            number: NUMBER,
            text: TEXT,
            label: LABEL,
            confidence: CONFIDENCE,
            date: DATE,
            rating: rating_field(&samples).map(str::to_owned),
            answered: has_answers.then_some(ANSWERED),
        },
    })
}

fn add(samples: &mut Vec<FieldSample>, item: &StoredPrediction) {
    for (name, value) in item
        .prediction
        .fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
    {
        match samples.iter_mut().find(|sample| sample.name == name) {
            Some(sample) => sample.values.push(value),
            None => samples.push(FieldSample::new(name, vec![value])),
        }
    }
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

fn line(item: StoredPrediction, answered: Option<bool>) -> Result<String> {
    let label = item.effective_labels().first().cloned();
    let prediction = item.prediction;
    let mut fields = Map::new();
    fields.insert(NUMBER.into(), item.id.into());
    fields.insert(LABEL.into(), label.unwrap_or_default().into());
    if item.corrected.is_none() {
        fields.insert(CONFIDENCE.into(), prediction.confidence.into());
    }
    if !prediction.undated {
        fields.insert(DATE.into(), rfc3339(prediction.at).into());
    }
    if let Some(answered) = answered {
        fields.insert(ANSWERED.into(), if answered { "yes" } else { "no" }.into());
    }
    for (name, value) in prediction.fields.iter() {
        if !fields.contains_key(name) {
            fields.insert(name.to_owned(), value.into());
        }
    }
    fields.insert(TEXT.into(), prediction.text.into());
    Ok(serde_json::to_string(&Value::Object(fields)).map_err(std::io::Error::from)?)
}

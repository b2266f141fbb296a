//! Answers of labelled texts to further questions: fields of the same rows.

use std::collections::{BTreeSet, HashMap};

use feedback_dataset::read::{OnBadRow, ReadOptions};
use feedback_dataset::record::Record;
use feedback_formats::read;
use serde_json::Value;

use crate::data::examples::Examples;
use crate::error::{DataError, Result};

/// The answers of some texts to one question: the labels of each text, or `None` for a text without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldAnswers {
    /// Whether a row has a list of labels instead of one.
    pub(crate) multi_label: bool,
    /// The labels of each text.
    pub(crate) of_texts: Vec<Option<Vec<String>>>,
}

impl FieldAnswers {
    /// All labels that occur, in alphabetical order.
    pub(crate) fn labels(&self) -> Vec<String> {
        let labels = self.of_texts.iter().flatten().flatten();
        labels.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

/// Reads the fields `questions` of the first `n` examples. The file of the examples is read again: examples keep only their text, label
/// and line.
///
/// # Errors
///
/// The file cannot be read any more; a value is an object, or a list with something other than texts, numbers and booleans.
pub(crate) fn field_answers(
    examples: &Examples,
    n: usize,
    questions: &[String],
    options: &ReadOptions,
) -> Result<Vec<FieldAnswers>> {
    let dataset = read(&examples.path, options, OnBadRow::SetAside)?;
    let by_line: HashMap<u64, &Record> = dataset.rows.iter().map(|row| (row.line, &row.record)).collect();
    let of_question = |question: &String| -> Result<FieldAnswers> {
        let mut found = FieldAnswers {
            multi_label: false,
            of_texts: vec![None; examples.len()],
        };
        for (answer, line) in found.of_texts.iter_mut().zip(&examples.lines).take(n) {
            let Some(record) = by_line.get(line) else { continue };
            let value = record.get(question);
            found.multi_label |= matches!(value, Some(Value::Array(_)));
            *answer = labels_of(value).map_err(|found| DataError::AnswerValue {
                path: examples.path.clone(),
                line: *line,
                field: question.clone(),
                found,
            })?;
        }
        Ok(found)
    };
    questions.iter().map(of_question).collect()
}

/// Returns the labels in a value; `None` for a missing or empty one. The error says what else the value is.
fn labels_of(value: Option<&Value>) -> std::result::Result<Option<Vec<String>>, &'static str> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.trim().to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) => Err("a list within a list"),
        Value::Object(_) => Err("an object"),
    };
    match value {
        None => Ok(None),
        Some(Value::Array(entries)) => {
            let mut labels = entries
                .iter()
                .map(one)
                .collect::<std::result::Result<Vec<_>, _>>()?;
            labels.retain(|label| !label.is_empty());
            Ok(Some(labels))
        }
        Some(value) => one(value).map(|label| Some(vec![label]).filter(|labels| !labels[0].is_empty())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_labels() {
        let labels = |value: Value| labels_of(Some(&value));
        assert_eq!(labels_of(None), Ok(None));
        assert_eq!(labels(json!("  ")), Ok(None));
        assert_eq!(labels(json!(null)), Ok(None));
        assert_eq!(labels(json!(" high ")), Ok(Some(vec!["high".into()])));
        assert_eq!(labels(json!(3)), Ok(Some(vec!["3".into()])));
        assert_eq!(labels(json!([])), Ok(Some(Vec::new())));
        assert_eq!(
            labels(json!(["a", "", true])),
            Ok(Some(vec!["a".into(), "true".into()]))
        );
        assert_eq!(labels(json!({})), Err("an object"));
    }
}

//! Labels as annotation tools write them: an object instead of a list.

use serde_json::{Map, Value};

/// How a cell of Label Studio begins if it has several labels.
const CHOICES: &str = "{\"choices\"";

/// Minimum score of a label in an object of scores.
const MIN_SCORE: f64 = 0.5;

/// Returns the list of labels that an object of an annotation tool means; `None` for any other value, such as a list or a string.
///
/// A cell of a table can have a list as JSON or Python write it: `["bug", "praise"]`, `['bug', 'praise']`. Label Studio writes
/// `{"choices": ["bug", "praise"]}`, also as text in a cell. spaCy writes a score from 0 to 1 for each
/// label, `{"bug": 1.0, "praise": 0.0}`; the labels with at least 0.5 count, and `true` counts as 1.
///
/// # Examples
///
/// ```
/// use feedback_text::labels::listed_labels;
/// use serde_json::json;
///
/// assert_eq!(listed_labels(&json!({ "choices": ["bug"] })), Some(json!(["bug"])));
/// assert_eq!(listed_labels(&json!({ "bug": 0.0, "praise": 1.0 })), Some(json!(["praise"])));
/// assert_eq!(listed_labels(&json!({ "name": "bug" })), None);
/// ```
#[must_use]
pub fn listed_labels(value: &Value) -> Option<Value> {
    match value {
        Value::String(cell) if is_choices(cell) => match serde_json::from_str(cell) {
            Ok(Value::Object(fields)) => choices(&fields),
            Ok(list @ Value::Array(_)) if is_of_strings(&list) => Some(list),
            _ => python_list(cell),
        },
        Value::Object(fields) => choices(fields).or_else(|| by_score(fields)),
        _ => None,
    }
}

/// True if a cell seems to be a list of labels, or Label Studio's object with one.
#[must_use]
pub fn is_choices(cell: &str) -> bool {
    match cell.as_bytes().first() {
        Some(b'[') => cell.ends_with(']') && ["[\"", "['", "[]"].iter().any(|start| cell.starts_with(start)),
        Some(b'{') => cell.starts_with(CHOICES),
        _ => false,
    }
}

fn is_of_strings(list: &Value) -> bool {
    list.as_array()
        .is_some_and(|labels| labels.iter().all(Value::is_string))
}

/// Reads a list as Python prints it, `['bug', "isn't new"]`, as far as no label has a backslash.
fn python_list(cell: &str) -> Option<Value> {
    let mut rest = cell.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        let (label, after) = rest[1..].split_once(quote)?;
        if label.contains('\\') {
            return None;
        }
        labels.push(Value::from(label));
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(Value::Array(labels))
}

fn choices(fields: &Map<String, Value>) -> Option<Value> {
    let list = fields.get("choices").filter(|_| fields.len() == 1)?;
    list.is_array().then(|| list.clone())
}

fn by_score(fields: &Map<String, Value>) -> Option<Value> {
    let score = |value: &Value| match value {
        Value::Bool(is_label) => Some(f64::from(u8::from(*is_label))),
        // One integer, as in `{"id": 1}`, is more likely something else.
        Value::Number(number) if fields.len() == 1 && !number.is_f64() => None,
        Value::Number(number) => number.as_f64().filter(|score| (0.0..=1.0).contains(score)),
        _ => None,
    };
    let scores: Option<Vec<(&String, f64)>> = fields
        .iter()
        .map(|(name, value)| Some((name, score(value)?)))
        .collect();
    let scores = scores.filter(|scores| !scores.is_empty())?;
    let labels = scores.into_iter().filter(|(_, score)| *score >= MIN_SCORE);
    Some(labels.map(|(name, _)| Value::from(name.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_of_annotation_tools_are_lists() {
        let cases = [
            (json!({ "choices": ["a", "b"] }), Some(json!(["a", "b"]))),
            (json!({ "choices": [] }), Some(json!([]))),
            (json!("{\"choices\":[\"a\",\"b\"]}"), Some(json!(["a", "b"]))),
            (
                json!({ "a": 0.5, "b": 0.49, "c": true, "d": false }),
                Some(json!(["a", "c"])),
            ),
            (json!({ "a": 0, "b": 0 }), Some(json!([]))),
            (json!({ "choices": ["a"], "other": 1 }), None),
            (json!({ "a": 1.0 }), Some(json!(["a"]))),
            (json!({ "a": 1 }), None),
            (json!({ "a": 1.5 }), None),
            (json!({ "a": "1" }), None),
            (json!({}), None),
            (json!(["a"]), None),
            (json!("a"), None),
            (json!("{\"choices\":[\"a\""), None),
            (json!("{\"choices\":\"a\"}"), None),
            (json!("[\"a\", \"b\"]"), Some(json!(["a", "b"]))),
            (json!("['a', \"b's\", ]"), Some(json!(["a", "b's"]))),
            (json!("[]"), Some(json!([]))),
            (json!("['a' 'b']"), None),
            (json!("['a', b]"), None),
            (json!("['a\\'b']"), None),
            (json!("[\"a\", 1]"), None),
            (json!("[bug] it crashes]"), None),
        ];
        for (value, expected) in cases {
            assert_eq!(listed_labels(&value), expected, "{value}");
        }
    }
}

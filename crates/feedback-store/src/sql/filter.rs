//! Converts a filter to an SQL condition.

use serde_json::Value as Json;

use super::database::{Dialect, Value};
use super::labels::{SHOWN, SHOWN_LIST, line};
use crate::predictions::{AnswerFilter, FieldFilter, Filter};

/// If a model has no threshold, its predictions with a confidence below this value are doubtful.
pub(crate) const DOUBTFUL_BELOW: f64 = 0.5;
/// Whether a prediction is doubtful.
pub(super) const DOUBTFUL: &str = "coalesce(abstained, confidence < 0.5)";

/// Returns `WHERE …` with numbered parameters, and the values of the parameters.
pub(crate) fn condition<'a>(filter: &'a Filter, dialect: &Dialect) -> (String, Vec<Value<'a>>) {
    let mut parts = vec!["true".to_owned()];
    let mut values = Vec::new();
    let mut add = |part: &str, value: Value<'a>| {
        values.push(value);
        parts.push(part.replace('?', &format!("${}", values.len())));
    };
    if let Some(text) = &filter.text {
        let part = format!("{}({}, ?) > 0", dialect.position, dialect.lower_text);
        add(&part, Value::Text(Some(text.to_lowercase().into())));
    }
    if let Some(source) = &filter.source {
        add("source = ?", source.into());
    }
    if let Some(from) = filter.from {
        add("NOT undated AND at >= ?", from.into());
    }
    if let Some(to) = filter.to {
        add("NOT undated AND at < ?", to.into());
    }
    if let Some(time) = filter.older_than {
        add("at < ?", time.into());
    }
    if let Some(min) = filter.min_confidence {
        add("confidence >= ?", min.into());
    }
    if let Some(max) = filter.max_confidence {
        add("confidence <= ?", max.into());
    }
    if let Some(above) = filter.unfamiliar_above {
        add("unfamiliarity > ?", above.into());
    }
    if let Some(corrected) = filter.corrected {
        add("(corrected IS NOT NULL) = ?", corrected.into());
    }
    if let Some(doubtful) = filter.doubtful {
        add(&format!("({DOUBTFUL}) = ?"), doubtful.into());
    }
    if let Some(model) = &filter.not_by_model {
        add("model <> ?", model.into());
    }
    if let Some(max) = filter.max_id {
        add("id <= ?", max.into());
    }
    if let Some(ids) = &filter.ids {
        // A list of numbers always serialises.
        let ids = serde_json::to_string(ids).unwrap_or_default();
        add(&format!("id {}", dialect.number_in), Value::ReadJson(ids));
    }
    let labels = filter.label.iter();
    parts.extend(labels.map(|label| label_condition(label, dialect, &mut values)));
    let fields = filter.fields.iter();
    parts.extend(fields.map(|field| field_condition(field, dialect, &mut values)));
    let answers = filter.answers.iter();
    parts.extend(answers.map(|answer| answer_condition(answer, dialect, &mut values)));
    (format!("WHERE {}", parts.join(" AND ")), values)
}

/// Returns the expression for the value of a field as JSON; adds the value of its parameter.
pub(crate) fn field_expression(name: &str, dialect: &Dialect, values: &mut Vec<Value<'_>>) -> String {
    values.push(Value::Text(Some((dialect.field_key)(name).into())));
    dialect.field.replace('?', &format!("${}", values.len()))
}

/// A list of several labels is searched for the line of the label; the first label, or the only one, is compared.
fn label_condition<'a>(label: &'a str, dialect: &Dialect, values: &mut Vec<Value<'a>>) -> String {
    values.push(label.into());
    let first = values.len();
    values.push(Value::Json(Some(line(label).into())));
    let position = dialect.position;
    format!(
        "({SHOWN} = ${first} OR {position}({SHOWN_LIST}, ${}) > 0)",
        values.len()
    )
}

/// The beginning of the answer in the stored JSON is searched for. Within its strings, JSON has no quotes without a backslash, so nothing
/// else begins like an answer.
fn answer_condition(wanted: &AnswerFilter, dialect: &Dialect, values: &mut Vec<Value<'_>>) -> String {
    let question = Json::from(wanted.question.as_str());
    let (beginning, is_found) = match wanted.label.as_str() {
        "" => (format!("{{\"question\":{question},"), "= 0"),
        label => (
            format!("{{\"question\":{question},\"label\":{},", Json::from(label)),
            "> 0",
        ),
    };
    values.push(Value::Text(Some(beginning.into())));
    let position = dialect.position;
    format!("{position}(coalesce(answers, ''), ${}) {is_found}", values.len())
}

/// The condition holds if the JSON of the field equals a value as a JSON string. If the value is itself
/// JSON, such as a number or a boolean, it may also equal that. An empty value also selects records without
/// the field.
pub(crate) fn field_condition(
    wanted: &FieldFilter,
    dialect: &Dialect,
    values: &mut Vec<Value<'_>>,
) -> String {
    let field = field_expression(&wanted.name, dialect, values);
    let mut forms = Vec::new();
    for wanted in &wanted.values {
        forms.push(Json::from(wanted.as_str()).to_string());
        match serde_json::from_str(wanted) {
            Ok(Json::String(_)) | Err(_) => {}
            Ok(_) => forms.push(wanted.clone()),
        }
    }
    let missing = wanted.values.iter().any(String::is_empty);
    if missing {
        forms.push("null".to_owned());
    }
    let mut places = Vec::new();
    for form in forms {
        values.push(Value::ReadJson(form));
        places.push(format!("${}", values.len()));
    }
    // `IN ()` is an error in Postgres.
    let places = if places.is_empty() {
        "NULL".to_owned()
    } else {
        places.join(", ")
    };
    match missing {
        true => format!("coalesce({field}, 'null') IN ({places})"),
        false => format!("{field} IN ({places})"),
    }
}

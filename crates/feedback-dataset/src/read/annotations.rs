//! Rows that people rejected, skipped or discarded in an annotation tool.

use serde_json::{Map, Value};

use crate::record::{BadRowReason, Record};

/// Refuses a row without a label because of what people did, and puts answers that do not count behind the others. `line` is its JSON.
pub(super) fn check(line: &str, record: &mut Record) -> Result<(), BadRowReason> {
    // Prodigy writes its answer beside the hash of the task.
    if line.contains("\"_task_hash\"") {
        let answer = record.get("answer").and_then(Value::as_str);
        if let Some(answer) = ["reject", "ignore"].into_iter().find(|one| answer == Some(one)) {
            return Err(BadRowReason::Rejected { answer });
        }
    }
    // What others write is nested.
    if record.is_flat() {
        return Ok(());
    }
    // Label Studio.
    if line.contains("\"was_cancelled\"") {
        let is_cancelled = |annotation: &Value| annotation.get("was_cancelled") == Some(&Value::Bool(true));
        put_last(record, "annotations", is_cancelled)?;
    }
    // Argilla.
    if line.contains("\"discarded\"") {
        let is_discarded = |answer: &Value| *answer.get("status").unwrap_or(answer) == "discarded";
        let responses = record.get("responses").and_then(Value::as_object);
        let within = responses.into_iter().flat_map(Map::keys);
        let mut questions: Vec<String> = within.map(|name| format!("responses.{name}")).collect();
        // Other versions write the answers, or what people did with them, beside the text.
        let is_beside = |name: &&String, value: &Value| {
            let is_all = || value.as_array().is_some_and(|all| all.iter().all(is_discarded));
            name.ends_with(".responses.status") && is_all() || value.pointer("/0/user_id").is_some()
        };
        let beside = record
            .fields()
            .iter()
            .filter(|(name, value)| is_beside(name, value));
        questions.extend(beside.map(|(name, _)| name.clone()));
        for question in questions {
            put_last(record, &question, is_discarded)?;
        }
    }
    Ok(())
}

/// Puts the answers in a list that do not count behind the others, so that the label is not taken from them.
fn put_last(
    record: &mut Record,
    field: &str,
    does_not_count: impl Fn(&Value) -> bool + Copy,
) -> Result<(), BadRowReason> {
    let Some(Value::Array(answers)) = record.get(field) else {
        return Ok(());
    };
    if answers.is_sorted_by_key(does_not_count) && answers.first().is_none_or(|first| !does_not_count(first))
    {
        return Ok(());
    }
    if answers.iter().all(does_not_count) {
        return Err(BadRowReason::Cancelled);
    }
    let mut answers = answers.clone();
    answers.sort_by_key(does_not_count);
    record.set(field, answers);
    Ok(())
}

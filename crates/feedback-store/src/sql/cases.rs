//! The table of cases.

use std::collections::HashSet;

use feedback_files::sha256_hex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::database::{Database, Row, Value, value};
use crate::cases::{Case, CaseChange, CaseFilter, CaseNote, CaseState, NewCase};
use crate::error::Result;
use crate::fields::ERASED;

pub(crate) fn add(database: &mut dyn Database, cases: &[NewCase], now: i64) -> Result<u64> {
    let mut added = 0;
    for case in cases {
        added += database.execute(
            "INSERT INTO cases (prediction_id, urgency, reasons, language, rule, team, priority, state, owner, due_at, tags, \
             notes, created_at, changed_at) \
             SELECT id, $2, $3, $4, $5, $6, $7, 'open', '', $8, $9, '[]', $10, $10 FROM predictions WHERE id = $1 \
             ON CONFLICT (prediction_id) DO NOTHING",
            &[
                case.prediction_id.into(),
                case.urgency.into(),
                json(&case.reasons),
                (&case.language).into(),
                (&case.rule).into(),
                (&case.team).into(),
                case.priority.into(),
                optional(case.due_at),
                json(&case.tags),
                now.into(),
            ],
        )?;
    }
    Ok(added)
}

pub(crate) fn get(database: &mut dyn Database, id: i64) -> Result<Option<Case>> {
    database.row("SELECT * FROM cases WHERE id = $1", &[id.into()], case)
}

pub(crate) fn list(
    database: &mut dyn Database,
    filter: &CaseFilter,
    skip: u64,
    limit: usize,
) -> Result<Vec<Case>> {
    let (condition, mut values) = condition(filter);
    values.extend([limit.into(), skip.into()]);
    let (limit, skip) = (values.len() - 1, values.len());
    let sql = format!(
        "SELECT * FROM cases {condition} ORDER BY urgency DESC, priority DESC, due_at IS NULL, due_at, id \
         LIMIT ${limit} OFFSET ${skip}"
    );
    database.rows(&sql, &values, case)
}

pub(crate) fn of(database: &mut dyn Database, predictions: &[i64]) -> Result<Vec<Case>> {
    // A list of numbers always serialises.
    let ids = serde_json::to_string(predictions).unwrap_or_default();
    let is_one = database.dialect().number_in.replace('?', "$1");
    let sql = format!("SELECT * FROM cases WHERE prediction_id {is_one} ORDER BY prediction_id");
    database.rows(&sql, &[Value::ReadJson(ids)], case)
}

pub(crate) fn count(database: &mut dyn Database, filter: &CaseFilter) -> Result<u64> {
    let (condition, values) = condition(filter);
    let sql = format!("SELECT count(*) AS count FROM cases {condition}");
    let found = database.row(&sql, &values, |row| value(row, "count"))?;
    Ok(found.unwrap_or_default())
}

pub(crate) fn change(
    database: &mut dyn Database,
    id: i64,
    change: &CaseChange,
    now: i64,
) -> Result<Option<Case>> {
    let Some(mut case) = get(database, id)? else {
        return Ok(None);
    };
    let content = &mut case.content;
    let was_open = case.state == CaseState::Open;
    set(&mut case.state, change.state);
    match case.state {
        CaseState::Open => case.answered_at = None,
        _ if was_open => case.answered_at = Some(now),
        _ => {}
    }
    set(&mut case.owner, change.owner.clone());
    set(&mut content.team, change.team.clone());
    set(&mut content.priority, change.priority);
    set(&mut content.due_at, change.due_at);
    set(&mut content.tags, change.tags.clone());
    if case.notes.len() < CaseChange::MAX_NOTES {
        case.notes.extend(change.note.clone());
    }
    case.changed_at = now;
    database.execute(
        "UPDATE cases SET state = $2, owner = $3, team = $4, priority = $5, due_at = $6, tags = $7, notes = $8, \
         changed_at = $9, answered_at = $10 WHERE id = $1",
        &[
            id.into(),
            case.state.name().into(),
            (&case.owner).into(),
            (&case.content.team).into(),
            case.content.priority.into(),
            optional(case.content.due_at),
            json(&case.content.tags),
            json(&case.notes),
            now.into(),
            optional(case.answered_at),
        ],
    )?;
    Ok(Some(case))
}

fn set<T>(value: &mut T, change: Option<T>) {
    if let Some(new) = change {
        *value = new;
    }
}

pub(crate) fn teams_and_owners(database: &mut dyn Database) -> Result<(Vec<String>, Vec<String>)> {
    let mut names = |column: &str| {
        let sql = format!("SELECT DISTINCT {column} AS name FROM cases WHERE {column} <> '' ORDER BY name");
        database.rows(&sql, &[], |row| value(row, "name"))
    };
    Ok((names("team")?, names("owner")?))
}

/// Removes the case of a prediction.
pub(crate) fn remove(database: &mut dyn Database, prediction: i64) -> Result<()> {
    database.execute("DELETE FROM cases WHERE prediction_id = $1", &[prediction.into()])?;
    Ok(())
}

/// Replaces notes that are one of the texts with these hashes.
pub(crate) fn clear_notes(database: &mut dyn Database, hashes: &HashSet<String>) -> Result<()> {
    let noted = database.rows("SELECT * FROM cases WHERE notes <> '[]'", &[], case)?;
    for mut case in noted {
        let is_erased = |note: &&mut CaseNote| hashes.contains(&sha256_hex(&note.text));
        let erased: Vec<&mut CaseNote> = case.notes.iter_mut().filter(is_erased).collect();
        if erased.is_empty() {
            continue;
        }
        erased
            .into_iter()
            .for_each(|note| ERASED.clone_into(&mut note.text));
        let sql = "UPDATE cases SET notes = $2 WHERE id = $1";
        database.execute(sql, &[case.id.into(), json(&case.notes)])?;
    }
    Ok(())
}

fn condition(filter: &CaseFilter) -> (String, Vec<Value<'_>>) {
    let mut parts = vec!["true".to_owned()];
    let mut values: Vec<Value<'_>> = Vec::new();
    let mut add = |part: &str, value: Value<'static>| {
        values.push(value);
        parts.push(part.replace('?', &format!("${}", values.len())));
    };
    if let Some(min) = filter.min_urgency {
        add("urgency >= ?", min.into());
    }
    if let Some(time) = filter.due_before {
        add("due_at < ?", time.into());
    }
    if let Some(time) = filter.urgent_or_due_before {
        add("(urgency >= 2 OR due_at < ?)", time.into());
    }
    let states: Vec<String> = filter
        .states
        .iter()
        .map(|state| format!("'{}'", state.name()))
        .collect();
    if !states.is_empty() {
        parts.push(format!("state IN ({})", states.join(", ")));
    }
    for (column, name) in [("team", &filter.team), ("owner", &filter.owner)] {
        if let Some(name) = name {
            values.push(name.into());
            parts.push(format!("{column} = ${}", values.len()));
        }
    }
    (format!("WHERE {}", parts.join(" AND ")), values)
}

/// For lists of texts, which always serialise.
fn json<T: Serialize>(list: &[T]) -> Value<'static> {
    Value::Text(Some(serde_json::to_string(list).unwrap_or_default().into()))
}

fn optional(time: Option<i64>) -> Value<'static> {
    time.map_or(Value::NoInteger, Value::Integer)
}

/// A list that cannot be parsed should not hide the case.
fn read_list<T: DeserializeOwned>(row: &dyn Row, column: &str) -> Result<Vec<T>> {
    let json: String = value(row, column)?;
    Ok(serde_json::from_str(&json).unwrap_or_default())
}

fn case(row: &dyn Row) -> Result<Case> {
    let state: String = value(row, "state")?;
    Ok(Case {
        id: value(row, "id")?,
        content: NewCase {
            prediction_id: value(row, "prediction_id")?,
            urgency: value(row, "urgency")?,
            reasons: read_list(row, "reasons")?,
            language: value(row, "language")?,
            rule: value(row, "rule")?,
            team: value(row, "team")?,
            priority: value(row, "priority")?,
            due_at: value(row, "due_at")?,
            tags: read_list(row, "tags")?,
        },
        state: CaseState::from_name(&state).unwrap_or(CaseState::Open),
        owner: value(row, "owner")?,
        notes: read_list(row, "notes")?,
        created_at: value(row, "created_at")?,
        changed_at: value(row, "changed_at")?,
        answered_at: value(row, "answered_at")?,
    })
}

//! Counts predictions by a field, the source or an answer, and by their labels.

use std::collections::BTreeMap;

use super::database::{Database, value};
use super::filter::{condition, field_expression};
use super::labels::{self, SHOWN, SHOWN_LIST};
use super::predictions::answers;
use crate::error::Result;
use crate::fields::shown;
use crate::predictions::{Dimension, FieldCount, Filter, ModelAnswer};

/// Counts by value and labels.
type Sums = BTreeMap<(String, Vec<String>), u64>;

/// Counts by the value of a dimension and the labels; `None` if there are more than `limit` combinations.
pub(crate) fn breakdown(
    database: &mut dyn Database,
    filter: &Filter,
    by: &Dimension,
    limit: usize,
) -> Result<Option<Vec<FieldCount>>> {
    let sums = match by {
        Dimension::Field(name) => by_column(database, filter, Some(name), limit)?,
        Dimension::Source => by_column(database, filter, None, limit)?,
        Dimension::Answer(question) => Some(by_answer(database, filter, question)?),
    };
    let count = |((value, labels), count)| FieldCount { value, labels, count };
    let counts = sums.map(|sums| sums.into_iter().map(count).collect());
    Ok(counts.filter(|counts: &Vec<FieldCount>| counts.len() <= limit))
}

/// Counts by a field or, without one, by the source.
fn by_column(
    database: &mut dyn Database,
    filter: &Filter,
    field: Option<&str>,
    limit: usize,
) -> Result<Option<Sums>> {
    let (condition, mut values) = condition(filter, database.dialect());
    let column = match field {
        Some(name) => field_expression(name, database.dialect(), &mut values),
        None => "source".to_owned(),
    };
    values.push(limit.saturating_add(1).into());
    let sql = format!(
        "SELECT {column} AS counted_value, {SHOWN} AS shown, {SHOWN_LIST} AS list, count(*) AS count \
         FROM predictions {condition} GROUP BY counted_value, shown, list LIMIT ${}",
        values.len()
    );
    let groups = database.rows(&sql, &values, |row| {
        let found: Option<String> = value(row, "counted_value")?;
        Ok((
            found.unwrap_or_default(),
            labels::read(row, "shown", "list")?,
            value::<u64>(row, "count")?,
        ))
    })?;
    if groups.len() > limit {
        return Ok(None);
    }
    // A number and a string may be shown in the same way.
    let mut sums = Sums::new();
    for (found, labels, count) in groups {
        let value = match field {
            Some(_) => shown(&found),
            None => found,
        };
        *sums.entry((value, labels)).or_default() += count;
    }
    Ok(Some(sums))
}

/// Reads all answers: they are stored with their scores, so hardly any two rows are equal.
fn by_answer(database: &mut dyn Database, filter: &Filter, question: &str) -> Result<Sums> {
    let (condition, values) = condition(filter, database.dialect());
    let sql = format!("SELECT answers, {SHOWN} AS shown, {SHOWN_LIST} AS list FROM predictions {condition}");
    let rows = database.rows(&sql, &values, |row| {
        Ok((
            labels_of(answers(row)?, question),
            labels::read(row, "shown", "list")?,
        ))
    })?;
    let mut sums = Sums::new();
    for (answered, labels) in rows {
        for value in answered {
            *sums.entry((value, labels.clone())).or_default() += 1;
        }
    }
    Ok(sums)
}

/// The labels that answer a question; an empty one if there are none.
fn labels_of(answers: Vec<ModelAnswer>, question: &str) -> Vec<String> {
    let of_question = answers.into_iter().filter(|answer| answer.question == question);
    let mut labels: Vec<String> = of_question.map(|answer| answer.label).collect();
    if labels.is_empty() {
        labels.push(String::new());
    }
    labels
}

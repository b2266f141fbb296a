//! The dashboard's figures, counted by the database.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::database::{Database, Value, value};
use super::filter::{DOUBTFUL, condition};
use super::labels::{self, SHOWN, SHOWN_LIST};
use crate::clock::DAY_MS;
use crate::error::Result;
use crate::predictions::{DayCount, Filter, LabelCount, Overview};

pub(crate) fn overview(database: &mut dyn Database, filter: &Filter) -> Result<Overview> {
    let (condition, values) = condition(filter, database.dialect());
    let totals = database.row(
        &format!(
            "SELECT count(*) AS total, \
             count(*) FILTER (WHERE {DOUBTFUL}) AS doubtful, \
             count(corrected) AS corrected, coalesce(avg(confidence), 0.0) AS mean FROM predictions {condition}"
        ),
        &values,
        |row| {
            Ok(Overview {
                total: value(row, "total")?,
                doubtful: value(row, "doubtful")?,
                corrected: value(row, "corrected")?,
                mean_confidence: value(row, "mean")?,
                ..Overview::default()
            })
        },
    )?;
    let days = days(database, &condition, &values)?;
    let tenth = database.dialect().tenth;
    let tenths: Vec<(u64, u64)> = database.rows(
        &format!("SELECT {tenth} AS tenth, count(*) AS count FROM predictions {condition} GROUP BY tenth"),
        &values,
        |row| Ok((value(row, "tenth")?, value(row, "count")?)),
    )?;
    let mut histogram = [0; 10];
    for (tenth, count) in tenths {
        histogram[usize::try_from(tenth).unwrap_or(9).min(9)] = count;
    }
    Ok(Overview {
        labels: most_frequent(
            days.iter()
                .flat_map(|(_, day)| day.labels.iter().map(|label| (label, day.count))),
        ),
        unlabelled: of_lists(&days, |labels| labels.is_empty()),
        several: of_lists(&days, |labels| labels.len() > 1),
        sources: most_frequent(days.iter().map(|(_, day)| (&day.source, day.count))),
        undated: days
            .iter()
            .filter(|(day, _)| day.is_none())
            .map(|(_, day)| day.count)
            .sum(),
        days: days
            .into_iter()
            .filter_map(|(day, count)| day.map(|_| count))
            .collect(),
        histogram,
        ..totals.unwrap_or_default()
    })
}

/// Returns the number of texts whose list of labels `has` a property.
fn of_lists(days: &[(Option<i64>, DayCount)], has: impl Fn(&[String]) -> bool) -> u64 {
    let found = days.iter().filter(|(_, day)| has(&day.labels));
    found.map(|(_, day)| day.count).sum()
}

/// Counts by day, labels and source; texts without a date have no day.
fn days(
    database: &mut dyn Database,
    condition: &str,
    values: &[Value<'_>],
) -> Result<Vec<(Option<i64>, DayCount)>> {
    database.rows(
        &format!(
            "SELECT CASE WHEN undated THEN NULL ELSE at / {DAY_MS} END AS day, {SHOWN} AS shown, {SHOWN_LIST} AS list, \
             source, count(*) AS count, \
             sum(confidence) AS confidence FROM predictions {condition} \
             GROUP BY day, shown, list, source ORDER BY day, shown, list NULLS FIRST, source"
        ),
        values,
        |row| {
            let day: Option<i64> = value(row, "day")?;
            let count = DayCount {
                day: day.unwrap_or_default(),
                labels: labels::read(row, "shown", "list")?,
                source: value(row, "source")?,
                count: value(row, "count")?,
                confidence: value(row, "confidence")?,
            };
            Ok((day, count))
        },
    )
}

/// Sums the counts of each name, most frequent first.
fn most_frequent<'a>(counts: impl Iterator<Item = (&'a String, u64)>) -> Vec<LabelCount> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (label, count) in counts {
        *sums.entry(label).or_default() += count;
    }
    let mut sums: Vec<LabelCount> = sums
        .into_iter()
        .map(|(label, count)| LabelCount {
            label: label.to_owned(),
            count,
        })
        .collect();
    sums.sort_by_key(|one| Reverse(one.count)); // stable: equal counts stay in order of name
    sums
}

//! What the dashboard shows, counted by the database.

use rusqlite::{Connection, Row, params_from_iter};

use super::filter::condition;
use crate::Result;
use crate::clock::DAY_MS;
use crate::store::overview::{DOUBTFUL_BELOW, most_frequent};
use crate::store::{DayCount, Filter, Overview};

pub(super) fn overview(connection: &Connection, filter: &Filter) -> Result<Overview> {
    let (condition, values) = condition(filter);
    let all = |sql: String, each: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<()>| -> Result<()> {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values.iter()))?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    };
    let mut overview = Overview::default();
    let totals = format!(
        "SELECT count(*), coalesce(sum(coalesce(abstained, confidence < {DOUBTFUL_BELOW})), 0), \
         count(corrected), coalesce(avg(confidence), 0.0) FROM predictions {condition}"
    );
    all(totals, &mut |row| {
        overview.total = row.get(0)?;
        overview.doubtful = row.get(1)?;
        overview.corrected = row.get(2)?;
        overview.mean_confidence = row.get(3)?;
        Ok(())
    })?;
    let days = format!(
        "SELECT at / {DAY_MS} AS day, coalesce(corrected, label) AS shown, source, count(*), sum(confidence) \
         FROM predictions {condition} GROUP BY day, shown, source ORDER BY day, shown, source"
    );
    all(days, &mut |row| {
        overview.days.push(DayCount {
            day: row.get(0)?,
            label: row.get(1)?,
            source: row.get(2)?,
            count: row.get(3)?,
            confidence: row.get(4)?,
        });
        Ok(())
    })?;
    let histogram = format!(
        "SELECT min(9, max(0, CAST(confidence * 10 AS INTEGER))) AS tenth, count(*) FROM predictions {condition} \
         GROUP BY tenth"
    );
    all(histogram, &mut |row| {
        let tenth: usize = row.get(0)?;
        overview.histogram[tenth.min(9)] = row.get(1)?;
        Ok(())
    })?;
    overview.labels = most_frequent(overview.days.iter().map(|day| (&day.label, day.count)));
    overview.sources = most_frequent(overview.days.iter().map(|day| (&day.source, day.count)));
    Ok(overview)
}

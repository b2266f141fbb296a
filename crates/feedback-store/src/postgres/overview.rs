//! What the dashboard shows, counted by the database.

use super::filter::Condition;
use super::row;
use super::session::Session;
use crate::Result;
use crate::clock::DAY_MS;
use crate::store::overview::{DOUBTFUL_BELOW, most_frequent};
use crate::store::{DayCount, Filter, Overview};

pub(super) fn overview(session: &mut Session, filter: &Filter) -> Result<Overview> {
    let condition = Condition::new(filter);
    let (sql, params) = (&condition.sql, condition.params());
    let mut overview = Overview::default();
    let totals = format!(
        "SELECT count(*) AS total, count(*) FILTER (WHERE coalesce(abstained, confidence < {DOUBTFUL_BELOW})) AS doubtful, \
         count(corrected) AS corrected, coalesce(avg(confidence), 0) AS mean FROM predictions {sql}"
    );
    if let Some(row) = session.row(&totals, &params)? {
        overview.total = row::count(&row, "total")?;
        overview.doubtful = row::count(&row, "doubtful")?;
        overview.corrected = row::count(&row, "corrected")?;
        overview.mean_confidence = row::value(&row, "mean")?;
    }
    let days = format!(
        "SELECT at / {DAY_MS} AS day, coalesce(corrected, label) AS shown, source, count(*) AS count, \
         sum(confidence) AS confidence FROM predictions {sql} GROUP BY day, shown, source ORDER BY day, shown, source"
    );
    for row in session.rows(&days, &params)? {
        overview.days.push(DayCount {
            day: row::value(&row, "day")?,
            label: row::text(&row, "shown")?,
            source: row::text(&row, "source")?,
            count: row::count(&row, "count")?,
            confidence: row::value(&row, "confidence")?,
        });
    }
    let histogram = format!(
        "SELECT trunc(least(9, greatest(0, confidence * 10)))::bigint AS tenth, count(*) AS count FROM predictions {sql} \
         GROUP BY tenth"
    );
    for row in session.rows(&histogram, &params)? {
        let tenth = usize::try_from(row::count(&row, "tenth")?).unwrap_or(9);
        overview.histogram[tenth.min(9)] = row::count(&row, "count")?;
    }
    overview.labels = most_frequent(overview.days.iter().map(|day| (&day.label, day.count)));
    overview.sources = most_frequent(overview.days.iter().map(|day| (&day.source, day.count)));
    Ok(overview)
}

//! Alerts, and the receivers that they were sent to.

use super::database::{Database, Row, value};
use crate::alerts::Alert;
use crate::error::Result;

pub(crate) fn add(database: &mut dyn Database, alert: &Alert) -> Result<bool> {
    let added = database.execute(
        "INSERT INTO alerts (label, day, count, median, mad, score, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (day, label) DO NOTHING",
        &[
            (&alert.label).into(),
            alert.day.into(),
            alert.count.into(),
            alert.median.into(),
            alert.mad.into(),
            alert.score.into(),
            alert.at.into(),
        ],
    )?;
    Ok(added == 1)
}

pub(crate) fn unsent(database: &mut dyn Database, receiver: &str, from: i64) -> Result<Vec<Alert>> {
    database.rows(
        "SELECT label, day, count, median, mad, score, at FROM alerts WHERE day >= $2 AND NOT EXISTS \
         (SELECT 1 FROM alerts_sent AS sent \
          WHERE sent.day = alerts.day AND sent.label = alerts.label AND sent.receiver = $1) ORDER BY at, label",
        &[receiver.into(), from.into()],
        alert,
    )
}

pub(crate) fn sent(
    database: &mut dyn Database,
    receiver: &str,
    label: &str,
    day: i64,
    now: i64,
) -> Result<()> {
    database.execute(
        "INSERT INTO alerts_sent (label, day, receiver, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (day, label, receiver) DO NOTHING",
        &[label.into(), day.into(), receiver.into(), now.into()],
    )?;
    Ok(())
}

fn alert(row: &dyn Row) -> Result<Alert> {
    Ok(Alert {
        label: value(row, "label")?,
        day: value(row, "day")?,
        count: value(row, "count")?,
        median: value(row, "median")?,
        mad: value(row, "mad")?,
        score: value(row, "score")?,
        at: value(row, "at")?,
    })
}

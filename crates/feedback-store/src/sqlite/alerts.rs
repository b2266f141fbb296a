//! Alerts, and who was told of them.

use rusqlite::{Connection, Row, params};

use crate::Result;
use crate::store::Alert;

pub(super) fn add(connection: &Connection, alert: &Alert) -> Result<bool> {
    let added = connection.execute(
        "INSERT INTO alerts (label, day, count, median, mad, score, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (day, label) DO NOTHING",
        params![
            alert.label,
            alert.day,
            alert.count,
            alert.median,
            alert.mad,
            alert.score,
            alert.at
        ],
    )?;
    Ok(added == 1)
}

pub(super) fn unsent(connection: &Connection, receiver: &str, from: i64) -> Result<Vec<Alert>> {
    let mut statement = connection.prepare_cached(
        "SELECT label, day, count, median, mad, score, at FROM alerts WHERE day >= ?2 AND NOT EXISTS \
         (SELECT 1 FROM alerts_sent AS sent \
          WHERE sent.day = alerts.day AND sent.label = alerts.label AND sent.receiver = ?1) ORDER BY at, label",
    )?;
    let rows = statement.query_map(params![receiver, from], alert)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn sent(connection: &Connection, receiver: &str, label: &str, day: i64, now: i64) -> Result<()> {
    connection.execute(
        "INSERT INTO alerts_sent (label, day, receiver, at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (day, label, receiver) DO NOTHING",
        params![label, day, receiver, now],
    )?;
    Ok(())
}

fn alert(row: &Row<'_>) -> rusqlite::Result<Alert> {
    Ok(Alert {
        label: row.get(0)?,
        day: row.get(1)?,
        count: row.get(2)?,
        median: row.get(3)?,
        mad: row.get(4)?,
        score: row.get(5)?,
        at: row.get(6)?,
    })
}

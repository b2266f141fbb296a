//! Alerts, and who was told of them.

use postgres::Row;
use postgres::types::Type;

use super::row;
use super::session::Session;
use super::text::encode;
use crate::Result;
use crate::store::Alert;

pub(super) fn add(session: &mut Session, alert: &Alert) -> Result<bool> {
    let added = session.execute(
        "INSERT INTO alerts (label, day, count, median, mad, score, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (day, label) DO NOTHING",
        &[
            (&encode(&alert.label), Type::TEXT),
            (&alert.day, Type::INT8),
            (&row::bounded(alert.count), Type::INT8),
            (&alert.median, Type::FLOAT8),
            (&alert.mad, Type::FLOAT8),
            (&alert.score, Type::FLOAT8),
            (&alert.at, Type::INT8),
        ],
    )?;
    Ok(added == 1)
}

pub(super) fn unsent(session: &mut Session, receiver: &str, from: i64) -> Result<Vec<Alert>> {
    session
        .rows(
            "SELECT label, day, count, median, mad, score, at FROM alerts WHERE day >= $2 AND NOT EXISTS \
             (SELECT 1 FROM alerts_sent AS sent \
              WHERE sent.day = alerts.day AND sent.label = alerts.label AND sent.receiver = $1) ORDER BY at, label",
            &[(&encode(receiver), Type::TEXT), (&from, Type::INT8)],
        )?
        .iter()
        .map(alert)
        .collect()
}

pub(super) fn sent(session: &mut Session, receiver: &str, label: &str, day: i64, now: i64) -> Result<()> {
    session.execute(
        "INSERT INTO alerts_sent (label, day, receiver, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (day, label, receiver) DO NOTHING",
        &[
            (&encode(label), Type::TEXT),
            (&day, Type::INT8),
            (&encode(receiver), Type::TEXT),
            (&now, Type::INT8),
        ],
    )?;
    Ok(())
}

fn alert(row: &Row) -> Result<Alert> {
    Ok(Alert {
        label: row::text(row, "label")?,
        day: row::value(row, "day")?,
        count: row::count(row, "count")?,
        median: row::value(row, "median")?,
        mad: row::value(row, "mad")?,
        score: row::value(row, "score")?,
        at: row::value(row, "at")?,
    })
}

//! Deliveries of webhooks, each taken once.

use rusqlite::{Connection, OptionalExtension, params};

use super::predictions;
use crate::Result;
use crate::store::{AnswerFor, DELIVERIES_KEPT_MS, Delivery, NewDelivery};

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<Delivery>> {
    let mut statement = connection.prepare_cached("SELECT digest, answer FROM deliveries WHERE key = ?1")?;
    let found = statement.query_row([key], |row| {
        Ok(Delivery {
            digest: row.get(0)?,
            answer: row.get(1)?,
        })
    });
    Ok(found.optional()?)
}

/// The caller's transaction makes it one step.
pub(super) fn add(
    connection: &Connection,
    new: &NewDelivery,
    answer_for: &AnswerFor,
    now: i64,
) -> Result<Delivery> {
    if let Some(before) = get(connection, &new.key)? {
        return Ok(before);
    }
    connection.execute("DELETE FROM deliveries WHERE at < ?1", [now - DELIVERIES_KEPT_MS])?;
    let ids: Vec<i64> = new
        .predictions
        .iter()
        .map(|one| predictions::add(connection, one))
        .collect::<Result<_>>()?;
    let delivery = Delivery {
        digest: new.digest.clone(),
        answer: answer_for(&ids),
    };
    connection.execute(
        "INSERT INTO deliveries (key, digest, answer, at) VALUES (?1, ?2, ?3, ?4)",
        params![new.key, delivery.digest, delivery.answer, now],
    )?;
    Ok(delivery)
}

//! Webhook deliveries; each is accepted only once.

use super::database::{Database, value};
use crate::deliveries::{ALWAYS_KEPT, AnswerFor, Delivery, NewDelivery, RETENTION_MS};
use crate::error::Result;

pub(crate) fn get(database: &mut dyn Database, key: &str) -> Result<Option<Delivery>> {
    database.row(
        "SELECT digest, answer FROM deliveries WHERE key = $1",
        &[key.into()],
        |row| {
            Ok(Delivery {
                digest: value(row, "digest")?,
                answer: value(row, "answer")?,
            })
        },
    )
}

/// Adds a delivery in the caller's transaction. Nobody else writes during the transaction, so this is one atomic step.
pub(crate) fn add(
    database: &mut dyn Database,
    new: &NewDelivery,
    answer_for: &AnswerFor,
    now: i64,
) -> Result<Delivery> {
    if let Some(before) = get(database, &new.key)? {
        return Ok(before);
    }
    forget_old(database, now)?;
    let ids = database.insert_predictions(&new.predictions)?;
    let delivery = Delivery {
        digest: new.digest.clone(),
        answer: answer_for(&ids),
    };
    database.execute(
        "INSERT INTO deliveries (key, digest, answer, at) VALUES ($1, $2, $3, $4)",
        &[
            (&new.key).into(),
            (&delivery.digest).into(),
            (&delivery.answer).into(),
            now.into(),
        ],
    )?;
    Ok(delivery)
}

/// Forgets old deliveries, which no sender repeats any more. The newest deliveries are always kept, because all deliveries
/// look old if the clock jumps ahead.
fn forget_old(database: &mut dyn Database, now: i64) -> Result<()> {
    let beyond = database.row(
        "SELECT at FROM deliveries ORDER BY at DESC LIMIT 1 OFFSET $1",
        &[ALWAYS_KEPT.into()],
        |row| value::<i64>(row, "at"),
    )?;
    if let Some(beyond) = beyond {
        let before = beyond.min(now - RETENTION_MS);
        database.execute("DELETE FROM deliveries WHERE at < $1", &[before.into()])?;
    }
    Ok(())
}

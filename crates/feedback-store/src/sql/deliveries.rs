//! Deliveries of webhooks, each taken once.

use super::database::{Database, value};
use crate::deliveries::{AnswerFor, Delivery, NewDelivery, RETENTION_MS};
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

/// The caller's transaction, in which nobody else writes, makes it one step.
pub(crate) fn add(
    database: &mut dyn Database,
    new: &NewDelivery,
    answer_for: &AnswerFor,
    now: i64,
) -> Result<Delivery> {
    if let Some(before) = get(database, &new.key)? {
        return Ok(before);
    }
    database.execute(
        "DELETE FROM deliveries WHERE at < $1",
        &[(now - RETENTION_MS).into()],
    )?;
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

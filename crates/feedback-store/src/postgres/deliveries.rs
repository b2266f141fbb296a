//! Deliveries of webhooks, each taken once.

use postgres::types::Type;

use super::session::Session;
use super::text::encode;
use super::{predictions, row};
use crate::Result;
use crate::store::{AnswerFor, DELIVERIES_KEPT_MS, Delivery, NewDelivery};

pub(super) fn get(session: &mut Session, key: &str) -> Result<Option<Delivery>> {
    let found = session.row(
        "SELECT digest, answer FROM deliveries WHERE key = $1",
        &[(&encode(key), Type::TEXT)],
    )?;
    let delivery = |row| {
        Ok(Delivery {
            digest: row::text(row, "digest")?,
            answer: row::text(row, "answer")?,
        })
    };
    found.as_ref().map(delivery).transpose()
}

/// The caller's transaction, in which nobody else writes, makes it one step.
pub(super) fn add(
    session: &mut Session,
    new: &NewDelivery,
    answer_for: &AnswerFor,
    now: i64,
) -> Result<Delivery> {
    if let Some(before) = get(session, &new.key)? {
        return Ok(before);
    }
    session.execute(
        "DELETE FROM deliveries WHERE at < $1",
        &[(&(now - DELIVERIES_KEPT_MS), Type::INT8)],
    )?;
    let ids = predictions::add(session, &new.predictions)?;
    let delivery = Delivery {
        digest: new.digest.clone(),
        answer: answer_for(&ids),
    };
    session.execute(
        "INSERT INTO deliveries (key, digest, answer, at) VALUES ($1, $2, $3, $4)",
        &[
            (&encode(&new.key), Type::TEXT),
            (&encode(&delivery.digest), Type::TEXT),
            (&encode(&delivery.answer), Type::TEXT),
            (&now, Type::INT8),
        ],
    )?;
    Ok(delivery)
}

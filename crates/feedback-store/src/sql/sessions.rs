//! Sessions.

use super::database::{Database, value};
use crate::error::Result;
use crate::sessions::Session;

pub(crate) fn add(database: &mut dyn Database, session: &Session, now: i64) -> Result<()> {
    database.execute("DELETE FROM sessions WHERE expires_at <= $1", &[now.into()])?;
    database.execute(
        "INSERT INTO sessions (token, key, expires_at) VALUES ($1, $2, $3)",
        &[
            (&session.token).into(),
            (&session.key).into(),
            session.expires_at.into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn current(database: &mut dyn Database, now: i64) -> Result<Vec<Session>> {
    database.rows(
        "SELECT token, key, expires_at FROM sessions WHERE expires_at > $1 ORDER BY token",
        &[now.into()],
        |row| {
            Ok(Session {
                token: value(row, "token")?,
                key: value(row, "key")?,
                expires_at: value(row, "expires_at")?,
            })
        },
    )
}

pub(crate) fn end(database: &mut dyn Database, token: &str) -> Result<()> {
    database.execute("DELETE FROM sessions WHERE token = $1", &[token.into()])?;
    Ok(())
}

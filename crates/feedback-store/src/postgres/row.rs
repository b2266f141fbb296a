//! Columns of a row as the store's types.

use postgres::Row;
use postgres::types::FromSql;

use super::text;
use crate::{Error, Result};

/// Any value as it is.
pub(super) fn value<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T> {
    Ok(row.try_get(column)?)
}

/// A text.
pub(super) fn text(row: &Row, column: &str) -> Result<String> {
    Ok(text::decode(row.try_get(column)?))
}

/// A text that may be missing.
pub(super) fn optional_text(row: &Row, column: &str) -> Result<Option<String>> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(text::decode))
}

/// A number from 0.
pub(super) fn count(row: &Row, column: &str) -> Result<u64> {
    let found: i64 = row.try_get(column)?;
    u64::try_from(found).map_err(|_| Error::Postgres {
        code: "client".to_owned(),
        reason: format!("column `{column}` holds {found}"),
    })
}

/// A limit or a position as Postgres takes it.
pub(super) fn bounded(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

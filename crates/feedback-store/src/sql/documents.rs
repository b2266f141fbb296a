//! Documents.

use super::database::{Database, Value, value};
use crate::error::Result;

pub(crate) fn get(database: &mut dyn Database, name: &str) -> Result<Option<String>> {
    let sql = "SELECT json FROM documents WHERE name = $1";
    database.row(sql, &[name.into()], |row| value(row, "json"))
}

pub(crate) fn put(database: &mut dyn Database, name: &str, json: &str) -> Result<()> {
    database.execute(
        "INSERT INTO documents (name, json) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET json = excluded.json",
        &[name.into(), Value::Json(Some(json.into()))],
    )?;
    Ok(())
}

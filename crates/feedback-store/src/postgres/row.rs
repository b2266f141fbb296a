//! Reads the columns of a row by their types.

use postgres::Row as PostgresRow;
use postgres::types::Type;

use super::text;
use crate::error::{Error, Result};
use crate::sql::database::{Cell, Row};

/// Columns with JSON, which contains no U+0000 and is stored unchanged.
pub(super) const JSON: [&str; 6] = [
    "scores",
    "labels",
    "corrected_labels",
    "previous_labels",
    "list",
    "manifest",
];
/// Columns with JSON of which Postgres reads parts, and such a part.
pub(super) const READ_JSON: [&str; 2] = ["fields", "field_value"];

impl Row for PostgresRow {
    fn cell(&self, column: &str) -> Result<Cell> {
        let kind = self
            .columns()
            .iter()
            .find(|found| found.name() == column)
            .map(postgres::Column::type_);
        Ok(match kind {
            Some(&Type::INT8) => self
                .try_get::<_, Option<i64>>(column)?
                .map_or(Cell::Null, Cell::Integer),
            Some(&Type::FLOAT8) => self
                .try_get::<_, Option<f64>>(column)?
                .map_or(Cell::Null, Cell::Real),
            Some(&Type::BOOL) => self
                .try_get::<_, Option<bool>>(column)?
                .map_or(Cell::Null, |value| Cell::Integer(value.into())),
            Some(&Type::TEXT) => self
                .try_get::<_, Option<&str>>(column)?
                .map_or(Cell::Null, |kept| {
                    Cell::Text(match column {
                        column if JSON.contains(&column) => kept.to_owned(),
                        column if READ_JSON.contains(&column) => text::decode_json(kept),
                        _ => text::decode(kept),
                    })
                }),
            other => {
                let found = other.map_or_else(|| "missing".to_owned(), |kind| format!("of type {kind}"));
                return Err(Error::Postgres {
                    code: "client".to_owned(),
                    reason: format!("column `{column}` is {found}"),
                });
            }
        })
    }
}

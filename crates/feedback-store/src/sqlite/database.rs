//! Implements the database interface for SQLite.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row as SqliteRow, ToSql, params, params_from_iter};

use crate::batches::BadRowEntry;
use crate::error::Result;
use crate::predictions::NewPrediction;
use crate::sql::database::{Cell, Database, Dialect, Row, Value};
use crate::sql::labels;
use crate::sql::predictions::{answers_json, fields_json, scores_json};

const DIALECT: Dialect = Dialect {
    position: "instr", // `LIKE` would end at the first U+0000
    lower_text: "lower_unicode(text)",
    field: "fields -> ?",
    field_key: |name| format!("$.{}", serde_json::Value::from(name)),
    number_in: "IN (SELECT value FROM json_each(?))",
    tenth: "min(9, max(0, CAST(confidence * 10 AS INTEGER)))",
};

impl Database for Connection {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.prepare_cached(&numbered(sql))?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.prepare_cached(&numbered(sql))?;
        Ok(statement.execute(params_from_iter(values))? as u64)
    }

    fn insert_predictions(&mut self, new: &[NewPrediction]) -> Result<Vec<i64>> {
        let mut statement = self.prepare_cached(
            "INSERT INTO predictions (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, \
             scores, model, batch_id, batch_row, fields, undated, labels, answers, \
             unfamiliarity) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?;
        let insert = |one: &NewPrediction| {
            Ok(statement.insert(params![
                one.at,
                one.text,
                one.fingerprint(),
                one.source,
                labels::first(&one.labels),
                one.confidence,
                one.margin,
                one.abstained,
                one.truncated,
                scores_json(&one.scores),
                one.model,
                one.batch.map(|(batch, _)| batch),
                one.batch.map(|(_, row)| row),
                fields_json(one),
                one.undated,
                labels::list(&one.labels),
                answers_json(&one.answers),
                one.unfamiliarity,
            ])?)
        };
        new.iter().map(insert).collect()
    }

    fn insert_bad_rows(&mut self, batch: i64, bad: &[BadRowEntry]) -> Result<()> {
        let mut statement = self
            .prepare_cached("INSERT INTO bad_rows (batch_id, row, line, reason) VALUES (?1, ?2, ?3, ?4)")?;
        for one in bad {
            statement.execute(params![batch, one.row, one.line, one.reason])?;
        }
        Ok(())
    }
}

/// Replaces `$1`, `$2`, … by `?1`, `?2`, …, as SQLite numbers its parameters.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::NoInteger => ValueRef::Null,
            Self::Real(value) => value.map_or(ValueRef::Null, ValueRef::Real),
            Self::Boolean(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
            Self::Text(Some(text)) => text.as_ref().into(),
            Self::Text(None) | Self::Json(None) => ValueRef::Null,
            Self::Json(Some(text)) => text.as_ref().into(),
            Self::ReadJson(text) => text.as_str().into(),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Row for SqliteRow<'_> {
    fn cell(&self, column: &str) -> Result<Cell> {
        let found = self.get_ref(column)?;
        Ok(match found {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(value) => Cell::Integer(value),
            ValueRef::Real(value) => Cell::Real(value),
            // Invalid UTF-8, for example after a bit flip on the disk, must not make all other rows unreadable.
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                Cell::Text(String::from_utf8_lossy(text).into_owned())
            }
        })
    }
}

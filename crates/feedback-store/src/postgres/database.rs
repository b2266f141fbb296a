//! Implements the database interface for Postgres.

use postgres::types::{ToSql, Type};

use super::session::{Param, Session};
use super::text::{encode, encode_json};
use crate::batches::BadRowEntry;
use crate::error::Result;
use crate::predictions::NewPrediction;
use crate::sql::database::{Database, Dialect, Row, Value, value};
use crate::sql::labels;
use crate::sql::predictions::{answers_json, fields_json, scores_json};

const DIALECT: Dialect = Dialect {
    position: "strpos",
    // The collation "C" changes only ASCII letters, which is all that a text of ASCII characters needs, and takes a tenth of the time.
    lower_text: "(CASE WHEN octet_length(text) = char_length(text) THEN (lower(text COLLATE \"C\") COLLATE \"C\") \
                 ELSE (lower(text COLLATE \"und-x-icu\") COLLATE \"C\") END)",
    field: "(fields::json -> ?)::text COLLATE \"C\"",
    field_key: str::to_owned,
    number_in: "IN (SELECT value::bigint FROM json_array_elements_text(?::json))",
    tenth: "trunc(least(9, greatest(0, confidence * 10)))::bigint",
};

type Bound<'a> = (Box<dyn ToSql + Sync + 'a>, Type);

impl Database for Session {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let bound: Vec<Bound<'_>> = values.iter().map(bind).collect();
        self.rows(sql, &params(&bound))?
            .iter()
            .try_for_each(|row| each(row))
    }

    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let bound: Vec<Bound<'_>> = values.iter().map(bind).collect();
        self.change(sql, &params(&bound))
    }

    /// Adds all predictions with one statement, column by column, because the database may be far away.
    fn insert_predictions(&mut self, new: &[NewPrediction]) -> Result<Vec<i64>> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let fields = column(new, fields_json);
        let lists = column(new, |one| labels::list(&one.labels));
        let answers = column(new, |one| answers_json(&one.answers));
        let rows = self.rows(
            "INSERT INTO predictions (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, \
             scores, model, batch_id, batch_row, fields, undated, labels, answers, unfamiliarity) \
             SELECT at, text, fingerprint, source, label, confidence, margin, abstained, truncated, scores, model, \
             batch_id, batch_row, fields, undated, labels, answers, unfamiliarity \
             FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::float8[], $7::float8[], \
             $8::boolean[], $9::boolean[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::text[], $15::boolean[], \
             $16::text[], $17::text[], $18::float8[]) \
             WITH ORDINALITY AS new (at, text, fingerprint, source, label, confidence, margin, abstained, truncated, \
             scores, model, batch_id, batch_row, fields, undated, labels, answers, unfamiliarity, place) \
             ORDER BY place RETURNING id",
            &[
                (&column(new, |one| one.at), Type::INT8_ARRAY),
                (&column(new, |one| encode(&one.text)), Type::TEXT_ARRAY),
                (&column(new, NewPrediction::fingerprint), Type::INT8_ARRAY),
                (&column(new, |one| encode(&one.source)), Type::TEXT_ARRAY),
                (&column(new, |one| encode(labels::first(&one.labels))), Type::TEXT_ARRAY),
                (&column(new, |one| one.confidence), Type::FLOAT8_ARRAY),
                (&column(new, |one| one.margin), Type::FLOAT8_ARRAY),
                (&column(new, |one| one.abstained), Type::BOOL_ARRAY),
                (&column(new, |one| one.truncated), Type::BOOL_ARRAY),
                (&column(new, |one| scores_json(&one.scores)), Type::TEXT_ARRAY),
                (&column(new, |one| encode(&one.model)), Type::TEXT_ARRAY),
                (&column(new, |one| one.batch.map(|(id, _)| id)), Type::INT8_ARRAY),
                (&column(new, |one| one.batch.map(|(_, row)| row)), Type::INT8_ARRAY),
                (&column(&fields, |json| json.as_deref().map(encode_json)), Type::TEXT_ARRAY),
                (&column(new, |one| one.undated), Type::BOOL_ARRAY),
                (&lists, Type::TEXT_ARRAY),
                (&column(&answers, |json| json.as_deref().map(encode)), Type::TEXT_ARRAY),
                (&column(new, |one| one.unfamiliarity), Type::FLOAT8_ARRAY),
            ],
        )?;
        let mut ids: Vec<i64> = rows.iter().map(|row| value(row, "id")).collect::<Result<_>>()?;
        ids.sort_unstable(); // ids are assigned in the order of the texts, but may be returned in any order
        Ok(ids)
    }

    fn insert_bad_rows(&mut self, batch: i64, bad: &[BadRowEntry]) -> Result<()> {
        if bad.is_empty() {
            return Ok(());
        }
        let line = |bad: &BadRowEntry| i64::try_from(bad.line).unwrap_or(i64::MAX);
        self.change(
            "INSERT INTO bad_rows (batch_id, row, line, reason) \
             SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[])",
            &[
                (&batch, Type::INT8),
                (&column(bad, |one| one.row), Type::INT8_ARRAY),
                (&column(bad, line), Type::INT8_ARRAY),
                (&column(bad, |one| encode(&one.reason)), Type::TEXT_ARRAY),
            ],
        )?;
        Ok(())
    }
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn bind<'a>(value: &'a Value<'_>) -> Bound<'a> {
    match value {
        Value::Integer(value) => (Box::new(*value), Type::INT8),
        Value::NoInteger => (Box::new(None::<i64>), Type::INT8),
        Value::Real(value) => (Box::new(*value), Type::FLOAT8),
        Value::Boolean(value) => (Box::new(*value), Type::BOOL),
        Value::Text(text) => (Box::new(text.as_deref().map(encode)), Type::TEXT),
        Value::Json(text) => (Box::new(text.as_deref()), Type::TEXT),
        Value::ReadJson(text) => (Box::new(encode_json(text)), Type::TEXT),
    }
}

fn params<'a>(bound: &'a [Bound<'_>]) -> Vec<Param<'a>> {
    bound
        .iter()
        .map(|(value, kind)| (&**value as _, kind.clone()))
        .collect()
}

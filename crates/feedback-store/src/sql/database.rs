//! The interface between the queries and a database.

use std::borrow::Cow;

use crate::batches::BadRowEntry;
use crate::error::{Error, Result};
use crate::predictions::NewPrediction;

/// A connection to a database.
pub(crate) trait Database {
    /// Returns the expressions that this database writes differently from others.
    fn dialect(&self) -> &'static Dialect;

    /// Calls `each` with every row of a query, or of a statement with `RETURNING`.
    fn query(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()>;

    /// Runs a statement and returns the number of rows it changed.
    fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64>;

    /// Adds predictions and returns their ids, in order.
    fn insert_predictions(&mut self, new: &[NewPrediction]) -> Result<Vec<i64>>;

    /// Adds rows of a batch that could not be used.
    fn insert_bad_rows(&mut self, batch: i64, bad: &[BadRowEntry]) -> Result<()>;
}

/// Expressions that differ between databases.
pub(crate) struct Dialect {
    /// The name of the function that returns the position of its second argument in its first argument, or 0 if it does not
    /// occur there.
    pub(crate) position: &'static str,
    /// The expression for `text` in lower case, by the rules of Unicode.
    pub(crate) lower_text: &'static str,
    /// The expression for the value of one of `fields`, as JSON, with `?` for its [`field_key`](Self::field_key).
    pub(crate) field: &'static str,
    /// Converts the name of a field to the key in [`field`](Self::field).
    pub(crate) field_key: fn(&str) -> String,
    /// The condition, after the name of a column of integers, that its value is in a list, with `?` for the list as JSON.
    pub(crate) number_in: &'static str,
    /// The expression for the tenth, 0 to 9, that a confidence is in.
    pub(crate) tenth: &'static str,
}

impl dyn Database + '_ {
    /// Returns all rows of a query.
    pub(crate) fn rows<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        map: impl Fn(&dyn Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        self.query(sql, values, &mut |row| {
            found.push(map(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Returns the row of a query that finds at most one row.
    pub(crate) fn row<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        map: impl Fn(&dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.rows(sql, values, map)?.pop())
    }
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Integer(i64),
    /// No number in a column of integers.
    NoInteger,
    Real(Option<f64>),
    Boolean(Option<bool>),
    Text(Option<Cow<'a, str>>),
    /// A text without U+0000, which is stored unchanged.
    Json(Option<Cow<'a, str>>),
    /// JSON of which the database reads parts.
    ReadJson(String),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

/// For counts and limits. A number that is too large for the database becomes `i64::MAX`.
impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Some(value).into()
    }
}

impl From<Option<f64>> for Value<'_> {
    fn from(value: Option<f64>) -> Self {
        Self::Real(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Some(value).into()
    }
}

impl From<Option<bool>> for Value<'_> {
    fn from(value: Option<bool>) -> Self {
        Self::Boolean(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(value.into()))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        value.as_str().into()
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value.map(Cow::Borrowed))
    }
}

/// The value in a column of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

/// A row of a result.
pub(crate) trait Row {
    /// Returns the value in the column with this name.
    fn cell(&self, column: &str) -> Result<Cell>;
}

/// Returns the value in a column, converted to `T`.
pub(crate) fn value<T: FromCell>(row: &dyn Row, column: &str) -> Result<T> {
    T::from_cell(row.cell(column)?).ok_or_else(|| Error::UnexpectedValue {
        column: column.to_owned(),
        expected: T::EXPECTED,
    })
}

/// A type to which the values in a column can be converted.
pub(crate) trait FromCell: Sized {
    /// The name of the type in messages.
    const EXPECTED: &'static str;

    /// Converts a cell; `None` if the cell contains a value of another type.
    fn from_cell(cell: Cell) -> Option<Self>;
}

impl FromCell for i64 {
    const EXPECTED: &'static str = "an integer";

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Integer(value) => Some(value),
            _ => None,
        }
    }
}

impl FromCell for u64 {
    const EXPECTED: &'static str = "a count";

    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell)?.try_into().ok()
    }
}

impl FromCell for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_cell(cell: Cell) -> Option<Self> {
        i64::from_cell(cell).map(|value| value != 0)
    }
}

impl FromCell for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Real(value) => Some(value),
            _ => None,
        }
    }
}

impl FromCell for String {
    const EXPECTED: &'static str = "a text";

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Text(value) => Some(value),
            _ => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_cell(cell: Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}

//! How an upload is read, as far as its sender says.

use std::str::FromStr;

use feedback_dataset::read::{Encoding, ReadOptions};

use crate::problem::{Problem, ServiceResult};

/// Maximum number of rows above the header and of rows that name the columns.
const MAX_ROWS: usize = 1000;

/// How an upload is read. What its sender does not say is found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading(ReadOptions);

impl Reading {
    /// The names of the settings.
    pub(crate) const NAMES: [&str; 6] = [
        "sheet",
        "member",
        "skip_rows",
        "header_rows",
        "delimiter",
        "encoding",
    ];

    /// Takes a setting from a form. An empty value counts as not stated.
    ///
    /// # Errors
    ///
    /// `invalid` if the value has the wrong form.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> ServiceResult<()> {
        if value.is_empty() {
            return Ok(());
        }
        let options = &mut self.0;
        match name {
            "sheet" => options.sheet = Some(value.to_owned()),
            "member" => options.member = Some(value.to_owned()),
            "skip_rows" => options.skip_rows = rows(name, value)?,
            "header_rows" => options.header_rows = rows(name, value)?,
            "delimiter" => options.delimiter = Some(parsed(name, value)?),
            _ => options.encoding = parsed(name, value)?,
        }
        Ok(())
    }

    /// The options with which the file is opened before its columns are known.
    pub(crate) fn options(&self, max_row_bytes: usize) -> ReadOptions {
        let mut options = self.0.clone();
        options.text_required = false;
        options.allow_empty = true;
        options.max_line_bytes = max_row_bytes;
        // Tables may come from spreadsheets that use older encodings.
        if options.encoding == Encoding::Utf8 {
            options.encoding = Encoding::Guess;
        }
        options
    }
}

fn rows(name: &str, value: &str) -> ServiceResult<usize> {
    let rows = value.parse().ok().filter(|rows| *rows <= MAX_ROWS);
    rows.ok_or_else(|| Problem::invalid(format!("`{name}` must be a number of rows from 0 to {MAX_ROWS}")))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(name: &str, value: &str) -> ServiceResult<T> {
    value
        .parse()
        .map_err(|error| Problem::invalid(format!("`{name}`: {error}")))
}

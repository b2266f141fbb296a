//! Finds the table in a sheet: its header, its columns and its rows.

use std::collections::BTreeMap;

use feedback_dataset::read::{JsonRow, RowError};
use feedback_dataset::record::{BadRow, BadRowReason};
use feedback_text::join_answers;

use crate::columns::{ColumnNames, Form, json_key};
use crate::contents::{OtherSheet, Sheet};
use crate::error::FormatError;
use crate::limits::Limits;
use crate::sheets::cell::Cell;

/// The header is searched in this many rows with data.
const HEADER_ROWS: usize = 50;

/// Memory of a stored row besides its JSON.
const ROW_BYTES: usize = size_of::<Result<JsonRow, RowError>>();

/// What the caller says about the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableOptions<'a> {
    pub(super) text_field: &'a str,
    pub(super) label_field: &'a str,
    pub(super) sheet: Option<&'a str>,
    pub(super) header_row: Option<u64>,
    /// How many rows name the columns.
    pub(super) header_rows: usize,
    /// Whether the row below them has the answers that can be chosen, as in a survey.
    pub(super) may_have_answers: bool,
    pub(super) limits: &'a Limits,
}

/// The table of a sheet.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<String>,
    /// The columns with a date or a time.
    pub(super) moments: Vec<String>,
    pub(super) rows: Vec<Result<JsonRow, RowError>>,
    pub(super) header_row: u64,
    pub(super) title_rows: u64,
    pub(super) empty_rows: u64,
    pub(super) cells: CellCounts,
}

/// Cells below the header whose value is not what the file shows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CellCounts {
    error: u64,
    no_result: u64,
    rounded: u64,
}

impl CellCounts {
    fn count(&mut self, cell: &Cell<'_>) {
        self.error += u64::from(*cell == Cell::Error);
        self.no_result += u64::from(*cell == Cell::NoResult);
        self.rounded += u64::from(cell.is_rounded());
    }
}

impl Table {
    pub(super) fn describe(&self, name: String, others: Vec<OtherSheet>) -> Sheet {
        Sheet {
            name,
            header_row: self.header_row,
            title_rows: self.title_rows,
            empty_rows: self.empty_rows,
            error_cells: self.cells.error,
            cells_without_result: self.cells.no_result,
            rounded_cells: self.cells.rounded,
            others,
        }
    }
}

struct Column {
    /// Position in the sheet, from 0.
    position: usize,
    name: String,
    key: String,
    form: Form,
    has_moment: bool,
}

/// A row with data while the header is unknown.
#[derive(Clone)]
struct HeldRow {
    line: u64,
    cells: Vec<(usize, Cell<'static>)>,
}

impl HeldRow {
    fn new(line: u64, cells: &[(usize, Cell<'_>)]) -> Self {
        let owned = |(position, cell): &(usize, Cell<'_>)| (*position, cell.clone().into_owned());
        Self {
            line,
            cells: cells.iter().map(owned).collect(),
        }
    }
}

/// Takes the rows of a sheet from top to bottom.
pub(super) struct TableBuilder<'a> {
    options: TableOptions<'a>,
    sheet: &'a str,
    /// The first rows, until the header is found.
    held: Vec<HeldRow>,
    names: ColumnNames,
    /// The rows of the header that were found, while others are missing.
    header: Vec<HeldRow>,
    /// Sorted by position; empty until the header is found.
    columns: Vec<Column>,
    rows: Vec<Result<JsonRow, RowError>>,
    bytes: usize,
    header_row: u64,
    title_rows: u64,
    empty_rows: u64,
    cells: CellCounts,
    last_line: u64,
}

impl<'a> TableBuilder<'a> {
    pub(super) fn new(sheet: &'a str, options: TableOptions<'a>) -> Self {
        Self {
            options,
            sheet,
            held: Vec::new(),
            names: ColumnNames::default(),
            header: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
            bytes: 0,
            header_row: 0,
            title_rows: 0,
            empty_rows: 0,
            cells: CellCounts::default(),
            last_line: 0,
        }
    }

    /// Takes a row: its number, from 1, and its cells that are not empty, sorted by position.
    pub(super) fn row(&mut self, line: u64, cells: &[(usize, Cell<'_>)]) -> Result<(), FormatError> {
        if cells.iter().all(|(_, cell)| cell.is_blank()) {
            return Ok(());
        }
        let columns = cells.last().map_or(0, |(position, _)| position + 1);
        let limit = self.options.limits.max_columns;
        if columns > limit {
            return Err(FormatError::TooManyColumns {
                found: columns,
                limit,
            });
        }
        if !self.header.is_empty() {
            self.add_to_header(HeldRow::new(line, cells));
            return Ok(());
        }
        if self.columns.is_empty() {
            return self.hold(line, cells);
        }
        self.empty_rows += line.saturating_sub(self.last_line + 1);
        self.last_line = line;
        if self.options.may_have_answers && self.rows.is_empty() {
            self.join_answers(cells);
        }
        self.add(line, cells)
    }

    fn join_answers(&mut self, cells: &[(usize, Cell<'_>)]) {
        let columns = self.columns.iter().map(|column| column.position);
        let end = columns.chain(cells.iter().map(|(position, _)| *position)).max();
        let mut names = vec![String::new(); end.map_or(0, |last| last + 1)];
        let mut answers = names.clone();
        for column in &self.columns {
            names[column.position].clone_from(&column.name);
        }
        for (position, cell) in cells {
            answers[*position] = cell.display().trim().to_owned();
        }
        let before = names.clone();
        join_answers(&mut names, &answers);
        for (position, name) in names
            .iter()
            .enumerate()
            .filter(|(at, name)| before[*at] != **name)
        {
            self.columns.retain(|column| column.position != position);
            self.add_column(position, name);
        }
    }

    fn hold(&mut self, line: u64, cells: &[(usize, Cell<'_>)]) -> Result<(), FormatError> {
        if let Some(row) = self.options.header_row
            && line < row
        {
            self.title_rows += 1;
            return Ok(());
        }
        let named = cells
            .iter()
            .any(|(_, cell)| cell.display().trim() == self.options.text_field);
        self.held.push(HeldRow::new(line, cells));
        if named || self.options.header_row.is_some() || self.held.len() == HEADER_ROWS {
            return self.release();
        }
        Ok(())
    }

    /// Chooses the header among the rows that are held, and adds the rows below it.
    fn release(&mut self) -> Result<(), FormatError> {
        let header = find_header(&self.held, self.options.text_field);
        let held = std::mem::take(&mut self.held);
        for (index, row) in held.iter().enumerate() {
            if index < header {
                self.title_rows += 1;
            } else if index == header {
                self.set_header(row.clone())?;
            } else {
                self.row(row.line, &row.cells)?;
            }
        }
        Ok(())
    }

    fn set_header(&mut self, row: HeldRow) -> Result<(), FormatError> {
        if let Some(stated) = self.options.header_row
            && stated != row.line
        {
            return Err(FormatError::EmptyHeader {
                sheet: self.sheet.to_string(),
                row: stated,
            });
        }
        self.header_row = row.line;
        self.add_to_header(row);
        Ok(())
    }

    fn add_to_header(&mut self, row: HeldRow) {
        self.last_line = row.line;
        self.header.push(row);
        if self.header.len() == self.options.header_rows {
            self.name_columns();
        }
    }

    /// Names the columns by the rows of the header, joined by spaces.
    fn name_columns(&mut self) {
        let mut names: BTreeMap<usize, String> = BTreeMap::new();
        for row in std::mem::take(&mut self.header) {
            for (position, cell) in row.cells {
                let name = names.entry(position).or_default();
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(cell.display().trim());
            }
        }
        for (position, name) in names {
            self.add_column(position, &name);
        }
    }

    fn add_column(&mut self, position: usize, name: &str) {
        let name = self.names.distinct(name, position);
        let is_text = name == self.options.text_field || name == self.options.label_field;
        let column = Column {
            position,
            key: json_key(&name),
            name,
            form: if is_text { Form::Text } else { Form::Typed },
            has_moment: false,
        };
        let at = self.columns.partition_point(|other| other.position < position);
        self.columns.insert(at, column);
    }

    /// Adds a row below the header.
    fn add(&mut self, line: u64, cells: &[(usize, Cell<'_>)]) -> Result<(), FormatError> {
        let limits = self.options.limits;
        if self.rows.len() as u64 >= limits.max_rows {
            return Err(FormatError::TooManyRows {
                limit: limits.max_rows,
            });
        }
        for (position, _) in cells {
            if self
                .columns
                .binary_search_by_key(position, |column| column.position)
                .is_err()
            {
                self.add_column(*position, "");
            }
        }
        let row = self.json_row(line, cells);
        self.bytes += ROW_BYTES + row.as_ref().map_or(0, |row| row.json.len());
        if self.bytes > limits.max_sheet_bytes {
            return Err(FormatError::SheetTooLarge {
                sheet: self.sheet.to_string(),
                limit: limits.max_sheet_bytes,
            });
        }
        self.rows.push(row);
        Ok(())
    }

    fn json_row(&mut self, line: u64, cells: &[(usize, Cell<'_>)]) -> Result<JsonRow, RowError> {
        let mut cells = cells.iter().peekable();
        let mut json = String::from("{");
        for column in &mut self.columns {
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&column.key);
            let Some((_, cell)) = cells.next_if(|(position, _)| *position == column.position) else {
                json.push_str("null");
                continue;
            };
            self.cells.count(cell);
            column.has_moment |= matches!(cell, Cell::Date(_));
            let before = json.len();
            cell.write(column.form, &mut json);
            let limit = self.options.limits.max_cell_bytes;
            if json.len() - before > limit && cell.display().len() > limit {
                return Err(RowError::Bad(BadRow {
                    line,
                    offset: 0,
                    reason: BadRowReason::FieldTooLong {
                        field: column.name.clone(),
                        limit,
                    },
                    raw: None,
                }));
            }
        }
        json.push('}');
        json.shrink_to_fit();
        Ok(JsonRow::new(line, json))
    }

    /// Returns the table; `None` if the sheet has no data.
    pub(super) fn finish(mut self) -> Result<Option<Table>, FormatError> {
        if !self.held.is_empty() {
            self.release()?;
        }
        self.name_columns();
        if self.columns.is_empty() {
            return match self.options.header_row {
                Some(row) => Err(FormatError::EmptyHeader {
                    sheet: self.sheet.to_string(),
                    row,
                }),
                None => Ok(None),
            };
        }
        let moments = self.columns.iter().filter(|column| column.has_moment);
        Ok(Some(Table {
            moments: moments.map(|column| column.name.clone()).collect(),
            columns: self.columns.into_iter().map(|column| column.name).collect(),
            rows: self.rows,
            header_row: self.header_row,
            title_rows: self.title_rows,
            empty_rows: self.empty_rows,
            cells: self.cells,
        }))
    }
}

/// The header is the first row that exists of these: (1) the first row with the name of the text field; (2) the first row that
/// consists of text and is at least three quarters as wide as the widest row; (3) the first row of this width; (4) the first row.
fn find_header(rows: &[HeldRow], text_field: &str) -> usize {
    let widest = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let is_wide = |row: &HeldRow| row.cells.len() * 4 >= widest * 3;
    let is_text = |row: &HeldRow| row.cells.iter().all(|(_, cell)| matches!(cell, Cell::Text(_)));
    let has_name = |row: &HeldRow| {
        row.cells
            .iter()
            .any(|(_, cell)| cell.display().trim() == text_field)
    };
    rows.iter()
        .position(has_name)
        .or_else(|| rows.iter().position(|row| is_wide(row) && is_text(row)))
        .or_else(|| rows.iter().position(is_wide))
        .unwrap_or(0)
}

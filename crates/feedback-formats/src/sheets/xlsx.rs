//! Excel workbooks since 2007.

use std::io::{self, BufReader};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use crate::container::{Archive, expanded_size};
use crate::contents::Sheet;
use crate::error::FormatError;
use crate::guard::guarded;
use crate::input::Stored;
use crate::limits::Limits;
use crate::sheets::cell::Cell;
use crate::sheets::choose::{choose_sheet, worksheets};
use crate::sheets::table::{Table, TableBuilder, TableOptions};

const WHAT: &str = "Excel workbook";

type Workbook = Xlsx<BufReader<Stored>>;

pub(super) fn read_xlsx(mut archive: Archive, options: TableOptions<'_>) -> io::Result<(Table, Sheet)> {
    check_sizes(&mut archive, options.limits)?;
    let stored = archive.into_stored()?;
    guarded(WHAT, || read_workbook(stored, options))?
}

/// Checks the sizes of the sheets, which are read as streams, and of the other parts (such as the texts), which are kept in
/// memory.
fn check_sizes(archive: &mut Archive, limits: &Limits) -> io::Result<()> {
    let is_xml = |name: &str| {
        [".xml", ".rels"]
            .iter()
            .any(|end| name.to_ascii_lowercase().ends_with(end))
    };
    let is_sheet = |name: &str| name.contains("/worksheets/");
    let limit = limits.max_expanded_bytes;
    if expanded_size(archive, |name| is_xml(name) && is_sheet(name), limit, limits)? > limit {
        return Err(FormatError::TooLarge { limit }.into());
    }
    let stop = limits.max_sheet_bytes as u64;
    if expanded_size(archive, |name| is_xml(name) && !is_sheet(name), stop, limits)? > stop {
        return Err(FormatError::SheetTooLarge {
            sheet: "all sheets together".to_string(),
            limit: limits.max_sheet_bytes,
        }
        .into());
    }
    Ok(())
}

fn read_workbook(stored: Stored, options: TableOptions<'_>) -> io::Result<(Table, Sheet)> {
    let mut workbook: Workbook = Xlsx::new(BufReader::new(stored)).map_err(xlsx_error)?;
    let names = worksheets(workbook.sheets_metadata());
    let (chosen, others) = choose_sheet(&names, options.sheet, |index| {
        let mut n_cells = 0;
        for_each_row(&mut workbook, &names[index].name, |_, cells| {
            n_cells += cells.len() as u64;
            Ok(())
        })?;
        Ok(n_cells)
    })?;
    let name = names[chosen].name.clone();
    let mut builder = TableBuilder::new(&name, options);
    for_each_row(&mut workbook, &name, |line, cells| builder.row(line, cells))?;
    let table = builder.finish()?.ok_or(FormatError::EmptySheets)?;
    let sheet = table.describe(name, others);
    Ok((table, sheet))
}

/// Calls `take` with the number of each row with data, from 1, and with its cells, sorted by position.
fn for_each_row(
    workbook: &mut Workbook,
    sheet: &str,
    mut take: impl FnMut(u64, &[(usize, Cell<'_>)]) -> Result<(), FormatError>,
) -> io::Result<()> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(xlsx_error)?;
    let mut row = 0;
    let mut cells: Vec<(usize, Cell<'_>)> = Vec::new();
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(xlsx_error)? {
        let (cell_row, column) = cell.pos;
        if cell_row != row {
            if cell_row < row {
                return Err(damaged("its rows are not in order").into());
            }
            take_row(u64::from(row) + 1, &mut cells, &mut take)?;
            row = cell_row;
        }
        let without_result = cell.formula.is_some() && cell.value == DataRef::Empty;
        let value = Cell::from_calamine(&cell.value).or(without_result.then_some(Cell::NoResult));
        cells.extend(value.map(|value| (column as usize, value)));
    }
    take_row(u64::from(row) + 1, &mut cells, &mut take)?;
    Ok(())
}

fn take_row<'c>(
    line: u64,
    cells: &mut Vec<(usize, Cell<'c>)>,
    take: &mut impl FnMut(u64, &[(usize, Cell<'_>)]) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    if cells.is_empty() {
        return Ok(());
    }
    if !cells.is_sorted_by(|left, right| left.0 < right.0) {
        cells.sort_by_key(|(position, _)| *position);
        cells.dedup_by_key(|(position, _)| *position);
    }
    take(line, cells)?;
    cells.clear();
    Ok(())
}

fn damaged(message: &str) -> FormatError {
    FormatError::Damaged {
        what: WHAT,
        message: message.to_string(),
    }
}

fn xlsx_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::Io(error) => FormatError::from_decoder(WHAT, error),
        XlsxError::Password => FormatError::Encrypted {
            what: "the Excel workbook".to_string(),
        }
        .into(),
        error => damaged(&error.to_string()).into(),
    }
}

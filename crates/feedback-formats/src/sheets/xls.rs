//! Excel workbooks before 2007.

use std::io::{self, Cursor};

use calamine::{Reader, Xls, XlsError};

use crate::contents::Sheet;
use crate::error::FormatError;
use crate::guard::guarded;
use crate::sheets::biff::check_records;
use crate::sheets::cell::Cell;
use crate::sheets::choose::{choose_sheet, worksheets};
use crate::sheets::compound::{encrypted, with_workbook};
use crate::sheets::table::{Table, TableBuilder, TableOptions};

const WHAT: &str = "Excel workbook";

pub(super) fn read_xls(mut records: Vec<u8>, options: TableOptions<'_>) -> io::Result<(Table, Sheet)> {
    check_records(&mut records, options.limits.max_sheet_bytes)?;
    let file = with_workbook(&records)?;
    drop(records);
    guarded(WHAT, || read_workbook(file, options))?
}

fn read_workbook(file: Cursor<Vec<u8>>, options: TableOptions<'_>) -> io::Result<(Table, Sheet)> {
    let mut workbook = Xls::new(file).map_err(xls_error)?;
    let names = worksheets(workbook.sheets_metadata());
    let (chosen, others) = choose_sheet(&names, options.sheet, |index| {
        let range = workbook.worksheet_range(&names[index].name).map_err(xls_error)?;
        Ok(range.used_cells().count() as u64)
    })?;
    let name = names[chosen].name.clone();
    let range = workbook.worksheet_range(&name).map_err(xls_error)?;
    drop(workbook);
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut builder = TableBuilder::new(&name, options);
    for (line, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
        let positions = first_column as usize..;
        let cells: Vec<(usize, Cell<'_>)> = positions
            .zip(row)
            .filter_map(|(position, data)| Some((position, Cell::from_data(data)?)))
            .collect();
        builder.row(line, &cells)?;
    }
    let table = builder.finish()?.ok_or(FormatError::EmptySheets)?;
    let sheet = table.describe(name, others);
    Ok((table, sheet))
}

fn xls_error(error: XlsError) -> io::Error {
    match error {
        XlsError::Password => encrypted(),
        error => FormatError::Damaged {
            what: WHAT,
            message: error.to_string(),
        }
        .into(),
    }
}

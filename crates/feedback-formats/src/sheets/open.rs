//! Opens spreadsheets.

use std::io;

use feedback_dataset::read::Reader;

use crate::column_kind::{Column, ColumnKind};
use crate::container::Archive;
use crate::contents::{FileFormat, Sheet};
use crate::error::FormatError;
use crate::input::Input;
use crate::opening::{Opening, Source};
use crate::sheets::compound::{Compound, open_compound_file};
use crate::sheets::ods::read_ods;
use crate::sheets::table::{Table, TableOptions};
use crate::sheets::xls::read_xls;
use crate::sheets::xlsx::read_xlsx;

pub(crate) fn open_xlsx(opening: Opening<'_>, archive: Archive) -> io::Result<Source<'static>> {
    let found = read_xlsx(archive, table_options(&opening))?;
    source(opening, found, FileFormat::Xlsx)
}

pub(crate) fn open_ods(opening: Opening<'_>, archive: Archive) -> io::Result<Source<'static>> {
    let found = read_ods(archive, table_options(&opening))?;
    source(opening, found, FileFormat::Ods)
}

/// Opens a file in Microsoft's compound file format, which is read if it is an `.xls`.
pub(crate) fn open_compound(opening: Opening<'_>, input: Input<'_>) -> io::Result<Source<'static>> {
    let limit = opening.limits.max_expanded_bytes;
    match open_compound_file(input.into_stored(limit)?, limit)? {
        Compound::Xls(records) => {
            let found = read_xls(records, table_options(&opening))?;
            source(opening, found, FileFormat::Xls)
        }
        Compound::Foreign(foreign) => Err(FormatError::Foreign(foreign).into()),
    }
}

fn table_options<'o>(opening: &Opening<'o>) -> TableOptions<'o> {
    let read = opening.read;
    TableOptions {
        text_field: &read.text_field,
        label_field: &read.label_field,
        sheet: read.sheet.as_deref(),
        header_row: (read.skip_rows > 0).then_some(read.skip_rows as u64 + 1),
        header_rows: read.header_rows.max(1),
        may_have_answers: read.skip_after_header == 1,
        limits: opening.limits,
    }
}

fn source(
    opening: Opening<'_>,
    (table, sheet): (Table, Sheet),
    format: FileFormat,
) -> io::Result<Source<'static>> {
    let moments = table.moments.into_iter();
    let moments = moments
        .map(|name| Column::new(name, ColumnKind::Moment))
        .collect();
    let reader = Reader::from_json_rows(table.rows.into_iter(), &opening.path, table.columns, opening.read);
    Ok(opening.source(reader, format, Some(sheet), moments)?)
}

//! Microsoft's compound file format, the container of `.xls` and of encrypted workbooks.

use std::io::{self, Cursor, Read, Write};

use cfb::{CompoundFile, Version};

use crate::error::FormatError;
use crate::foreign::Foreign;
use crate::guard::guarded;
use crate::input::Stored;

const WHAT: &str = "Office file";

/// What a compound file contains.
pub(super) enum Compound {
    /// The records of an Excel workbook.
    Xls(Vec<u8>),
    Foreign(Foreign),
}

/// Opens a compound file, and reads the workbook if it is one. `limit` bounds its size.
pub(super) fn open_compound_file(stored: Stored, limit: u64) -> io::Result<Compound> {
    guarded(WHAT, || open(stored, limit))?
}

fn open(stored: Stored, limit: u64) -> io::Result<Compound> {
    let mut file = CompoundFile::open(stored).map_err(|error| FormatError::from_decoder(WHAT, error))?;
    if file.is_stream("/EncryptionInfo") || file.is_stream("/EncryptedPackage") {
        return Err(encrypted());
    }
    // `Book` before Excel 97.
    for name in ["/Workbook", "/Book"] {
        if file.is_stream(name) {
            return workbook(&mut file, name, limit).map(Compound::Xls);
        }
    }
    let foreign = [
        ("/WordDocument", Foreign::Word),
        ("/PowerPoint Document", Foreign::PowerPoint),
        ("/__properties_version1.0", Foreign::OutlookMessage),
    ];
    let known = foreign.iter().find(|(name, _)| file.is_stream(name));
    Ok(Compound::Foreign(
        known.map_or(Foreign::OldOffice, |(_, kind)| *kind),
    ))
}

fn workbook(file: &mut CompoundFile<Stored>, name: &str, limit: u64) -> io::Result<Vec<u8>> {
    let mut records = Vec::new();
    file.open_stream(name)
        .and_then(|stream| stream.take(limit.saturating_add(1)).read_to_end(&mut records))
        .map_err(|error| FormatError::from_decoder(WHAT, error))?;
    if records.len() as u64 > limit {
        return Err(FormatError::TooLarge { limit }.into());
    }
    Ok(records)
}

/// Returns a compound file with only the workbook, so that the reader gets exactly the records that were checked.
pub(super) fn with_workbook(records: &[u8]) -> io::Result<Cursor<Vec<u8>>> {
    let mut file =
        CompoundFile::create_with_version(Version::V3, Cursor::new(Vec::with_capacity(records.len())))?;
    file.create_stream("/Workbook")?.write_all(records)?;
    file.flush()?;
    let mut bytes = file.into_inner();
    bytes.set_position(0);
    Ok(bytes)
}

pub(super) fn encrypted() -> io::Error {
    let what = "the Excel workbook".to_string();
    FormatError::Encrypted { what }.into()
}

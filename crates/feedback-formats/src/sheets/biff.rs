//! Checks the records of an `.xls` before they are read, because the crate that reads them has no limits. It allocates as many
//! cells as a record announces, stores every cell between the first and the last one, and copies each shared text.

use std::ops::Range;

use crate::error::FormatError;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const BOUND_SHEET: u16 = 0x0085;
const SHARED_STRINGS: u16 = 0x00FC;
const CONTINUE: u16 = 0x003C;
const DIMENSIONS: u16 = 0x0200;
const LABEL_SST: u16 = 0x00FD;
const MUL_RK: u16 = 0x00BD;
/// Number, Label, RString, BoolErr, Rk, Formula: each begins with its row and column.
const ONE_CELL: [u16; 6] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x0006];

/// Memory of a cell and of its formula.
const CELL_BYTES: usize = 56;
/// The longest text, in bytes of UTF-8.
const MAX_TEXT_BYTES: usize = 3 * 65_535;

/// A record: its type and its data.
#[derive(Clone)]
struct Record {
    kind: u16,
    data: Range<usize>,
}

/// Iterates over the records from a position.
fn records(stream: &[u8], from: usize) -> impl Iterator<Item = Record> + '_ {
    let mut at = from;
    std::iter::from_fn(move || {
        let kind = u16_at(stream, at)?;
        let length = usize::from(u16_at(stream, at + 2)?);
        let data = at + 4..at + 4 + length;
        at = data.end;
        (data.end <= stream.len()).then_some(Record { kind, data })
    })
}

/// The records of a sheet that are not part of an embedded chart.
fn sheet_records(stream: &[u8], from: usize) -> impl Iterator<Item = Record> + '_ {
    let mut depth = 0_usize;
    records(stream, from)
        .take_while(move |record| {
            match record.kind {
                BOF => depth += 1,
                EOF => depth = depth.saturating_sub(1),
                _ => {}
            }
            record.kind != EOF || depth > 0
        })
        .filter(|record| record.kind != BOF && record.kind != EOF)
}

fn u16_at(stream: &[u8], at: usize) -> Option<u16> {
    let bytes = stream.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn u32_at(stream: &[u8], at: usize) -> Option<u32> {
    let bytes = stream.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// Checks that the cells of all sheets fit into `max_bytes`, and removes the announced dimensions.
pub(super) fn check_records(stream: &mut [u8], max_bytes: usize) -> Result<(), FormatError> {
    let globals = || records(stream, 0).take_while(|record| record.kind != EOF);
    let starts: Vec<usize> = globals()
        .filter(|record| record.kind == BOUND_SHEET)
        .filter_map(|record| u32_at(stream, record.data.start))
        .map(|position| position as usize)
        .collect();
    let dimensions: Vec<Range<usize>> = starts
        .iter()
        .flat_map(|start| sheet_records(stream, *start))
        .filter(|record| record.kind == DIMENSIONS)
        .map(|record| record.data)
        .collect();
    let lengths = shared_lengths(stream);
    for data in dimensions {
        stream[data].fill(0);
    }
    let mut bytes = 0_usize;
    for start in starts {
        bytes = bytes.saturating_add(sheet_bytes(stream, start, &lengths)?);
        if bytes > max_bytes {
            return Err(FormatError::SheetTooLarge {
                sheet: "all sheets together".to_string(),
                limit: max_bytes,
            });
        }
    }
    Ok(())
}

/// An upper bound of the memory of a sheet.
fn sheet_bytes(stream: &[u8], start: usize, lengths: &[usize]) -> Result<usize, FormatError> {
    let mut texts = 0_usize;
    let (mut rows, mut columns) = ((u16::MAX, 0), (u16::MAX, 0));
    for record in sheet_records(stream, start) {
        let at = record.data.start;
        let is_cell = ONE_CELL.contains(&record.kind) || matches!(record.kind, MUL_RK | LABEL_SST);
        if record.kind == DIMENSIONS && stream[record.data.clone()].iter().any(|byte| *byte != 0) {
            return Err(FormatError::Damaged {
                what: "Excel workbook",
                message: "its sheets overlap".to_string(),
            });
        }
        let (true, Some(row), Some(column)) = (is_cell, u16_at(stream, at), u16_at(stream, at + 2)) else {
            continue;
        };
        let last = match record.kind {
            MUL_RK => u16_at(stream, record.data.end.saturating_sub(2)).unwrap_or(column),
            _ => column,
        };
        rows = (rows.0.min(row), rows.1.max(row));
        columns = (columns.0.min(column), columns.1.max(column).max(last));
        if record.kind == LABEL_SST {
            let index = u32_at(stream, at + 6).map_or(usize::MAX, |index| index as usize);
            texts = texts.saturating_add(lengths.get(index).copied().unwrap_or(MAX_TEXT_BYTES));
        }
    }
    if rows.0 > rows.1 {
        return Ok(0);
    }
    let cells = (usize::from(rows.1 - rows.0) + 1) * (usize::from(columns.1 - columns.0) + 1);
    Ok(cells.saturating_mul(CELL_BYTES).saturating_add(texts))
}

/// Upper bounds of the lengths of the shared texts, in bytes of UTF-8.
fn shared_lengths(stream: &[u8]) -> Vec<usize> {
    let mut records = records(stream, 0).skip_while(|record| record.kind != SHARED_STRINGS);
    let Some(first) = records.next() else {
        return Vec::new();
    };
    let mut parts = vec![&stream[first.data]];
    parts.extend(
        records
            .take_while(|record| record.kind == CONTINUE)
            .map(|record| &stream[record.data]),
    );
    let mut texts = SharedTexts {
        parts,
        part: 0,
        at: 8,
    };
    std::iter::from_fn(|| texts.next_length()).collect()
}

/// The shared texts, which are split into parts at any character.
struct SharedTexts<'a> {
    parts: Vec<&'a [u8]>,
    part: usize,
    at: usize,
}

impl SharedTexts<'_> {
    /// Moves to the next part at the end of a part. Returns the number of bytes left in the part.
    fn left(&mut self) -> Option<usize> {
        while self.at >= self.parts.get(self.part)?.len() {
            self.part += 1;
            self.at = 0;
        }
        Some(self.parts[self.part].len() - self.at)
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        while bytes > 0 {
            let step = bytes.min(self.left()?);
            self.at += step;
            bytes -= step;
        }
        Some(())
    }

    fn next_length(&mut self) -> Option<usize> {
        self.left()?;
        let part = self.parts[self.part];
        let characters = usize::from(u16_at(part, self.at)?);
        let mut flags = *part.get(self.at + 2)?;
        let mut header = 3;
        let runs = match flags & 8 {
            0 => 0,
            _ => {
                header += 2;
                4 * usize::from(u16_at(part, self.at + 3)?)
            }
        };
        let extra = match flags & 4 {
            0 => 0,
            _ => {
                header += 4;
                u32_at(part, self.at + header - 4)? as usize
            }
        };
        self.at += header;
        let mut rest = characters;
        while rest > 0 {
            if self.at >= self.parts[self.part].len() {
                self.left()?;
                // Each part says again whether its characters have one byte or two.
                flags = self.parts[self.part][self.at];
                self.at += 1;
            }
            let width = 1 + usize::from(flags & 1);
            let step = rest.min((self.parts[self.part].len() - self.at).div_ceil(width));
            self.at += step * width;
            rest -= step;
        }
        self.skip(runs.checked_add(extra)?)?;
        Some(3 * characters)
    }
}

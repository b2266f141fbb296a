//! OpenDocument spreadsheets, read as a stream: repeated cells are expanded only while a limit allows it.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader};

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::container::Archive;
use crate::contents::Sheet;
use crate::error::FormatError;
use crate::limits::Limits;
use crate::sheets::cell::Cell;
use crate::sheets::choose::{SheetName, choose_sheet};
use crate::sheets::ods_text::{CellStart, attribute, damaged, push_reference, repeated, xml_error};
use crate::sheets::table::{Table, TableBuilder, TableOptions};

/// Reads the largest sheet, or the one that the caller names.
pub(super) fn read_ods(mut archive: Archive, options: TableOptions<'_>) -> io::Result<(Table, Sheet)> {
    check_encryption(&mut archive, options.limits)?;
    let counted = count_sheets(&mut archive, options.limits)?;
    let names: Vec<SheetName> = counted.iter().map(|(name, _)| name.clone()).collect();
    let (chosen, others) = choose_sheet(&names, options.sheet, |index| Ok(counted[index].1))?;
    let name = names[chosen].name.clone();
    let mut builder = TableBuilder::new(&name, options);
    let mut content = content(&mut archive, options.limits)?;
    let mut at = 0;
    while content.next_table()?.is_some() {
        if at == chosen {
            content.rows(|line, repeats, cells| {
                for line in (line..).take(usize::try_from(repeats).unwrap_or(usize::MAX)) {
                    builder.row(line, cells)?;
                }
                Ok(())
            })?;
            break;
        }
        at += 1;
    }
    drop(content);
    let table = builder.finish()?.ok_or(FormatError::EmptySheets)?;
    let sheet = table.describe(name, others);
    Ok((table, sheet))
}

fn check_encryption(archive: &mut Archive, limits: &Limits) -> io::Result<()> {
    let Some(manifest) = archive.part("META-INF/manifest.xml", limits)? else {
        return Ok(());
    };
    let mut xml = Content::new(BufReader::new(manifest), limits);
    loop {
        match xml.event()? {
            Event::Start(element) | Event::Empty(element)
                if element.name().0 == "manifest:encryption-data" =>
            {
                let what = "the OpenDocument spreadsheet".to_string();
                return Err(FormatError::Encrypted { what }.into());
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

type Part<'a> = BufReader<Box<dyn io::Read + Send + 'a>>;

fn content<'a>(archive: &'a mut Archive, limits: &'a Limits) -> io::Result<Content<'a, Part<'a>>> {
    match archive.part("content.xml", limits)? {
        Some(part) => Ok(Content::new(BufReader::with_capacity(1 << 16, part), limits)),
        None => Err(damaged("it has no `content.xml`")),
    }
}

/// Returns the sheets and the number of their cells.
fn count_sheets(archive: &mut Archive, limits: &Limits) -> io::Result<Vec<(SheetName, u64)>> {
    let mut content = content(archive, limits)?;
    let mut found = Vec::new();
    while let Some(name) = content.next_table()? {
        let mut n_cells: u64 = 0;
        content.rows(|_, repeats, cells| {
            n_cells = n_cells.saturating_add(repeats.saturating_mul(cells.len() as u64));
            Ok(())
        })?;
        found.push((name, n_cells));
    }
    Ok(found)
}

/// The XML of a spreadsheet.
struct Content<'a, R> {
    xml: Reader<R>,
    limits: &'a Limits,
    /// The name of the current sheet.
    sheet: String,
    buffer: Vec<u8>,
    /// The styles of hidden sheets.
    hidden_styles: HashSet<String>,
    /// The style that is being defined.
    style: Option<String>,
}

impl<'a, R: BufRead> Content<'a, R> {
    fn new(input: R, limits: &'a Limits) -> Self {
        let mut xml = Reader::from_reader(input);
        // An element then has a start and an end in every case.
        xml.config_mut().expand_empty_elements = true;
        Self {
            xml,
            limits,
            sheet: String::new(),
            buffer: Vec::new(),
            hidden_styles: HashSet::new(),
            style: None,
        }
    }

    fn event(&mut self) -> io::Result<Event<'_>> {
        self.buffer.clear();
        self.xml.read_event_into(&mut self.buffer).map_err(xml_error)
    }

    /// Moves to the start of the next sheet.
    fn next_table(&mut self) -> io::Result<Option<SheetName>> {
        loop {
            let element = match self.event()? {
                Event::Start(element) => element.into_owned(),
                Event::Eof => return Ok(None),
                _ => continue,
            };
            match element.name().0 {
                "style:style" => self.style = attribute(&element, "style:name")?,
                "style:table-properties"
                    if attribute(&element, "table:display")?.as_deref() == Some("false") =>
                {
                    self.hidden_styles.extend(self.style.take());
                }
                "table:table" => {
                    let style = attribute(&element, "table:style-name")?;
                    self.sheet = attribute(&element, "table:name")?.unwrap_or_default();
                    return Ok(Some(SheetName {
                        name: self.sheet.clone(),
                        hidden: style.is_some_and(|style| self.hidden_styles.contains(&style)),
                    }));
                }
                _ => {}
            }
        }
    }

    /// Reads to the end of the sheet. For each row with data, calls `take` with the number of the row (from 1), the number of
    /// repetitions, and the cells.
    fn rows(
        &mut self,
        mut take: impl FnMut(u64, u64, &[(usize, Cell<'_>)]) -> Result<(), FormatError>,
    ) -> io::Result<()> {
        let mut line: u64 = 1;
        loop {
            match self.event()? {
                Event::Start(element) if element.name().0 == "table:table-row" => {
                    let repeats = repeated(&element, "table:number-rows-repeated")?;
                    let cells = self.row()?;
                    if !cells.is_empty() {
                        take(line, repeats, &cells)?;
                    }
                    line = line.saturating_add(repeats);
                }
                Event::End(element) if element.name().0 == "table:table" => return Ok(()),
                // Drawings on the sheet have tables and texts of their own.
                Event::Start(element) if element.name().0 == "table:shapes" => self.skip("table:shapes")?,
                Event::Eof => return Err(damaged("it ends within a sheet")),
                _ => {}
            }
        }
    }

    /// Reads the cells of a row up to its end.
    fn row(&mut self) -> io::Result<Vec<(usize, Cell<'static>)>> {
        let mut cells = Vec::new();
        let mut bytes: u64 = 0;
        let mut position: u64 = 0;
        loop {
            let (start, name) = match self.event()? {
                Event::Start(element) if is_cell(&element) => {
                    let name = element.name().0.to_string();
                    (CellStart::new(&element)?, name)
                }
                Event::End(element) if element.name().0 == "table:table-row" => return Ok(cells),
                Event::Eof => return Err(damaged("it ends within a row")),
                _ => continue,
            };
            let repeats = start.repeats;
            let text = self.cell_text(&name)?;
            if let Some(cell) = start.into_cell(text)? {
                bytes = bytes.saturating_add(repeats.saturating_mul(cell.display().len() as u64));
                let end = position.saturating_add(repeats);
                self.check_row(end, bytes)?;
                cells.extend((position..end).map(|position| (position as usize, cell.clone())));
            }
            position = position.saturating_add(repeats);
        }
    }

    /// Checks the number of columns and the bytes of a row before repeated cells are copied.
    fn check_row(&self, columns: u64, bytes: u64) -> Result<(), FormatError> {
        let Limits {
            max_columns,
            max_sheet_bytes,
            ..
        } = *self.limits;
        if columns > max_columns as u64 {
            let found = usize::try_from(columns).unwrap_or(usize::MAX);
            let limit = max_columns;
            return Err(FormatError::TooManyColumns { found, limit });
        }
        if bytes > max_sheet_bytes as u64 {
            return Err(FormatError::SheetTooLarge {
                sheet: self.sheet.clone(),
                limit: max_sheet_bytes,
            });
        }
        Ok(())
    }

    /// Reads the text of a cell up to its end. Paragraphs become lines.
    fn cell_text(&mut self, cell: &str) -> io::Result<String> {
        let mut text = String::new();
        let mut paragraphs = 0;
        let mut inside = false;
        loop {
            match self.event()? {
                Event::Text(part) if inside => text.push_str(&part.xml10_content()),
                Event::CData(part) if inside => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) if inside => push_reference(&reference, &mut text)?,
                Event::Start(element) => match element.name().0 {
                    "text:p" | "text:h" => {
                        if paragraphs > 0 {
                            text.push('\n');
                        }
                        paragraphs += 1;
                        inside = true;
                    }
                    "text:s" => {
                        let count = usize::try_from(repeated(&element, "text:c")?).unwrap_or(usize::MAX);
                        // A cell beyond the limit makes its row a bad row.
                        let room = (self.limits.max_cell_bytes + 1).saturating_sub(text.len());
                        text.extend(std::iter::repeat_n(' ', count.min(room)));
                    }
                    "text:tab" => text.push('\t'),
                    "text:line-break" => text.push('\n'),
                    name if name == "office:annotation" || name.starts_with("draw:") => {
                        let name = name.to_string();
                        self.skip(&name)?;
                    }
                    _ => {}
                },
                Event::End(element) => match element.name().0 {
                    "text:p" | "text:h" => inside = false,
                    name if name == cell => return Ok(text),
                    _ => {}
                },
                Event::Eof => return Err(damaged("it ends within a cell")),
                _ => {}
            }
        }
    }

    /// Moves to the end of an element that has just begun.
    fn skip(&mut self, name: &str) -> io::Result<()> {
        let mut depth = 1;
        while depth > 0 {
            match self.event()? {
                Event::Start(element) if element.name().0 == name => depth += 1,
                Event::End(element) if element.name().0 == name => depth -= 1,
                Event::Eof => return Err(damaged("it ends within an element")),
                _ => {}
            }
        }
        Ok(())
    }
}

fn is_cell(element: &BytesStart<'_>) -> bool {
    matches!(element.name().0, "table:table-cell" | "table:covered-table-cell")
}

//! The text and the value of a cell of an OpenDocument spreadsheet.

use std::borrow::Cow;
use std::io;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart};

use crate::error::FormatError;
use crate::sheets::cell::Cell;

pub(super) const WHAT: &str = "OpenDocument spreadsheet";

pub(super) fn damaged(message: impl ToString) -> io::Error {
    let message = message.to_string();
    FormatError::Damaged { what: WHAT, message }.into()
}

/// Errors of the XML parser wrap those of the archive.
pub(super) fn xml_error(error: quick_xml::Error) -> io::Error {
    match error {
        quick_xml::Error::Io(error) => {
            let copy = io::Error::new(error.kind(), error.to_string());
            match std::sync::Arc::try_unwrap(error) {
                Ok(error) => FormatError::from_decoder(WHAT, error),
                Err(_) => FormatError::from_decoder(WHAT, copy),
            }
        }
        error => damaged(error),
    }
}

/// Returns the value of an attribute.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> io::Result<Option<String>> {
    let Some(attribute) = element.try_get_attribute(name).map_err(damaged)? else {
        return Ok(None);
    };
    let value = attribute
        .normalized_value(XmlVersion::default())
        .map_err(damaged)?;
    Ok(Some(value.into_owned()))
}

/// Returns an attribute that says how often an element is repeated; at least 1.
pub(super) fn repeated(element: &BytesStart<'_>, name: &str) -> io::Result<u64> {
    match attribute(element, name)? {
        Some(value) => Ok(value.trim().parse::<u64>().map_err(damaged)?.max(1)),
        None => Ok(1),
    }
}

/// Appends what a reference such as `&amp;` or `&#252;` stands for.
pub(super) fn push_reference(reference: &BytesRef<'_>, text: &mut String) -> io::Result<()> {
    if let Some(character) = reference.resolve_char_ref().map_err(damaged)? {
        text.push(character);
        return Ok(());
    }
    let name = reference.as_ref();
    let resolved =
        resolve_xml_entity(name).ok_or_else(|| damaged(format!("it uses the unknown entity `{name}`")))?;
    text.push_str(resolved);
    Ok(())
}

/// The attributes of a cell.
#[derive(Debug, Default)]
pub(super) struct CellStart {
    kind: Option<String>,
    value: Option<String>,
    is_error: bool,
    is_formula: bool,
    pub(super) repeats: u64,
}

impl CellStart {
    pub(super) fn new(element: &BytesStart<'_>) -> io::Result<Self> {
        let mut start = Self {
            repeats: repeated(element, "table:number-columns-repeated")?,
            kind: attribute(element, "office:value-type")?,
            is_error: attribute(element, "calcext:value-type")?.as_deref() == Some("error"),
            is_formula: attribute(element, "table:formula")?.is_some(),
            value: None,
        };
        let name = match start.kind.as_deref() {
            Some("float" | "percentage" | "currency") => "office:value",
            Some("date") => "office:date-value",
            Some("time") => "office:time-value",
            Some("boolean") => "office:boolean-value",
            Some("string") => "office:string-value",
            _ => return Ok(start),
        };
        start.value = attribute(element, name)?;
        Ok(start)
    }

    /// The cell, from its attributes and its content; `None` if it is empty.
    pub(super) fn into_cell(self, content: String) -> io::Result<Option<Cell<'static>>> {
        if self.is_error {
            return Ok(Some(Cell::Error));
        }
        let Some(value) = self.value else {
            if self.is_formula && self.kind.is_none() && content.is_empty() {
                return Ok(Some(Cell::NoResult));
            }
            return Ok(Cell::text(Cow::Owned(content)));
        };
        Ok(match self.kind.as_deref() {
            Some("float" | "percentage" | "currency") => {
                Some(Cell::Number(value.trim().parse().map_err(damaged)?))
            }
            Some("boolean") => Some(Cell::Boolean(value == "true")),
            Some("date") => Some(Cell::Date(without_midnight(value))),
            Some("time") => Some(Cell::Date(clock(&value).unwrap_or(value))),
            _ => Cell::text(Cow::Owned(if value.is_empty() { content } else { value })),
        })
    }
}

/// Some programs write every date with a time.
fn without_midnight(date: String) -> String {
    match date.strip_suffix("T00:00:00") {
        Some(day) => day.to_string(),
        None => date,
    }
}

/// Converts a duration such as `PT10H15M00S` to `10:15:00`.
fn clock(duration: &str) -> Option<String> {
    let (hours, rest) = duration.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let fraction = fraction.trim_end_matches('0');
    let number = |text: &str| text.parse::<u64>().ok();
    let mut clock = format!(
        "{:02}:{:02}:{:02}",
        number(hours)?,
        number(minutes)?,
        number(whole)?
    );
    if !fraction.is_empty() {
        number(fraction)?;
        clock = format!("{clock}.{fraction}");
    }
    Some(clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_become_times() {
        assert_eq!(clock("PT10H15M00S").as_deref(), Some("10:15:00"));
        assert_eq!(clock("PT36H00M01.500S").as_deref(), Some("36:00:01.5"));
        assert_eq!(clock("P1D"), None);
        assert_eq!(clock("PT1H1M1.xS"), None);
    }
}

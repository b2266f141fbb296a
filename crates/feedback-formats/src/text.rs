//! Tells text formats from each other by the start of the text, and texts from binary data.

use std::path::Path;

use feedback_dataset::read::{Delimiter, Encoding, Format, ReadOptions};

use crate::drawn;
use crate::foreign::Foreign;
use crate::json_start::{follows_text, is_json, other_shape};
use crate::markup::by_markup;
use crate::rasa::is_rasa;
use crate::rasa_json::is_rasa_json;
use crate::table_start::{MAX_LINES, delimiter_of_lines, rare_delimiter, table_delimiter};

/// What a text contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFormat {
    /// Rows that `feedback-dataset` reads.
    Rows(Format),
    /// A table with a delimiter that is not one of the usual ones.
    Delimited(Delimiter),
    /// A training file of Rasa in YAML.
    Rasa,
    /// A training file of Rasa in JSON.
    RasaJson,
}

/// Returns the format of a text by its first bytes.
///
/// JSON begins with a bracket. A table has a header that contains the text field, or all lines have the same number of fields. If
/// the bytes do not decide, the extension of the name does; if the extension is not known, the text consists of plain lines.
pub(crate) fn text_format(head: &[u8], name: &Path, read: &ReadOptions) -> Result<TextFormat, Foreign> {
    let text = decode(head, read.encoding).ok_or(Foreign::Binary)?;
    if let Some(foreign) = by_markup(&text) {
        return Err(foreign);
    }
    let by_name = Format::from_path(name);
    // The first lines of a file of JSON lines can be damaged.
    let is_named_json = by_name == Some(Format::Jsonl);
    if is_json(&text) {
        if is_rasa_json(&text) {
            return Ok(TextFormat::RasaJson);
        }
        let shape = other_shape(&text, [&read.text_field, &read.label_field]);
        return shape.map_or(Ok(TextFormat::Rows(Format::Jsonl)), Err);
    }
    if follows_text(&text) {
        return Err(Foreign::TextBeforeJson);
    }
    if is_named_json && text.lines().any(is_json) {
        return Ok(TextFormat::Rows(Format::Jsonl));
    }
    if is_rasa(&text) {
        return Ok(TextFormat::Rasa);
    }
    if is_named_yaml(name) {
        return Err(Foreign::Yaml);
    }
    if is_space_table(&text) {
        return Err(Foreign::SpaceTable);
    }
    if let Some(foreign) = drawn::with_rules(&text) {
        return Err(foreign);
    }
    match rows_format(&text, read, by_name)? {
        lines @ TextFormat::Rows(Format::Lines) => drawn::with_fixed_widths(&text).map_or(Ok(lines), Err),
        format => Ok(format),
    }
}

/// Returns the format of rows that are not JSON.
fn rows_format(text: &str, read: &ReadOptions, by_name: Option<Format>) -> Result<TextFormat, Foreign> {
    if is_fasttext(text) {
        return Ok(TextFormat::Rows(Format::FastText));
    }
    let is_lines = by_name == Some(Format::Lines);
    let delimiter = table_delimiter(text, &read.text_field, is_lines);
    let delimiter = delimiter.or_else(|| is_lines.then(|| delimiter_of_lines(text)).flatten());
    Ok(TextFormat::Rows(match (delimiter, by_name) {
        (None, None | Some(Format::Csv | Format::Tsv)) if read.delimiter.is_none() => {
            match rare_delimiter(text, &read.text_field, by_name.is_some())? {
                Some(delimiter) => return Ok(TextFormat::Delimited(delimiter)),
                None => by_name.unwrap_or(Format::Lines),
            }
        }
        (None, by_name) => by_name.unwrap_or(Format::Lines),
        // Both formats detect their delimiter; the name says which one the user had in mind.
        (Some(_), Some(format @ (Format::Csv | Format::Tsv))) => format,
        (Some('\t'), _) => Format::Tsv,
        (Some(_), _) => Format::Csv,
    }))
}

/// True if the lines begin with labels of fastText; a line without a label can be among them.
fn is_fasttext(text: &str) -> bool {
    let lines = || {
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .take(MAX_LINES)
    };
    let labelled = lines()
        .filter(|line| line.trim_start().starts_with("__label__"))
        .count();
    labelled > 0 && 2 * labelled >= lines().count()
}

/// True if the first line has quoted names that are separated by spaces.
fn is_space_table(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let names = first.strip_prefix('"').and_then(|first| first.strip_suffix('"'));
    let names: Vec<&str> = names
        .map(|names| names.split("\" \"").collect())
        .unwrap_or_default();
    names.len() > 1 && names.iter().all(|name| !name.contains('"'))
}

fn is_named_yaml(name: &Path) -> bool {
    let extension = name.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["yml", "yaml"].contains(&extension.to_ascii_lowercase().as_str()))
}

/// Decodes the start of a text well enough to find delimiters; `None` for binary data.
fn decode(head: &[u8], encoding: Encoding) -> Option<String> {
    match head {
        [0xFF, 0xFE, rest @ ..] => return Some(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => return Some(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    if let Encoding::Named(name) = encoding {
        // The caller knows that it is text. Delimiters are the same in all encodings but UTF-16.
        return Some(match name.to_string().as_str() {
            "UTF-16LE" => utf16(head, u16::from_le_bytes),
            "UTF-16BE" => utf16(head, u16::from_be_bytes),
            _ => String::from_utf8_lossy(head).into_owned(),
        });
    }
    let zeros_at = |parity: usize| {
        head.iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let pairs = head.len() / 2;
    // Texts in Latin letters have a zero in nearly every pair; others begin with a byte order mark.
    let mostly = |zeros: usize| pairs > 1 && zeros * 10 > pairs * 7;
    // A character such as U+0100 or U+4E00 has its zero in the other place.
    let hardly = |zeros: usize| zeros * 20 <= pairs;
    match (zeros_at(0), zeros_at(1)) {
        (high, low) if hardly(high) && mostly(low) => return Some(utf16(head, u16::from_le_bytes)),
        (high, low) if mostly(high) && hardly(low) => return Some(utf16(head, u16::from_be_bytes)),
        (0, 0) => {}
        (even, odd) if is_text_but_for(even + odd, head) => {}
        _ => return None,
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Whether these bytes are a text in which a few zero bytes stand by mistake.
fn is_text_but_for(zeros: usize, head: &[u8]) -> bool {
    let is_odd = |byte: &&u8| **byte != 0 && **byte < 0x20 && !b"\t\n\r\x0C\x1B".contains(*byte);
    let is_few = zeros * 200 <= head.len();
    let is_ascii = || head.iter().filter(|byte| !byte.is_ascii()).count() * 4 <= head.len();
    let is_text = match std::str::from_utf8(head) {
        // A short text can have them, too.
        Ok(_) => is_few || zeros <= 2,
        Err(error) if error.error_len().is_none() => is_few,
        // Another encoding with mostly Latin letters.
        Err(_) => is_few && is_ascii(),
    };
    is_text && !head.iter().any(|byte| is_odd(&byte))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(text: &[u8], name: &str) -> Result<Format, Foreign> {
        let found = text_format(text, Path::new(name), &ReadOptions::default())?;
        let TextFormat::Rows(format) = found else {
            panic!("{found:?}")
        };
        Ok(format)
    }

    #[test]
    fn the_bytes_decide() {
        let utf16 = |text: &str| {
            text.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let with_bom = [b"\xFF\xFE".to_vec(), utf16("id\ttext\n1\ta\n")].concat();
        let cases: &[(&[u8], Format)] = &[
            (b"{\"text\": \"a\"}\n", Format::Jsonl),
            (b"\xEF\xBB\xBF [\n {\"text\": 1}]", Format::Jsonl),
            (b"[]", Format::Jsonl),
            (b"[bug] It crashes\n[bug] Again\n", Format::Lines),
            (b"{name}, it crashes\n", Format::Lines),
            (b"id,text\n1,a\n", Format::Csv),
            (b"id;text\n1;a\n", Format::Csv),
            (b"id|text\n1|a\n", Format::Csv),
            (b"id\ttext\n1\ta\n", Format::Tsv),
            (b"\"SEP=;\"\nid;Kommentar\n", Format::Csv),
            (b"Export of today\n\nid,text\n1,a\n", Format::Csv),
            (b"text\nIt crashes\nGreat\n", Format::Csv),
            (b"Nr;Kommentar\n1;a\n2;b\n", Format::Csv),
            (b"\"a,b\",c\nd,e\n", Format::Csv),
            (b"It crashes\nGreat, thanks\n", Format::Lines),
            (b"Gr\xF6\xDFe fehlt\n", Format::Lines),
            (&with_bom, Format::Tsv),
            (&utf16("id,text\n1,a\n"), Format::Csv),
            (b"", Format::Lines),
            (b"{'text': 'it crashes', 'label': 'bug'}\n", Format::Jsonl),
            (b"-----\n|Nr|Text|\n-----\n|1|slow|\n|2|fine|\n", Format::Csv),
            (
                b"__label__bug it crashes\n__label__praise great, thanks\n",
                Format::FastText,
            ),
            (b"__label__bug,__label__praise\nmore\nlines\n", Format::Lines),
        ];
        for (text, expected) in cases {
            assert_eq!(format(text, "upload"), Ok(*expected), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn the_name_decides_what_the_bytes_leave_open() {
        assert_eq!(
            format(b"Great, thanks\nBad, really\n", "a.txt"),
            Ok(Format::Lines)
        );
        assert_eq!(format(b"id,text\n1,a\n", "a.txt"), Ok(Format::Csv));
        assert_eq!(format(b"Nr;Kommentar\n1;a\n", "a.txt"), Ok(Format::Csv));
        assert_eq!(format(b"a\tb\nc\td\n", "a.txt"), Ok(Format::Tsv));
        assert_eq!(format(b"1,bad\0byte\n", "a.csv"), Ok(Format::Csv));
        assert_eq!(format(b"Kommentar\nGut\n", "a.csv"), Ok(Format::Csv));
        assert_eq!(format(b"id;text\n1;a\n", "a.tsv"), Ok(Format::Tsv));
        assert_eq!(format(b"{\"text\": \"a\"}\n", "a.csv"), Ok(Format::Jsonl));
        assert_eq!(format(b"It crashes\n", "a.jsonl"), Ok(Format::Jsonl));
    }

    #[test]
    fn a_stated_encoding_is_used() {
        let chinese: Vec<u8> = "id;text\n1;很好用"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let format_of = |bytes: &[u8], encoding: &str| {
            let mut read = ReadOptions::default();
            read.encoding = encoding.parse().unwrap();
            text_format(bytes, Path::new("a"), &read)
        };
        let format = |encoding: &str| format_of(&chinese, encoding);
        assert_eq!(format("utf-16le"), Ok(TextFormat::Rows(Format::Csv)));
        assert_eq!(format("guess"), Ok(TextFormat::Rows(Format::Csv)));
        let all_chinese: Vec<u8> = "很好用\n"
            .repeat(9)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let format = |encoding: &str| format_of(&all_chinese, encoding);
        assert_eq!(
            (format("utf-16le"), format("utf-8")),
            (Ok(TextFormat::Rows(Format::Lines)), Err(Foreign::Binary))
        );
    }

    #[test]
    fn what_is_no_text_is_named() {
        assert_eq!(format(b"<html><table>", "a.xls"), Err(Foreign::Html));
        assert_eq!(format(b"a: 1\nb: 2\n", "a.yml"), Err(Foreign::Yaml));
        assert_eq!(
            format(b"\"id\" \"text\"\n\"1\" 1 \"slow\"\n", "a.txt"),
            Err(Foreign::SpaceTable)
        );
        assert_eq!(format(b"\x01\x02\0\x03\x04", "a.csv"), Err(Foreign::Binary));
        assert_eq!(
            format(b"id~name\n1~a\n2~b\n", "a.csv"),
            Err(Foreign::OtherDelimiter)
        );
        assert_eq!(
            format(b"INFO {\"text\":1}\n", "a.jsonl"),
            Err(Foreign::TextBeforeJson)
        );
        assert_eq!(format(b"{\"rows\":[]}", "a.json"), Err(Foreign::NoRecords));
    }
}

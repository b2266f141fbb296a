//! Training files of Rasa in YAML: intents with examples. They are small, so the complete file is read before its first row.

use std::io::{self, Read};
use std::mem;
use std::string::FromUtf8Error;

use feedback_dataset::read::{JsonRow, Reader};
use feedback_text::encoding::Utf8Reader;
use granit_parser::{Event, Parser, ScanError, StrInput};
use serde_json::json;

use crate::contents::FileFormat;
use crate::entities::without_entities;
use crate::error::FormatError;
use crate::input::Input;
use crate::opening::{Opening, Source};

const WHAT: &str = "Rasa training file";
/// The fields of a row.
const FIELDS: [&str; 2] = ["text", "intent"];

/// True for a text with a list `nlu` of entries.
pub(crate) fn is_rasa(head: &str) -> bool {
    let mut lines = head.lines().skip_while(|line| line.trim_end() != "nlu:").skip(1);
    let first = lines.find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let kinds = ["intent:", "synonym:", "regex:", "lookup:"];
    first
        .and_then(|line| line.trim_start().strip_prefix("- "))
        .is_some_and(|entry| kinds.iter().any(|kind| entry.trim_start().starts_with(kind)))
}

/// Opens a training file.
pub(crate) fn open_rasa<'a>(opening: Opening<'_>, input: Input<'a>) -> io::Result<Source<'a>> {
    let text = complete_text(&opening, input)?;
    let found = examples(text.trim_start_matches('\u{FEFF}')).map_err(damaged)?;
    let rows = found.rows.into_iter().map(Ok);
    let columns = FIELDS.map(str::to_owned).to_vec();
    let reader = Reader::from_json_rows(rows, &opening.path, columns, opening.read);
    let mut source = opening.source(reader, FileFormat::Rasa, None, Vec::new())?;
    source.contents.remarks.extend(not_read(found.others));
    Ok(source)
}

/// Reads a complete training file.
pub(crate) fn complete_text(opening: &Opening<'_>, input: Input<'_>) -> io::Result<String> {
    let limit = opening.limits.max_sheet_bytes;
    let stream = input.into_stream().take(limit as u64 + 1);
    let mut bytes = Vec::new();
    Utf8Reader::new(stream, opening.read.encoding).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(FormatError::TooLarge { limit: limit as u64 }.into());
    }
    let damaged = |error: FromUtf8Error| FormatError::Damaged {
        what: WHAT,
        message: format!(
            "byte {} is not valid in its encoding",
            error.utf8_error().valid_up_to()
        ),
    };
    Ok(String::from_utf8(bytes).map_err(damaged)?)
}

/// Says that some entries are not read.
pub(crate) fn not_read(entries: usize) -> Option<String> {
    match entries {
        0 => None,
        1 => Some("1 entry without an intent, such as a synonym, is not read".to_owned()),
        n => Some(format!(
            "{n} entries without an intent, such as synonyms, are not read"
        )),
    }
}

fn damaged(error: ScanError) -> io::Error {
    let message = format!("{} in line {}", error.info(), error.marker().line());
    FormatError::Damaged { what: WHAT, message }.into()
}

/// The examples of a file.
#[derive(Debug, Default)]
struct Examples {
    rows: Vec<JsonRow>,
    /// Number of entries that are not intents.
    others: usize,
}

/// One example: its line and its text, or a line that is not an example.
type Example = (usize, Result<String, String>);

/// Parses a file.
fn examples(text: &str) -> Result<Examples, ScanError> {
    let mut events = Events(Parser::new_from_str(text));
    let mut found = Examples::default();
    while let Some((event, _)) = events.next()? {
        if let Event::MappingStart(..) = event {
            while let Some(key) = events.key()? {
                match key.as_str() {
                    "nlu" => entries(&mut events, &mut found)?,
                    _ => events.skip_value()?,
                }
            }
        }
    }
    Ok(found)
}

/// Reads the list of entries.
fn entries(events: &mut Events<'_>, found: &mut Examples) -> Result<(), ScanError> {
    if !matches!(events.next()?, Some((Event::SequenceStart(..), _))) {
        return Ok(());
    }
    while let Some((event, _)) = events.next()? {
        match event {
            Event::SequenceEnd => break,
            Event::MappingStart(..) => entry(events, found)?,
            other => events.skip(&other)?,
        }
    }
    Ok(())
}

/// Reads one entry: an intent with its examples, or something else.
fn entry(events: &mut Events<'_>, found: &mut Examples) -> Result<(), ScanError> {
    let (mut intent, mut of_intent) = (None, Vec::new());
    while let Some(key) = events.key()? {
        match key.as_str() {
            "intent" => match events.next()? {
                Some((Event::Scalar(name, ..), _)) => intent = Some(name.into_owned()),
                Some((other, _)) => events.skip(&other)?,
                None => {}
            },
            "examples" => of_intent = list(events)?,
            _ => events.skip_value()?,
        }
    }
    let Some(intent) = intent else {
        found.others += 1;
        return Ok(());
    };
    let row = |(line, example): Example| {
        let json = match example {
            Ok(text) => json!({ "text": text, "intent": intent }),
            // Without a text, the row is set aside and counted.
            Err(line) => json!({ "intent": intent, "line": line }),
        };
        JsonRow::new(line as u64, json.to_string())
    };
    found.rows.extend(of_intent.into_iter().map(row));
    Ok(())
}

/// Reads the examples of an intent: one text with a line for each, or a list.
fn list(events: &mut Events<'_>) -> Result<Vec<Example>, ScanError> {
    let mut list = Vec::new();
    match events.next()? {
        Some((Event::Scalar(block, ..), line)) => {
            // The position of a block is that of its first line with text.
            let blank = block.lines().take_while(|line| line.trim().is_empty()).count();
            let first = line.saturating_sub(blank);
            list.extend(
                block
                    .lines()
                    .enumerate()
                    .filter_map(|(at, line)| example(first + at, line)),
            );
        }
        Some((Event::SequenceStart(..), _)) => {
            while let Some((event, line)) = events.next()? {
                match event {
                    Event::SequenceEnd => break,
                    Event::Scalar(text, ..) => list.push((line, Ok(without_entities(text.trim())))),
                    Event::MappingStart(..) => list.push((line, text_of(events)?)),
                    other => events.skip(&other)?,
                }
            }
        }
        Some((other, _)) => events.skip(&other)?,
        None => {}
    }
    Ok(list)
}

/// Reads a line of a block; `None` for an empty line.
fn example(line: usize, text: &str) -> Option<Example> {
    let text = text.trim();
    (!text.is_empty()).then(|| {
        let example = text.strip_prefix('-');
        (
            line,
            example
                .map(|text| without_entities(text.trim()))
                .ok_or_else(|| text.to_owned()),
        )
    })
}

/// Reads the text of an example with further properties.
fn text_of(events: &mut Events<'_>) -> Result<Result<String, String>, ScanError> {
    let mut text = None;
    while let Some(key) = events.key()? {
        match (key.as_str(), events.next()?) {
            ("text", Some((Event::Scalar(value, ..), _))) => {
                let value = value.trim();
                text = Some(without_entities(value.strip_prefix("- ").unwrap_or(value)));
            }
            (_, Some((other, _))) => events.skip(&other)?,
            (_, None) => {}
        }
    }
    Ok(text.ok_or_else(|| "an example without `text`".to_owned()))
}

/// The events of the YAML parser.
struct Events<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Events<'t> {
    /// The next event with its line; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<(Event<'t>, usize)>, ScanError> {
        let next = self.0.next_event().transpose()?;
        Ok(next
            .filter(|(event, _)| *event != Event::StreamEnd)
            .map(|(event, span)| (event, span.start.line())))
    }

    /// The next key of a mapping; `None` at its end. A key that is not a text is skipped with its value.
    fn key(&mut self) -> Result<Option<String>, ScanError> {
        while let Some((event, _)) = self.next()? {
            match event {
                Event::MappingEnd => return Ok(None),
                Event::Scalar(mut key, ..) => return Ok(Some(mem::take(key.to_mut()))),
                other => {
                    self.skip(&other)?;
                    self.skip_value()?;
                }
            }
        }
        Ok(None)
    }

    fn skip_value(&mut self) -> Result<(), ScanError> {
        match self.next()? {
            Some((event, _)) => self.skip(&event),
            None => Ok(()),
        }
    }

    /// Skips the rest of the value that begins with this event.
    fn skip(&mut self, begin: &Event<'_>) -> Result<(), ScanError> {
        let depth = |event: &Event<'_>| match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => 1,
            Event::SequenceEnd | Event::MappingEnd => -1,
            _ => 0,
        };
        let mut open: i64 = depth(begin);
        while open > 0 {
            let Some((event, _)) = self.next()? else { break };
            open += depth(&event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"version: "3.1"
rules:
- rule: a
  steps: [{intent: x}]
nlu:
# a comment
- intent: bug
  examples: |
    - it crashes
    - the [export](feature) stops

    no dash
- synonym: app
  examples: |
    - application
- intent: praise
  examples:
  - text: |
      love it
    metadata: {a: 1}
  - "so good"
  - metadata: 1
"#;

    #[test]
    fn examples_are_rows_with_their_lines() {
        let found = examples(FILE).unwrap();
        let rows: Vec<(u64, &str)> = found
            .rows
            .iter()
            .map(|row| (row.line, row.json.as_str()))
            .collect();
        assert_eq!(
            rows,
            [
                (9, r#"{"text":"it crashes","intent":"bug"}"#),
                (10, r#"{"text":"the export stops","intent":"bug"}"#),
                (12, r#"{"intent":"bug","line":"no dash"}"#),
                (18, r#"{"text":"love it","intent":"praise"}"#),
                (21, r#"{"text":"so good","intent":"praise"}"#),
                (22, r#"{"intent":"praise","line":"an example without `text`"}"#),
            ]
        );
        assert_eq!(found.others, 1);
        assert!(is_rasa(FILE));
    }

    #[test]
    fn lines_are_right_after_comments_and_blank_lines() {
        let line = |text: &str| examples(text).unwrap().rows[0].line;
        assert_eq!(line("nlu:\n- intent: a\n  examples: |\n    - x\n"), 4);
        assert_eq!(line("nlu:\n- intent: a\n  examples: | # so\n    - x\n"), 4);
        assert_eq!(line("nlu:\n- intent: a\n  examples: |\n\n\n    - x\n"), 6);
        assert_eq!(
            line("nlu:\r\n- intent: a\r\n  examples: |-\r\n\r\n    - x\r\n"),
            5
        );
        assert_eq!(line("nlu:\n- examples: \"- x\"\n  intent: a"), 2);
    }

    #[test]
    fn other_yaml_is_not_a_training_file() {
        for text in [
            "",
            "nlu:",
            "a: 1\nnlu:\n  b: 2\n",
            "- intent: a\n",
            "I like nlu:\n- intent: a\n",
        ] {
            assert!(!is_rasa(text), "{text}");
        }
        assert!(examples("nlu: [\n").is_err());
        for text in [
            "nlu: 1",
            "nlu:\n- 1\n- [a]\n- intent: [a]\n- {intent: a, examples: {b: c}}\n",
            "[1]",
            "? [a]\n: b\n",
        ] {
            assert!(examples(text).unwrap().rows.is_empty(), "{text}");
        }
    }
}

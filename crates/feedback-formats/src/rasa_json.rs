//! Training files of Rasa 1 in JSON: a list of examples, beside which are lists of synonyms and regular expressions.

use std::io::{self, Cursor};

use feedback_dataset::read::{Encoding, Format, Reader};
use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use crate::contents::FileFormat;
use crate::input::Input;
use crate::opening::{Opening, Source};
use crate::rasa::{complete_text, not_read};

/// The field of the examples.
const EXAMPLES: &str = "common_examples";
/// More white space than this is not looked through to find an array.
const MAX_SPACES: usize = 1 << 15;

/// True for the beginning of a training file.
pub(crate) fn is_rasa_json(head: &str) -> bool {
    let object = head.trim_start().strip_prefix('{').unwrap_or_default();
    object.trim_start().starts_with("\"rasa_nlu_data\"")
}

/// Opens a training file.
pub(crate) fn open_rasa_json<'a>(opening: Opening<'_>, input: Input<'a>) -> io::Result<Source<'a>> {
    let text = complete_text(&opening, input)?;
    let (text, others) = only_examples(text.trim_start_matches('\u{FEFF}')).unwrap_or((text, 0));
    let mut read = opening.read.clone();
    read.encoding = Encoding::Utf8;
    let rows = Cursor::new(text.into_bytes());
    let reader = Reader::from_reader(rows, &opening.path, Format::Jsonl, &read);
    let mut source = opening.source(reader, FileFormat::Text(Format::Jsonl), None, Vec::new())?;
    source.contents.remarks.extend(not_read(others));
    Ok(source)
}

/// Returns the list of examples on its lines, and the number of entries in other lists; `None` if there is no such list.
fn only_examples(text: &str) -> Option<(String, usize)> {
    let file: Value = serde_json::from_str(text).ok()?;
    let lists = file.get("rasa_nlu_data")?.as_object()?;
    lists.get(EXAMPLES)?.as_array()?;
    let others = lists.iter().filter(|(name, _)| *name != EXAMPLES);
    let others = others.filter_map(|(_, list)| list.as_array()).map(Vec::len).sum();
    let name = text.find(&format!("\"{EXAMPLES}\""))?;
    let start = name + text[name..].find('[')?;
    let mut list = Deserializer::from_str(&text[start..]).into_iter::<IgnoredAny>();
    list.next()?.ok()?;
    let end = start + list.byte_offset();
    let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
    let before = text[..start].bytes().map(blank);
    let before: String = before.filter(|c| start < MAX_SPACES || *c == '\n').collect();
    Some((before + &text[start..end], others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_keep_their_places() {
        let file = "{\"rasa_nlu_data\": {\n\"entity_synonyms\": [{\"value\": \"a\"}], \"regex_features\": [1, 2],\n \"common_examples\": [\n{\"text\": \"]\"}]\n}}";
        assert!(is_rasa_json(file));
        let (examples, others) = only_examples(file).unwrap();
        assert_eq!(others, 3);
        let list = "[\n{\"text\": \"]\"}]";
        assert_eq!(
            (examples.trim_start(), examples.find('[')),
            (list, file.find(list))
        );
        assert_eq!(examples.matches('\n').count(), 3);
        for other in [
            "{\"rasa_nlu_data\": {}}",
            "{\"rasa_nlu_data\": {\"common_examples\": 1}}",
            "{",
        ] {
            assert_eq!(only_examples(other), None, "{other}");
        }
        assert!(!is_rasa_json("{\"text\": \"rasa_nlu_data\"}"));
    }
}

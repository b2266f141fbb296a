//! The character between the fields of a table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The character between the fields of CSV and TSV: an ASCII character that is neither a letter, a digit, a quote nor a line break.
///
/// Its text form, also in serialised options, is the character itself, `tab`, or the number of another control character, such as
/// `\x01` in the files of Hive.
///
/// # Examples
///
/// ```
/// use feedback_text::delimiter::Delimiter;
///
/// let tab: Delimiter = "tab".parse()?;
/// assert_eq!((tab.byte(), tab.to_string()), (b'\t', "tab".to_string()));
/// assert!("ab".parse::<Delimiter>().is_err());
/// # Ok::<(), feedback_text::delimiter::UnknownDelimiter>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "String")]
pub struct Delimiter(u8);

/// A text that is not a delimiter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a delimiter, expected tab or one character that is neither a letter, a digit nor a quote, such as ;"
)]
pub struct UnknownDelimiter(String);

impl Delimiter {
    /// Creates a delimiter; `None` if the byte cannot be one.
    #[must_use]
    pub fn new(byte: u8) -> Option<Self> {
        let usable = matches!(byte, 1..=9 | 0x1C..=b' ') || byte.is_ascii_punctuation() && byte != b'"';
        usable.then_some(Self(byte))
    }

    /// The character.
    #[must_use]
    pub fn byte(self) -> u8 {
        self.0
    }
}

impl FromStr for Delimiter {
    type Err = UnknownDelimiter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let byte = match text.as_bytes() {
            [byte] => Some(*byte),
            b"tab" | b"\\t" => Some(b'\t'),
            _ => text
                .strip_prefix("\\x")
                .and_then(|number| u8::from_str_radix(number, 16).ok()),
        };
        byte.and_then(Self::new)
            .ok_or_else(|| UnknownDelimiter(text.to_string()))
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\t' => f.write_str("tab"),
            byte if byte.is_ascii_control() => write!(f, "\\x{byte:02x}"),
            byte => write!(f, "{}", char::from(byte)),
        }
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> Self {
        delimiter.to_string()
    }
}

/// Earlier versions wrote the number of the character.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Number(u8),
    Text(String),
}

impl TryFrom<Stored> for Delimiter {
    type Error = UnknownDelimiter;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        match stored {
            Stored::Number(byte) => Self::new(byte).ok_or_else(|| UnknownDelimiter(byte.to_string())),
            Stored::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_written_as_text_and_read_from_numbers_too() {
        let semicolon = Delimiter::new(b';').unwrap();
        assert_eq!(serde_json::to_string(&semicolon).unwrap(), r#"";""#);
        for stored in [r#"";""#, "59"] {
            assert_eq!(serde_json::from_str::<Delimiter>(stored).unwrap(), semicolon);
        }
        for tab in ["tab", "\t", "\\t"] {
            assert_eq!(tab.parse::<Delimiter>().unwrap().byte(), b'\t', "{tab:?}");
        }
        let unit: Delimiter = "\\x1f".parse().unwrap();
        assert_eq!((unit.byte(), unit.to_string()), (0x1F, "\\x1f".to_owned()));
        assert_eq!("\u{1}".parse::<Delimiter>().unwrap().to_string(), "\\x01");
        for unusable in ["", "a", "7", "\"", "\n", "ä", ";;", "\\x0a", "\\x41", "\\x"] {
            assert!(unusable.parse::<Delimiter>().is_err(), "{unusable:?}");
        }
    }
}

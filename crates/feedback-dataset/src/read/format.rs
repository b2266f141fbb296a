//! The file formats that can be read, recognised by the extension of the file name.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the rows of a file are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object per line.
    Jsonl,
    /// A header and rows, separated by commas.
    Csv,
    /// A header and rows, separated by tabs.
    Tsv,
    /// Plain text: each line is one text.
    Lines,
    /// The training files of fastText: each line has a text and labels such as `__label__bug`.
    FastText,
}

impl Format {
    /// Returns the format for the extension of a file name: `.jsonl`, `.ndjson`, `.json`,
    /// `.csv`, `.tsv`, `.tab`, `.txt`, in any case.
    #[must_use]
    pub fn from_path(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "txt" => Some(Self::Lines),
            _ => None,
        }
    }

    /// The name of the format; [`FromStr`] reads it back.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Lines => "lines",
            Self::FastText => "fasttext",
        }
    }

    /// True if the first row names the columns.
    #[must_use]
    pub fn has_header(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for an unknown format name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`, expected one of `jsonl`, `csv`, `tsv`, `lines`, `fasttext`")]
pub struct UnknownFormatName(pub String);

impl FromStr for Format {
    type Err = UnknownFormatName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "lines" => Ok(Self::Lines),
            "fasttext" => Ok(Self::FastText),
            _ => Err(UnknownFormatName(name.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_determines_the_format() {
        let cases = [
            ("a.jsonl", Some(Format::Jsonl)),
            ("a.NDJSON", Some(Format::Jsonl)),
            ("a.json", Some(Format::Jsonl)),
            ("a.b.csv", Some(Format::Csv)),
            ("a.tsv", Some(Format::Tsv)),
            ("a.txt", Some(Format::Lines)),
            ("a.parquet", None),
            ("csv", None),
        ];
        for (path, expected) in cases {
            assert_eq!(Format::from_path(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn names_read_back() {
        for format in [
            Format::Jsonl,
            Format::Csv,
            Format::Tsv,
            Format::Lines,
            Format::FastText,
        ] {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert!("xml".parse::<Format>().is_err());
    }
}

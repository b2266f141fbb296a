//! What the rows of a converted upload do not tell: the tool that wrote them, or how a table was written. The extension of the stored
//! file says it, so that it is known after a restart too.

use std::path::Path;

use feedback_dataset::read::Format;
use feedback_formats::FileFormat;
use feedback_formats::write::TableStyle;

/// The formats of tools whose rows do not tell the tool.
const FORMATS: [FileFormat; 2] = [FileFormat::Rasa, FileFormat::Text(Format::FastText)];
const TABLE: &str = "table-";
const MARKED: &str = "-bom";

/// What an upload was before it was converted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ConvertedFrom {
    /// A file of a tool.
    Format(FileFormat),
    /// A table: its delimiter, and whether it began with a byte order mark.
    Table { delimiter: u8, byte_order_mark: bool },
}

impl ConvertedFrom {
    /// Returns what the rows of a file do not tell; `None` if they tell everything. `style` is how the table is written.
    pub(super) fn new(format: FileFormat, style: &TableStyle) -> Option<Self> {
        match format {
            format if FORMATS.contains(&format) => Some(Self::Format(format)),
            FileFormat::Text(Format::Csv | Format::Tsv) => Some(Self::Table {
                delimiter: style.delimiter,
                byte_order_mark: style.byte_order_mark,
            }),
            _ => None,
        }
    }

    /// Returns what a stored file was converted from.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?;
        if let Some(table) = extension.strip_prefix(TABLE) {
            let delimiter = table.strip_suffix(MARKED).unwrap_or(table).parse().ok()?;
            let byte_order_mark = table.ends_with(MARKED);
            return Some(Self::Table {
                delimiter,
                byte_order_mark,
            });
        }
        FORMATS
            .into_iter()
            .find(|format| format.name() == extension)
            .map(Self::Format)
    }

    /// Returns the extension of the stored file, with the dot.
    pub(super) fn extension(self) -> String {
        match self {
            Self::Format(format) => format!(".{}", format.name()),
            Self::Table {
                delimiter,
                byte_order_mark,
            } => format!(".{TABLE}{delimiter}{}", if byte_order_mark { MARKED } else { "" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_file_tells_its_origin() {
        let all = [
            ConvertedFrom::Format(FileFormat::Rasa),
            ConvertedFrom::Format(FileFormat::Text(Format::FastText)),
            ConvertedFrom::Table {
                delimiter: b';',
                byte_order_mark: true,
            },
            ConvertedFrom::Table {
                delimiter: b'\t',
                byte_order_mark: false,
            },
        ];
        for from in all {
            let path = format!("uploads/a1{}", from.extension());
            assert_eq!(ConvertedFrom::of(Path::new(&path)), Some(from));
        }
        for path in [
            "uploads/a1",
            "uploads/a1.csv",
            "uploads/a1.table-",
            "uploads/a1.table-300",
        ] {
            assert_eq!(ConvertedFrom::of(Path::new(path)), None);
        }
    }
}

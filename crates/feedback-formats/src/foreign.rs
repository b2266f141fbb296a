//! Kinds of files that people have but that are not read, recognised by their first bytes.

use std::fmt;

/// A kind of file that is recognised but not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Foreign {
    /// PDF.
    Pdf,
    /// Word, `.docx` or `.doc`.
    Word,
    /// PowerPoint, `.pptx` or `.ppt`.
    PowerPoint,
    /// A binary Excel workbook, `.xlsb`.
    Xlsb,
    /// Apple Numbers.
    Numbers,
    /// An OpenDocument file that is not a spreadsheet.
    OpenDocument,
    /// An e-book.
    Epub,
    /// RTF.
    Rtf,
    /// An Outlook message, `.msg`.
    OutlookMessage,
    /// Another file in Microsoft's compound file format.
    OldOffice,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A tar archive.
    Tar,
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with xz or LZMA.
    Xz,
    /// Compressed with LZ4.
    Lz4,
    /// Compressed with Snappy.
    Snappy,
    /// A SQLite database.
    Sqlite,
    /// A Python pickle, or weights of PyTorch.
    Pickle,
    /// A NumPy array.
    Numpy,
    /// An HDF5 file.
    Hdf5,
    /// An ORC file.
    Orc,
    /// An Avro file.
    Avro,
    /// A Parquet file whose footer is encrypted.
    EncryptedParquet,
    /// The first version of Feather.
    OldFeather,
    /// An SPSS file.
    Spss,
    /// A Stata file.
    Stata,
    /// An R data file.
    RData,
    /// An image.
    Image,
    /// Audio or video.
    Media,
    /// A web page.
    Html,
    /// XML.
    Xml,
    /// A JSON object with one entry for each row or column, as pandas writes it with `orient="index"` or `"columns"`.
    RecordsByKey,
    /// A JSON object with lists of columns or rows, as pandas writes it with `orient="split"`, `"list"` or `"table"`.
    ListsOfValues,
    /// A JSON object with several lists of records.
    SeveralLists,
    /// A JSON object whose list of records is empty.
    NoRecords,
    /// A JSON object with a list of records in each line, such as the pages of an API.
    Pages,
    /// JSON with other text before it, such as lines of a log.
    TextBeforeJson,
    /// A table in which each line is one quoted field.
    QuotedLines,
    /// A table whose delimiter is not one of the usual ones.
    OtherDelimiter,
    /// A table whose columns are separated by spaces, as R's `write.table` writes it.
    SpaceTable,
    /// A table that is drawn with lines, as Markdown and database programs draw it.
    DrawnTable,
    /// A table whose columns are aligned with spaces.
    FixedWidths,
    /// A dump of a database as SQL.
    Sql,
    /// A training file of Rasa 1 in Markdown.
    RasaMarkdown,
    /// An e-mail, or a mailbox.
    Mail,
    /// A calendar, or contacts.
    Calendar,
    /// Subtitles of a film.
    Subtitles,
    /// An ARFF file of Weka.
    Arff,
    /// A SAS data set.
    Sas,
    /// The error message of an API.
    ErrorMessage,
    /// Text in UTF-32.
    Utf32,
    /// YAML that is not a training file of Rasa.
    Yaml,
    /// An executable program.
    Program,
    /// Binary data that are not recognised.
    Binary,
}

impl fmt::Display for Foreign {
    /// Writes the kind with an article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pdf => "a PDF document",
            Self::Word => "a Word document",
            Self::PowerPoint => "a PowerPoint presentation",
            Self::Xlsb => "a binary Excel workbook (.xlsb)",
            Self::Numbers => "an Apple Numbers, Pages or Keynote document",
            Self::OpenDocument => "an OpenDocument file without a spreadsheet",
            Self::Epub => "an e-book (EPUB)",
            Self::Rtf => "a rich text document (RTF)",
            Self::OutlookMessage => "an Outlook message",
            Self::OldOffice => "a file of an old Office program",
            Self::SevenZip => "a 7-Zip archive",
            Self::Rar => "a RAR archive",
            Self::Tar => "a tar archive",
            Self::Bzip2 => "compressed with bzip2",
            Self::Xz => "compressed with xz",
            Self::Lz4 => "compressed with LZ4",
            Self::Snappy => "compressed with Snappy",
            Self::Sqlite => "a SQLite database",
            Self::Pickle => "a Python pickle or a PyTorch file",
            Self::Numpy => "a NumPy array",
            Self::Hdf5 => "an HDF5 file",
            Self::Orc => "an ORC file",
            Self::Avro => "an Avro file",
            Self::EncryptedParquet => "an encrypted Parquet file",
            Self::OldFeather => "a Feather file of version 1",
            Self::Spss => "an SPSS file",
            Self::Stata => "a Stata file",
            Self::RData => "an R data file",
            Self::Image => "an image",
            Self::Media => "an audio or video file",
            Self::Html => "a web page (HTML)",
            Self::Xml => "an XML document",
            Self::RecordsByKey => "a JSON object with one entry for each row or column",
            Self::ListsOfValues => "a JSON object with lists of values instead of a list of records",
            Self::SeveralLists => "a JSON object with several lists of records",
            Self::NoRecords => "a JSON object without records",
            Self::Pages => "a JSON object with a list of records in each line",
            Self::TextBeforeJson => "JSON with other text before it",
            Self::QuotedLines => "a table in which each line is one quoted field",
            Self::OtherDelimiter => "a table with an unusual delimiter",
            Self::DrawnTable => "a table drawn with lines, as in Markdown",
            Self::FixedWidths => "a table whose columns are aligned with spaces",
            Self::SpaceTable => "a table whose columns are separated by spaces",
            Self::Sql => "SQL",
            Self::RasaMarkdown => "a training file of Rasa 1 in Markdown",
            Self::Mail => "an e-mail or a mailbox",
            Self::Calendar => "a calendar or a list of contacts",
            Self::Subtitles => "a file of subtitles",
            Self::Arff => "an ARFF file of Weka",
            Self::Sas => "a SAS data set",
            Self::ErrorMessage => "the error message of an API",
            Self::Utf32 => "text in UTF-32",
            Self::Yaml => "a YAML file without a list `nlu` of intents",
            Self::Program => "a program",
            Self::Binary => "binary data of an unknown kind",
        })
    }
}

impl Foreign {
    /// What to do next, in one sentence without a full stop.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Pdf | Self::Word | Self::PowerPoint | Self::Rtf | Self::Epub | Self::OpenDocument => {
                "export the feedback as a table from the program that holds it (.csv or .xlsx)"
            }
            Self::Numbers => "in Numbers, choose File > Export To > CSV or Excel",
            Self::Xlsb | Self::OldOffice => "open it in Excel or LibreOffice and save it as .xlsx",
            Self::Html | Self::Xml => {
                "some programs name web pages .xls: open it in a spreadsheet program and save it as .xlsx or .csv"
            }
            Self::SevenZip | Self::Rar | Self::Tar | Self::Bzip2 | Self::Xz | Self::Lz4 | Self::Snappy => {
                "unpack it, or pack the file as .zip, .gz or .zst"
            }
            Self::Sqlite => "export the table as CSV: `sqlite3 -csv -header FILE 'select * from TABLE'`",
            Self::Pickle => {
                "a pickle can run code, so it is never read: write the data with `to_csv` or `to_parquet`"
            }
            Self::Numpy | Self::Hdf5 | Self::Orc | Self::Avro | Self::OldFeather => {
                "write the data as Parquet or CSV, for example with pandas"
            }
            Self::EncryptedParquet => "write the file without encryption",
            Self::Spss | Self::Stata | Self::RData | Self::Sas | Self::Arff => {
                "export the data as CSV from the program that wrote them"
            }
            Self::RecordsByKey | Self::ListsOfValues => {
                "write a list of records, in pandas `to_json(orient=\"records\")`"
            }
            Self::SeveralLists => "write the list with the texts to a file of its own",
            Self::NoRecords => "check that the export found any records",
            Self::Pages => {
                "write one record per line, with `jq -c '.LIST[]'`, where LIST is the field with the records"
            }
            Self::TextBeforeJson => {
                "remove what is before the `{` of each line, or before the first `{` or `[` of the file"
            }
            Self::OtherDelimiter => "state the delimiter (`delimiter`)",
            Self::QuotedLines => {
                "remove the outer quotes of each line; in Excel, split the column (Data > Text to Columns) and save the file again"
            }
            Self::DrawnTable | Self::FixedWidths => {
                "write the table as CSV from the program that shows it, in psql with `\\copy (…) to FILE csv header`"
            }
            Self::SpaceTable => "separate the columns by commas, in R `write.csv(…, row.names = FALSE)`",
            Self::Sql => "export the rows of the table as CSV",
            Self::RasaMarkdown => "convert it with `rasa data convert nlu -f yaml`",
            Self::Mail | Self::Calendar | Self::Subtitles => {
                "write each text as a row of a table (.csv) or as a line of a text file"
            }
            Self::ErrorMessage => "download the data again; the file says what was wrong",
            Self::Utf32 => "save it as UTF-8",
            Self::Yaml => "write the rows as JSON Lines or CSV",
            Self::Binary => {
                "name a file with a table or with texts, such as .csv, .jsonl, .xlsx or .parquet; if it is a text, state its encoding (`encoding`)"
            }
            Self::OutlookMessage | Self::Image | Self::Media | Self::Program => {
                "name a file with a table or with texts, such as .csv, .jsonl, .xlsx or .parquet"
            }
        }
    }
}

/// The first bytes of a SAS data set.
const SAS: &[u8] = b"\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60";

/// Pairs (start of the file, kind).
const STARTS: &[(&[u8], Foreign)] = &[
    (b"%PDF-", Foreign::Pdf),
    (b"{\\rtf", Foreign::Rtf),
    (b"7z\xBC\xAF\x27\x1C", Foreign::SevenZip),
    (b"Rar!\x1A\x07", Foreign::Rar),
    (b"\xFD7zXZ\x00", Foreign::Xz),
    (b"\x5D\x00\x00\x80\x00", Foreign::Xz),
    (b"LZIP", Foreign::Xz),
    (b"\x04\x22\x4D\x18", Foreign::Lz4),
    (b"\xFF\x06\x00\x00sNaPpY", Foreign::Snappy),
    (b"SQLite format 3\x00", Foreign::Sqlite),
    (b"\x93NUMPY", Foreign::Numpy),
    (b"\x89HDF\r\n\x1A\n", Foreign::Hdf5),
    (b"ORC", Foreign::Orc),
    (b"Obj\x01", Foreign::Avro),
    (b"PARE", Foreign::EncryptedParquet),
    (b"FEA1", Foreign::OldFeather),
    (b"$FL2", Foreign::Spss),
    (b"$FL3", Foreign::Spss),
    (b"<stata_dta>", Foreign::Stata),
    (b"RDX2\n", Foreign::RData),
    (b"RDX3\n", Foreign::RData),
    (b"X\n\0\0\0", Foreign::RData),
    (SAS, Foreign::Sas),
    (b"\x89PNG\r\n\x1A\n", Foreign::Image),
    (b"\xFF\xD8\xFF", Foreign::Image),
    (b"GIF87a", Foreign::Image),
    (b"GIF89a", Foreign::Image),
    (b"II*\x00", Foreign::Image),
    (b"MM\x00*", Foreign::Image),
    (b"ID3", Foreign::Media),
    (b"OggS", Foreign::Media),
    (b"fLaC", Foreign::Media),
    (b"\x1A\x45\xDF\xA3", Foreign::Media),
    (b"\x7FELF", Foreign::Program),
    (b"\xCF\xFA\xED\xFE", Foreign::Program),
];

/// Returns the kind of a binary file by its first bytes.
pub(crate) fn by_start(head: &[u8]) -> Option<Foreign> {
    let by_table = STARTS.iter().find(|(start, _)| head.starts_with(start));
    // Short starts also begin ordinary texts.
    let is_text = || !head.iter().take(512).any(|byte| *byte < 0x09);
    match by_table {
        Some((b"ORC" | b"ID3" | b"LZIP" | b"PARE" | b"OggS" | b"fLaC" | b"FEA1", _)) if is_text() => {}
        Some((_, kind)) => return Some(*kind),
        None => {}
    }
    if head.starts_with(&[0xFF, 0xFE, 0, 0]) || head.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Some(Foreign::Utf32);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(Foreign::Tar);
    }
    match head {
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Some(Foreign::Bzip2),
        // An empty bzip2 stream.
        [b'B', b'Z', b'h', b'1'..=b'9', 0x17, 0x72, ..] => Some(Foreign::Bzip2),
        [
            0x80,
            2..=5,
            b'}' | b']' | b'c' | b'(' | b'\x95' | b'\x8A' | b'X' | b'K',
            ..,
        ] => Some(Foreign::Pickle),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Foreign::Image),
        [b'R', b'I', b'F', b'F', _, _, _, _, ..] => Some(Foreign::Media),
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'h' | b'a',
            b'e' | b'v',
            b'i',
            ..,
        ] => Some(Foreign::Image),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Foreign::Media),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(Foreign::Image),
        [b'M', b'Z', ..] if !is_text() => Some(Foreign::Program),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognised_by_their_first_bytes() {
        let mut tar = vec![b'a'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        let cases: &[(&[u8], Option<Foreign>)] = &[
            (b"%PDF-1.7", Some(Foreign::Pdf)),
            (b"BZh91AY&SY", Some(Foreign::Bzip2)),
            (b"\x80\x04\x95\x10", Some(Foreign::Pickle)),
            (b"RIFF\0\0\0\0WEBPVP8", Some(Foreign::Image)),
            (b"\0\0\0\x18ftypheic", Some(Foreign::Image)),
            (b"\0\0\0\x18ftypisom", Some(Foreign::Media)),
            (b"ORC\x0a\x0b\x00\x01", Some(Foreign::Orc)),
            (b"MZ\x90\x00\x03", Some(Foreign::Program)),
            (&tar, Some(Foreign::Tar)),
            (b"\xFF\xFE\0\0t\0\0\0", Some(Foreign::Utf32)),
            (b"ORCHESTRA,label\n", None),
            (b"ID3 tags are lost\n", None),
            (b"MZ is short\n", None),
            (b"BZh1 is a name\n", None),
            (b"PARENT,text\n", None),
            (b"text,label\n", None),
            (b"", None),
        ];
        for (head, expected) in cases {
            assert_eq!(by_start(head), *expected, "{}", head.escape_ascii());
        }
    }
}

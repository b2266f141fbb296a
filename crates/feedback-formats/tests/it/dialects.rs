//! One known table, and random ones, in every dialect of `feedback_testkit::dialects`.

use std::io::Cursor;

use feedback_dataset::read::{Encoding, Format, ReadOptions, Reader, RowError};
use feedback_formats::{FileFormat, Limits, from_bytes, from_reader};
use feedback_testkit::dialects::{Cell, Charset, Dialect, Packed, Table, same_value};
use proptest::prelude::*;

/// Returns what is wrong with the rows of a reader; `None` if they are the table, value for value.
fn difference(reader: Reader<'_>, dialect: &Dialect, table: &Table) -> Option<String> {
    let mut records = Vec::new();
    for row in reader {
        match row {
            Ok(row) => records.push(row.record),
            Err(RowError::Bad(row)) => return Some(format!("{row}, in {:?}", row.raw)),
            Err(RowError::Fatal(error)) => return Some(format!("{error}: {error:?}")),
        }
    }
    if records.len() != table.rows.len() {
        return Some(format!("{} rows instead of {}", records.len(), table.rows.len()));
    }
    for (at, (record, row)) in records.iter().zip(&table.rows).enumerate() {
        let fields = record.fields();
        if !fields.keys().eq(&table.columns) {
            return Some(format!("row {at} has the columns {:?}", fields.keys()));
        }
        for (name, cell) in table.columns.iter().zip(row) {
            let expected = dialect.expected(cell);
            if !same_value(&fields[name], &expected) {
                return Some(format!(
                    "row {at}, `{name}`: {} instead of {expected}",
                    fields[name]
                ));
            }
        }
        if Cell::Text(record.text().to_owned()) != row[text_column(table)] {
            return Some(format!("row {at}: the text is {:?}", record.text()));
        }
    }
    None
}

fn text_column(table: &Table) -> usize {
    table.columns.iter().position(|name| name == "text").unwrap()
}

/// The options for a dialect: those that a user of these files sets, and with the encoding guessed those of an upload.
fn options(dialect: &Dialect) -> Vec<ReadOptions> {
    let mut options = ReadOptions::default();
    options.skip_rows = dialect.skip_rows();
    let mut guess = options.clone();
    guess.encoding = Encoding::Guess;
    options.encoding = match dialect.charset() {
        Some(Charset::Windows1252) => "windows-1252".parse().unwrap(),
        _ => Encoding::Utf8,
    };
    vec![options, guess]
}

fn file_format(dialect: &Dialect) -> FileFormat {
    match dialect.file_name().split('.').nth(1) {
        Some("csv") => FileFormat::Text(Format::Csv),
        Some("tsv") => FileFormat::Text(Format::Tsv),
        Some("json" | "jsonl") => FileFormat::Text(Format::Jsonl),
        Some("xlsx") => FileFormat::Xlsx,
        Some("ods") => FileFormat::Ods,
        Some("parquet") => FileFormat::Parquet,
        Some("arrow") => FileFormat::ArrowFile,
        Some("arrows") => FileFormat::ArrowStream,
        other => panic!("{other:?} is not a known format"),
    }
}

/// Reads a file with every reader; returns the first difference.
fn differences(dialect: &Dialect, table: &Table, bytes: &[u8], options: &[ReadOptions]) -> Option<String> {
    let name = dialect.file_name();
    let limits = Limits::default();
    for read in options {
        let source = match from_bytes(bytes.to_vec(), &name, read, &limits) {
            Ok(source) => source,
            Err(error) => return Some(format!("{error:?}")),
        };
        if source.contents.format != file_format(dialect) {
            return Some(format!("it is taken for {:?}", source.contents.format));
        }
        let found = difference(source.reader, dialect, table);
        if found.is_some() {
            return found.map(|found| format!("{found}, encoding {}", read.encoding));
        }
        // Without a name, and in small pieces.
        let pieces = Pieces(Cursor::new(bytes));
        let found = match from_reader(pieces, "-", read, &limits) {
            Ok(source) => difference(source.reader, dialect, table),
            Err(error) => Some(format!("{error:?}")),
        };
        if found.is_some() {
            return found
                .map(|found| format!("as a stream without a name: {found}, encoding {}", read.encoding));
        }
        // The reader of text formats alone.
        if let (Packed::Plain, FileFormat::Text(format)) = (dialect.packed, file_format(dialect)) {
            let reader = Reader::from_reader(bytes, &name, format, read);
            let found = difference(reader, dialect, table);
            if found.is_some() {
                return found.map(|found| format!("as {format}: {found}"));
            }
        }
    }
    None
}

/// Returns at most 7 bytes per read.
struct Pieces<R>(R);

impl<R: std::io::Read> std::io::Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = buffer.len().min(7);
        self.0.read(&mut buffer[..n])
    }
}

#[test]
fn every_dialect_gives_the_known_table_back() {
    let all = Dialect::all();
    let known = Table::known();
    let mut wrong = Vec::new();
    for dialect in &all {
        let table = dialect.fitted(&known);
        let found = differences(dialect, &table, &dialect.write(&table), &options(dialect));
        wrong.extend(found.map(|found| format!("{dialect}: {found}")));
    }
    println!("{} dialects", all.len());
    assert!(all.len() >= 3_000, "{} dialects", all.len());
    assert!(
        wrong.is_empty(),
        "{} of {} dialects:\n{}",
        wrong.len(),
        all.len(),
        wrong
            .iter()
            .step_by(wrong.len() / 40 + 1)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// Characters that mean something in one of the formats.
fn characters(encoding: Option<Charset>) -> &'static str {
    match encoding {
        Some(Charset::Windows1252) => "ab 1\"\"',;\t|\n\r\\={}[]#äß€–",
        _ => "ab 1\"\"',;\t|\n\r\\={}[]<&>_x#äß€–很👍🏽\u{301}\u{a0}",
    }
}

fn text(encoding: Option<Charset>) -> impl Strategy<Value = String> {
    let characters: Vec<char> = characters(encoding).chars().collect();
    prop::collection::vec(prop::sample::select(characters), 1..12)
        .prop_map(|characters| characters.into_iter().collect())
}

fn cell(encoding: Option<Charset>) -> impl Strategy<Value = Cell> {
    prop_oneof![
        1 => Just(Cell::Empty),
        5 => text(encoding).prop_map(Cell::Text),
    ]
}

/// A table with a column of texts that can be seen, two of anything, one of numbers and one of booleans.
fn random_table(encoding: Option<Charset>) -> impl Strategy<Value = Table> {
    let number = prop_oneof![
        Just(Cell::Empty),
        (-1_000_000i32..1_000_000).prop_map(|n| Cell::Number(f64::from(n) / 64.0))
    ];
    let boolean = prop_oneof![Just(Cell::Empty), any::<bool>().prop_map(Cell::Boolean)];
    let visible = text(encoding).prop_map(|text| Cell::Text(format!("{text}x")));
    let row = (cell(encoding), visible, cell(encoding), number, boolean)
        .prop_map(|(first, text, last, number, boolean)| vec![first, text, last, number, boolean]);
    prop::collection::vec(row, 1..6).prop_map(|rows| Table {
        columns: ["id", "text", "note", "stars", "paid"]
            .map(str::to_owned)
            .to_vec(),
        rows,
    })
}

fn random() -> impl Strategy<Value = (Dialect, Table)> {
    prop::sample::select(Dialect::all()).prop_flat_map(|dialect| {
        let table = random_table(dialect.charset());
        table.prop_map(move |table| (dialect, dialect.fitted(&table)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(500), ..ProptestConfig::default() })]

    #[test]
    fn every_dialect_gives_random_tables_back((dialect, table) in random()) {
        // The encoding of a few random letters cannot be guessed, so it is stated.
        let stated = options(&dialect).swap_remove(0);
        let found = differences(&dialect, &table, &dialect.write(&table), &[stated]);
        prop_assert!(found.is_none(), "{dialect}: {}\n{table:?}", found.unwrap_or_default());
    }
}

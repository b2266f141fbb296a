//! Every limit at its edge: what just fits is read, and one more is the error or the bad row that names the limit. The table of
//! limits is in `docs/guide.md`.

use std::fmt::Write as _;
use std::io::Write;

use feedback_dataset::read::{ReadOptions, RowError};
use feedback_dataset::record::BadRowReason;
use feedback_formats::{FormatError, Limits, from_bytes};
use feedback_testkit::dialects::{Cell, Columnar, Compressed, Dialect, Ods, Packed, Rows, Table, Xlsx};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A table with this many rows and columns, and texts of this length.
fn table(rows: usize, columns: usize, length: usize) -> Table {
    let name = |at: usize| match at {
        0 => "text".to_owned(),
        at => format!("c{at}"),
    };
    let row = vec![Cell::Text("x".repeat(length)); columns];
    Table {
        columns: (0..columns).map(name).collect(),
        rows: vec![row; rows],
    }
}

fn file(rows: Rows, table: &Table) -> Vec<u8> {
    let packed = Packed::Plain;
    Dialect { rows, packed }.write(table)
}

const XLSX: Rows = Rows::Xlsx(Xlsx {
    shared: true,
    references: true,
    titles: false,
    deflate: true,
});
const ODS: Rows = Rows::Ods(Ods {
    attributes: false,
    titles: false,
    deflate: true,
});
const PARQUET: Rows = Rows::Columnar(Columnar::Parquet(Compressed::Snappy, true));
const ARROW: Rows = Rows::Columnar(Columnar::ArrowFile(Compressed::Zstandard, false));

/// The number of good rows, and the reasons of the bad ones.
type Found = Result<(usize, Vec<BadRowReason>), FormatError>;

fn read_with(bytes: &[u8], change: impl FnOnce(&mut ReadOptions, &mut Limits)) -> Found {
    let (mut options, mut limits) = (ReadOptions::default(), Limits::default());
    change(&mut options, &mut limits);
    let ours = |error| {
        FormatError::of(&error)
            .unwrap_or_else(|| panic!("{error:?}"))
            .clone()
    };
    let source = from_bytes(bytes.to_vec(), "file", &options, &limits).map_err(ours)?;
    let (mut good, mut bad) = (0, Vec::new());
    for row in source.reader {
        match row {
            Ok(_) => good += 1,
            Err(RowError::Bad(row)) => bad.push(row.reason),
            Err(RowError::Fatal(error)) => return Err(ours(error)),
        }
    }
    Ok((good, bad))
}

/// Finds the smallest limit with which the file is read. Checks that the error below it is the expected one.
fn edge(
    bytes: &[u8],
    most: u64,
    set: impl Fn(&mut Limits, u64),
    is_expected: impl Fn(&FormatError, u64) -> bool,
) -> u64 {
    let read = |limit| read_with(bytes, |_, limits| set(limits, limit));
    let (mut fails, mut passes) = (0, most);
    assert!(read(passes).is_ok(), "{:?}", read(passes));
    while passes - fails > 1 {
        let middle = fails.midpoint(passes);
        match read(middle) {
            Ok(_) => passes = middle,
            Err(_) => fails = middle,
        }
    }
    let error = read(fails).unwrap_err();
    assert!(is_expected(&error, fails), "{error:?} at {fails}");
    assert!(error.to_string().contains(&fails.to_string()), "{error}");
    passes
}

#[test]
fn rows() {
    for rows in [XLSX, ODS, PARQUET, ARROW] {
        let bytes = file(rows, &table(7, 2, 3));
        let set = |limits: &mut Limits, n| limits.max_rows = n;
        let is_expected =
            |error: &FormatError, n| matches!(error, FormatError::TooManyRows { limit } if *limit == n);
        assert_eq!(edge(&bytes, 100, set, is_expected), 7, "{rows:?}");
    }
}

#[test]
fn columns() {
    for rows in [XLSX, ODS, PARQUET, ARROW] {
        let bytes = file(rows, &table(3, 9, 3));
        let set = |limits: &mut Limits, n| limits.max_columns = usize::try_from(n).unwrap();
        let is_expected = |error: &FormatError, n| matches!(error, FormatError::TooManyColumns { limit, .. } if *limit as u64 == n);
        assert_eq!(edge(&bytes, 100, set, is_expected), 9, "{rows:?}");
    }
}

#[test]
fn a_cell_of_a_spreadsheet() {
    for rows in [XLSX, ODS] {
        let bytes = file(rows, &table(2, 1, 50));
        let read = |limit| read_with(&bytes, |_, limits| limits.max_cell_bytes = limit).unwrap();
        assert_eq!(read(50), (2, vec![]), "{rows:?}");
        let reason = BadRowReason::FieldTooLong {
            field: "text".into(),
            limit: 49,
        };
        assert_eq!(read(49), (0, vec![reason; 2]), "{rows:?}");
    }
}

#[test]
fn the_memory_of_a_sheet() {
    for rows in [XLSX, ODS] {
        let bytes = file(rows, &table(1000, 2, 100));
        let set = |limits: &mut Limits, n| limits.max_sheet_bytes = usize::try_from(n).unwrap();
        let is_expected = |error: &FormatError, n| matches!(error, FormatError::SheetTooLarge { limit, .. } if *limit as u64 == n);
        let found = edge(&bytes, 1 << 30, set, is_expected);
        // 1000 rows of JSON with two texts, and some memory for each row.
        assert!((220_000..500_000).contains(&found), "{rows:?}: {found}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn csv(length: usize) -> Vec<u8> {
    let mut text = String::from("id,text\n");
    let mut id = 0;
    while text.len() < length {
        id += 1;
        writeln!(text, "{id},It crashes").unwrap();
    }
    text.into_bytes()
}

#[test]
fn the_expansion_of_compressed_content() {
    let content = csv(10_000);
    let name = "table.csv";
    for packed in [Packed::Gzip, Packed::Zstandard, Packed::Zip] {
        let bytes = packed.pack(name, content.clone());
        let set = |limits: &mut Limits, n| limits.max_expanded_bytes = n;
        let is_expected =
            |error: &FormatError, n| matches!(error, FormatError::TooLarge { limit } if *limit == n);
        let found = edge(&bytes, 1 << 20, set, is_expected);
        assert_eq!(found, content.len() as u64, "{packed:?}");
    }
    // The parts of a spreadsheet together.
    for rows in [XLSX, ODS] {
        let bytes = file(rows, &table(100, 2, 20));
        let set = |limits: &mut Limits, n| limits.max_expanded_bytes = n;
        let is_expected =
            |error: &FormatError, n| matches!(error, FormatError::TooLarge { limit } if *limit == n);
        assert!(edge(&bytes, 1 << 20, set, is_expected) > 5_000, "{rows:?}");
    }
}

#[test]
fn the_ratio_of_expansion() {
    let large = csv((16 << 20) + 1000);
    let bytes = gzip(&large);
    let limit = u32::try_from(large.len() / bytes.len()).unwrap();
    let read = |limit| read_with(&bytes, |_, limits| limits.max_ratio = limit);
    assert!(read(limit + 1).is_ok());
    assert_eq!(read(limit).unwrap_err(), FormatError::Bomb { limit });
    // Up to 16 MiB, any ratio is allowed.
    let small = gzip(&csv((16 << 20) - 100));
    assert!(read_with(&small, |_, limits| limits.max_ratio = 1).is_ok());
}

#[test]
fn containers_in_each_other() {
    let two = gzip(&gzip(&csv(100)));
    assert!(read_with(&two, |_, _| {}).is_ok());
    let three = read_with(&gzip(&two), |_, _| {}).unwrap_err();
    assert_eq!(three, FormatError::TooDeep { limit: 2 });
    // A spreadsheet is not a container, although it is a zip archive.
    let sheet = gzip(&gzip(&file(XLSX, &table(3, 1, 3))));
    assert!(read_with(&sheet, |_, _| {}).is_ok());
}

#[test]
fn a_batch_of_an_arrow_file() {
    for compressed in [Compressed::Not, Compressed::Lz4] {
        let bytes = file(
            Rows::Columnar(Columnar::ArrowStream(compressed, false)),
            &table(1000, 2, 40),
        );
        let set = |limits: &mut Limits, n| limits.max_batch_bytes = usize::try_from(n).unwrap();
        let is_expected =
            |error: &FormatError, n| matches!(error, FormatError::TooLarge { limit } if *limit == n);
        let found = edge(&bytes, 1 << 30, set, is_expected);
        // Half of the rows: 500 texts of 40 bytes and their offsets, in two columns, also where they are compressed.
        assert!((40_000..46_000).contains(&found), "{compressed:?}: {found}");
    }
}

#[test]
fn a_row_of_a_text_format() {
    let row = "x".repeat(95);
    for content in [
        format!("text\n{row}12345\nshort\n"),
        format!("{{\"text\":\"{}\"}}\n{{\"text\":\"short\"}}\n", "x".repeat(89)),
    ] {
        let read =
            |limit| read_with(content.as_bytes(), |options, _| options.max_line_bytes = limit).unwrap();
        assert_eq!(read(100), (2, vec![]), "{content}");
        assert_eq!(
            read(99),
            (1, vec![BadRowReason::TooLong { limit: 99 }]),
            "{content}"
        );
    }
    let bytes = file(PARQUET, &table(3, 1, 89));
    let read = |limit| read_with(&bytes, |options, _| options.max_line_bytes = limit).unwrap();
    assert_eq!(read(100), (3, vec![]));
    assert_eq!(read(99), (0, vec![BadRowReason::TooLong { limit: 99 }; 3]));
}

#[test]
fn a_text_or_a_label() {
    for rows in [XLSX, ODS, PARQUET, ARROW] {
        let bytes = file(rows, &table(2, 1, 64));
        let read = |limit| read_with(&bytes, |options, _| options.max_field_bytes = limit).unwrap();
        assert_eq!(read(64), (2, vec![]), "{rows:?}");
        let reason = BadRowReason::FieldTooLong {
            field: "text".into(),
            limit: 63,
        };
        assert_eq!(read(63), (0, vec![reason; 2]), "{rows:?}");
    }
}

#[test]
fn brackets_of_json_in_each_other() {
    // A row and the brackets within.
    let row = |depth: usize| {
        let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
        format!("{{\"text\":\"It crashes\",\"nested\":{open}1{close}}}\n")
    };
    let read = |depth| read_with(row(depth).as_bytes(), |_, _| {}).unwrap();
    assert_eq!(read(128), (1, vec![]));
    let (good, bad) = read(129);
    assert_eq!(good, 0);
    assert!(matches!(&bad[..], [BadRowReason::Json { .. }]), "{bad:?}");
    assert!(bad[0].to_string().contains("recursion limit"), "{}", bad[0]);
}

#[test]
fn a_training_file_of_rasa() {
    let yaml = b"nlu:\n- intent: bug\n  examples: |\n    - it crashes\n";
    let read = |limit| read_with(yaml, |_, limits| limits.max_sheet_bytes = limit);
    assert_eq!(read(yaml.len()), Ok((1, Vec::new())));
    let limit = yaml.len() as u64 - 1;
    assert_eq!(read(yaml.len() - 1), Err(FormatError::TooLarge { limit }));
}

/// YAML in itself is refused by the parser before it can fill the stack.
#[test]
fn brackets_of_yaml_in_each_other() {
    let nested = |depth: usize| {
        let yaml = format!(
            "nlu:\n- intent: bug\n  x: {}{}\n",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        read_with(yaml.as_bytes(), |options, _| options.allow_empty = true)
    };
    assert_eq!(nested(50), Ok((0, Vec::new())));
    assert!(
        matches!(nested(100_000), Err(FormatError::Damaged { .. })),
        "{:?}",
        nested(100_000)
    );
}

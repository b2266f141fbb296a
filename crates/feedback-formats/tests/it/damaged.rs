//! Damaged files give an error or rows, but never a panic or more memory than the limits allow.

use feedback_dataset::read::{ReadOptions, RowError};
use feedback_formats::{Limits, from_bytes};
use proptest::prelude::*;

use crate::support::fixture;

const FILES: [&str; 23] = [
    "table.csv",
    "table.jsonl",
    "table.csv.gz",
    "table.csv.zst",
    "table.csv.zip",
    "table.xlsx",
    "table.xls",
    "table.ods",
    "table.parquet",
    "table.arrow",
    "table.arrows",
    "table.xlsx.gz",
    "table.parquet.zst",
    "sheets.xlsx",
    "sheets.ods",
    "types-zstd.parquet",
    "types-gzip.parquet",
    "types-lz4.parquet",
    "types-lz4.arrow",
    "types-zstd.arrows",
    "password.xlsx",
    "several.zip",
    "database.sqlite",
];

/// Reads everything. Small limits keep a damaged length from taking long.
fn read_all(bytes: Vec<u8>) -> usize {
    let mut limits = Limits::default();
    limits.max_expanded_bytes = 4 << 20;
    limits.max_sheet_bytes = 4 << 20;
    limits.max_batch_bytes = 4 << 20;
    limits.max_rows = 10_000;
    let mut options = ReadOptions::default();
    options.max_line_bytes = 1 << 20;
    let Ok(source) = from_bytes(bytes, "damaged", &options, &limits) else {
        return 0;
    };
    let mut rows = 0;
    for row in source.reader {
        match row {
            Ok(_) | Err(RowError::Bad(_)) => rows += 1,
            Err(RowError::Fatal(_)) => break,
        }
    }
    rows
}

#[test]
fn a_file_that_is_cut_anywhere_is_read_or_refused() {
    for name in FILES {
        let bytes = fs_err::read(fixture(name)).unwrap();
        let step = (bytes.len() / 60).max(1);
        for end in (0..bytes.len()).step_by(step) {
            assert!(read_all(bytes[..end].to_vec()) <= 10_000, "{name} at {end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_file_with_changed_bytes_is_read_or_refused(
        file in 0..FILES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = fs_err::read(fixture(FILES[file])).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(read_all(bytes) <= 10_000, "{}", FILES[file]);
    }

    #[test]
    fn any_bytes_after_a_signature_are_read_or_refused(
        start in prop::sample::select(vec![
            &b"\x1f\x8b\x08"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff\x10\0\0\0",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", b"[{\"text\":", b"text,label\n",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        prop_assert!(read_all([start, &rest].concat()) <= 10_000);
    }
}

/// A page header of Parquet announces a list of two billion numbers after the end of the file. Skipping them once took 38 s.
#[test]
fn values_after_the_end_of_a_file_are_not_skipped_one_by_one() {
    let path = feedback_testkit::workspace().join("fixtures/fuzz/columnar.hex");
    for line in fs_err::read_to_string(path).unwrap().lines() {
        let byte = |at: usize| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..line.len()).step_by(2).map(byte).collect();
        let began = std::time::Instant::now();
        read_all(bytes);
        assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    }
}

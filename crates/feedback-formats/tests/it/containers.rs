//! Containers: their choice of a file, and their limits.

use std::io::Write;

use feedback_dataset::read::{Format, ReadOptions};
use feedback_formats::{Container, FileFormat, FormatError, Limits, from_bytes};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{error, error_with, fixture, json, read, read_with, records};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_file_of_an_archive_can_be_chosen() {
    let (mut options, limits) = (ReadOptions::default(), Limits::default());
    let several = error("several.zip", &limits);
    assert_eq!(
        several,
        FormatError::SeveralMembers {
            found: vec!["a/table.csv".into(), "b/other.csv".into()]
        }
    );
    assert_eq!(
        several.to_string(),
        "the zip archive contains 2 files: `a/table.csv`, `b/other.csv`"
    );
    for member in ["a/table.csv", "table.csv"] {
        options.member = Some(member.into());
        let (contents, rows) = read_with("several.zip", &options, &limits).unwrap();
        assert_eq!(rows.len(), 8);
        let zip = Container::Zip {
            member: "a/table.csv".into(),
            others: vec!["b/other.csv".into()],
        };
        assert_eq!(contents.containers, [zip]);
    }
    options.member = Some("missing.csv".into());
    let not_a_zip = error_with("table.csv", &options, &limits);
    assert!(
        matches!(not_a_zip, FormatError::NoMembers { .. }),
        "{not_a_zip:?}"
    );
    assert!(
        matches!(error_with("several.zip", &options, &limits), FormatError::MissingMember { found, .. } if found.len() == 2)
    );
    assert_eq!(error("empty.zip", &Limits::default()), FormatError::EmptyArchive);
}

#[test]
fn containers_can_be_nested_twice() {
    let limits = Limits::default();
    let (contents, rows) = read("gzip-in.zip", &limits).unwrap();
    assert_eq!((contents.containers.len(), rows.len()), (2, 8));
    let (contents, rows) = read("xlsx-in.zip", &limits).unwrap();
    assert_eq!((contents.format, rows.len()), (FileFormat::Xlsx, 8));
    let plain = fs_err::read(fixture("table.csv")).unwrap();
    let twice = gzip(&gzip(&plain));
    let options = ReadOptions::default();
    let source = from_bytes(twice.clone(), "a", &options, &limits).unwrap();
    assert_eq!(records(source).unwrap().len(), 8);
    let error = from_bytes(gzip(&twice), "a", &options, &limits).unwrap_err();
    assert_eq!(FormatError::of(&error), Some(&FormatError::TooDeep { limit: 2 }));
}

#[test]
fn streams_may_have_several_parts() {
    let expected = json("table.json").len();
    for name in ["two-members.csv.gz", "two-frames.csv.zst", "stored.zip"] {
        let (contents, rows) = read(name, &Limits::default()).unwrap();
        assert_eq!(contents.format, FileFormat::Text(Format::Csv), "{name}");
        assert_eq!(rows.len(), expected, "{name}");
    }
}

#[test]
fn an_unusual_compression_is_named() {
    let error = error("bzip2.zip", &Limits::default());
    assert!(
        matches!(&error, FormatError::Compression { method, .. } if method == "bzip2"),
        "{error:?}"
    );
}

#[test]
fn bombs_end_at_a_limit() {
    let mut limits = Limits::default();
    for name in ["bomb.gz", "bomb.zst", "bomb.zip"] {
        assert_eq!(error(name, &limits), FormatError::Bomb { limit: 250 }, "{name}");
    }
    limits.max_ratio = u32::MAX;
    limits.max_expanded_bytes = 32 << 20;
    for name in ["bomb.gz", "bomb.zst", "bomb.zip"] {
        assert_eq!(
            error(name, &limits),
            FormatError::TooLarge { limit: 32 << 20 },
            "{name}"
        );
    }
}

#[test]
fn the_limit_of_bytes_is_exact() {
    let plain = fs_err::read(fixture("table.csv")).unwrap();
    for name in ["table.csv.gz", "table.csv.zst", "table.csv.zip"] {
        let mut limits = Limits::default();
        limits.max_expanded_bytes = plain.len() as u64;
        // A zip archive is longer than its file, but a file has positions and need not be stored.
        assert_eq!(read(name, &limits).unwrap().1.len(), 8, "{name}");
        limits.max_expanded_bytes -= 1;
        assert_eq!(
            error(name, &limits),
            FormatError::TooLarge {
                limit: plain.len() as u64 - 1
            },
            "{name}"
        );
    }
}

#[test]
fn a_stream_that_must_be_stored_has_a_limit() {
    let mut limits = Limits::default();
    limits.max_expanded_bytes = 1000;
    let file = fs_err::File::open(fixture("table.parquet")).unwrap();
    let error = feedback_formats::from_reader(file, "-", &ReadOptions::default(), &limits).unwrap_err();
    assert_eq!(
        FormatError::of(&error),
        Some(&FormatError::TooLarge { limit: 1000 })
    );
}

#[test]
fn a_cut_container_is_damaged() {
    for name in [
        "table.jsonl.gz",
        "table.jsonl.zst",
        "table.jsonl.zip",
        "table.arrows",
        "table.parquet",
        "table.xlsx",
        "table.xls",
    ] {
        let bytes = fs_err::read(fixture(name)).unwrap();
        let cut = bytes[..bytes.len() / 2].to_vec();
        let source = from_bytes(cut, name, &ReadOptions::default(), &Limits::default());
        let error = source.and_then(records).unwrap_err();
        assert!(
            matches!(FormatError::of(&error), Some(FormatError::Damaged { .. })),
            "{name}: {error:?}"
        );
    }
}

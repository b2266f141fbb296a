//! Files that are not read are named for what they are.

use feedback_dataset::read::{Format, ReadError, ReadOptions};
use feedback_formats::{Foreign, FormatError, Limits, from_bytes, open};

use crate::support::{error, fixture};

#[test]
fn files_of_other_programs_are_named() {
    let cases = [
        ("word.docx", Foreign::Word),
        ("slides.pptx", Foreign::PowerPoint),
        ("binary.xlsb", Foreign::Xlsb),
        ("apple.numbers", Foreign::Numbers),
        ("letter.odt", Foreign::OpenDocument),
        ("archive.tar", Foreign::Tar),
        ("archive.tar.gz", Foreign::Tar),
        ("archive.7z", Foreign::SevenZip),
        ("table.csv.bz2", Foreign::Bzip2),
        ("table.csv.xz", Foreign::Xz),
        ("database.sqlite", Foreign::Sqlite),
        ("data.pkl", Foreign::Pickle),
        ("data.npy", Foreign::Numpy),
    ];
    for (name, expected) in cases {
        assert_eq!(
            error(name, &Limits::default()),
            FormatError::Foreign(expected),
            "{name}"
        );
    }
}

#[test]
fn other_content_is_named() {
    let cases: &[(&[u8], Foreign)] = &[
        (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3", Foreign::Pdf),
        (b"Rar!\x1A\x07\x01\x00", Foreign::Rar),
        (b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", Foreign::Image),
        (b"\xFF\xD8\xFF\xE0\0\x10JFIF", Foreign::Image),
        (b"<!DOCTYPE html>\n<html><body><table><tr><td>text", Foreign::Html),
        (b"<?xml version=\"1.0\"?>\n<Workbook>", Foreign::Xml),
        (b"{\\rtf1\\ansi text}", Foreign::Rtf),
        (b"\0\x01\x02\x03\x04\x05\x06\x07", Foreign::Binary),
    ];
    for (bytes, expected) in cases {
        let error = from_bytes(
            bytes.to_vec(),
            "export.csv",
            &ReadOptions::default(),
            &Limits::default(),
        )
        .unwrap_err();
        assert_eq!(FormatError::of(&error), Some(&FormatError::Foreign(*expected)));
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()));
    }
}

#[test]
fn a_password_is_named() {
    let error = error("password.xlsx", &Limits::default());
    assert_eq!(error.to_string(), "the Excel workbook is protected by a password");
    assert_eq!(error.hint(), "save a copy without a password");
}

#[test]
fn missing_files_and_folders_have_the_errors_of_the_reader() {
    let open = |path: &std::path::Path| open(path, &ReadOptions::default(), &Limits::default()).unwrap_err();
    assert!(matches!(
        open("no such file.csv".as_ref()),
        ReadError::MissingFile { .. }
    ));
    assert!(matches!(
        open(fixture("table.csv").parent().unwrap()),
        ReadError::IsFolder { .. }
    ));
}

#[test]
fn an_empty_file_has_no_rows() {
    let source = from_bytes(
        Vec::new(),
        "empty.csv",
        &ReadOptions::default(),
        &Limits::default(),
    )
    .unwrap();
    let first = { source }.reader.next().unwrap().unwrap_err();
    assert!(first.to_string().contains("has no rows"), "{first}");
}

/// A character whose lower byte is zero does not make a table in UTF-16 without a byte order mark binary data.
#[test]
fn utf_16_with_a_zero_in_the_other_place_is_text() {
    let table = "text\tname\nit crashes when I open it\t\u{4e00}\nslow as ever today\t\u{100}\n";
    for units in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let bytes: Vec<u8> = table.encode_utf16().flat_map(units).collect();
        let read = feedback_dataset::read::ReadOptions::default();
        let source =
            feedback_formats::from_bytes(bytes, "a.csv", &read, &feedback_formats::Limits::default());
        let rows: Vec<_> = source.unwrap().reader.map(|row| row.unwrap().record).collect();
        let names: Vec<_> = rows.iter().map(|row| row.cell("name").into_owned()).collect();
        assert_eq!(names, ["\u{4e00}", "\u{100}"]);
    }
}

/// What only looks like an aligned table can be read as lines, and a zero byte is no binary file.
#[test]
fn texts_are_not_taken_for_something_else() {
    let read = |bytes: &[u8], name: &str, format: Option<Format>| {
        let mut options = ReadOptions::default();
        options.format = format;
        let source = from_bytes(bytes.to_vec(), name, &options, &Limits::default())?;
        Ok::<_, ReadError>(source.reader.filter_map(Result::ok).count())
    };
    let table = "id      text\n1       slow\n22      fine\n3       slow\n4       fine\n";
    assert!(read(table.as_bytes(), "a.txt", None).is_err());
    assert_eq!(read(table.as_bytes(), "a.txt", Some(Format::Lines)).unwrap(), 5);
    let mut rows: String = "id,text\n".into();
    for row in 0..200 {
        rows += &format!("{row},the app is slow\n");
    }
    let with_zero = rows.replacen("slow", "sl\0ow", 1);
    assert_eq!(read(with_zero.as_bytes(), "a.csv", None).unwrap(), 199);
    let binary: Vec<u8> = (0..600_u32).map(|n| (n % 7) as u8).collect();
    assert!(read(&binary, "a.csv", None).is_err());
}

//! Tests of the folder that `write_split` writes.

use std::path::Path;

use feedback_dataset::duplicates::{DuplicateKind, duplicate_groups};
use feedback_dataset::read::{OnBadRow, ReadError, ReadOptions, read};
use feedback_dataset::split::{SplitIndices, SplitOptions, split_dataset};
use feedback_dataset::write::{SplitManifest, SplitManifestInfo, WriteError, WriteOutcome, write_split};
use feedback_dataset::{Dataset, Error, LabelSet};
use feedback_files::sha256_of_file;

use crate::file;

fn input() -> (tempfile::TempDir, Dataset) {
    let mut lines = String::new();
    for index in 0..40 {
        let label = ["praise", "bug", "question"][index % 3];
        lines += &format!(
            "{{\"id\": {index}, \"label\": \"{label}\", \"text\": \"Text number {index} ü\", \"score\": 1.50}}\n"
        );
    }
    let (folder, path) = file("feedback.jsonl", lines);
    let dataset = read(path, &ReadOptions::default(), OnBadRow::Fail).unwrap();
    (folder, dataset)
}

fn divide(dataset: &Dataset, seed: u64) -> (SplitIndices, SplitManifestInfo) {
    let labels = LabelSet::from_dataset(dataset).unwrap();
    let groups = duplicate_groups(dataset.texts(), DuplicateKind::Normalised);
    let options = SplitOptions::default().with_seed(seed);
    let indices = split_dataset(dataset, &labels, &groups, &options).unwrap();
    let info = SplitManifestInfo::new(options, &labels).with("group_by", serde_json::Value::Null);
    (indices, info)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_files_contain_the_records_and_the_manifest_contains_their_hashes() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    let output = folder.path().join("a").join("split");
    assert_eq!(
        write_split(&dataset, &indices, &output, &info, false).unwrap(),
        WriteOutcome::Written
    );
    assert_eq!(
        names(&output),
        ["manifest.json", "test.jsonl", "train.jsonl", "validation.jsonl"]
    );

    let manifest = SplitManifest::read(&output).unwrap();
    assert_eq!(manifest.format_version, 1);
    assert_eq!(
        (manifest.input.file.as_str(), manifest.input.rows),
        ("feedback.jsonl", 40)
    );
    assert_eq!(manifest.input.sha256, sha256_of_file(&dataset.path).unwrap());
    assert_eq!(manifest.options.more["group_by"], serde_json::Value::Null);
    assert_eq!(manifest.generator, "ChaCha8Rng");
    let parts = [
        (&manifest.splits.train, &indices.train),
        (&manifest.splits.validation, &indices.validation),
        (&manifest.splits.test, &indices.test),
    ];
    for (part, rows) in parts {
        assert_eq!(part.sha256, sha256_of_file(output.join(&part.file)).unwrap());
        assert_eq!(part.rows, rows.len());
        assert_eq!(
            part.labels.keys().collect::<Vec<_>>(),
            ["bug", "praise", "question"]
        );
        assert_eq!(
            part.labels
                .values()
                .map(|count| count.as_u64().unwrap())
                .sum::<u64>(),
            rows.len() as u64
        );
        let text = fs_err::read_to_string(output.join(&part.file)).unwrap();
        let expected: String = rows
            .iter()
            .map(|&row| dataset.rows[row].record.to_json() + "\n")
            .collect();
        assert_eq!(text, expected);
        assert!(text.contains("\"score\":1.50"), "numbers are kept as written");
    }
}

#[test]
fn the_same_split_is_unchanged_and_another_one_is_rejected() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    let output = folder.path().join("split");
    write_split(&dataset, &indices, &output, &info, false).unwrap();
    let before = fs_err::metadata(output.join("train.jsonl"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(
        write_split(&dataset, &indices, &output, &info, false).unwrap(),
        WriteOutcome::Unchanged
    );
    assert_eq!(
        fs_err::metadata(output.join("train.jsonl"))
            .unwrap()
            .modified()
            .unwrap(),
        before
    );

    let (other, other_info) = divide(&dataset, 43);
    let kept = fs_err::read(output.join("train.jsonl")).unwrap();
    let error = write_split(&dataset, &other, &output, &other_info, false).unwrap_err();
    assert!(
        matches!(&error, Error::Write(WriteError::Exists { paths }) if paths.len() == 4),
        "{error}"
    );
    assert_eq!(fs_err::read(output.join("train.jsonl")).unwrap(), kept);
    assert_eq!(names(&output).len(), 4, "no temporary file remains");

    assert_eq!(
        write_split(&dataset, &other, &output, &other_info, true).unwrap(),
        WriteOutcome::Written
    );
    assert_ne!(fs_err::read(output.join("train.jsonl")).unwrap(), kept);
    assert_eq!(SplitManifest::read(&output).unwrap().options.seed, 43);
}

#[test]
fn an_interrupted_split_is_completed() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    let output = folder.path().join("split");
    write_split(&dataset, &indices, &output, &info, false).unwrap();
    fs_err::remove_file(output.join("manifest.json")).unwrap();
    fs_err::remove_file(output.join("test.jsonl")).unwrap();
    assert_eq!(
        write_split(&dataset, &indices, &output, &info, false).unwrap(),
        WriteOutcome::Written
    );
    assert_eq!(
        write_split(&dataset, &indices, &output, &info, false).unwrap(),
        WriteOutcome::Unchanged
    );
}

#[test]
fn the_bytes_do_not_depend_on_the_folder() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    write_split(&dataset, &indices, &a, &info, false).unwrap();
    write_split(&dataset, &indices, &b, &info, false).unwrap();
    for name in names(&a) {
        assert_eq!(
            fs_err::read(a.join(&name)).unwrap(),
            fs_err::read(b.join(&name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_input_is_never_overwritten() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    for name in ["train.jsonl", "manifest.json"] {
        let path = folder.path().join(name);
        fs_err::copy(&dataset.path, &path).unwrap();
        let dataset = Dataset {
            path: path.clone(),
            ..dataset.clone()
        };
        let error = write_split(&dataset, &indices, folder.path(), &info, true).unwrap_err();
        assert!(matches!(
            error,
            Error::Write(WriteError::WouldOverwriteInput { .. })
        ));
        assert_eq!(
            sha256_of_file(&path).unwrap(),
            sha256_of_file(folder.path().join("feedback.jsonl")).unwrap()
        );
        fs_err::remove_file(path).unwrap();
    }
}

#[test]
fn an_index_past_the_end_writes_nothing() {
    let (folder, dataset) = input();
    let (mut indices, info) = divide(&dataset, 42);
    indices.test.push(40);
    let output = folder.path().join("split");
    let error = write_split(&dataset, &indices, &output, &info, false).unwrap_err();
    assert!(matches!(
        error,
        Error::Write(WriteError::IndexOutOfRange { index: 40, rows: 40 })
    ));
    assert!(!output.exists());
}

#[test]
fn an_empty_part_is_an_empty_file() {
    let (folder, dataset) = input();
    let (indices, info) = divide(&dataset, 42);
    let indices = SplitIndices {
        train: [indices.train, indices.validation].concat(),
        validation: Vec::new(),
        ..indices
    };
    let output = folder.path().join("split");
    write_split(&dataset, &indices, &output, &info, false).unwrap();
    assert_eq!(fs_err::read(output.join("validation.jsonl")).unwrap(), b"");
}

#[test]
fn a_manifest_of_another_kind_is_an_error() {
    let (folder, _path) = file("manifest.json", "{}");
    assert!(matches!(
        SplitManifest::read(folder.path()),
        Err(ReadError::Manifest { .. })
    ));
    assert!(matches!(
        SplitManifest::read(folder.path().join("no")),
        Err(ReadError::Io { .. })
    ));
}

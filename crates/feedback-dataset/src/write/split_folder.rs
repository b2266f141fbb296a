//! Writes the three files of a split and their manifest.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tempfile::NamedTempFile;

use crate::atomic::{persist, temporary_beside, write_error};
use crate::dataset::Dataset;
use crate::duplicates::DuplicateSummary;
use crate::error::Error;
use crate::hash::{HashingWriter, file_sha256};
use crate::manifest::{
    MANIFEST_FILE, MANIFEST_FORMAT_VERSION, ManifestInput, ManifestOptions, ManifestPart, ManifestSplits,
    SplitManifest, SplitManifestInfo,
};
use crate::shuffle::GENERATOR;
use crate::split::SplitIndices;
use crate::writer::JsonlWriter;

/// What [`write_split`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The files were written.
    Written,
    /// They stood there already with the same bytes; nothing was touched.
    Unchanged,
}

/// Writes `train.jsonl`, `validation.jsonl`, `test.jsonl` and `manifest.json` into a folder, which
/// is made where it is missing.
///
/// The bytes depend on the arguments only. Each file is written beside its place and renamed, the
/// manifest last; it holds the hashes of the others, so a split that was interrupted shows.
///
/// # Errors
///
/// [`Error::Exists`] where one of the files stands there with other content, unless `force`;
/// [`Error::WouldOverwriteInput`], also with `force`; [`Error::IndexOutOfRange`];
/// [`Error::Read`] and [`Error::Write`].
pub fn write_split(
    dataset: &Dataset,
    indices: &SplitIndices,
    folder: impl AsRef<Path>,
    info: &SplitManifestInfo,
    force: bool,
) -> Result<WriteOutcome, Error> {
    let folder = folder.as_ref();
    check_indices(dataset, indices)?;
    refuse_input(dataset, folder)?;
    let input_sha256 = file_sha256(&dataset.path)?;
    let made = !folder.exists();
    fs_err::create_dir_all(folder).map_err(|error| write_error(folder, error))?;
    let outcome = write_all(dataset, indices, folder, info, force, input_sha256);
    if made && outcome.is_err() {
        // Only removed if it is empty; the error that is returned matters more than this one.
        let _ = fs_err::remove_dir(folder);
    }
    outcome
}

const PARTS: [&str; 3] = ["train.jsonl", "validation.jsonl", "test.jsonl"];

/// A file that is written but not yet in its place.
struct Staged {
    file: NamedTempFile,
    path: PathBuf,
    sha256: String,
}

fn write_all(
    dataset: &Dataset,
    indices: &SplitIndices,
    folder: &Path,
    info: &SplitManifestInfo,
    force: bool,
    input_sha256: String,
) -> Result<WriteOutcome, Error> {
    let stage_part = |name: &str, rows: &[usize]| {
        stage(folder.join(name), |writer| {
            let mut writer = JsonlWriter::new(writer);
            rows.iter()
                .try_for_each(|&row| writer.write(&dataset.rows[row].record))
        })
    };
    let parts = [
        stage_part(PARTS[0], &indices.train)?,
        stage_part(PARTS[1], &indices.validation)?,
        stage_part(PARTS[2], &indices.test)?,
    ];
    let manifest = manifest(dataset, indices, info, input_sha256, &parts);
    let manifest = stage(folder.join(MANIFEST_FILE), |writer| {
        serde_json::to_writer_pretty(&mut *writer, &manifest)?;
        writer.write_all(b"\n")
    })?;

    let states: Vec<State> = parts
        .iter()
        .chain([&manifest])
        .map(state)
        .collect::<Result<_, _>>()?;
    if states.iter().all(|state| *state == State::Same) {
        return Ok(WriteOutcome::Unchanged);
    }
    let other: Vec<PathBuf> = parts
        .iter()
        .chain([&manifest])
        .zip(&states)
        .filter(|(_, state)| **state == State::Other)
        .map(|(staged, _)| staged.path.clone())
        .collect();
    if !other.is_empty() && !force {
        return Err(Error::Exists { paths: other });
    }
    if states[PARTS.len()] != State::Absent {
        // While the files change, no manifest speaks for them.
        fs_err::remove_file(&manifest.path).map_err(|error| write_error(&manifest.path, error))?;
    }
    for staged in parts.into_iter().chain([manifest]) {
        persist(staged.file, &staged.path)?;
    }
    Ok(WriteOutcome::Written)
}

fn stage(path: PathBuf, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Staged, Error> {
    let mut file = temporary_beside(&path)?;
    let mut writer = HashingWriter::new(BufWriter::with_capacity(1 << 16, file.as_file_mut()));
    write(&mut writer)
        .and_then(|()| writer.flush())
        .map_err(|error| write_error(&path, error))?;
    let sha256 = writer.finish();
    Ok(Staged { file, path, sha256 })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Same,
    Other,
}

/// What stands at the place of a staged file.
fn state(staged: &Staged) -> Result<State, Error> {
    match file_sha256(&staged.path) {
        Ok(sha256) if sha256 == staged.sha256 => Ok(State::Same),
        Ok(_) => Ok(State::Other),
        Err(Error::MissingFile { .. }) => Ok(State::Absent),
        Err(error) => Err(error),
    }
}

fn check_indices(dataset: &Dataset, indices: &SplitIndices) -> Result<(), Error> {
    let rows = dataset.len();
    let all = indices
        .train
        .iter()
        .chain(&indices.validation)
        .chain(&indices.test);
    match all.copied().find(|&index| index >= rows) {
        Some(index) => Err(Error::IndexOutOfRange { index, rows }),
        None => Ok(()),
    }
}

/// The input may lie in the output folder under one of the four names, also through a link.
fn refuse_input(dataset: &Dataset, folder: &Path) -> Result<(), Error> {
    let Ok(input) = fs_err::canonicalize(&dataset.path) else {
        return Err(Error::MissingFile {
            path: dataset.path.clone(),
        });
    };
    let targets = PARTS
        .into_iter()
        .chain([MANIFEST_FILE])
        .map(|name| folder.join(name));
    // A target that cannot be resolved does not exist, so it is not the input.
    match targets
        .filter_map(|path| fs_err::canonicalize(path).ok())
        .any(|path| path == input)
    {
        true => Err(Error::WouldOverwriteInput {
            path: dataset.path.clone(),
        }),
        false => Ok(()),
    }
}

fn manifest(
    dataset: &Dataset,
    indices: &SplitIndices,
    info: &SplitManifestInfo,
    sha256: String,
    parts: &[Staged; 3],
) -> SplitManifest {
    let part = |place: usize, rows: &[usize]| ManifestPart {
        file: PARTS[place].to_string(),
        sha256: parts[place].sha256.clone(),
        rows: rows.len(),
        labels: label_counts(dataset, rows, &info.labels),
    };
    SplitManifest {
        format_version: MANIFEST_FORMAT_VERSION,
        input: ManifestInput {
            file: dataset
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            sha256,
            rows: dataset.len(),
            set_aside: dataset.set_aside.len(),
        },
        options: ManifestOptions {
            test_size: info.options.test_size,
            validation_size: info.options.validation_size,
            seed: info.options.seed,
            more: info.more.clone(),
        },
        generator: GENERATOR.to_string(),
        splits: ManifestSplits {
            train: part(0, &indices.train),
            validation: part(1, &indices.validation),
            test: part(2, &indices.test),
        },
        duplicates: DuplicateSummary::of(dataset.texts()),
    }
}

/// Rows of each label; labels outside the set follow it, rows without a label are not counted.
fn label_counts(dataset: &Dataset, rows: &[usize], labels: &[String]) -> Map<String, Value> {
    let mut counts: Vec<(&str, usize)> = labels.iter().map(|label| (label.as_str(), 0)).collect();
    for label in rows.iter().filter_map(|&row| dataset.rows[row].record.label()) {
        match counts.iter_mut().find(|(name, _)| *name == label) {
            Some((_, count)) => *count += 1,
            None => counts.push((label, 1)),
        }
    }
    counts
        .into_iter()
        .map(|(label, count)| (label.to_string(), Value::from(count)))
        .collect()
}

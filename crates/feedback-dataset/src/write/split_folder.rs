//! Writes the three files of a split and the manifest.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use feedback_files::{Action, AtomicFile, Sha256Writer, sha256_of_file, sha256_of_input};
use serde_json::{Map, Value};

use crate::dataset::Dataset;
use crate::duplicates::DuplicateSummary;
use crate::error::{Error, ReadError, WriteError};
use crate::record::Record;
use crate::shuffle::GENERATOR;
use crate::split::SplitIndices;
use crate::write::manifest::{
    MANIFEST_FILE, MANIFEST_FORMAT_VERSION, ManifestInput, ManifestOptions, ManifestPart, ManifestSplits,
    SplitManifest, SplitManifestInfo,
};
use crate::write::records::JsonlWriter;

/// The result of [`write_split`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The files were written.
    Written,
    /// The files existed with the same bytes; nothing was changed.
    Unchanged,
}

/// Writes `train.jsonl`, `validation.jsonl`, `test.jsonl` and `manifest.json` to a folder, which is created if it does
/// not exist.
///
/// The bytes of the files depend only on the arguments. Each file is written under a temporary name and then renamed, the
/// manifest last. The manifest contains the hashes of the other files, so an interrupted split can be detected.
///
/// # Errors
///
/// [`WriteError::Exists`] if one of the files exists with different content and `force` is false;
/// [`WriteError::WouldOverwriteInput`], even if `force` is true; [`WriteError::IndexOutOfRange`]; [`ReadError`] if the input is
/// missing; [`WriteError::File`] if a file cannot be read or written.
pub fn write_split(
    dataset: &Dataset,
    indices: &SplitIndices,
    folder: impl AsRef<Path>,
    info: &SplitManifestInfo,
    force: bool,
) -> Result<WriteOutcome, Error> {
    let folder = folder.as_ref();
    check_indices(dataset, indices)?;
    reject_input(dataset, folder)?;
    let input_sha256 = sha256_of_input(&dataset.path).map_err(WriteError::from)?;
    let created = !folder.exists();
    fs_err::create_dir_all(folder).map_err(|error| failed(Action::CreateFolder, folder, error))?;
    let outcome = write_all(dataset, indices, folder, info, force, input_sha256);
    if created && outcome.is_err() {
        // `remove_dir` removes the folder only if it is empty. Its errors are ignored: the error of the split is more important.
        let _ = fs_err::remove_dir(folder);
    }
    outcome
}

const PARTS: [&str; 3] = ["train.jsonl", "validation.jsonl", "test.jsonl"];

/// A file that was written under a temporary name and is not yet renamed.
struct Staged {
    file: AtomicFile,
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
        return Err(WriteError::Exists { paths: other }.into());
    }
    if states[PARTS.len()] != State::Absent {
        // While the files are replaced, no manifest may exist that describes different content.
        fs_err::remove_file(&manifest.path).map_err(|error| failed(Action::Remove, &manifest.path, error))?;
    }
    for staged in parts.into_iter().chain([manifest]) {
        staged.file.commit().map_err(WriteError::from)?;
    }
    Ok(WriteOutcome::Written)
}

fn stage(path: PathBuf, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Staged, WriteError> {
    let mut file = AtomicFile::create(&path)?;
    let mut writer = Sha256Writer::new(&mut file);
    write(&mut writer)
        .and_then(|()| writer.flush())
        .map_err(|error| failed(Action::Write, &path, error))?;
    let sha256 = writer.finish();
    Ok(Staged { file, path, sha256 })
}

fn failed(action: Action, path: &Path, error: io::Error) -> WriteError {
    feedback_files::Error::from_io(action, path, error).into()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Same,
    Other,
}

/// Compares the file at the final path, if there is one, with the staged file.
fn state(staged: &Staged) -> Result<State, WriteError> {
    match sha256_of_file(&staged.path) {
        Ok(sha256) if sha256 == staged.sha256 => Ok(State::Same),
        Ok(_) => Ok(State::Other),
        Err(feedback_files::Error::NotFound { .. }) => Ok(State::Absent),
        Err(error) => Err(error.into()),
    }
}

fn check_indices(dataset: &Dataset, indices: &SplitIndices) -> Result<(), WriteError> {
    let rows = dataset.len();
    let all = indices
        .train
        .iter()
        .chain(&indices.validation)
        .chain(&indices.test);
    match all.copied().find(|&index| index >= rows) {
        Some(index) => Err(WriteError::IndexOutOfRange { index, rows }),
        None => Ok(()),
    }
}

/// Refuses an output folder in which one of the four output files is the input file, possibly through a link.
fn reject_input(dataset: &Dataset, folder: &Path) -> Result<(), Error> {
    let Ok(input) = fs_err::canonicalize(&dataset.path) else {
        return Err(ReadError::MissingFile {
            path: dataset.path.clone(),
        }
        .into());
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
        true => Err(WriteError::WouldOverwriteInput {
            path: dataset.path.clone(),
        }
        .into()),
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
            set_aside: dataset.set_aside.len() + info.set_aside,
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
        duplicates: DuplicateSummary::from_texts(dataset.texts()),
    }
}

/// Counts the rows of each label. Labels that are not in the set come last; rows without a label are not counted.
fn label_counts(dataset: &Dataset, rows: &[usize], labels: &[String]) -> Map<String, Value> {
    let mut counts: Map<String, Value> = labels.iter().map(|label| (label.clone(), 0.into())).collect();
    for label in rows.iter().flat_map(|&row| labels_of(&dataset.rows[row].record)) {
        let count = counts.entry(label).or_insert(0.into());
        *count = (count.as_u64().unwrap_or(0) + 1).into();
    }
    counts
}

/// Returns the label of a record, or all labels if the label field is a list of several.
fn labels_of(record: &Record) -> impl Iterator<Item = &str> {
    let list = record.get(record.label_field()).and_then(Value::as_array);
    let several = list.filter(|labels| labels.len() > 1).into_iter().flatten();
    several.filter_map(Value::as_str).chain(record.label())
}

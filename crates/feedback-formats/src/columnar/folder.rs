//! Folders of Hugging Face's `datasets`, as `save_to_disk` writes them: one data set, or one folder for each split.

use std::io;
use std::path::{Path, PathBuf};

use feedback_dataset::read::open_file;
use serde_json::Value;

use crate::columnar::arrow::arrow_batches;
use crate::columnar::open::source;
use crate::columnar::rows::Batches;
use crate::contents::FileFormat;
use crate::error::FormatError;
use crate::opening::{Opening, Source};

/// The file that lists the Arrow files of a data set.
const STATE: &str = "state.json";
/// The file that lists the splits of a folder.
const SPLITS: &str = "dataset_dict.json";
const WHAT: &str = "folder of `datasets`";

/// True for a folder that `save_to_disk` wrote.
pub(crate) fn is_dataset_folder(path: &Path) -> bool {
    path.join(STATE).is_file() || path.join(SPLITS).is_file()
}

/// Opens the only data set of a folder, or the one that [`ReadOptions::member`](feedback_dataset::read::ReadOptions::member) names.
pub(crate) fn open_folder(mut opening: Opening<'_>) -> io::Result<Source<'static>> {
    let (folder, others) = data_set(&opening)?;
    opening.is_split = true;
    let files = listed(&folder.join(STATE), "/_data_files", |file| file.get("filename"))?;
    let limit = opening.limits.max_batch_bytes;
    let mut files = files.into_iter().map(move |name| {
        let file = open_file(&folder.join(name)).map_err(io::Error::other)?;
        arrow_batches(Box::new(file), false, limit)
    });
    let first = files
        .next()
        .ok_or_else(|| damaged("it lists no files".to_owned()))?;
    let (schema, first) = first?;
    let expected = schema.clone();
    let further = files.flat_map(move |file| match file {
        Ok((schema, batches)) if schema.fields() == expected.fields() => batches,
        Ok(_) => failed(damaged("its files have different columns".to_owned())),
        Err(error) => failed(error),
    });
    let mut source = source(
        opening,
        (schema, Box::new(first.chain(further))),
        FileFormat::ArrowStream,
    )?;
    source.contents.remarks.extend(others);
    Ok(source)
}

fn failed<'a>(error: io::Error) -> Batches<'a> {
    Box::new(std::iter::once(Err(error)))
}

/// Returns the folder of the data set to read, and names the splits that are not read.
fn data_set(opening: &Opening<'_>) -> io::Result<(PathBuf, Option<String>)> {
    let path = &opening.path;
    let member = opening.read.member.as_ref();
    if !path.join(SPLITS).is_file() {
        return match member {
            None => Ok((path.clone(), None)),
            Some(member) => Err(FormatError::NoMembers {
                member: member.clone(),
            }
            .into()),
        };
    }
    let found = listed(&path.join(SPLITS), "/splits", |split| Some(split))?;
    let split = match (member, found.as_slice()) {
        (Some(member), _) if found.contains(member) => member.clone(),
        (Some(member), _) => {
            let split = member.clone();
            return Err(FormatError::MissingSplit { split, found }.into());
        }
        (None, [split]) => split.clone(),
        (None, _) => return Err(FormatError::SeveralSplits { found }.into()),
    };
    let others: Vec<&str> = found
        .iter()
        .filter(|other| **other != split)
        .map(String::as_str)
        .collect();
    let note =
        (!others.is_empty()).then(|| format!("the split `{split}` is read, not `{}`", others.join("`, `")));
    Ok((path.join(&split), note))
}

/// Returns the names in a list of a JSON file; `list` is its JSON pointer. Each must be the name of a file or folder beside the JSON file.
fn listed(path: &Path, list: &str, name: fn(&Value) -> Option<&Value>) -> io::Result<Vec<String>> {
    let broken = || damaged(format!("`{}` has no valid list of names", path.display()));
    let json: Value = serde_json::from_slice(&fs_err::read(path)?).map_err(|_| broken())?;
    let entries = json.pointer(list).and_then(Value::as_array).ok_or_else(broken)?;
    let name = |entry| name(entry).and_then(Value::as_str).filter(|name| is_plain(name));
    let names = entries.iter().map(|entry| name(entry).map(str::to_owned));
    names.collect::<Option<Vec<String>>>().ok_or_else(broken)
}

/// Whether a name stays within its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0', ':'])
}

fn damaged(message: String) -> io::Error {
    FormatError::Damaged { what: WHAT, message }.into()
}

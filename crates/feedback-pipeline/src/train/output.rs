//! Checks whether the model folder can be written, before hours of training rather than after.

use std::path::{Component, Path};

use feedback_files::previous_path;

use crate::error::{Result, RunError};

/// Refuses an output that cannot be written, or that would replace something other than a model folder.
///
/// Saving a model moves an existing folder at `output` to `<output>.previous`, and removes an older `<output>.previous`.
///
/// # Errors
///
/// [`RunError`] with the path, or an error of the file system.
pub fn check_output(output: &Path, run_dir: Option<&Path>) -> Result<()> {
    if !matches!(output.components().next_back(), Some(Component::Normal(_))) {
        return Err(RunError::OutputName {
            path: output.to_owned(),
        }
        .into());
    }
    for path in [output.to_owned(), previous_path(output)] {
        if !may_be_moved(&path)? {
            return Err(RunError::OutputOccupied { path }.into());
        }
    }
    if let Some(file) = output.ancestors().skip(1).find(|folder| folder.is_file()) {
        return Err(RunError::OutputBelowFile {
            output: output.to_owned(),
            file: file.to_owned(),
        }
        .into());
    }
    // The model is first written to a temporary folder next to `output`; check now that this is permitted.
    let above = output.ancestors().skip(1).find(|folder| folder.is_dir());
    tempfile::tempdir_in(above.unwrap_or(Path::new(".")))?;
    match run_dir {
        Some(run) if is_within(run, output)? => Err(RunError::RunInOutput {
            run: run.to_owned(),
            output: output.to_owned(),
        }
        .into()),
        Some(run) if run.exists() && !run.is_dir() => {
            Err(RunError::RunIsFile { path: run.to_owned() }.into())
        }
        _ => Ok(()),
    }
}

/// Returns true if there is nothing at `path`, or if it is an empty folder or a model folder.
fn may_be_moved(path: &Path) -> Result<bool> {
    if !path.is_dir() {
        return Ok(!path.exists());
    }
    Ok(path.join("config.json").is_file() || fs_err::read_dir(path)?.next().is_none())
}

fn is_within(path: &Path, folder: &Path) -> Result<bool> {
    Ok(std::path::absolute(path)?.starts_with(std::path::absolute(folder)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_paths_and_old_models_are_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("model");
        check_output(&model, Some(&folder.path().join("run"))).unwrap();
        fs_err::create_dir(&model).unwrap();
        check_output(&model, None).unwrap();
        fs_err::write(model.join("config.json"), "{}").unwrap();
        fs_err::create_dir(folder.path().join("model.previous")).unwrap();
        check_output(&model, None).unwrap();
        check_output(
            Path::new("models/feedback_classifier"),
            Some(Path::new("runs/model")),
        )
        .unwrap();
    }

    #[test]
    fn other_folders_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs_err::write(path("file"), "").unwrap();
        fs_err::create_dir_all(path("notes")).unwrap();
        fs_err::write(path("notes/diary.txt"), "").unwrap();
        fs_err::create_dir_all(path("old.previous")).unwrap();
        fs_err::write(path("old.previous/diary.txt"), "").unwrap();
        for name in ["file", "notes", "old", "file/model", ".", "notes/..", "/"] {
            let error = check_output(&path(name), None).unwrap_err();
            assert!(error.hint().is_some(), "{name}: {error}");
        }
        for run in ["model", "model/run"] {
            assert!(check_output(&path("model"), Some(&path(run))).is_err(), "{run}");
        }
    }
}

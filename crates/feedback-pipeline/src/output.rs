//! Whether a model folder may be written to a place, found out before hours of training rather than after.

use std::path::{Component, Path};

use feedback_files::previous_path;

use crate::{Error, Result};

/// Refuses an output that could not be written, or that would push aside what is no model folder.
///
/// Saving moves what stands at `output` to `<output>.previous`, and removes what stood there.
///
/// # Errors
///
/// [`Error::Files`] naming the path.
pub(crate) fn check_output(output: &Path, run_dir: Option<&Path>) -> Result<()> {
    let refuse = |reason: String, hint: &str| {
        Err(Error::Files {
            reason,
            hint: hint.to_owned(),
        })
    };
    if !matches!(output.components().next_back(), Some(Component::Normal(_))) {
        let reason = format!(
            "the model cannot be written to `{}`, which names no folder of its own",
            output.display()
        );
        return refuse(reason, "give --output a name, as in models/feedback_classifier");
    }
    for path in [output.to_owned(), previous_path(output)] {
        if !may_be_moved(&path)? {
            let reason = format!(
                "`{}` is in the way of the model folder: it is no model folder itself",
                path.display()
            );
            return refuse(reason, "give --output another name, or move this away");
        }
    }
    if let Some(file) = output.ancestors().skip(1).find(|folder| folder.is_file()) {
        let reason = format!(
            "the model cannot be written to `{}`: `{}` is a file",
            output.display(),
            file.display()
        );
        return refuse(reason, "give --output a path through folders");
    }
    // A folder is made beside the final place later; whether that may be done is best asked now.
    let above = output.ancestors().skip(1).find(|folder| folder.is_dir());
    tempfile::tempdir_in(above.unwrap_or(Path::new(".")))?;
    match run_dir {
        Some(run) if is_within(run, output)? => {
            let reason = format!(
                "the run folder `{}` lies within the model folder `{}`, which is replaced as a whole",
                run.display(),
                output.display()
            );
            refuse(reason, "give --run-dir a folder outside of --output")
        }
        Some(run) if run.exists() && !run.is_dir() => refuse(
            format!("the run folder `{}` is a file", run.display()),
            "give --run-dir another name",
        ),
        _ => Ok(()),
    }
}

/// Nothing, an empty folder, or a model folder.
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
    fn free_places_and_old_models_are_accepted() {
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
    fn what_is_no_model_is_never_pushed_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs_err::write(path("file"), "").unwrap();
        fs_err::create_dir_all(path("notes")).unwrap();
        fs_err::write(path("notes/diary.txt"), "").unwrap();
        fs_err::create_dir_all(path("old.previous")).unwrap();
        fs_err::write(path("old.previous/diary.txt"), "").unwrap();
        for name in ["file", "notes", "old", "file/model", ".", "notes/..", "/"] {
            let message = check_output(&path(name), None).unwrap_err().to_string();
            assert!(message.contains("hint:"), "{name}: {message}");
        }
        for run in ["model", "model/run"] {
            assert!(check_output(&path("model"), Some(&path(run))).is_err(), "{run}");
        }
    }
}

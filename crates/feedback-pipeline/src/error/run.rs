//! Errors about the folders of a run and its model.

use std::path::PathBuf;

use crate::error::hint::Hint;

/// A run folder or an output that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The output does not end in a folder name.
    #[error("the model cannot be written to `{}`: expected a path that ends in a folder name", path.display())]
    OutputName {
        /// The output.
        path: PathBuf,
    },

    /// The output would replace something other than a model folder.
    #[error("the model folder would replace `{}`, which is not a model folder", path.display())]
    OutputOccupied {
        /// The existing file or folder.
        path: PathBuf,
    },

    /// A parent of the output is a file.
    #[error("the model cannot be written to `{}`: `{}` is a file", output.display(), file.display())]
    OutputBelowFile {
        /// The output.
        output: PathBuf,
        /// The file.
        file: PathBuf,
    },

    /// The run folder is inside the model folder.
    #[error(
        "the run folder `{}` is inside the model folder `{}`, which is replaced as a whole",
        run.display(), output.display()
    )]
    RunInOutput {
        /// The run folder.
        run: PathBuf,
        /// The model folder.
        output: PathBuf,
    },

    /// The run folder is a file.
    #[error("the run folder `{}` is a file", path.display())]
    RunIsFile {
        /// The file.
        path: PathBuf,
    },

    /// The folder already contains a run.
    #[error("`{}` contains {} run", path.display(), if *finished { "a finished" } else { "an interrupted" })]
    Occupied {
        /// The folder.
        path: PathBuf,
        /// Whether that run is finished.
        finished: bool,
    },

    /// The folder has a subfolder `data`, where the run would write its data, but does not contain a run.
    #[error("the run would write into `{}`, which does not belong to a run", path.display())]
    DataOccupied {
        /// The folder for the run's data.
        path: PathBuf,
    },

    /// The report would replace one of the files that it is made from.
    #[error("`{}` is an input, and the report would replace it", path.display())]
    ReportOverInput {
        /// The input.
        path: PathBuf,
    },

    /// The folder contains a study: several runs and their plan.
    #[error("`{}` is the folder of a study, not of a run", path.display())]
    IsStudy {
        /// The folder.
        path: PathBuf,
    },

    /// The folder does not contain a run.
    #[error("`{}` is not a run folder: there is no `arguments.json`", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },

    /// The run has not finished.
    #[error("the run in `{}` is not finished", path.display())]
    NotFinished {
        /// The run folder.
        path: PathBuf,
    },

    /// The run has finished: there is nothing to resume.
    #[error("the run in `{}` is finished", path.display())]
    Finished {
        /// The run folder.
        path: PathBuf,
    },

    /// The data or the base model of the run have changed.
    #[error("the inputs of the run in `{}` have changed: {}", path.display(), differences.join("; "))]
    InputsChanged {
        /// The run folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },

    /// Another process writes to the run.
    #[error("another process is writing to the run in `{}`", path.display())]
    Locked {
        /// The run folder.
        path: PathBuf,
    },

    /// The saved settings cannot be read.
    #[error("`{}`: {reason}", path.display())]
    Arguments {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// A file of the run is not valid JSON.
    #[error(
        "`{}`{} is damaged: {source}",
        path.display(),
        line.map_or(String::new(), |line| format!(", line {line},"))
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, if the file has one JSON document per line.
        line: Option<usize>,
        /// The position and cause of the JSON error.
        source: serde_json::Error,
    },
}

impl RunError {
    /// Returns a suggestion what to do next. It names settings as in the library.
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::OutputName { .. } => "give `output` a name, such as models/feedback_classifier".into(),
            Self::OutputOccupied { .. } => {
                "choose another `output`, or move the existing file or folder away".into()
            }
            Self::OutputBelowFile { .. } => "choose an `output` whose parents are folders".into(),
            Self::RunInOutput { .. } => "choose a `run_dir` outside of `output`".into(),
            Self::RunIsFile { .. } => "choose another `run_dir`".into(),
            Self::Occupied { finished: true, .. } => "choose another `run_dir`, or leave it out".into(),
            Self::Occupied { finished: false, .. } => {
                "`resume` continues it; otherwise choose another `run_dir`, or leave it out".into()
            }
            Self::DataOccupied { .. } => "choose another `run_dir`, or leave it out".into(),
            Self::ReportOverInput { .. } => "choose another folder for the `report`".into(),
            Self::IsStudy { .. } => "the command that started the study continues it".into(),
            Self::NotARun { .. } => "name a run folder, such as one of the folders in `runs`".into(),
            Self::NotFinished { .. } => "`resume` continues it".into(),
            Self::Finished { .. } => "`reproduce` repeats it and compares the results".into(),
            Self::InputsChanged { .. } => "restore the files, or start a new run".into(),
            Self::Locked { .. } => "wait until that process ends, or stop it".into(),
            Self::Arguments { .. } => {
                "the run was made by another version of the program, or the file was edited".into()
            }
            Self::Damaged { .. } => "copy the run folder again".into(),
        })
    }
}

//! The folder in which a run keeps its checkpoints.

use std::io;
use std::path::{Path, PathBuf};

use crate::checkpoint::manifest::{self, Files, sync_folder};
use crate::{Error, Result};

const PREFIX: &str = "checkpoint-";

/// A folder with checkpoints, each a folder `checkpoint-<global_step>`; see the page of `Trainer::resume_from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFolder {
    path: PathBuf,
}

/// A checkpoint whose every byte has been checked, in memory.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    global_step: usize,
    pub(crate) files: Files,
}

impl Checkpoint {
    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Updates done when it was saved.
    pub fn global_step(&self) -> usize {
        self.global_step
    }
}

/// What [`CheckpointFolder::newest`] found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Newest {
    /// The newest whole checkpoint, if there is one.
    pub checkpoint: Option<Checkpoint>,
    /// Newer ones that are not whole and have been set aside.
    pub damaged: Vec<Damaged>,
}

/// A checkpoint that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damaged {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is now: `<path>.damaged`.
    pub moved_to: PathBuf,
    /// The file that is missing or is not what was written.
    pub reason: String,
}

impl CheckpointFolder {
    /// The checkpoints in this folder, which is made with the first of them.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The steps of the checkpoints by name, whole or not, in rising order.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read; one that is not there holds none.
    pub fn steps(&self) -> Result<Vec<usize>> {
        let entries = match fs_err::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::Io)?,
        };
        let mut steps = Vec::new();
        for entry in entries {
            let name = entry.map_err(Error::Io)?.file_name();
            steps.extend(name.to_str().and_then(step_of));
        }
        steps.sort_unstable();
        Ok(steps)
    }

    /// The name of the checkpoint after this update, if it is there.
    pub fn name_of(&self, global_step: usize) -> Option<String> {
        self.holds(global_step).then(|| name_of(global_step))
    }

    /// Reads the newest checkpoint that is whole. Newer ones that are not are renamed, so that none is ever loaded
    /// and their names are free again.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read or a damaged checkpoint cannot be renamed.
    pub fn newest(&self) -> Result<Newest> {
        let mut damaged = Vec::new();
        for global_step in self.steps()?.into_iter().rev() {
            let path = self.path_of(global_step);
            match manifest::read(&path) {
                Ok(files) => {
                    let checkpoint = Some(Checkpoint {
                        path,
                        global_step,
                        files,
                    });
                    return Ok(Newest { checkpoint, damaged });
                }
                Err(reason) => damaged.push(set_aside(path, reason)?),
            }
        }
        Ok(Newest {
            checkpoint: None,
            damaged,
        })
    }

    /// Fails if there is a checkpoint: a run that begins would mix its own with those of another.
    pub(crate) fn require_empty(&self) -> Result<()> {
        match self.steps()?.last() {
            None => Ok(()),
            Some(&step) => Err(Error::OtherCheckpoints {
                path: self.path_of(step),
            }),
        }
    }

    pub(crate) fn holds(&self, global_step: usize) -> bool {
        self.path_of(global_step).exists()
    }

    /// Writes a checkpoint that is there whole or not at all.
    pub(crate) fn write(&self, global_step: usize, files: &Files) -> Result<()> {
        let path = self.path_of(global_step);
        let unfinished = self.path.join(format!(".{PREFIX}{global_step}.part"));
        let written = self.write_beside(&unfinished, files).and_then(|()| {
            fs_err::rename(&unfinished, &path)?;
            sync_folder(&self.path);
            Ok(())
        });
        written.map_err(|source| {
            // What could not be finished only takes room; that it could not be is the error to tell.
            let _ = fs_err::remove_dir_all(&unfinished);
            Error::Save { path, source }
        })
    }

    fn write_beside(&self, unfinished: &Path, files: &Files) -> io::Result<()> {
        fs_err::create_dir_all(&self.path)?;
        if unfinished.exists() {
            fs_err::remove_dir_all(unfinished)?; // of a run that was killed
        }
        fs_err::create_dir(unfinished)?;
        manifest::write(unfinished, files)
    }

    /// Removes all but the newest `limit` checkpoints and the one of `best_step`.
    ///
    /// To be called once the newest has been verified.
    pub(crate) fn keep(&self, limit: usize, best_step: Option<usize>) -> Result<()> {
        let steps = self.steps()?;
        let old = &steps[..steps.len().saturating_sub(limit)];
        for &step in old.iter().filter(|&&step| Some(step) != best_step) {
            // Out of the way by one rename first, so that none is ever seen in part.
            let doomed = self.path.join(format!(".{PREFIX}{step}.old"));
            let remove = || {
                if doomed.exists() {
                    fs_err::remove_dir_all(&doomed)?;
                }
                fs_err::rename(self.path_of(step), &doomed)?;
                fs_err::remove_dir_all(&doomed)
            };
            remove().map_err(Error::Io)?;
        }
        Ok(())
    }

    pub(crate) fn path_of(&self, global_step: usize) -> PathBuf {
        self.path.join(format!("{PREFIX}{global_step}"))
    }
}

/// The name of a checkpoint's folder.
pub(crate) fn name_of(global_step: usize) -> String {
    format!("{PREFIX}{global_step}")
}

fn step_of(name: &str) -> Option<usize> {
    let step = name.strip_prefix(PREFIX)?;
    // `checkpoint-7` and nothing like `checkpoint-07`, which would be another folder of the same step.
    step.parse()
        .ok()
        .filter(|number: &usize| number.to_string() == step)
}

fn set_aside(path: PathBuf, reason: String) -> Result<Damaged> {
    let mut number = 1;
    loop {
        let mut moved_to = path.clone().into_os_string();
        moved_to.push(".damaged");
        if number > 1 {
            moved_to.push(format!("-{number}"));
        }
        let moved_to = PathBuf::from(moved_to);
        if !moved_to.exists() {
            fs_err::rename(&path, &moved_to).map_err(Error::Io)?;
            return Ok(Damaged {
                path,
                moved_to,
                reason,
            });
        }
        number += 1;
    }
}

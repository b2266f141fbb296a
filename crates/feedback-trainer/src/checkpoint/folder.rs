//! The folder in which a run keeps its checkpoints.

use std::io;
use std::path::{Path, PathBuf};

use feedback_files::{AtomicFolder, is_leftover, remove_folder};

use crate::checkpoint::manifest::{self, Files};
use crate::error::{Error, Result};

const PREFIX: &str = "checkpoint-";

/// A folder with one subfolder `checkpoint-<global_step>` for each checkpoint; see `Trainer::resume_from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointFolder {
    path: PathBuf,
}

/// A verified checkpoint in memory.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    global_step: usize,
    pub(crate) files: Files,
}

impl Checkpoint {
    /// Returns the folder that the checkpoint was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of updates done when the checkpoint was saved.
    pub fn global_step(&self) -> usize {
        self.global_step
    }
}

/// The result of [`CheckpointFolder::newest`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Newest {
    /// The newest complete checkpoint, if any.
    pub checkpoint: Option<Checkpoint>,
    /// Newer checkpoints that are damaged and have been renamed.
    pub damaged: Vec<Damaged>,
}

/// A damaged checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damaged {
    /// Its original path.
    pub path: PathBuf,
    /// Its new path: `<path>.damaged`, with a number appended if that name is taken.
    pub moved_to: PathBuf,
    /// Which file is missing or has changed.
    pub reason: String,
}

impl CheckpointFolder {
    /// Uses this folder for checkpoints. It is created when the first checkpoint is saved.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the steps of all checkpoints according to their names, in ascending order. Checkpoints that are
    /// damaged but not yet renamed are included.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read. A missing folder is not an error; it has no checkpoints.
    pub fn steps(&self) -> Result<Vec<usize>> {
        let names = self.names()?;
        let mut steps: Vec<usize> = names.iter().filter_map(|name| step_of(name)).collect();
        steps.sort_unstable();
        Ok(steps)
    }

    /// Reads the newest complete checkpoint. Newer checkpoints that are damaged are renamed, so that they are
    /// never loaded and their names can be used again.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read or a damaged checkpoint cannot be renamed.
    pub fn newest(&self) -> Result<Newest> {
        self.sweep()?;
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

    /// Removes the temporary folders of a process that was killed while it wrote or removed a checkpoint.
    fn sweep(&self) -> Result<()> {
        for name in self.names()? {
            let hidden = name.strip_prefix('.').filter(|name| name.starts_with(PREFIX));
            if hidden.is_some() && is_leftover(&name) {
                fs_err::remove_dir_all(self.path.join(name)).map_err(Error::Io)?;
            }
        }
        Ok(())
    }

    /// Returns the names in the folder, except names that are not valid UTF-8.
    fn names(&self) -> Result<Vec<String>> {
        let entries = match fs_err::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(Error::Io)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry.map_err(Error::Io)?.file_name().into_string());
        }
        Ok(names)
    }

    /// Returns an error if there is a checkpoint: a new run would mix its checkpoints with the checkpoints of
    /// another run.
    pub(crate) fn require_empty(&self) -> Result<()> {
        self.sweep()?;
        match self.steps()?.last() {
            None => Ok(()),
            Some(&step) => Err(Error::OtherCheckpoints {
                path: self.path_of(step),
            }),
        }
    }

    pub(crate) fn contains(&self, global_step: usize) -> bool {
        self.path_of(global_step).exists()
    }

    /// Writes a checkpoint atomically: completely or not at all.
    pub(crate) fn write(&self, global_step: usize, files: &Files) -> Result<()> {
        let path = self.path_of(global_step);
        let write = || -> io::Result<()> {
            let unfinished = AtomicFolder::create(&path)?;
            manifest::write(unfinished.path(), files)?;
            Ok(unfinished.commit()?)
        };
        write().map_err(|source| Error::Save {
            path: path.clone(),
            source,
        })
    }

    /// Removes all but the newest `limit` checkpoints and the one named `best`.
    ///
    /// Call this only after the newest checkpoint has been verified.
    pub(crate) fn keep(&self, limit: usize, best: Option<&str>) -> Result<()> {
        let steps = self.steps()?;
        let old = &steps[..steps.len().saturating_sub(limit)];
        for &step in old.iter().filter(|&&step| Some(name_of(step).as_str()) != best) {
            remove_folder(self.path_of(step)).map_err(|error| Error::Io(error.into()))?;
        }
        Ok(())
    }

    pub(crate) fn path_of(&self, global_step: usize) -> PathBuf {
        self.path.join(name_of(global_step))
    }
}

/// Returns the folder name of the checkpoint at `global_step`.
pub(crate) fn name_of(global_step: usize) -> String {
    format!("{PREFIX}{global_step}")
}

fn step_of(name: &str) -> Option<usize> {
    let step = name.strip_prefix(PREFIX)?;
    // `checkpoint-7` but not `checkpoint-07`, which would be a second folder for the same step.
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

//! The folder of a job.

use std::path::{Path, PathBuf};
use std::time::Duration;

use feedback_files::{JsonLayout, read_json, write_json};
use serde::{Deserialize, Serialize};

use crate::claim::{Claim, Part};
use crate::error::{Error, Result};
use crate::lock::{LEASE, Lock};
use crate::run::Run;

/// The description of the job.
const MANIFEST: &str = "manifest.json";
/// The number of rows, once a worker has come to the end of the input.
const TOTAL: &str = "total.json";
/// The folder of the parts.
const PARTS: &str = "parts";

/// The folder of a job.
#[derive(Debug)]
pub struct Job {
    folder: PathBuf,
    run: Run,
    lease: Duration,
}

/// How much the input has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Total {
    rows: u64,
}

impl Job {
    /// Opens the folder, or creates it if it does not exist or is empty.
    ///
    /// # Errors
    ///
    /// [`Error::OtherRun`] if the folder belongs to a job with another description, [`Error::NotAJob`] if it has other files; a file
    /// cannot be read or written.
    pub fn open(folder: &Path, run: &Run) -> Result<Self> {
        let manifest = folder.join(MANIFEST);
        if !manifest.exists() {
            fs_err::create_dir_all(folder.join(PARTS))?;
            let others = fs_err::read_dir(folder)?.filter_map(|entry| entry.ok());
            let is_ours = |name: &str| name == PARTS || name == MANIFEST || name.starts_with('.');
            if !others
                .map(|entry| entry.file_name())
                .all(|name| name.to_str().is_some_and(is_ours))
            {
                return Err(Error::NotAJob {
                    folder: folder.to_owned(),
                });
            }
            // Workers that begin at the same time write the same, and each writes a whole file.
            write_json(&manifest, run, JsonLayout::PrettyWithNewline)?;
        }
        let there: Run = read_json(&manifest)?;
        match there.difference(run) {
            Some((what, found, expected)) => Err(Error::OtherRun {
                folder: folder.to_owned(),
                what,
                found,
                expected,
            }),
            None => Ok(Self::with(folder, there)),
        }
    }

    /// Opens the folder of a job that exists, whatever it does.
    pub(crate) fn existing(folder: &Path) -> Result<Self> {
        let manifest = folder.join(MANIFEST);
        if !manifest.is_file() {
            return Err(Error::NotAJob {
                folder: folder.to_owned(),
            });
        }
        Ok(Self::with(folder, read_json(&manifest)?))
    }

    fn with(folder: &Path, run: Run) -> Self {
        Self {
            folder: folder.to_owned(),
            run,
            lease: LEASE,
        }
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// Returns the number of rows of a part.
    #[must_use]
    pub fn part_rows(&self) -> u64 {
        self.run.part_rows
    }

    /// Takes a part, unless it is done or another worker does it. Parts are counted from 0; the part `n` has the rows from
    /// `n * part_rows` on.
    ///
    /// # Errors
    ///
    /// A file cannot be read or written.
    pub fn claim(&self, part: u64) -> Result<Claim> {
        if self.path(part, "json").exists() {
            return Ok(Claim::Done);
        }
        let lock = match Lock::take(&self.path(part, "lock"), self.lease)? {
            Ok(lock) => lock,
            Err(by) => return Ok(Claim::Taken { by }),
        };
        // It may have been done between the look and the lock.
        if self.path(part, "json").exists() {
            lock.release()?;
            return Ok(Claim::Done);
        }
        let files = [
            self.path(part, &self.run.extension),
            self.rejected(part),
            self.path(part, "json"),
        ];
        Ok(Claim::Yours(Part::new(files, lock)))
    }

    /// Notes how many rows the input has. Each worker that comes to its end says so.
    ///
    /// # Errors
    ///
    /// [`Error::OtherRows`] if another worker counted another number; a file cannot be read or written.
    pub fn finish(&self, rows: u64) -> Result<()> {
        match self.total()? {
            Some(found) if found != rows => Err(Error::OtherRows {
                found,
                expected: rows,
            }),
            Some(_) => Ok(()),
            None => Ok(write_json(
                self.folder.join(TOTAL),
                &Total { rows },
                JsonLayout::PrettyWithNewline,
            )?),
        }
    }

    /// Returns the number of rows, if a worker has come to their end.
    pub(crate) fn total(&self) -> Result<Option<u64>> {
        let path = self.folder.join(TOTAL);
        match path.exists() {
            true => Ok(Some(read_json::<Total>(path)?.rows)),
            false => Ok(None),
        }
    }

    /// Returns the number of parts of this number of rows. An input without rows has one part, which is empty.
    pub(crate) fn parts(&self, rows: u64) -> u64 {
        rows.div_ceil(self.run.part_rows).max(1)
    }

    /// The file of the rows of a part that were set aside.
    pub(crate) fn rejected(&self, part: u64) -> PathBuf {
        self.path(part, &format!("{}.rejected.jsonl", self.run.extension))
    }

    /// Fails if parts are missing of this number.
    pub(crate) fn has_all(&self, parts: u64) -> Result<()> {
        let missing: Vec<u64> = (0..parts)
            .filter(|part| !self.path(*part, "json").exists())
            .collect();
        match missing.first() {
            Some(first) => Err(Error::Missing {
                folder: self.folder.clone(),
                n: missing.len() as u64,
                of: parts,
                first: *first,
            }),
            None => Ok(()),
        }
    }

    /// The path of a file of a part.
    pub(crate) fn path(&self, part: u64, ending: &str) -> PathBuf {
        self.folder.join(PARTS).join(format!("part-{part:06}.{ending}"))
    }
}

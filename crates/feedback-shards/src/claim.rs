//! A part that a worker does.

use std::ops::AddAssign;
use std::path::{Path, PathBuf};

use feedback_files::{JsonLayout, sha256_of_file, write_json};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::lock::Lock;

/// What became of the wish to do a part.
#[derive(Debug)]
#[non_exhaustive]
pub enum Claim {
    /// It is to be done by this worker.
    Yours(Part),
    /// It was done before.
    Done,
    /// Another worker does it.
    Taken {
        /// The name of its machine and the number of its process.
        by: String,
    },
}

/// The number of rows of a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the input.
    pub rows: u64,
    /// Rows that were written.
    pub written: u64,
    /// Rows that were set aside.
    pub set_aside: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.written += other.written;
        self.set_aside += other.set_aside;
    }
}

/// What a worker says of a part that it has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) counts: Counts,
    pub(crate) sha256: String,
    /// That of the rows that were set aside, if there are any.
    pub(crate) rejected_sha256: Option<String>,
}

/// A part that this worker does. If it is dropped, or the process ends, the part is free for others.
#[derive(Debug)]
pub struct Part {
    output: PathBuf,
    rejected: PathBuf,
    record: PathBuf,
    lock: Lock,
}

impl Part {
    pub(crate) fn new([output, rejected, record]: [PathBuf; 3], lock: Lock) -> Self {
        Self {
            output,
            rejected,
            record,
            lock,
        }
    }

    /// Returns the file to write. It should be written under another name and renamed, so that it is complete whenever it is there.
    #[must_use]
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Returns the file for rows that are set aside, in the same way; it need not be written.
    #[must_use]
    pub fn rejected(&self) -> &Path {
        &self.rejected
    }

    /// Renews the lease; a worker should do so at least every few minutes.
    ///
    /// # Errors
    ///
    /// The file of the lock cannot be written.
    pub fn renew(&self) -> Result<()> {
        self.lock.renew()
    }

    /// Ends the part: it is done from now on.
    ///
    /// # Errors
    ///
    /// The output was not written; a file cannot be read or written.
    pub fn commit(self, counts: Counts) -> Result<()> {
        let record = Record {
            counts,
            sha256: sha256_of_file(&self.output)?,
            rejected_sha256: match self.rejected.exists() {
                true => Some(sha256_of_file(&self.rejected)?),
                false => None,
            },
        };
        write_json(&self.record, &record, JsonLayout::PrettyWithNewline)?;
        self.lock.release()
    }
}

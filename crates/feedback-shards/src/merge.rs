//! Joins the parts of a job.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use feedback_files::{AtomicFile, read_json, sha256_of_file};

use crate::claim::{Counts, Record};
use crate::error::{Error, Result};
use crate::job::Job;

/// What was joined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// Number of parts.
    pub parts: u64,
    /// Number of rows of all parts.
    pub counts: Counts,
    /// The file of the rows that were set aside, if there are any.
    pub rejected: Option<PathBuf>,
}

/// Verifies all parts of a job, and joins them into `output` in the order of their rows; rows that were set aside go to `output` with
/// `.rejected.jsonl` appended. Both files are written completely or not at all.
///
/// # Errors
///
/// [`Error::NotAJob`], [`Error::NotFinished`], [`Error::Missing`]; [`Error::Changed`] if a part is not what its worker wrote; a file cannot
/// be read or written.
pub fn merge(folder: &Path, output: &Path) -> Result<Merged> {
    let job = Job::existing(folder)?;
    let rows = job.total()?.ok_or_else(|| Error::NotFinished {
        folder: folder.to_owned(),
    })?;
    let parts = job.parts(rows);
    job.has_all(parts)?;
    let mut name = output.as_os_str().to_owned();
    name.push(".rejected.jsonl");
    let beside = PathBuf::from(name);
    let (mut joined, mut set_aside) = (AtomicFile::create(output)?, None);
    let (mut counts, mut header) = (Counts::default(), Vec::new());
    for part in 0..parts {
        let record: Record = read_json(job.path(part, "json"))?;
        let path = job.path(part, &job.run().extension);
        verify(&path, &record.sha256)?;
        append(&path, job.run().header_bytes, part == 0, &mut header, &mut joined)?;
        if let Some(hash) = &record.rejected_sha256 {
            let path = job.rejected(part);
            verify(&path, hash)?;
            let mut all = match set_aside.take() {
                Some(all) => all,
                None => AtomicFile::create(&beside)?,
            };
            std::io::copy(&mut fs_err::File::open(&path)?, &mut all)?;
            set_aside = Some(all);
        }
        counts += record.counts;
    }
    if counts.rows != rows {
        return Err(Error::OtherRows {
            found: counts.rows,
            expected: rows,
        });
    }
    joined.commit()?;
    let rejected = match set_aside {
        Some(file) => {
            file.commit()?;
            Some(beside)
        }
        None => None,
    };
    Ok(Merged {
        parts,
        counts,
        rejected,
    })
}

fn verify(path: &Path, expected: &str) -> Result<()> {
    if !path.is_file() {
        return Err(changed(path, "it is missing"));
    }
    match sha256_of_file(path)? == expected {
        true => Ok(()),
        false => Err(changed(path, "its SHA-256 differs")),
    }
}

fn changed(path: &Path, problem: &'static str) -> Error {
    Error::Changed {
        path: path.to_owned(),
        problem,
    }
}

/// Appends a part. Only the header of the first part is kept; the others must have the same.
fn append(
    path: &Path,
    header_bytes: u64,
    is_first: bool,
    header: &mut Vec<u8>,
    to: &mut impl Write,
) -> Result<()> {
    let mut file = fs_err::File::open(path)?;
    let mut found = Vec::new();
    Read::by_ref(&mut file)
        .take(header_bytes)
        .read_to_end(&mut found)?;
    if is_first {
        *header = found;
        file.seek(SeekFrom::Start(0))?;
    } else if found != *header {
        return Err(changed(path, "its header is not that of the first part"));
    }
    std::io::copy(&mut file, to)?;
    Ok(())
}

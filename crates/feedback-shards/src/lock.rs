//! A lock on a part, with a lease.
//!
//! The lock is that of the operating system, which ends with its process, so after a kill the part is free at once. File systems that are
//! shared by several machines may not tell one machine of the locks of another. Therefore the file also says who holds it, and is touched
//! while the work goes on: a lock of another machine is believed until it was not touched for the time of the lease. Even if two workers do
//! the same part, nothing is wrong with the result: they write the same bytes, and each renames a complete file.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Result;

/// A lock of another machine that was not touched for so long is not held any more.
pub(crate) const LEASE: Duration = Duration::from_secs(600);

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

/// Who holds a lock: the name of the machine and the number of the process.
fn holder() -> String {
    format!("{} {}", machine(), std::process::id())
}

fn machine() -> String {
    let name = fs_err::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map_or_else(|| "unknown".to_owned(), |name| name.trim().to_owned())
}

impl Lock {
    /// Takes the lock; `Err` in the result has the holder, if somebody else has it.
    pub(crate) fn take(path: &Path, lease: Duration) -> Result<std::result::Result<Self, String>> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path)?;
        let mut holds = String::new();
        // Without the name, the message is less useful but still correct.
        let _ = file.read_to_string(&mut holds);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(holds.trim().to_owned())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let is_elsewhere = holds
            .split(' ')
            .next()
            .is_some_and(|name| !name.is_empty() && name != machine());
        let untouched = SystemTime::now()
            .duration_since(file.metadata()?.modified()?)
            .unwrap_or_default();
        if is_elsewhere && untouched < lease {
            return Ok(Err(holds.trim().to_owned()));
        }
        // The file that was opened may have been removed meanwhile by a worker that ended its part.
        if !path.exists() {
            return Ok(Err("a worker that has just ended it".to_owned()));
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", holder())?;
        Ok(Ok(Self {
            path: path.to_owned(),
            file,
        }))
    }

    /// Renews the lease.
    pub(crate) fn renew(&self) -> Result<()> {
        Ok(self.file.set_modified(SystemTime::now())?)
    }

    /// Removes the lock.
    pub(crate) fn release(self) -> Result<()> {
        match fs_err::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_by_one_and_free_after_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let lock = Lock::take(&path, LEASE).unwrap().unwrap();
        let held = Lock::take(&path, LEASE).unwrap().unwrap_err();
        assert!(held.ends_with(&format!(" {}", std::process::id())), "{held}");
        drop(lock); // as if its process had ended
        let again = Lock::take(&path, LEASE).unwrap().unwrap();
        again.release().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_lock_of_another_machine_is_believed_until_its_lease_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        fs_err::write(&path, "another-machine 17\n").unwrap();
        assert_eq!(
            Lock::take(&path, LEASE).unwrap().unwrap_err(),
            "another-machine 17"
        );
        let old = SystemTime::now() - 2 * LEASE;
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
        let lock = Lock::take(&path, LEASE).unwrap().unwrap();
        lock.renew().unwrap();
        assert!(fs_err::read_to_string(&path).unwrap().starts_with(&machine()));
    }
}

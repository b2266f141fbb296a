//! Runs one process at a time in the background.

use std::path::Path;
use std::process::Child;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::locked;

/// Time between two looks at the running process.
const PAUSE: Duration = Duration::from_millis(50);
/// How much of the end of the log is shown, in characters.
const MESSAGE: usize = 2000;

/// A place for at most one process.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    now: Mutex<Now>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Now {
    id: Option<String>,
    stop: bool,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With exit code 0.
    Well,
    /// In another way, for this reason.
    Badly(String),
}

impl Slot {
    /// Takes the place for a process; returns whether it was free.
    pub(crate) fn claim(&self, id: &str) -> bool {
        let mut now = locked(&self.now);
        if now.id.is_some() {
            return false;
        }
        *now = Now {
            id: Some(id.to_owned()),
            stop: false,
        };
        true
    }

    /// Gives the place back, after the process has ended and its result is recorded.
    pub(crate) fn release(&self) {
        locked(&self.now).id = None;
        self.ended.notify_all();
    }

    /// Returns whether the place is taken.
    pub(crate) fn is_taken(&self) -> bool {
        locked(&self.now).id.is_some()
    }

    /// Returns whether the place is taken by the process with this id.
    pub(crate) fn is_taken_by(&self, id: &str) -> bool {
        locked(&self.now).id.as_deref() == Some(id)
    }

    /// Stops the process, if any, and waits until the place is given back.
    pub(crate) fn stop(&self) {
        let mut now = locked(&self.now);
        now.stop = true;
        let ended = self.ended.wait_while(now, |now| now.id.is_some());
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }

    /// Waits until the process ends; kills it when asked to stop. `log` is the file with what it printed.
    pub(crate) fn wait(&self, child: &mut Child, log: &Path) -> Ended {
        loop {
            if locked(&self.now).stop {
                // Both fail only if the process has ended.
                let _ = child.kill();
                let _ = child.wait();
                return Ended::Badly("it was stopped".into());
            }
            match child.try_wait() {
                Ok(None) => std::thread::sleep(PAUSE),
                Ok(Some(status)) if status.success() => return Ended::Well,
                Ok(Some(status)) => {
                    let log = fs_err::read_to_string(log).unwrap_or_default();
                    let start = log.chars().count().saturating_sub(MESSAGE);
                    let end: String = log.chars().skip(start).collect();
                    return Ended::Badly(format!("{end}\n{status}"));
                }
                Err(error) => return Ended::Badly(error.to_string()),
            }
        }
    }
}

/// Removes a file; a file that does not exist is no error.
///
/// # Errors
///
/// The file cannot be removed.
pub(crate) fn remove_if_exists(path: &Path) -> std::io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

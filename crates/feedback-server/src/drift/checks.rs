//! Starts and watches checks, and keeps the newest result.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;

use feedback_files::{JsonLayout, read_json, write_json};
use feedback_store::{Cursor, Filter, Store};
use serde_json::json;

use super::result::{Against, Check, DriftResult};
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::process::{Ended, Slot, remove_if_exists};
use crate::reports::{Analyst, DriftFiles};

/// The folder of the checks in the state folder.
const FOLDER: &str = "drift";
const LATEST: &str = "latest.json";
const TEXTS: &str = "texts.jsonl";
const EARLIER: &str = "earlier.jsonl";
const OUTPUT: &str = "output.json";
const LOG: &str = "output.log";
/// Number of texts that are checked, and of those before them.
const MAX_TEXTS: usize = 1_000;
/// Smallest number of texts to compare with each other.
pub(super) const MIN_TEXTS: usize = 30;
/// Number of rows read from the store at a time.
const PAGE: usize = 500;

/// The checks of a state folder; at most one is made at a time.
pub(crate) struct Checks {
    folder: PathBuf,
    analyst: Arc<dyn Analyst>,
    running: Arc<Slot>,
}

impl std::fmt::Debug for Checks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checks")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// Removes the newest result from a state folder. No check may be running.
pub(crate) fn remove_checks(state_dir: &Path) -> Result<()> {
    match fs_err::remove_dir_all(state_dir.join(FOLDER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

impl Checks {
    pub(crate) fn open(state_dir: &Path, analyst: Arc<dyn Analyst>) -> Result<Self> {
        let folder = state_dir.join(FOLDER);
        // A server that was killed may have left texts behind.
        remove_texts(&folder)?;
        Ok(Self {
            folder,
            analyst,
            running: Arc::default(),
        })
    }

    /// Starts a check of the newest texts. Blocks until the texts are written to files.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] while another check is running, or if there are too few texts; I/O errors and errors of the store.
    pub(crate) fn start(&self, store: &dyn Store, model: &Path, id: &str) -> Result<()> {
        if !self.running.claim(id) {
            return Err(Error::Conflict("another check is running".into()));
        }
        let begun = self
            .begin(store, model, id)
            .and_then(|(check, child)| self.watch(check, child));
        begun.inspect_err(|_| {
            // The error that is returned is the one that matters.
            let _ = remove_texts(&self.folder);
            self.running.release();
        })
    }

    fn begin(&self, store: &dyn Store, model: &Path, id: &str) -> Result<(Check, Child)> {
        fs_err::create_dir_all(&self.folder)?;
        let has_profile = model.join("drift.json").exists();
        let texts = newest(store, if has_profile { MAX_TEXTS } else { 2 * MAX_TEXTS })?;
        let newest = texts.first().map_or(0, |(id, _)| *id);
        let (current, earlier) = texts.split_at(if has_profile {
            texts.len()
        } else {
            texts.len().div_ceil(2)
        });
        let too_few = current.len() < MIN_TEXTS || (!has_profile && earlier.len() < MIN_TEXTS);
        if too_few {
            let needed = if has_profile { MIN_TEXTS } else { 2 * MIN_TEXTS };
            let found = texts.len();
            return Err(Error::Conflict(format!(
                "a check needs at least {needed} texts, there are {found}"
            )));
        }
        write(current, &self.folder.join(TEXTS))?;
        let earlier_path = self.folder.join(EARLIER);
        if !has_profile {
            write(earlier, &earlier_path)?;
        }
        let output = fs_err::File::create(self.folder.join(OUTPUT))?;
        let log = fs_err::File::create(self.folder.join(LOG))?;
        let child = self
            .analyst
            .drift(&DriftFiles {
                texts: &self.folder.join(TEXTS),
                earlier: (!has_profile).then_some(&*earlier_path),
                model,
            })?
            .stdin(Stdio::piped())
            .stdout(output.into_parts().0)
            .stderr(log.into_parts().0)
            .spawn()?;
        let check = Check {
            checked_at: 0,
            model: id.to_owned(),
            against: if has_profile {
                Against::Training
            } else {
                Against::Earlier
            },
            newest,
            result: None,
            message: None,
        };
        Ok((check, child))
    }

    fn watch(&self, mut check: Check, mut child: Child) -> Result<()> {
        let (running, folder) = (Arc::clone(&self.running), self.folder.clone());
        let watch = move || {
            match running.wait(&mut child, &folder.join(LOG)) {
                Ended::Badly(message) => check.message = Some(message),
                Ended::Well => match read_json::<DriftResult>(folder.join(OUTPUT)) {
                    Ok(result) => check.result = Some(result),
                    Err(error) => check.message = Some(error.to_string()),
                },
            }
            check.checked_at = now_ms();
            let alarm = check.result.as_ref().is_some_and(|result| result.alarm);
            let recorded = write_json(folder.join(LATEST), &check, JsonLayout::Pretty)
                .map_err(Error::from)
                .and_then(|()| remove_texts(&folder));
            if let Err(error) = recorded {
                tracing::error!(%error, hint = error.hint(), "cannot record what a check for drift found");
            }
            if alarm {
                tracing::warn!("drift: the newest texts differ from those of the reference");
            }
            running.release();
        };
        std::thread::Builder::new().name("drift".into()).spawn(watch)?;
        Ok(())
    }

    /// Returns whether a check is running.
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_taken()
    }

    /// Stops the running check, if any, and waits until it has ended.
    pub(crate) fn stop(&self) {
        self.running.stop();
    }

    /// Returns the newest check; `None` if there is none, or if a text was erased since.
    pub(crate) fn latest(&self) -> Option<Check> {
        read_json(self.folder.join(LATEST)).ok()
    }
}

impl Drop for Checks {
    fn drop(&mut self) {
        self.stop();
    }
}

fn remove_texts(folder: &Path) -> Result<()> {
    for name in [TEXTS, EARLIER, OUTPUT, LOG] {
        remove_if_exists(&folder.join(name))?;
    }
    Ok(())
}

/// Returns the newest texts with their ids, newest first.
fn newest(store: &dyn Store, max: usize) -> Result<Vec<(i64, String)>> {
    let mut texts = Vec::new();
    let mut cursor = Cursor::newest(PAGE);
    while texts.len() < max {
        let page = store.history(&Filter::default(), cursor)?;
        let Some(last) = page.last() else { break };
        cursor.before = last.id;
        texts.extend(page.into_iter().map(|item| (item.id, item.prediction.text)));
    }
    texts.truncate(max);
    Ok(texts)
}

fn write(texts: &[(i64, String)], path: &Path) -> Result<()> {
    let mut output = BufWriter::new(fs_err::File::create(path)?);
    for (_, text) in texts {
        writeln!(output, "{}", json!({ "text": text }))?;
    }
    output.flush()?;
    Ok(())
}

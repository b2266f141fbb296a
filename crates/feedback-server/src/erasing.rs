//! Erasing texts everywhere: first in the database, which records it, then in files. What was interrupted between the two goes
//! on at the next start.

use std::path::PathBuf;

use feedback_dataset::read::Format;
use feedback_files::{JsonLayout, read_json, sha256_hex, write_json};
use feedback_store::{Batch, BatchState, Conflict, Erase, Erasure, Error as StoreError, Store};

use crate::batch::Inspection;
use crate::error::Result;
use crate::redaction::Redaction;

/// The number of the last erasure whose texts are gone from files, too.
const DONE: &str = "erased-through.json";

/// Where texts are, beside the database.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) state_dir: PathBuf,
    pub(crate) max_row_bytes: usize,
}

impl Places {
    /// Erases predictions and their texts.
    ///
    /// # Errors
    ///
    /// A [conflict](feedback_store::Conflict::BatchNotEnded) if a batch that has some of them has not ended.
    pub(crate) fn erase(&self, store: &dyn Store, what: &Erase, actor: &str) -> Result<Erasure> {
        let batches = match what {
            // It may also stand in rows that are not classified yet.
            Erase::Text(text) => self.batches_in_whose_files(store, text)?,
            _ => {
                let found = store.batches_with(what)?;
                let batches = found.into_iter().filter_map(|id| store.batch(id).transpose());
                batches.collect::<std::result::Result<_, _>>()?
            }
        };
        let erasure = store.erase(what.clone(), actor)?;
        let subject = format!("{} {}", erasure.kind, erasure.reference);
        let detail = format!("{} predictions", erasure.predictions);
        store.add_audit(actor, "erase", subject.trim(), &detail)?;
        self.finish(store, batches)?;
        store.scrub()?;
        Ok(erasure)
    }

    /// The batches whose files have a text; one that has not ended is a conflict.
    fn batches_in_whose_files(&self, store: &dyn Store, text: &str) -> Result<Vec<Batch>> {
        let mut redaction = Redaction::new([sha256_hex(text)]);
        let mut found = Vec::new();
        for batch in store.batches(usize::MAX)? {
            let has_it = match self.upload_of(&batch) {
                Some((path, format, field)) => redaction.is_in(&path, format, &field, self.max_row_bytes)?,
                None => false,
            };
            if has_it && matches!(batch.state, BatchState::Queued | BatchState::Running) {
                return Err(StoreError::from(Conflict::BatchNotEnded(batch.id)).into());
            }
            if has_it {
                found.push(batch);
            }
        }
        Ok(found)
    }

    /// Goes on with an erasure that was interrupted.
    pub(crate) fn go_on(&self, store: &dyn Store) -> Result<()> {
        let last = store.erasures()?.last().map_or(0, |erasure| erasure.id);
        if last > self.done() {
            tracing::info!("an erasure that was interrupted goes on");
            self.finish(store, store.batches(usize::MAX)?)?;
            store.scrub()?;
        }
        Ok(())
    }

    fn done(&self) -> i64 {
        // Without the file, or with a damaged one, everything is done once more.
        read_json(self.state_dir.join(DONE)).unwrap_or(0)
    }

    /// Removes what was erased in the database from the files of these batches, and from all trainings and models.
    fn finish(&self, store: &dyn Store, batches: Vec<Batch>) -> Result<()> {
        let erased = store.erased(self.done())?;
        let mut redaction = Redaction::new(erased.into_iter().map(|one| one.hash));
        for (path, format, field) in batches.iter().filter_map(|batch| self.upload_of(batch)) {
            redaction.upload(&path, format, &field, self.max_row_bytes)?;
        }
        for folder in ["trainings", "models"] {
            redaction.folder(&self.state_dir.join(folder))?;
        }
        if let Some(last) = store.erasures()?.last() {
            write_json(self.state_dir.join(DONE), &last.id, JsonLayout::Pretty)?;
        }
        Ok(())
    }

    /// The file of a batch, its format and its text field; `None` if it is gone or was never readable.
    fn upload_of(&self, batch: &Batch) -> Option<(PathBuf, Format, String)> {
        let path = self.state_dir.join("uploads").join(&batch.upload.file);
        let format = batch.upload.format.parse().ok()?;
        let columns = batch.upload.columns.clone().unwrap_or_default();
        let guessed = || Some(Inspection::of_columns(columns, 0).ok()?.guess);
        let field = batch.upload.text_field.clone().or_else(guessed);
        path.is_file()
            .then_some((path, format, field.unwrap_or_else(|| "text".to_owned())))
    }
}

//! Erasing texts everywhere: first in the database, which records it, then in files. What was interrupted between the two goes
//! on at the next start.

use std::path::PathBuf;

use feedback_dataset::read::Format;
use feedback_files::{JsonLayout, read_json, write_json};
use feedback_store::{Batch, Erase, Erasure, Store};

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
        let batches = store.batches_with(what)?;
        let erasure = store.erase(what.clone(), actor)?;
        let subject = format!("{} {}", erasure.kind, erasure.reference);
        let detail = format!("{} predictions", erasure.predictions);
        store.add_audit(actor, "erase", subject.trim(), &detail)?;
        let files = batches.into_iter().filter_map(|id| store.batch(id).transpose());
        self.finish(store, files.collect::<std::result::Result<_, _>>()?)?;
        store.scrub()?;
        Ok(erasure)
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
        for batch in batches {
            self.redact_upload(&mut redaction, &batch)?;
        }
        for folder in ["trainings", "models"] {
            redaction.folder(&self.state_dir.join(folder))?;
        }
        if let Some(last) = store.erasures()?.last() {
            write_json(self.state_dir.join(DONE), &last.id, JsonLayout::Pretty)?;
        }
        Ok(())
    }

    fn redact_upload(&self, redaction: &mut Redaction, batch: &Batch) -> Result<()> {
        let path = self.state_dir.join("uploads").join(&batch.upload.file);
        let Ok(format) = batch.upload.format.parse::<Format>() else {
            return Ok(()); // it was never readable
        };
        let text_field = batch.upload.text_field.as_deref().unwrap_or("text");
        if path.is_file() {
            redaction.upload(&path, format, text_field, self.max_row_bytes)?;
        }
        Ok(())
    }
}

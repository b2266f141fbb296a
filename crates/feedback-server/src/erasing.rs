//! Erases texts everywhere: first in the database, which records the erasure, then in files. An erasure that is interrupted
//! between the two is resumed at the next start.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use feedback_dataset::read::Format;
use feedback_files::{JsonLayout, read_json, sha256_hex, write_json};
use feedback_store::{
    Batch, BatchState, Conflict, Cursor, Erase, Erasure, Error as StoreError, Filter, Store,
};

use crate::batch::{look_at, remove_upload};
use crate::drift::remove_checks;
use crate::error::Result;
use crate::model_names;
use crate::redaction::{ERASED, Found, Redaction};
use crate::reports::remove_reports;
use crate::state_folder::ERASED_THROUGH;
use crate::themes;
use crate::triage;
use crate::vectors::KeptVectors;
use crate::views;

/// Maximum number of texts of one erasure that are searched for in reports.
const MAX_TEXTS: usize = 1000;

/// The files that contain texts, or vectors of texts, besides the database.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) state_dir: PathBuf,
    pub(crate) max_row_bytes: usize,
    pub(crate) vectors: Arc<KeptVectors>,
}

impl Places {
    /// Erases predictions and their texts from the database and from files.
    ///
    /// # Errors
    ///
    /// A [conflict](feedback_store::Conflict::BatchNotEnded) if a batch that contains one of the texts has not ended.
    pub(crate) fn erase(&self, store: &dyn Store, what: &Erase, actor: &str) -> Result<Erasure> {
        let batches = match what {
            // The text may also be in rows that are not classified yet.
            Erase::Text(text) => self.batches_in_whose_files(store, text)?,
            _ => {
                let found = store.batches_with(what)?;
                let batches = found.into_iter().filter_map(|id| store.batch(id).transpose());
                batches.collect::<std::result::Result<_, _>>()?
            }
        };
        let texts = some_texts(store, what)?;
        let erasure = store.erase(what.clone(), actor)?;
        let subject = format!("{} {}", erasure.kind, erasure.reference);
        let detail = format!("{} predictions", erasure.predictions);
        store.add_audit(actor, "erase", subject.trim(), &detail)?;
        self.finish(store, batches, texts)?;
        Ok(erasure)
    }

    /// Returns the batches whose files contain a text, or have unreadable rows that may contain it. Fails with a conflict if such a
    /// batch has not ended.
    fn batches_in_whose_files(&self, store: &dyn Store, text: &str) -> Result<Vec<Batch>> {
        let mut redaction = Redaction::new([sha256_hex(text)]);
        let mut found = Vec::new();
        for batch in store.batches(usize::MAX)? {
            let in_file = match self.upload_of(&batch) {
                Some((path, format, field)) => redaction.is_in(&path, format, &field, self.max_row_bytes)?,
                None => Found::default(),
            };
            let may_have_it = in_file.is_hit || in_file.has_unreadable;
            if may_have_it && batch.state.is_under_way() {
                return Err(StoreError::from(Conflict::BatchNotEnded(batch.id)).into());
            }
            if may_have_it {
                found.push(batch);
            }
        }
        Ok(found)
    }

    /// Finishes an interrupted erasure. Must run before any batch is started.
    ///
    /// Only the hashes of the texts are known, so all files are searched, and rows that cannot be read are removed.
    pub(crate) fn go_on(&self, store: &dyn Store) -> Result<()> {
        if self.unfinished(store)? > 0 {
            tracing::info!("resuming an interrupted erasure");
            self.finish(store, store.batches(usize::MAX)?, Vec::new())?;
        }
        Ok(())
    }

    /// Returns the number of erasures whose texts may still be in files.
    fn unfinished(&self, store: &dyn Store) -> Result<usize> {
        let done = self.done();
        Ok(store
            .erasures()?
            .iter()
            .filter(|erasure| erasure.id > done)
            .count())
    }

    fn done(&self) -> i64 {
        // If the file is missing or damaged, all erasures are repeated.
        read_json(self.state_dir.join(ERASED_THROUGH)).unwrap_or(0)
    }

    /// Returns the batches whose files must be searched, and whether these include every file that may contain an erased text.
    /// If an earlier erasure failed, its batches are unknown, so all batches are searched. Batches that are still in progress are
    /// then skipped, and the next start searches them.
    fn to_search(&self, store: &dyn Store, named: Vec<Batch>) -> Result<(Vec<Batch>, bool)> {
        if self.unfinished(store)? <= 1 {
            return Ok((named, true));
        }
        let mut all = store.batches(usize::MAX)?;
        let n = all.len();
        all.retain(|batch| !batch.state.is_under_way() || named.iter().any(|one| one.id == batch.id));
        let is_everything = all.len() == n;
        Ok((all, is_everything))
    }

    /// Removes the texts that were erased in the database from the files of these batches, and from all trainings and models.
    ///
    /// Reports are cleaned before uploads. Reports are searched for the texts themselves, but the database keeps only hashes of
    /// erased texts. So the uploads may be the only place where the texts can still be read.
    fn finish(&self, store: &dyn Store, batches: Vec<Batch>, texts: Vec<String>) -> Result<()> {
        let done = self.done();
        let (batches, is_everything) = self.to_search(store, batches)?;
        self.remove_batches(store, done)?;
        let erased = store.erased(done)?;
        let ids: Vec<u64> = erased.iter().map(|one| one.prediction.cast_unsigned()).collect();
        self.vectors.forget(&ids)?;
        let gone: HashSet<u64> = ids.into_iter().collect();
        themes::forget(store, |id| gone.contains(&id.cast_unsigned()))?;
        let hashes: HashSet<&str> = erased.iter().map(|one| one.hash.as_str()).collect();
        let is_erased = |text: &str| hashes.contains(sha256_hex(text).as_str());
        views::forget(store, is_erased)?;
        model_names::forget(store, is_erased)?;
        themes::forget_names(store, is_erased)?;
        triage::forget(store, is_erased)?;
        let mut redaction = Redaction::new(erased.into_iter().map(|one| one.hash));
        redaction.look_for(&texts);
        let mut hit = Vec::new();
        let mut failure = None;
        for batch in &batches {
            let Some((path, format, field)) = self.upload_of(batch) else {
                continue;
            };
            match redaction.is_in(&path, format, &field, self.max_row_bytes) {
                Ok(found) if found.is_hit || found.has_unreadable => hit.push((batch, path, format, field)),
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(batch = batch.id, %error, hint = error.hint(), "cannot erase texts from the file of this batch; remove the batch");
                    failure = Some(error);
                }
            }
        }
        // Reports quote texts and count them, so they are made again rather than changed.
        remove_reports(&self.state_dir)?;
        remove_checks(&self.state_dir)?;
        redaction.folder(&self.state_dir.join("trainings"))?;
        redaction.model_cards(&self.state_dir.join("models"))?;
        for (batch, path, format, field) in hit {
            let new_field = redaction.text_field(&path, format, &field, self.max_row_bytes)?;
            redaction.upload(&path, format, &field, self.max_row_bytes)?;
            store.forget_names(batch.id, new_field.as_deref())?;
        }
        rename_batches(store, &mut redaction)?;
        // Fail only after all other files have been cleaned.
        if let Some(error) = failure {
            return Err(error);
        }
        let is_clean = store.scrub()?;
        if !is_clean {
            tracing::warn!(
                "another reader uses the database, so its log still contains erased texts; the next erasure or start tries again"
            );
        }
        let is_done = is_clean && is_everything;
        if let Some(last) = store.erasures()?.last().filter(|_| is_done) {
            write_json(self.state_dir.join(ERASED_THROUGH), &last.id, JsonLayout::Pretty)?;
        }
        Ok(())
    }

    /// Removes the batches that were erased as a whole, and their files, which may contain rows that were never classified.
    fn remove_batches(&self, store: &dyn Store, done: i64) -> Result<()> {
        let erasures = store.erasures()?;
        for erasure in erasures.iter().filter(|one| one.id > done && one.kind == "batch") {
            let Ok(id) = erasure.reference.parse() else {
                continue;
            };
            let Some(batch) = store.batch(id)?.filter(|batch| batch.created_at <= erasure.at) else {
                continue;
            };
            remove_upload(&self.state_dir.join("uploads").join(&batch.upload.file))?;
            // In a restored backup, the batch may not have ended.
            store.set_batch_state(id, BatchState::Cancelled, None)?;
            store.delete_batch(id)?;
        }
        Ok(())
    }

    /// Returns the file of a batch, its format and its text field; `None` if the file is gone or its format is unknown.
    fn upload_of(&self, batch: &Batch) -> Option<(PathBuf, Format, String)> {
        let path = self.state_dir.join("uploads").join(&batch.upload.file);
        let format = batch.upload.format.parse().ok()?;
        if !path.is_file() {
            return None;
        }
        let guessed = || Some(look_at(&path, format, 0, self.max_row_bytes).ok()?.guess);
        let field = batch.upload.text_field.clone().or_else(guessed);
        Some((path, format, field.unwrap_or_else(|| "text".to_owned())))
    }
}

/// Renames the batches whose file has an erased text as its name.
fn rename_batches(store: &dyn Store, redaction: &mut Redaction) -> Result<()> {
    for batch in store.batches(usize::MAX)? {
        if redaction.is_in_name(&batch.upload.name) {
            store.rename_batch(batch.id, ERASED)?;
        }
    }
    Ok(())
}

/// Returns the texts to erase, at most [`MAX_TEXTS`] of them, so that reports can be searched for them.
fn some_texts(store: &dyn Store, what: &Erase) -> Result<Vec<String>> {
    let of_filter = |filter: Filter| store.history(&filter, Cursor::newest(MAX_TEXTS));
    let found = match what {
        Erase::Text(text) => return Ok(vec![text.clone()]),
        Erase::Prediction(id) => store.prediction(*id)?.into_iter().collect(),
        Erase::Batch(id) => store.batch_rows(*id, 0, MAX_TEXTS)?,
        Erase::Source(source) => of_filter(Filter {
            source: Some(source.clone()),
            ..Filter::default()
        })?,
        Erase::Field(field) => of_filter(Filter {
            fields: vec![field.clone().into()],
            ..Filter::default()
        })?,
        Erase::Before(at) => of_filter(Filter {
            older_than: Some(*at),
            ..Filter::default()
        })?,
    };
    Ok(found.into_iter().map(|item| item.prediction.text).collect())
}

//! Implements the store traits for any SQL database.

use std::sync::Arc;

use super::database::Database;
use super::{
    alerts, audit, batches, cases, corrections, deliveries, documents, erasures, models, predictions,
    sessions,
};
use crate::alerts::{Alert, AlertStore};
use crate::audit::{AuditEntry, AuditStore};
use crate::batches::{BadRowEntry, Batch, BatchState, BatchStore, Chunk, ColumnChoice, NewBatch};
use crate::cases::{Case, CaseChange, CaseFilter, CaseStore, NewCase};
use crate::clock::now_ms;
use crate::columns::Columns;
use crate::corrections::{Correction, CorrectionStore, NewCorrection, Opinion};
use crate::deliveries::{AnswerFor, Delivery, DeliveryStore, NewDelivery};
use crate::documents::DocumentStore;
use crate::erasures::{Erase, Erased, Erasure, ErasureStore};
use crate::error::Result;
use crate::models::{ModelRecord, ModelStore};
use crate::predictions::StoredPrediction;
use crate::sessions::{Session, SessionStore};
use crate::writer::Durability;

/// A store with its data in an SQL database.
pub(crate) trait SqlStore: Send + Sync + 'static {
    /// Returns the columns in memory.
    fn columns(&self) -> &Arc<Columns>;

    /// Runs queries. Runs them a second time if the connection turns out to be lost.
    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T>;

    /// Runs statements as one unit, all or nothing.
    fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T>;

    /// Like [`SqlStore::write`], but the change also survives a power failure.
    fn write_durably<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write(Durability::PowerCut, work)
    }
}

impl<S: SqlStore> CorrectionStore for S {
    fn correct(&self, correction: NewCorrection) -> Result<Correction> {
        self.write_durably(move |database| corrections::correct(database, &correction, now_ms()))
    }

    fn correct_all(&self, all: Vec<NewCorrection>) -> Result<Vec<Correction>> {
        self.write_durably(move |database| {
            let now = now_ms();
            all.iter()
                .map(|one| corrections::correct(database, one, now))
                .collect()
        })
    }

    fn retract_corrections(&self, ids: &[i64]) -> Result<Vec<i64>> {
        let ids = ids.to_vec();
        self.write_durably(move |database| corrections::retract(database, &ids, now_ms()))
    }

    fn undo_correction(&self, prediction_id: i64) -> Result<bool> {
        self.write_durably(move |database| corrections::undo(database, prediction_id, now_ms()))
    }

    fn undo_correction_by_id(&self, correction_id: i64) -> Result<Option<i64>> {
        self.write_durably(move |database| corrections::undo_by_id(database, correction_id, now_ms()))
    }

    fn opinions(&self, limit: usize) -> Result<Vec<Opinion>> {
        self.read(move |database| corrections::opinions(database, limit))
    }

    fn labelled_by_others(&self, actor: &str, limit: usize) -> Result<Vec<i64>> {
        let actor = actor.to_owned();
        self.read(move |database| corrections::labelled_by_others(database, &actor, limit))
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        self.read(move |database| corrections::list(database, after, limit))
    }
}

impl<S: SqlStore> BatchStore for S {
    fn create_batch(&self, batch: NewBatch) -> Result<i64> {
        self.write_durably(move |database| batches::create(database, &batch, now_ms()))
    }

    fn batch(&self, id: i64) -> Result<Option<Batch>> {
        self.read(move |database| batches::get(database, id))
    }

    fn batches(&self, limit: usize) -> Result<Vec<Batch>> {
        self.read(move |database| batches::newest(database, limit))
    }

    fn unfinished_batches(&self) -> Result<Vec<Batch>> {
        self.read(|database| batches::unfinished(database))
    }

    fn queue_batch(&self, id: i64, text_field: &str, choice: Option<ColumnChoice>) -> Result<()> {
        let text_field = text_field.to_owned();
        self.write_durably(move |database| batches::queue(database, id, &text_field, choice.as_ref()))
    }

    fn count_attempt(&self, id: i64) -> Result<()> {
        self.write_durably(move |database| batches::count_attempt(database, id))
    }

    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool> {
        let message = message.map(str::to_owned);
        self.write_durably(move |database| {
            batches::set_state(database, id, state, message.as_deref(), now_ms())
        })
    }

    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()> {
        self.write_durably(move |database| batches::add_chunk(database, batch_id, &chunk, now_ms()))
    }

    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(move |database| predictions::of_batch(database, id, from, limit))
    }

    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
        self.read(move |database| batches::bad_rows(database, id, limit))
    }

    fn delete_batch(&self, id: i64) -> Result<()> {
        self.write_durably(move |database| batches::delete(database, id))
    }

    fn rename_batch(&self, id: i64, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.write_durably(move |database| batches::rename(database, id, &name))
    }

    fn forget_names(&self, id: i64, text_field: Option<&str>) -> Result<()> {
        let text_field = text_field.map(str::to_owned);
        self.write_durably(move |database| batches::forget_names(database, id, text_field.as_deref()))
    }
}

impl<S: SqlStore> DeliveryStore for S {
    fn delivery(&self, key: &str) -> Result<Option<Delivery>> {
        let key = key.to_owned();
        self.read(move |database| deliveries::get(database, &key))
    }

    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery> {
        self.write_durably(move |database| deliveries::add(database, &delivery, &answer_for, now_ms()))
    }
}

impl<S: SqlStore> AlertStore for S {
    fn add_alert(&self, alert: Alert) -> Result<bool> {
        self.write_durably(move |database| alerts::add(database, &alert))
    }

    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>> {
        let receiver = receiver.to_owned();
        self.read(move |database| alerts::unsent(database, &receiver, from))
    }

    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()> {
        let (receiver, label) = (receiver.to_owned(), label.to_owned());
        self.write_durably(move |database| alerts::sent(database, &receiver, &label, day, now_ms()))
    }
}

impl<S: SqlStore> ModelStore for S {
    fn put_model(&self, model: ModelRecord) -> Result<()> {
        self.write_durably(move |database| models::put(database, &model))
    }

    fn model(&self, id: &str) -> Result<Option<ModelRecord>> {
        let id = id.to_owned();
        self.read(move |database| models::get(database, &id))
    }

    fn models(&self) -> Result<Vec<ModelRecord>> {
        self.read(|database| models::all(database))
    }

    fn set_serving(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_durably(move |database| models::set_serving(database, &id, now_ms()))
    }

    fn discard_model(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_durably(move |database| models::discard(database, &id))
    }
}

impl<S: SqlStore> AuditStore for S {
    fn add_audit(&self, actor: &str, action: &str, subject: &str, detail: &str) -> Result<()> {
        let [actor, action, subject, detail] = [actor, action, subject, detail].map(str::to_owned);
        self.write(Durability::Process, move |database| {
            audit::add(database, [&actor, &action, &subject, &detail], now_ms())
        })
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        self.read(move |database| audit::newest(database, limit))
    }
}

impl<S: SqlStore> SessionStore for S {
    fn add_session(&self, session: Session, now: i64) -> Result<()> {
        self.write_durably(move |database| sessions::add(database, &session, now))
    }

    fn sessions(&self, now: i64) -> Result<Vec<Session>> {
        self.read(move |database| sessions::current(database, now))
    }

    fn end_session(&self, token: &str) -> Result<()> {
        let token = token.to_owned();
        self.write_durably(move |database| sessions::end(database, &token))
    }
}

impl<S: SqlStore> CaseStore for S {
    fn add_cases(&self, cases: Vec<NewCase>) -> Result<u64> {
        self.write_durably(move |database| cases::add(database, &cases, now_ms()))
    }

    fn case(&self, id: i64) -> Result<Option<Case>> {
        self.read(move |database| cases::get(database, id))
    }

    fn cases(&self, filter: &CaseFilter, skip: u64, limit: usize) -> Result<Vec<Case>> {
        let filter = filter.clone();
        self.read(move |database| cases::list(database, &filter, skip, limit))
    }

    fn cases_of(&self, predictions: &[i64]) -> Result<Vec<Case>> {
        let predictions = predictions.to_vec();
        self.read(move |database| cases::of(database, &predictions))
    }

    fn count_cases(&self, filter: &CaseFilter) -> Result<u64> {
        let filter = filter.clone();
        self.read(move |database| cases::count(database, &filter))
    }

    fn change_case(&self, id: i64, change: CaseChange) -> Result<Option<Case>> {
        self.write_durably(move |database| cases::change(database, id, &change, now_ms()))
    }

    fn teams_and_owners(&self) -> Result<(Vec<String>, Vec<String>)> {
        self.read(|database| cases::teams_and_owners(database))
    }
}

impl<S: SqlStore> DocumentStore for S {
    fn document(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.read(move |database| documents::get(database, &name))
    }

    fn put_document(&self, name: &str, json: &str) -> Result<()> {
        let (name, json) = (name.to_owned(), json.to_owned());
        self.write_durably(move |database| documents::put(database, &name, &json))
    }
}

impl<S: SqlStore> ErasureStore for S {
    fn erase(&self, what: Erase, actor: &str) -> Result<Erasure> {
        let actor = actor.to_owned();
        self.write_durably(move |database| erasures::erase(database, &what, &actor, now_ms()))
    }

    fn erasures(&self) -> Result<Vec<Erasure>> {
        self.read(|database| erasures::all(database))
    }

    fn erased(&self, after: i64) -> Result<Vec<Erased>> {
        self.read(move |database| erasures::erased(database, after))
    }

    fn repeat_erasures(&self, erasures: Vec<Erasure>, erased: Vec<Erased>) -> Result<u64> {
        self.write_durably(move |database| erasures::repeat(database, &erasures, &erased))
    }

    fn batches_with(&self, what: &Erase) -> Result<Vec<i64>> {
        let what = what.clone();
        self.read(move |database| erasures::batches_with(database, &what))
    }
}

//! The store in a Postgres database.

mod alerts;
mod audit;
mod backup;
mod batches;
mod check;
mod corrections;
mod deliveries;
mod filter;
mod migrations;
mod models;
mod overview;
mod predictions;
mod readers;
mod row;
mod session;
mod target;
mod text;

use std::path::Path;
use std::sync::Arc;

use super::{
    Alert, AnswerFor, AuditEntry, BadRowEntry, Batch, BatchState, Chunk, Correction, Cursor, Delivery,
    Filter, ModelRecord, NewBatch, NewCorrection, NewDelivery, NewPrediction, Overview, Store,
    StoredPrediction,
};
use crate::clock::now_ms;
use crate::store::writer::{Durability, Writer};
use crate::{Error, Result};
use readers::Readers;
use session::Session;
use target::Target;

/// A [`Store`] in a Postgres database: one connection that writes, and up to four that read.
///
/// Its tables are in the first schema of the connection's search path. A connection that is lost is made anew by the next
/// call. Several stores may be open on one database: their writers take turns.
///
/// [`Store::backup`] writes an SQLite file that [`crate::SqliteStore`] opens.
pub struct PostgresStore {
    target: Arc<Target>,
    writer: Writer<Session>,
    readers: Readers,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore")
            .field("database", &self.target.name)
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, makes the tables where they are missing, and brings them to the newest layout.
    ///
    /// `url` is `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with `?options=-csearch_path%3DNAME` for a schema other than
    /// the user's default. The connection has no TLS. No message holds user or password.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] where the address cannot be read, asks for TLS, or the database does not keep UTF-8;
    /// [`Error::Unreachable`] and [`Error::NewerDatabase`].
    pub fn open(url: &str) -> Result<Self> {
        let target = Arc::new(Target::parse(url)?);
        let opening = Arc::clone(&target);
        // On a thread of its own, since the caller may be within an asynchronous runtime.
        let opened = std::thread::scope(|scope| scope.spawn(|| open(opening)).join());
        Ok(Self {
            writer: Writer::start(opened.unwrap_or(Err(Error::ShuttingDown))?)?,
            readers: Readers::start(&target)?,
            target,
        })
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.read(work)
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(Durability::Process, work)
    }

    fn write_lasting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(Durability::PowerCut, work)
    }
}

fn open(target: Arc<Target>) -> Result<Session> {
    let name = target.name.clone();
    let mut session = Session::new(target);
    session.connect()?;
    let encoding = session.row("SELECT current_setting('server_encoding') AS encoding", &[])?;
    let encoding = encoding.map_or(Ok(String::new()), |row| row::text(&row, "encoding"))?;
    if encoding != "UTF8" {
        return Err(Error::Invalid(format!(
            "the database `{name}` keeps texts as {encoding}\nhint: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )));
    }
    migrations::migrate(&mut session, &name)?;
    Ok(session)
}

impl Store for PostgresStore {
    fn add_predictions(&self, new: Vec<NewPrediction>) -> Result<Vec<i64>> {
        self.write(move |session| predictions::add(session, &new))
    }

    fn prediction(&self, id: i64) -> Result<Option<StoredPrediction>> {
        self.read(move |session| predictions::get(session, id))
    }

    fn history(&self, filter: &Filter, cursor: Cursor) -> Result<Vec<StoredPrediction>> {
        let filter = filter.clone();
        self.read(move |session| predictions::history(session, &filter, cursor))
    }

    fn count(&self, filter: &Filter) -> Result<u64> {
        let filter = filter.clone();
        self.read(move |session| predictions::count(session, &filter))
    }

    fn overview(&self, filter: &Filter) -> Result<Overview> {
        let filter = filter.clone();
        self.read(move |session| overview::overview(session, &filter))
    }

    fn review(&self, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(move |session| predictions::review(session, limit))
    }

    fn correct(&self, correction: NewCorrection) -> Result<Correction> {
        self.write_lasting(move |session| corrections::correct(session, &correction, now_ms()))
    }

    fn undo_correction(&self, prediction_id: i64) -> Result<bool> {
        self.write_lasting(move |session| corrections::undo(session, prediction_id, now_ms()))
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        self.read(move |session| corrections::list(session, after, limit))
    }

    fn create_batch(&self, batch: NewBatch) -> Result<i64> {
        self.write_lasting(move |session| batches::create(session, &batch, now_ms()))
    }

    fn batch(&self, id: i64) -> Result<Option<Batch>> {
        self.read(move |session| batches::get(session, id))
    }

    fn batches(&self, limit: usize) -> Result<Vec<Batch>> {
        self.read(move |session| batches::newest(session, limit))
    }

    fn unfinished_batches(&self) -> Result<Vec<Batch>> {
        self.read(batches::unfinished)
    }

    fn queue_batch(&self, id: i64, text_field: &str) -> Result<()> {
        let text_field = text_field.to_owned();
        self.write_lasting(move |session| batches::queue(session, id, &text_field))
    }

    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool> {
        let message = message.map(str::to_owned);
        self.write_lasting(move |session| {
            batches::set_state(session, id, state, message.as_deref(), now_ms())
        })
    }

    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()> {
        self.write_lasting(move |session| batches::add_chunk(session, batch_id, &chunk))
    }

    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(move |session| predictions::of_batch(session, id, from, limit))
    }

    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
        self.read(move |session| batches::bad_rows(session, id, limit))
    }

    fn delete_batch(&self, id: i64) -> Result<()> {
        self.write_lasting(move |session| batches::delete(session, id))
    }

    fn delivery(&self, key: &str) -> Result<Option<Delivery>> {
        let key = key.to_owned();
        self.read(move |session| deliveries::get(session, &key))
    }

    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery> {
        self.write_lasting(move |session| deliveries::add(session, &delivery, &answer_for, now_ms()))
    }

    fn add_alert(&self, alert: Alert) -> Result<bool> {
        self.write_lasting(move |session| alerts::add(session, &alert))
    }

    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>> {
        let receiver = receiver.to_owned();
        self.read(move |session| alerts::unsent(session, &receiver, from))
    }

    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()> {
        let (receiver, label) = (receiver.to_owned(), label.to_owned());
        self.write_lasting(move |session| alerts::sent(session, &receiver, &label, day, now_ms()))
    }

    fn put_model(&self, model: ModelRecord) -> Result<()> {
        self.write_lasting(move |session| models::put(session, &model))
    }

    fn model(&self, id: &str) -> Result<Option<ModelRecord>> {
        let id = id.to_owned();
        self.read(move |session| models::get(session, &id))
    }

    fn models(&self) -> Result<Vec<ModelRecord>> {
        self.read(models::all)
    }

    fn set_serving(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_lasting(move |session| models::set_serving(session, &id, now_ms()))
    }

    fn discard_model(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_lasting(move |session| models::discard(session, &id))
    }

    fn add_audit(&self, action: &str, subject: &str, detail: &str) -> Result<()> {
        let (action, subject, detail) = (action.to_owned(), subject.to_owned(), detail.to_owned());
        self.write(move |session| audit::add(session, &action, &subject, &detail, now_ms()))
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        self.read(move |session| audit::newest(session, limit))
    }

    fn check(&self) -> Result<()> {
        match self.read(check::first_problem)? {
            None => Ok(()),
            Some(problem) => Err(Error::Damaged {
                database: self.target.name.clone(),
                problem,
            }),
        }
    }

    fn backup(&self, path: &Path) -> Result<()> {
        let path = path.to_owned();
        self.read(move |session| backup::backup(session, &path))
    }
}

//! The store in one SQLite file.

mod alerts;
mod audit;
mod batches;
mod corrections;
mod deliveries;
mod filter;
mod migrations;
mod models;
mod overview;
mod predictions;
mod session;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, OpenFlags};

use super::{
    Alert, AnswerFor, AuditEntry, BadRowEntry, Batch, BatchState, Chunk, Correction, Cursor, Delivery,
    Filter, ModelRecord, NewBatch, NewCorrection, NewDelivery, NewPrediction, Overview, Store,
    StoredPrediction,
};
use crate::clock::{locked, now_ms};
use crate::store::writer::{Durability, Writer};
use crate::{Error, Result};

/// A [`Store`] in one SQLite file: a thread that writes, and as many readers as there are at a time.
///
/// It uses a write-ahead log, so reading never waits for writing.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, or makes it, and brings it to the newest layout.
    ///
    /// # Errors
    ///
    /// [`Error::NewerDatabase`], or [`Error::Database`] where it cannot be opened or is no database.
    pub fn open(path: &Path) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        prepare(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        migrations::migrate(&mut connection, path)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::start(connection)?,
            readers: Mutex::new(Vec::new()),
        })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = locked(&self.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let result = work(&connection);
        locked(&self.readers).push(connection);
        result
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        prepare(&connection)?;
        Ok(connection)
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(Durability::Process, work)
    }

    fn write_lasting<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(Durability::PowerCut, work)
    }
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

impl Store for SqliteStore {
    fn add_predictions(&self, new: Vec<NewPrediction>) -> Result<Vec<i64>> {
        self.write(move |connection| new.iter().map(|one| predictions::add(connection, one)).collect())
    }

    fn prediction(&self, id: i64) -> Result<Option<StoredPrediction>> {
        self.read(|connection| predictions::get(connection, id))
    }

    fn history(&self, filter: &Filter, cursor: Cursor) -> Result<Vec<StoredPrediction>> {
        self.read(|connection| predictions::history(connection, filter, cursor))
    }

    fn count(&self, filter: &Filter) -> Result<u64> {
        self.read(|connection| predictions::count(connection, filter))
    }

    fn overview(&self, filter: &Filter) -> Result<Overview> {
        self.read(|connection| overview::overview(connection, filter))
    }

    fn review(&self, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(|connection| predictions::review(connection, limit))
    }

    fn correct(&self, correction: NewCorrection) -> Result<Correction> {
        self.write_lasting(move |connection| corrections::correct(connection, &correction, now_ms()))
    }

    fn undo_correction(&self, prediction_id: i64) -> Result<bool> {
        self.write_lasting(move |connection| corrections::undo(connection, prediction_id, now_ms()))
    }

    fn corrections(&self, after: i64, limit: usize) -> Result<Vec<Correction>> {
        self.read(|connection| corrections::list(connection, after, limit))
    }

    fn create_batch(&self, batch: NewBatch) -> Result<i64> {
        self.write_lasting(move |connection| batches::create(connection, &batch, now_ms()))
    }

    fn batch(&self, id: i64) -> Result<Option<Batch>> {
        self.read(|connection| batches::get(connection, id))
    }

    fn batches(&self, limit: usize) -> Result<Vec<Batch>> {
        self.read(|connection| batches::newest(connection, limit))
    }

    fn unfinished_batches(&self) -> Result<Vec<Batch>> {
        self.read(batches::unfinished)
    }

    fn queue_batch(&self, id: i64, text_field: &str) -> Result<()> {
        let text_field = text_field.to_owned();
        self.write_lasting(move |connection| batches::queue(connection, id, &text_field))
    }

    fn set_batch_state(&self, id: i64, state: BatchState, message: Option<&str>) -> Result<bool> {
        let message = message.map(str::to_owned);
        self.write_lasting(move |connection| {
            batches::set_state(connection, id, state, message.as_deref(), now_ms())
        })
    }

    fn add_chunk(&self, batch_id: i64, chunk: Chunk) -> Result<()> {
        self.write_lasting(move |connection| batches::add_chunk(connection, batch_id, &chunk))
    }

    fn batch_rows(&self, id: i64, from: i64, limit: usize) -> Result<Vec<StoredPrediction>> {
        self.read(|connection| batches::rows(connection, id, from, limit))
    }

    fn bad_rows(&self, id: i64, limit: usize) -> Result<Vec<BadRowEntry>> {
        self.read(|connection| batches::bad_rows(connection, id, limit))
    }

    fn delete_batch(&self, id: i64) -> Result<()> {
        self.write_lasting(move |connection| batches::delete(connection, id))
    }

    fn delivery(&self, key: &str) -> Result<Option<Delivery>> {
        self.read(|connection| deliveries::get(connection, key))
    }

    fn add_delivery(&self, delivery: NewDelivery, answer_for: AnswerFor) -> Result<Delivery> {
        self.write_lasting(move |connection| deliveries::add(connection, &delivery, &answer_for, now_ms()))
    }

    fn add_alert(&self, alert: Alert) -> Result<bool> {
        self.write_lasting(move |connection| alerts::add(connection, &alert))
    }

    fn unsent_alerts(&self, receiver: &str, from: i64) -> Result<Vec<Alert>> {
        self.read(|connection| alerts::unsent(connection, receiver, from))
    }

    fn alert_sent(&self, receiver: &str, label: &str, day: i64) -> Result<()> {
        let (receiver, label) = (receiver.to_owned(), label.to_owned());
        self.write_lasting(move |connection| alerts::sent(connection, &receiver, &label, day, now_ms()))
    }

    fn put_model(&self, model: ModelRecord) -> Result<()> {
        self.write_lasting(move |connection| models::put(connection, &model))
    }

    fn model(&self, id: &str) -> Result<Option<ModelRecord>> {
        self.read(|connection| models::get(connection, id))
    }

    fn models(&self) -> Result<Vec<ModelRecord>> {
        self.read(models::all)
    }

    fn set_serving(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_lasting(move |connection| models::set_serving(connection, &id, now_ms()))
    }

    fn discard_model(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.write_lasting(move |connection| models::discard(connection, &id))
    }

    fn add_audit(&self, action: &str, subject: &str, detail: &str) -> Result<()> {
        let (action, subject, detail) = (action.to_owned(), subject.to_owned(), detail.to_owned());
        self.write(move |connection| audit::add(connection, &action, &subject, &detail, now_ms()))
    }

    fn audit(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        self.read(|connection| audit::newest(connection, limit))
    }

    fn check(&self) -> Result<()> {
        let found: String = self.read(|connection| {
            Ok(connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
        })?;
        if found == "ok" {
            return Ok(());
        }
        Err(Error::Damaged {
            database: self.path.display().to_string(),
            problem: found,
        })
    }

    fn backup(&self, path: &Path) -> Result<()> {
        self.read(|connection| {
            let mut target = Connection::open(path)?;
            let backup = rusqlite::backup::Backup::new(connection, &mut target)?;
            Ok(backup.run_to_completion(1024, std::time::Duration::ZERO, None)?)
        })
    }
}

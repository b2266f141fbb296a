//! The store in one SQLite file.

mod database;
mod migrations;
mod salvage;
mod session;

pub use salvage::Salvaged;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::lock::locked;
use crate::seal::Seal;
use crate::sql::database::Database;
use crate::sql::store::SqlStore;
use crate::store::Store;
use crate::writer::{Durability, Writer};

/// Maximum number of connections that read at the same time.
const MAX_READERS: usize = 8;
/// Number of retries to empty the write-ahead log while readers use it.
const SCRUB_ATTEMPTS: u32 = 25;
/// Pause between two retries.
const SCRUB_PAUSE: Duration = Duration::from_millis(100);

/// A [`Store`] in one SQLite file, with one thread that writes and up to eight connections that read.
///
/// It uses a write-ahead log, so reading never waits for writing.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer<Connection>,
    readers: Readers,
    seal: Seal,
    columns: Arc<Columns>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, or creates it, and migrates it to the current version.
    ///
    /// # Errors
    ///
    /// [`Error::NewerDatabase`], or [`Error::Sqlite`] if the file cannot be opened or is not a database.
    pub fn open(path: &Path) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        prepare(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        // Set before anything is deleted. An update that moves a row also deletes data.
        connection.pragma_update(None, "secure_delete", true)?;
        if migrations::migrate(&mut connection, path)? {
            connection.execute_batch("VACUUM")?; // what an earlier version deleted may still be in free pages
        }
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::start(connection)?,
            readers: Readers::default(),
            seal: Seal::default(),
            columns: Arc::default(),
        })
    }

    /// Returns the first problem in the structure of a file, if there is one. Reads the file once and does not change it. Does
    /// not compare indexes with their tables; [`Store::check`] does.
    ///
    /// # Errors
    ///
    /// [`Error::Sqlite`] if the file cannot be opened or is not a database.
    pub fn quick_check(path: &Path) -> Result<Option<String>> {
        salvage::quick_check(path)
    }

    /// Copies the readable rows of a damaged file to the new file `to`, and opens the new file. The damaged file is not
    /// changed.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if not even its list of tables can be read, [`Error::NewerDatabase`], [`Error::StorageFull`].
    pub fn salvage(path: &Path, to: &Path, problem: String) -> Result<(Self, Salvaged)> {
        let saved = salvage::salvage(path, to, problem)?;
        Ok((Self::open(to)?, saved))
    }

    /// Copies a database file to a new file. The copy is consistent, even while a server uses the database.
    ///
    /// # Errors
    ///
    /// [`Error::Sqlite`] if `from` is not a database, or the copy cannot be written.
    pub fn copy(from: &Path, to: &Path) -> Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let source = Connection::open_with_flags(from, flags)?;
        source.busy_timeout(Duration::from_secs(5))?;
        copy(&source, to)
    }

    /// Calls `work` with a read-only connection. Waits while all connections are in use.
    fn with_reader<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let _turn = self.readers.wait();
        let idle = locked(&self.readers.idle).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.reader()?,
        };
        let result = work(&mut connection);
        locked(&self.readers.idle).push(connection);
        result
    }

    fn reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        prepare(&connection)?;
        Ok(connection)
    }
}

/// The read-only connections. Their number is limited, because each one caches some megabytes of pages.
#[derive(Debug, Default)]
struct Readers {
    idle: Mutex<Vec<Connection>>,
    lent: Mutex<usize>,
    returned: Condvar,
}

/// The right to use one connection until this value is dropped.
struct Turn<'a>(&'a Readers);

impl Readers {
    fn wait(&self) -> Turn<'_> {
        let lent = locked(&self.lent);
        let all_lent = |lent: &mut usize| *lent >= MAX_READERS;
        let waited = self.returned.wait_while(lent, all_lent);
        *waited.unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *locked(&self.0.lent) -= 1;
        self.0.returned.notify_one();
    }
}

fn copy(source: &Connection, to: &Path) -> Result<()> {
    let mut target = Connection::open(to)?;
    let backup = Backup::new(source, &mut target)?;
    Ok(backup.run_to_completion(1024, Duration::ZERO, None)?)
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    // SQLite's own `lower` changes only ASCII letters.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("lower_unicode", 1, flags, |call| {
        Ok(call.get_raw(0).as_str()?.to_lowercase())
    })?;
    Ok(())
}

impl SqlStore for SqliteStore {
    fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.with_reader(|connection| work(connection))
    }

    fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.seal.check()?;
        self.writer.write(durability, |connection| work(connection))
    }
}

impl Store for SqliteStore {
    /// Deleted rows are overwritten in the database file (`secure_delete`), but their old pages are still in the write-ahead
    /// log. This empties the log.
    fn scrub(&self) -> Result<bool> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(SCRUB_PAUSE)?;
        let mut attempts = 0..SCRUB_ATTEMPTS;
        loop {
            let is_busy: bool =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if !is_busy || attempts.next().is_none() {
                return Ok(!is_busy);
            }
            std::thread::sleep(SCRUB_PAUSE);
        }
    }

    fn check(&self) -> Result<()> {
        let found: String = self.with_reader(|connection| {
            Ok(connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
        })?;
        if found == "ok" {
            return Ok(());
        }
        Err(Error::Damaged {
            database: format!("`{}`", self.path.display()),
            problem: found,
        })
    }

    fn refuse_writes(&self, problem: String) {
        self.seal.close(problem);
    }

    fn damage(&self) -> Option<String> {
        self.seal.problem()
    }

    fn backup(&self, path: &Path) -> Result<()> {
        self.with_reader(|connection| copy(connection, path))
    }
}

//! The store in a Postgres database.

mod backup;
mod check;
mod database;
mod import;
mod migrations;
mod readers;
mod row;
mod session;
mod target;
mod text;

use std::path::Path;
use std::sync::Arc;

use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::seal::Seal;
use crate::sql::database::{Database, value};
use crate::sql::store::SqlStore;
use crate::store::Store;
use crate::writer::{Durability, Writer};
use readers::Readers;
use session::Session;
use target::Target;

/// A [`Store`] in a Postgres database: one connection that writes, and up to four that read.
///
/// The tables are in the first schema of the connection's search path. If the connection is lost, the next call restores
/// it. Several stores may use the same database: their writers take turns.
///
/// [`Store::backup`] writes an SQLite file that [`crate::SqliteStore`] can open.
pub struct PostgresStore {
    target: Arc<Target>,
    writer: Writer<Session>,
    readers: Readers,
    seal: Seal,
    columns: Arc<Columns>,
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresStore")
            .field("database", &self.target.name)
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects, creates missing tables, and migrates them to the current version.
    ///
    /// `url` is `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with `?options=-csearch_path%3DNAME` for a schema other than
    /// the user's default. The connection has no TLS. No message contains the user or the password.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAddress`], [`Error::TlsNotSupported`], [`Error::Unreachable`], [`Error::NotUtf8`] and
    /// [`Error::NewerDatabase`].
    pub fn open(url: &str) -> Result<Self> {
        let target = Arc::new(Target::parse(url)?);
        let opening = Arc::clone(&target);
        // On a separate thread, because the caller may be in an asynchronous runtime.
        let opened = std::thread::scope(|scope| scope.spawn(|| open(opening)).join());
        Ok(Self {
            writer: Writer::start(opened.unwrap_or(Err(Error::Closed))?)?,
            readers: Readers::start(&target)?,
            target,
            seal: Seal::default(),
            columns: Arc::default(),
        })
    }
}

impl PostgresStore {
    /// Copies all rows of an SQLite file into this database, which must have none; returns their number. Ids stay the same, and ids of erased
    /// rows are not given again. The file must have the current schema: [`SqliteStore::open`](crate::SqliteStore::open) brings it there.
    ///
    /// # Errors
    ///
    /// [`Error::NotEmpty`] if there are rows already; errors of both databases. Then nothing is copied.
    pub fn import(&self, file: &Path) -> Result<u64> {
        let (file, name) = (file.to_owned(), self.target.name.clone());
        self.readers
            .read(move |session| import::import(session, &file, &name))
    }
}

fn open(target: Arc<Target>) -> Result<Session> {
    let name = target.name.clone();
    let mut session = Session::new(target);
    session.connect()?;
    let encoding = session.row("SELECT current_setting('server_encoding') AS encoding", &[])?;
    let encoding = encoding.map_or(Ok(String::new()), |row| value(&row, "encoding"))?;
    if encoding != "UTF8" {
        return Err(Error::NotUtf8 {
            database: name,
            encoding,
        });
    }
    migrations::migrate(&mut session, &name)?;
    Ok(session)
}

impl SqlStore for PostgresStore {
    fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.read(move |session| work(session))
    }

    fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut dyn Database) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.seal.check()?;
        self.writer.write(durability, |session| work(session))
    }
}

impl Store for PostgresStore {
    fn scrub(&self) -> Result<bool> {
        self.readers
            .read(|session| session.batch("VACUUM predictions, corrections, cases"))?;
        Ok(true)
    }

    fn check(&self) -> Result<()> {
        match self.readers.read(check::first_problem)? {
            None => Ok(()),
            Some(problem) => Err(Error::Damaged {
                database: format!("`{}`", self.target.name),
                problem,
            }),
        }
    }

    fn refuse_writes(&self, problem: String) {
        self.seal.close(problem);
    }

    fn damage(&self) -> Option<String> {
        self.seal.problem()
    }

    fn backup(&self, path: &Path) -> Result<()> {
        let path = path.to_owned();
        self.readers.read(move |session| backup::backup(session, &path))
    }
}

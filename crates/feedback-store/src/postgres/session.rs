//! One connection to the server, which is restored if it is lost.

use std::error::Error as _;
use std::io::Write;
use std::sync::Arc;

use postgres::error::{DbError, Severity, SqlState};
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls, Row};

use super::target::Target;
use crate::error::{Error, Result};
use crate::writer::{self, Durability};

/// A parameter value and its type. Because the types are given, a query need not be prepared.
pub(super) type Param<'a> = (&'a (dyn ToSql + Sync), Type);

/// Settings of every new connection.
///
/// A stricter setting of `synchronous_commit`, such as `remote_apply`, is kept. A writer that disappears during a transaction
/// loses the lock after a minute.
const SETTINGS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
                        WHERE current_setting('synchronous_commit') = 'off'; \
                        SET idle_in_transaction_session_timeout = '60s'; \
                        SET client_min_messages = 'warning'";

pub(super) struct Session {
    target: Arc<Target>,
    client: Option<Client>,
    /// Within a transaction: whether the statements since the last savepoint are to be kept.
    part_kept: bool,
}

impl Session {
    pub(super) fn new(target: Arc<Target>) -> Self {
        Self {
            target,
            client: None,
            part_kept: false,
        }
    }

    /// Connects if there is no connection. Returns whether this is a new connection.
    pub(super) fn connect(&mut self) -> Result<bool> {
        if self.client.as_ref().is_some_and(|client| !client.is_closed()) {
            return Ok(false);
        }
        let connected = self.target.config.connect(NoTls);
        self.client = Some(connected.map_err(|error| self.unreachable(&error))?);
        self.batch(SETTINGS)?;
        Ok(true)
    }

    /// Runs `work`, which must be safe to repeat. A connection that was lost while idle fails only when it is used; `work` then
    /// runs again on a new connection.
    pub(super) fn read<T>(&mut self, work: &dyn Fn(&mut Self) -> Result<T>) -> Result<T> {
        let fresh = self.connect()?;
        match work(self) {
            Err(Error::Unreachable { .. }) if !fresh => {
                self.connect()?;
                work(self)
            }
            other => other,
        }
    }

    /// Returns the rows of a query.
    pub(super) fn rows(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        self.on_client(|client| client.query_typed(sql, params))
    }

    /// Returns the row of a query that finds at most one row.
    pub(super) fn row(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>> {
        self.on_client(|client| client.query_typed_opt(sql, params))
    }

    /// Runs a statement and returns the number of rows it changed.
    pub(super) fn change(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.on_client(|client| client.execute_typed(sql, params))
    }

    /// Sends the rows that `write` writes to a `COPY … FROM STDIN`.
    pub(super) fn copy_in(
        &mut self,
        sql: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let mut written = Ok(());
        self.on_client(|client| {
            let mut target = client.copy_in(sql)?;
            written = write(&mut target);
            // If a row could not be written, what was sent is dropped, and the transaction has failed.
            if written.is_ok() {
                target.finish()?;
            }
            Ok(())
        })?;
        written
    }

    /// Runs several statements without parameters.
    pub(super) fn batch(&mut self, sql: &str) -> Result<()> {
        self.on_client(|client| client.batch_execute(sql))
    }

    /// Calls `work` with the client. Never reconnects: statements after a lost connection would not be part of the
    /// transaction.
    fn on_client<T>(
        &mut self,
        work: impl FnOnce(&mut Client) -> std::result::Result<T, postgres::Error>,
    ) -> Result<T> {
        let Some(client) = &mut self.client else {
            return Err(self.unreachable_because("the connection was lost"));
        };
        work(client).map_err(|error| {
            if is_lost(&error) {
                self.client = None;
                return self.unreachable(&error);
            }
            error.into()
        })
    }

    fn unreachable(&self, error: &postgres::Error) -> Error {
        let reason = match (error.as_db_error(), error.source()) {
            (Some(said), _) => said.message().to_owned(),
            (None, Some(cause)) => format!("{error}: {cause}"),
            (None, None) => error.to_string(),
        };
        self.unreachable_because(&reason)
    }

    fn unreachable_because(&self, reason: &str) -> Error {
        Error::Unreachable {
            database: self.target.name.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// Returns true if the connection cannot be used any more.
fn is_lost(error: &postgres::Error) -> bool {
    let fatal = |said: &DbError| matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    match error.as_db_error() {
        Some(said) => fatal(said),
        None => error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>()),
    }
}

/// Leaves out the details, which may quote feedback.
impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        match error.as_db_error() {
            Some(said) if *said.code() == SqlState::DISK_FULL => Self::StorageFull,
            Some(said) => Self::Postgres {
                code: said.code().code().to_owned(),
                reason: said.message().to_owned(),
            },
            None => Self::Postgres {
                code: "client".to_owned(),
                reason: error.to_string(),
            },
        }
    }
}

/// The server may be far away, so savepoints are sent together with other statements.
impl writer::Session for Session {
    /// The lock makes writers of several servers take turns, so that ids ascend in the order in which rows become visible.
    fn begin(&mut self, durability: Durability) -> Result<()> {
        let lasting = match durability {
            Durability::PowerCut => "",
            Durability::Process => "SET LOCAL synchronous_commit = off; ",
        };
        let sql = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; {lasting}LOCK TABLE feedback_layout IN EXCLUSIVE MODE; SAVEPOINT part"
        );
        self.part_kept = false;
        self.read(&|session| session.batch(&sql))
    }

    fn begin_part(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.part_kept) {
            return Ok(()); // the part begins at the existing savepoint
        }
        self.batch("RELEASE part; SAVEPOINT part")
    }

    fn end_part(&mut self, keep: bool) -> Result<()> {
        self.part_kept = keep;
        if keep {
            return Ok(());
        }
        self.batch("ROLLBACK TO part")
    }

    fn commit(&mut self) -> Result<()> {
        // If a failure was not reported, `RELEASE` fails now; `COMMIT` alone would roll back silently.
        self.batch("RELEASE part; COMMIT")
    }

    fn roll_back(&mut self) {
        // If this fails too, the connection is dropped, and the server rolls back.
        if self.batch("ROLLBACK").is_err() {
            self.client = None;
        }
    }
}

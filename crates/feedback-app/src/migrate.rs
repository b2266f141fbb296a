//! The command `migrate`: moves the data of a server from SQLite to Postgres, or back.

use clap::{ArgGroup, Parser};
use feedback_cli::{exit, output};
use feedback_server::{take_database, with_database};
use feedback_store::{PostgresStore, SqliteStore, Store};

use crate::copies::StateFolder;
use crate::serve::{DatabaseUrl, hinted};

/// Moves texts, corrections, files and all other records of a server between SQLite and Postgres; the server must not be running.
///
/// All records are moved or none, and ids stay the same. The Postgres database, or the schema of its URL, must be empty. Uploads, models and
/// trainings stay in the state folder, which both need.
#[derive(Debug, Parser)]
#[command(
    name = "migrate",
    version,
    group = ArgGroup::new("direction").required(true),
    after_help = "Examples:
  FEEDBACK_DATABASE_URL=postgres://USER:PASSWORD@HOST/DATABASE feedback migrate --to-postgres
  feedback migrate --to-sqlite --state-dir /var/lib/feedback/state"
)]
pub struct Arguments {
    /// Move from `feedback.sqlite` in the state folder to Postgres; the file is kept as `feedback.sqlite.moved`
    #[arg(long, group = "direction")]
    to_postgres: bool,
    /// Move from Postgres to a new `feedback.sqlite` in the state folder; the Postgres database is not changed
    #[arg(long, group = "direction")]
    to_sqlite: bool,
    /// The Postgres database; give a URL with a password in the environment variable, since other users of this machine can see the
    /// arguments of a program
    #[arg(
        long,
        value_name = "postgres://USER:PASSWORD@HOST/DATABASE",
        env = "FEEDBACK_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: DatabaseUrl,
    #[command(flatten)]
    server: StateFolder,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// The command failed; nothing was moved.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let (url, folder) = (arguments.database_url.0.as_str(), &arguments.server.state_dir);
    if arguments.to_postgres {
        let (moved, kept) = take_database(folder, |file| {
            drop(SqliteStore::open(file)?); // brings the schema up to date, and empties the write-ahead log
            PostgresStore::open(url)?.import(file)
        })
        .map_err(hinted)?;
        output::message(format_args!("moved {moved} records to Postgres"));
        output::message(format_args!(
            "the old database is kept as {}; delete it once the server runs, since texts that are erased from now on stay in it",
            kept.display()
        ));
    } else {
        let file = with_database(folder, |file| PostgresStore::open(url)?.backup(file)).map_err(hinted)?;
        output::message(format_args!("moved all records to {}", file.display()));
        output::message(format_args!(
            "start the server without the address of the database; the Postgres database still has the texts: drop it once the server runs"
        ));
    }
    Ok(exit::OK)
}

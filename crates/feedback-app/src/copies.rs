//! The commands `backup` and `restore`.

use std::path::PathBuf;

use clap::{Args, Parser};
use feedback_cli::{exit, output};
use feedback_server::{back_up, restore as bring_back};

use crate::serve::{DEFAULT_STATE_DIR, hinted};

/// The state folder of a server.
#[derive(Debug, Args)]
pub(crate) struct StateFolder {
    /// The state folder of the server
    #[arg(
        long,
        value_name = "DIR",
        default_value = DEFAULT_STATE_DIR,
        env = "FEEDBACK_STATE_DIR"
    )]
    pub(crate) state_dir: PathBuf,
}

/// Copies the state folder of a server, which may be running.
///
/// The copy contains all data, including the texts; only the owner of the files can read it.
#[derive(Debug, Parser)]
#[command(
    name = "backup",
    version,
    after_help = "Examples:
  feedback backup --output backups/monday
  feedback backup --state-dir /var/lib/feedback/state --output /mnt/backups/2027-01-31"
)]
pub struct BackupArguments {
    #[command(flatten)]
    server: StateFolder,
    /// The new folder for the copy
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

/// Restores a backup to the state folder of a server, which must not be running.
///
/// Predictions that were erased after the backup was made are erased again, as recorded in the current state folder.
/// The current folder is kept as DIR.previous.
#[derive(Debug, Parser)]
#[command(
    name = "restore",
    version,
    after_help = "Examples:
  feedback restore backups/monday
  feedback restore /mnt/backups/2027-01-31 --state-dir /var/lib/feedback/state"
)]
pub struct RestoreArguments {
    /// The backup
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    #[command(flatten)]
    server: StateFolder,
}

/// Makes a backup.
///
/// # Errors
///
/// The command failed.
pub fn backup(arguments: BackupArguments) -> anyhow::Result<u8> {
    back_up(&arguments.server.state_dir, &arguments.output).map_err(hinted)?;
    output::message(format_args!("backup {}", arguments.output.display()));
    Ok(exit::OK)
}

/// Restores a backup.
///
/// # Errors
///
/// The command failed.
pub fn restore(arguments: RestoreArguments) -> anyhow::Result<u8> {
    let restored = bring_back(&arguments.backup, &arguments.server.state_dir).map_err(hinted)?;
    output::message(format_args!("restored {}", arguments.server.state_dir.display()));
    if restored.erased_again > 0 {
        output::message(format_args!(
            "{} predictions that had been erased after the backup were erased again",
            restored.erased_again
        ));
    }
    if let Some(previous) = restored.previous {
        output::message(format_args!("the previous state is in {}", previous.display()));
    }
    Ok(exit::OK)
}

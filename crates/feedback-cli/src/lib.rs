//! The commands of the programs, without the server.
//!
//! Each command ([`commands`]) has a `clap` parser for its arguments, and a function that runs it and returns an exit
//! code. [`program::run`] turns a command into a program: flags override environment variables, which
//! override a settings file, and an error is printed once with its causes and a hint.
//!
//! ```
//! use clap::Parser;
//! use feedback_cli::commands::split;
//! use feedback_cli::exit;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let input = folder.path().join("feedback.csv");
//! let rows: String = (0..20).map(|row| format!("page {row} crashes,bug\nI love page {row},praise\n")).collect();
//! fs_err::write(&input, format!("text,label\n{rows}"))?;
//!
//! let output = folder.path().join("split");
//! let line = format!("split --input {} --output-dir {}", input.display(), output.display());
//! let arguments = split::Arguments::try_parse_from(line.split(' '))?;
//! assert_eq!(split::run(arguments)?, exit::OK);
//! assert!(output.join("train.jsonl").is_file());
//! # Ok(())
//! # }
//! ```

pub mod arguments;
pub mod commands;
pub mod config;
pub mod exit;
pub mod health;
pub mod hints;
pub mod masking;
pub mod models;
mod multi_label;
pub mod notices;
pub mod output;
pub mod program;
pub(crate) mod settings;
pub mod show;
pub mod signals;
pub mod trackers;
pub(crate) mod usage;

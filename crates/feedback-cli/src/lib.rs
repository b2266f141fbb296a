//! The commands of the programs, without the server: settings, exit codes, and how results are shown.

pub mod arguments;
pub mod commands;
pub mod config;
pub mod exit;
pub mod health;
pub mod hints;
pub mod models;
pub mod notices;
pub mod output;
pub mod program;
pub mod show;
pub mod signals;
pub mod trackers;

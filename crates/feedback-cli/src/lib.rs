//! The commands of the programs, without the server: settings, exit codes, and how results are shown.

pub mod cli;
pub mod commands;
pub mod config;
pub mod health;
pub mod notices;
pub mod show;
pub mod signals;
pub mod trackers;

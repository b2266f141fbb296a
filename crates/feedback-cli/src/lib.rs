//! What the binaries share: settings, exit codes, and how results are shown.

pub mod background;
pub mod cli;
pub mod config;
pub mod health;
pub mod notices;
pub mod people;
pub mod show;
pub mod signals;
pub mod studies;
pub mod trackers;

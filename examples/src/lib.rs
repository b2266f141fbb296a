//! What the binaries share: settings, exit codes, and how results are shown.

pub mod background;
pub mod cli;
pub mod config;
pub mod show;
pub mod signals;

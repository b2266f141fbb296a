#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! [`commands`] has a module for each command. [`program::run`] turns a command into a program: flags override environment variables, which
//! override a settings file, and an error is printed once with its causes and a hint.

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

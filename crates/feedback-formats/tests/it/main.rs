//! Tests on the files in `fixtures/formats`, which `fixtures/generate/formats.py` wrote.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test, even in a helper; what is skipped is printed with its reason"
)]

mod columnar;
mod containers;
mod damaged;
mod dialects;
mod foreign;
mod known_table;
mod limits;
mod odd_files;
mod preview;
mod roles;
mod sheets;
mod support;
mod tour;
mod write;

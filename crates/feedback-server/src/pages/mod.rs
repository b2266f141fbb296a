//! The pages: HTML made here, which works by forms and links alone; scripts only make it smoother.
//!
//! To add a page: a file with its handlers, a [`Tab`](layout::Tab) if it belongs into the bar, and a line in `router.rs`.
//! A handler makes a [`Frame`](layout::Frame) and gives it the content; all text is escaped by `maud`.

pub(crate) mod about;
pub(crate) mod analyze;
pub(crate) mod batches;
mod charts;
pub(crate) mod dashboard;
pub(crate) mod docs;
mod facts;
pub(crate) mod history;
pub(crate) mod labels;
pub(crate) mod layout;
pub(crate) mod login;
pub(crate) mod logs;
pub(crate) mod models;
pub(crate) mod problems;
pub(crate) mod questions;
pub(crate) mod review;
pub(crate) mod system;
pub(crate) mod train;
mod why;

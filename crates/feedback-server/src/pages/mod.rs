//! The pages: HTML made here, which works by forms and links alone; scripts only make it smoother.
//!
//! To add a page: a file with its handlers, a [`Tab`] if it belongs into the bar, and a line in `router.rs`. A handler
//! makes a [`Frame`] and gives it the content; all text is escaped by `maud`.

mod about;
mod analyze;
pub(crate) mod batches;
mod charts;
mod dashboard;
mod facts;
pub(crate) mod history;
mod labels;
mod layout;
mod login;
pub(crate) mod logs;
pub(crate) mod models;
pub(crate) mod questions;
mod review;
mod system;
pub(crate) mod train;
mod why;

pub(crate) use about::about;
pub(crate) use analyze::{analyze, analyze_form};
pub(crate) use dashboard::dashboard;
pub(crate) use labels::{label_buttons, set_label, with_field};
pub(crate) use layout::{
    Frame, PageError, PageProblem, PageResult, Tab, error_page, error_part, part, percent, redirect, when,
};
pub(crate) use login::{login, login_form, logout};
pub(crate) use review::review;
pub(crate) use system::system;

//! The web pages: HTML that the server renders. The pages work with forms and links alone; scripts only add convenience.
//!
//! To add a page, write a file with its handlers, add a [`Tab`](layout::Tab) if it belongs in the navigation bar, and add its
//! routes to `router.rs`. A handler receives a [`Frame`](layout::Frame) and passes it the content; `maud` escapes all text.

pub(crate) mod about;
pub(crate) mod admin;
pub(crate) mod analyze;
pub(crate) mod batch_columns;
mod batch_results;
pub(crate) mod batches;
pub(crate) mod bulk_labels;
mod cards;
mod charts;
pub(crate) mod dashboard;
pub(crate) mod disagreements;
pub(crate) mod docs;
pub(crate) mod drift;
pub(crate) mod explore;
mod explore_address;
mod explore_compare;
mod explore_tables;
mod facts;
mod filters;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod inbox;
pub(crate) mod labels;
pub(crate) mod layout;
pub(crate) mod login;
pub(crate) mod logs;
pub(crate) mod models;
pub(crate) mod over_time;
pub(crate) mod problems;
pub(crate) mod questions;
pub(crate) mod reclassify;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod rules;
mod shares;
pub(crate) mod similar;
pub(crate) mod system;
pub(crate) mod theme_labels;
pub(crate) mod themes;
pub(crate) mod train;
pub(crate) mod train_upload;
pub(crate) mod views;
mod why;

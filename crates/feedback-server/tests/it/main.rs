//! Tests of the server as a whole, without any network where that is possible.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod alerts;
mod api;
mod attacks;
mod batches;
mod help;
mod openapi;
mod own_model;
mod pages;
mod serving;
mod trainings;
mod webhooks;

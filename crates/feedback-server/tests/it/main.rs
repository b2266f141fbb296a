//! Tests of the server as a whole, without any network where that is possible.

mod alerts;
mod api;
mod attacks;
mod batches;
mod help;
mod pages;
mod serving;
mod store;
mod webhooks;

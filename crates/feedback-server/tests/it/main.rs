//! Tests of the server as a whole, without any network where that is possible.

mod api;
mod attacks;
mod batches;
mod help;
mod pages;
mod serving;
mod store;
#[cfg(feature = "postgres")]
mod store_postgres;

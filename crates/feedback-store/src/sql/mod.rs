//! The queries, written once for all databases that speak SQL.
//!
//! Parameters are numbered `$1`, `$2`, …. The differences between databases are in [`database::Dialect`] and in the bulk
//! inserts of [`database::Database`].

pub(crate) mod alerts;
pub(crate) mod audit;
pub(crate) mod batches;
mod breakdown;
pub(crate) mod cases;
pub(crate) mod columns;
pub(crate) mod corrections;
pub(crate) mod database;
pub(crate) mod deliveries;
pub(crate) mod documents;
pub(crate) mod erasures;
pub(crate) mod filter;
pub(crate) mod judged;
pub(crate) mod labels;
pub(crate) mod models;
pub(crate) mod overview;
pub(crate) mod prediction_store;
pub(crate) mod predictions;
pub(crate) mod reclassified;
pub(crate) mod sessions;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod upgrades;

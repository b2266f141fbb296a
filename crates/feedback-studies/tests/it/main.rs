//! Studies with the real recipe on a tiny model: several trainings, which can be interrupted and continued.

#![expect(
    clippy::unwrap_used,
    reason = "a failed unwrap fails the test, also in a helper"
)]

mod folds;
mod place;
mod seeds;
mod sweeps;

//! Training texts that are also in validation or test, exactly or nearly.

mod exact;
mod near;

pub use exact::{LeakReport, leaks};
pub use near::{NearLeak, near_leaks};

//! Classify and count.

use super::rows::Target;
use super::shares::{Method, Scope, Shares};

/// The model's share of each class, without a correction and without an interval.
pub fn count(target: &Target) -> Shares {
    let counted = target.counted();
    Shares::without_intervals(Method::Counting, Scope::Rows, target.n(), &counted, &counted)
}

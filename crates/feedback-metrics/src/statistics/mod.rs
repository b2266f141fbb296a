//! How far a number can be trusted, and whether one model is better than another.
//!
//! [`wilson_interval`] is for shares of independent rows, such as accuracy. [`bootstrap_interval`] is
//! for anything else, and for rows that come in groups of duplicates. Two models on the same rows are
//! compared by [`mcnemar_exact`] and [`paired_bootstrap`], several comparisons at once are corrected
//! by [`holm`], and [`verdict`] says the result in one sentence.

mod bootstrap;
mod holm;
mod interval;
mod mcnemar;
mod normal;
mod paired;
mod verdict;

pub use bootstrap::{BootstrapInterval, BootstrapOptions, bootstrap_interval};
pub use holm::holm;
pub use interval::{Interval, wilson_interval};
pub use mcnemar::{McNemar, mcnemar_exact};
pub use paired::{PairedBootstrap, PairedStatistic, paired_bootstrap, paired_bootstrap_of};
pub use verdict::{Comparison, Outcome, verdict};

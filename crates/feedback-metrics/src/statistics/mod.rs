//! Confidence intervals of scores, and tests of whether one model is better than another.
//!
//! [`wilson_interval`] is for shares of independent rows, such as accuracy. [`bootstrap_interval`] is
//! for all other statistics, and for rows that come in groups of duplicates; [`score_interval`] chooses one of the
//! two. [`mcnemar_exact`] and [`paired_bootstrap`] compare two models on the same rows, [`holm`] and
//! [`benjamini_hochberg`] correct for several comparisons, and [`verdict`] states the result in one sentence.
//! [`newcombe_interval`] and [`two_shares_p_value`] compare two shares, and [`mix_and_rate_effects`] says which groups changed a mean.
//! [`Spread`] is the mean of several measurements, such as the scores of folds or seeds, with its interval.
//! [`Draws`], [`percentile_interval`], [`standard_deviation`] and [`normal_tail`] are parts for resampling other statistics.

mod benjamini_hochberg;
pub(crate) mod bootstrap;
mod decomposition;
mod holm;
pub(crate) mod interval;
mod mcnemar;
pub(crate) mod normal;
mod paired;
mod score;
mod spread;
mod two_shares;
mod verdict;

pub use benjamini_hochberg::benjamini_hochberg;
pub use bootstrap::{
    BootstrapInterval, BootstrapOptions, Draws, bootstrap_interval, percentile_interval, standard_deviation,
};
pub use decomposition::mix_and_rate_effects;
pub use holm::holm;
pub use interval::{Estimate, Interval, wilson_interval};
pub use mcnemar::{McNemar, mcnemar_exact};
pub use normal::normal_tail;
pub use paired::{PairedBootstrap, paired_bootstrap, paired_p_value};
pub use score::{Score, score_interval};
pub use spread::{Spread, spreads};
pub use two_shares::{newcombe_interval, two_shares_p_value};
pub use verdict::{Comparison, HolmCorrection, Outcome, verdict};

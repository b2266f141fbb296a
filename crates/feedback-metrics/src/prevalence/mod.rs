//! The true share of each category, although the model that counts them makes mistakes.
//!
//! The share of rows that a model predicts as a category is not the share of rows that belong to the category: every
//! mistake moves a row from one category to another, and the mistakes do not cancel out. The error also grows when the
//! mix of categories changes, which is what people want to measure. This module corrects shares and gives them
//! intervals:
//!
//! - [`count`] is the model's share, without a correction.
//! - [`adjusted_count`] corrects it with the model's mistakes on labelled rows ([`Calibration`]), such as its
//!   validation rows. It assumes that texts of one category look the same in both sets of rows.
//! - [`expectation_maximization`] corrects it with the probabilities of the model. It also assumes that these are
//!   calibrated, and gives no interval.
//! - [`prediction_powered`] corrects it with a random sample of the rows that people labelled ([`Audits`]). It assumes
//!   nothing about the model.
//! - [`combined_count`] is the precision-weighted mean of adjusted counting and the audits; the weight of adjusted
//!   counting falls when the audits disagree with it.
//!
//! [`estimate_shares`] chooses between them and says which method it used.
//!
//! # Examples
//!
//! ```
//! use feedback_metrics::prevalence::{Audits, Method, ShareOptions, Target, estimate_shares};
//!
//! // A model calls 300 of 1,000 texts "bug" (class 0). People labelled 100 texts drawn at random: 24 of the 30
//! // that the model called a bug are one, and 7 of the other 70.
//! let predictions: Vec<usize> = (0..1000).map(|row| usize::from(row % 10 >= 3)).collect();
//! let groups: Vec<usize> = (0..1000).collect(); // no duplicates
//! let target = Target::new(&predictions, &groups, 2)?;
//! let rows: Vec<usize> = (0..100).collect();
//! let labels: Vec<usize> = (0..100)
//!     .map(|row| match row % 10 {
//!         0..3 => usize::from(row >= 80),
//!         3 => usize::from(row >= 70),
//!         _ => 1,
//!     })
//!     .collect();
//! let audits = Audits::new(&target, &rows, &labels)?;
//! let found = estimate_shares(&target, None, Some(&audits), &ShareOptions::default())?;
//! assert_eq!(found.method, Method::PredictionPowered);
//! let bug = &found.classes[0];
//! assert!((bug.counted - 0.30).abs() < 1e-12);
//! assert!((bug.share - 0.31).abs() < 1e-3);
//! assert!(bug.interval.is_some_and(|interval| interval.low < 0.27 && interval.high > 0.36));
//! # Ok::<(), feedback_metrics::Error>(())
//! ```

mod adjusted;
mod combined;
mod counting;
mod estimate;
mod expectation_maximization;
mod linear;
mod prediction_powered;
mod rows;
mod shares;
mod shrinkage;
mod simplex;

pub use adjusted::adjusted_count;
pub use combined::combined_count;
pub use counting::count;
pub use estimate::estimate_shares;
pub use expectation_maximization::expectation_maximization;
pub use prediction_powered::prediction_powered;
pub use rows::{Audits, Calibration, Target};
pub use shares::{MIN_AUDITS, Method, Scope, Share, ShareOptions, Shares};

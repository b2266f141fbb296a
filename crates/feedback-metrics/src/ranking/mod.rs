//! Metrics that depend only on the order of the scores, not on their values.
//!
//! [`roc_auc`] and [`average_precision`] rank rows with binary labels; the one-vs-rest forms do so for every class;
//! [`top_k_accuracy`] ranks the classes of each row. Ties are handled as in scikit-learn.

mod binary;
mod one_vs_rest;
mod top_k;

pub use binary::{average_precision, roc_auc};
pub use one_vs_rest::{OneVsRest, average_precision_one_vs_rest, roc_auc_one_vs_rest};
pub use top_k::top_k_accuracy;

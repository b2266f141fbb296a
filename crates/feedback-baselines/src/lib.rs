#![doc = include_str!("../README.md")]
//!
//! # Where to start
//!
//! - [`MajorityClass`] never reads the text.
//! - [`TfidfLogisticRegression`] uses only the words of a text; [`TfidfVectorizer`] is its first step.
//! - [`LogisticRegression`] takes any [`DesignMatrix`], dense or sparse.
//!
//! # Why not `linfa`
//!
//! This crate has its own solver because `linfa-logistic` 0.8 takes only dense arrays (15,000 rows by 5,000 words
//! would be 600 MB). It has its own vectorizer. `linfa-preprocessing` 0.8 computes the document frequencies of
//! TF-IDF from the texts being transformed, so the prediction for a text would depend on the other texts of the
//! same call.

mod error;
mod labels;
mod lbfgs;
mod line_search;
mod logistic_regression;
mod majority;
mod matrix;
mod objective;
mod scaling;
mod softmax;
mod tfidf;
mod tfidf_logistic_regression;
mod vector;

pub use error::{Error, Result};
pub use lbfgs::Stop;
pub use logistic_regression::{LogisticRegression, LogisticRegressionConfig};
pub use majority::MajorityClass;
pub use matrix::{CsrMatrix, DenseMatrix, DesignMatrix};
pub use scaling::Scaling;
pub use tfidf::TfidfVectorizer;
pub use tfidf_logistic_regression::TfidfLogisticRegression;

//! Honest baselines: what a model has to beat to be worth its cost.
//!
//! [`MajorityClass`] never reads the text. [`TfidfLogisticRegression`] uses only the words of a text;
//! its results agree with scikit-learn's defaults, so they can be compared with published results.
//! [`LogisticRegression`] also takes dense features, such as the outputs of a frozen encoder. All baselines
//! are fitted on training rows only, return probabilities row-major `[n_rows, n_classes]`, and
//! use no random numbers.
//!
//! This crate has its own solver because `linfa-logistic` 0.8 takes only dense arrays (15,000 rows by 5,000 words
//! would be 600 MB). It has its own vectorizer. `linfa-preprocessing` 0.8 computes the document frequencies of
//! TF-IDF from the texts being transformed, so the prediction for a text would depend on the other texts of the
//! same call.
//!
//! # Examples
//!
//! ```
//! use feedback_baselines::{MajorityClass, TfidfLogisticRegression};
//!
//! let texts = ["it crashes", "crashes again", "love it"];
//! let labels = [0, 0, 1];
//! let majority = MajorityClass::fit(&labels, 2)?;
//! let words = TfidfLogisticRegression::fit(&texts, &labels, 2)?;
//! assert!(majority.predict_probabilities(1)[1] < words.predict_probabilities(&["love"])[1]);
//! # Ok::<(), feedback_baselines::Error>(())
//! ```

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

//! Comparison with scikit-learn and SciPy. Both sides draw the same inputs with the same random number generator.
//!
//! `fixtures/generate/metrics_golden.py` describes how cases are drawn; it wrote the expected values.

mod classes;
mod clustering;
mod draws;
mod evaluation;
mod file;
mod multilabel;
mod prevalence;
mod scores;
mod statistics;

//! Agreement with scikit-learn and SciPy, on inputs that both sides draw for themselves.
//!
//! `fixtures/generate/metrics_golden.py` says how cases are drawn and wrote what is expected.

mod classes;
mod draws;
mod evaluation;
mod file;
mod multilabel;
mod scores;
mod statistics;

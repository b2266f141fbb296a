//! The baselines beside scikit-learn.

mod golden;
mod real_data;

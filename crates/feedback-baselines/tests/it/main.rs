//! The baselines beside scikit-learn.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod real_data;

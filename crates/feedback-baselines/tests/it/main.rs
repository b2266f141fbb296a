//! The integration tests of `feedback-baselines`, in one binary.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod real_data;

//! The integration tests of `feedback-metrics`, in one binary.

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;

//! The integration tests of `feedback-metrics`, in one binary.

#[cfg(test)]
#[cfg(feature = "reports")]
mod evaluation;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod prevalence;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod random;

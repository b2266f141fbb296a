//! The integration tests of `feedback-drivers`, in one binary.

#[cfg(test)]
mod planted;
#[cfg(test)]
mod random;

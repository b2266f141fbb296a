//! Tests that inspect complete files.

#[cfg(test)]
mod files;
mod golden_confident;
#[cfg(test)]
mod planted;

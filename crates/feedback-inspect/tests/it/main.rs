//! Tests that inspect complete files.

#[cfg(test)]
mod files;
#[cfg(test)]
mod golden_confident;
#[cfg(test)]
mod planted;

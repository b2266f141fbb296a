//! Tests that inspect complete files.

#[cfg(test)]
mod files;
#[cfg(test)]
mod planted;

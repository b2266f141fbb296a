//! Inspections of whole files.

#[cfg(test)]
mod files;
#[cfg(test)]
mod planted;

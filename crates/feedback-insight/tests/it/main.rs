//! Tests of the whole crate, on random vectors and on vectors of real texts.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod names;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;

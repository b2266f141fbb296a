//! Reports of real and odd input.

mod odd;
mod random;
mod recompute;
mod sheet;
mod shuffled;
mod stories;

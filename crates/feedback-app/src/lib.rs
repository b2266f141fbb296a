#![doc = include_str!("../README.md")]

pub mod background;
pub mod copies;
pub mod demo;
pub mod feedback;
#[cfg(feature = "postgres")]
pub mod migrate;
pub mod ready;
pub mod serve;

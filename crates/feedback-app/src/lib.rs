#![doc = include_str!("../README.md")]

pub mod background;
pub mod copies;
pub mod demo;
pub mod feedback;
pub mod ready;
pub mod serve;

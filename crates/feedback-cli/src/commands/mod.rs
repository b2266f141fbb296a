//! The commands; each has its arguments and a function that runs it.

pub mod compare;
pub mod drift;
pub mod evaluate;
pub mod insight;
pub mod inspect;
pub mod merge;
pub mod predict;
pub mod pretrain;
pub mod reproduce;
pub mod split;
pub mod start;
pub mod train;

//! The commands, each with its arguments and what it does with them.

pub mod compare;
pub mod evaluate;
pub mod inspect;
pub mod predict;
pub mod pretrain;
pub mod split;
pub mod train;

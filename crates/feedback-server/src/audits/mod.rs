//! Audits: texts that are drawn at random and labelled by people. They show how often the model is wrong, and correct its shares.

mod order;
mod sample;
mod shares;
mod trained;

pub(crate) use sample::{Sample, add_learnt, can_be_sampled, draw, in_order};
pub(crate) use shares::{Shares, corrected};
pub(crate) use trained::TrainedOn;

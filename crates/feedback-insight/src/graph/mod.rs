//! Graphs and their communities.

mod communities;
mod leiden;
mod network;

pub(crate) use leiden::leiden;
pub(crate) use network::Graph;

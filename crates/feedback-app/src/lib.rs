//! What the programs `feedback` and `serve` consist of, beyond the commands of [`feedback_cli`].

pub mod background;
pub mod copies;
pub mod feedback;
pub mod serve;

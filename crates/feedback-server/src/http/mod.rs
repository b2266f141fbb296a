//! Between the network and the handlers.

pub(crate) mod body;
mod guard;
mod listen;

pub(crate) use guard::{guard, observe, wants_html};
pub use listen::serve;

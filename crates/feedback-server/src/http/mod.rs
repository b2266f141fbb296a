//! The layer between the network and the handlers: connections, limits, access checks, bodies and downloads.

pub(crate) mod body;
pub(crate) mod client;
pub(crate) mod download;
pub(crate) mod extract;
pub(crate) mod guard;
mod listen;
pub(crate) mod meter;
mod patience;
pub(crate) mod upload;
pub(crate) mod url;

pub use listen::serve;

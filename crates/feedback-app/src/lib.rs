//! The programs that serve: the web app, and training that the web app starts.

pub mod background;
pub mod serve;

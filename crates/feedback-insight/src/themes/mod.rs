//! Themes: groups of texts with similar vectors.

mod distinct;
mod fit;
mod found;
mod groups;
mod links;
mod members;
mod options;
mod resolution;
mod silhouette;

pub use found::Themes;
pub(crate) use found::members;
#[cfg(test)]
pub(crate) use links::link;
pub use options::ThemeOptions;

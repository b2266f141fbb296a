//! The steps. Each returns the text itself, borrowed, if there is nothing to clean.

pub(crate) mod entities;
pub(crate) mod html;
mod html_elements;
mod lines;
pub(crate) mod quotes;
pub(crate) mod signatures;
pub(crate) mod urls;

//! Integration tests.

mod properties;
mod real_texts;

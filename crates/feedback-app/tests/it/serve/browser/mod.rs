//! The web app in a real browser: Debian's `chromium` and `chromium-driver`.
//!
//! Without them these tests are skipped with a message, or fail with `FEEDBACK_STRICT=1`.
//! `AXE_CORE=path/to/axe.min.js` adds the accessibility check; `SCREENSHOTS=folder` saves a screenshot of each
//! page.

mod driver;
mod everyday;
mod first_visit;
mod flows;
mod hand;
mod inbox;
mod new_model;
mod pages;
mod people;
mod questions;
mod tour;
mod training;

//! The app in a real browser: Debian's `chromium` and `chromium-driver`.
//!
//! Without them these tests skip and say so, or fail where `FEEDBACK_STRICT=1`. `AXE_CORE=path/to/axe.min.js` adds the
//! accessibility check; `SCREENSHOTS=folder` keeps a picture of each page.

mod driver;
mod flows;
mod pages;
mod training;

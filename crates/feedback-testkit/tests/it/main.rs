//! Tests of the workspace as a whole.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod architecture;
mod deploy;
mod derived_documents;
mod licences;
mod python_page;
mod security_page;

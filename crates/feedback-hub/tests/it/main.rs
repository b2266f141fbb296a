//! Downloads from a fake hub on the loopback interface.

#![cfg(feature = "download")]
#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod hub_download;

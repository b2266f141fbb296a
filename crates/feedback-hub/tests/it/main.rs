//! Downloads from a hub on the loopback device.

#![cfg(feature = "download")]
#![expect(clippy::unwrap_used, reason = "a test that cannot continue fails")]

mod hub_download;

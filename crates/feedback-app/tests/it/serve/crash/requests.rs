//! Requests with and without the API key.

use serde_json::Value;

use super::super::http::{self, Answer};
use super::acknowledged::OWNER;

/// Sends a request with the API key of the owner.
pub(super) fn send(
    addr: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut headers = headers.to_vec();
    headers.push(("X-API-Key", OWNER));
    http::send(addr, method, path, &headers, body)
}

pub(super) fn get(addr: &str, path: &str) -> std::io::Result<Answer> {
    send(addr, "GET", path, &[], b"")
}

pub(super) fn post(addr: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
    let json = [("Content-Type", "application/json")];
    send(addr, "POST", path, &json, body.to_string().as_bytes())
}

pub(super) fn send_without_key(
    addr: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Answer> {
    http::send(addr, method, path, headers, body.as_bytes())
}

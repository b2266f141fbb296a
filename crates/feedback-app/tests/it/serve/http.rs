//! A minimal HTTP client for these tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers; header names are in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends a request on a new connection; returns an error if the connection fails.
pub(crate) fn send(
    addr: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)?;
    // Does not read until the end of the stream, since ChromeDriver keeps it open.
    let (mut answer, mut part) = (Vec::new(), [0; 16 << 10]);
    loop {
        let n = match stream.read(&mut part) {
            // If the socket has a timeout, a process that was paused and resumed gets this error.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        answer.extend_from_slice(&part[..n]);
        if let Some(whole) = parse(&answer, n == 0) {
            return Ok(whole);
        }
        if n == 0 {
            return Err(std::io::Error::other("incomplete answer"));
        }
    }
}

pub(crate) fn get(addr: &str, path: &str) -> std::io::Result<Answer> {
    send(addr, "GET", path, &[], b"")
}

pub(crate) fn post(addr: &str, path: &str, body: &Value) -> std::io::Result<Answer> {
    let json = [("Content-Type", "application/json")];
    send(addr, "POST", path, &json, body.to_string().as_bytes())
}

/// Uploads a file, and names the field with the texts.
pub(crate) fn upload(addr: &str, name: &str, text_field: &str, content: &str) -> std::io::Result<Answer> {
    upload_with(addr, &[], name, text_field, content)
}

/// Like [`upload`], with more headers.
pub(crate) fn upload_with(
    addr: &str,
    headers: &[(&str, &str)],
    name: &str,
    text_field: &str,
    content: &str,
) -> std::io::Result<Answer> {
    let boundary = "a-boundary-that-stands-nowhere-else";
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"text_field\"\r\n\r\n{text_field}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n\
         --{boundary}--\r\n"
    );
    let kind = format!("multipart/form-data; boundary={boundary}");
    let headers = [headers, &[("Content-Type", &kind)]].concat();
    send(addr, "POST", "/api/v1/batches", &headers, body.as_bytes())
}

/// Parses a response; `None` if its body is not complete yet. The body ends at the announced length, with the last chunk, or
/// with the stream.
fn parse(answer: &[u8], ended: bool) -> Option<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head: Vec<String> = String::from_utf8_lossy(&answer[..end])
        .lines()
        .map(|line| match line.split_once(':') {
            Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
            None => line.to_owned(),
        })
        .collect();
    let head = head.join("\n");
    let body = &answer[end + 4..];
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        let line = head.lines().find(|line| line.starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let body = match header("content-length") {
        Some(length) => body.get(..length.parse().ok()?)?.to_vec(),
        None if header("transfer-encoding").is_some() => unchunked(body)?,
        None if ended => body.to_vec(),
        None => return None,
    };
    Some(Answer {
        status,
        head: head.clone(),
        body: String::from_utf8(body).ok()?,
    })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

/// Waits until the themes are found in the background.
/// Waits until the themes have at least so many texts: they may have been found before the last ones were stored.
pub(crate) fn wait_for_themes(addr: &str, texts: u64) {
    let began = Instant::now();
    let themes = || get(addr, "/api/v1/themes").unwrap().json();
    let n = |themes: &Value| {
        ["texts", "added"]
            .iter()
            .filter_map(|name| themes[*name].as_u64())
            .sum::<u64>()
    };
    while themes()["found_at"].is_null() || n(&themes()) < texts {
        assert!(began.elapsed() < Duration::from_secs(120), "no themes are found");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Uploads a file, starts it with the roles that the server guesses, and waits until its texts are classified. Returns the address of the
/// batch in the API.
pub(crate) fn classify_file(addr: &str, name: &str, content: &str) -> String {
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--b--\r\n"
    );
    let kind = [("Content-Type", "multipart/form-data; boundary=b")];
    let sent = send(addr, "POST", "/api/v1/batches", &kind, body.as_bytes()).unwrap();
    assert_eq!(sent.status, 201, "{sent:?}");
    let path = format!("/api/v1/batches/{}", sent.json()["id"]);
    let started = post(addr, &format!("{path}/start"), &json!({})).unwrap();
    assert_eq!(started.status, 200, "{started:?}");
    let began = Instant::now();
    while get(addr, &path).unwrap().json()["state"] != "done" {
        assert!(began.elapsed() < Duration::from_secs(120));
        std::thread::sleep(Duration::from_millis(100));
    }
    path
}

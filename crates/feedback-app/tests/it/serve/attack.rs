//! `serve` under attack, over real sockets: requests of an honest client still succeed, and memory stays bounded.
//!
//! The attackers come from 127.0.0.2, the honest client from 127.0.0.1. Latencies are printed, not asserted: both share the
//! machine.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use feedback_testkit::slow_tests;
use serde_json::json;
use socket2::{Domain, Socket, Type};

use super::http::{get, post};
use super::process::Serve;

/// Limit of the server's peak memory, in bytes.
const MEMORY: u64 = 600 << 20;

/// Connects from the attackers' address.
fn connect(addr: &str) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 2], 0)).into())?;
    let server: SocketAddr = addr.parse().map_err(std::io::Error::other)?;
    socket.connect_timeout(&server.into(), Duration::from_secs(5))?;
    socket.set_write_timeout(Some(Duration::from_millis(200)))?;
    Ok(socket.into())
}

/// Sends bytes on a new connection, ignores errors, and returns the open connection; `None` if it was refused.
fn send(addr: &str, bytes: &[u8]) -> Option<TcpStream> {
    let mut stream = connect(addr).ok()?;
    // The server may close the connection at any time.
    let _ = stream.write_all(bytes);
    Some(stream)
}

/// Returns many pipelined requests for an asset; the attackers never read the answers.
fn pipelined(addr: &str) -> Vec<u8> {
    format!("GET /assets/htmx.min.js HTTP/1.1\r\nHost: {addr}\r\n\r\n")
        .repeat(40)
        .into_bytes()
}

fn begun_body(addr: &str) -> Vec<u8> {
    let head = "Content-Type: application/json\r\nContent-Length: 1900000\r\n\r\n";
    let mut request = format!("POST /api/v1/classify HTTP/1.1\r\nHost: {addr}\r\n{head}").into_bytes();
    request.extend_from_slice(b"{\"text\": \"");
    request.extend(std::iter::repeat_n(b'x', 1 << 20));
    request
}

fn whole_body(addr: &str) -> Vec<u8> {
    let body = json!({ "text": "!".repeat((2 << 20) - 100) }).to_string();
    let head = format!(
        "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    format!("POST /api/v1/classify HTTP/1.1\r\nHost: {addr}\r\n{head}{body}").into_bytes()
}

fn stream_of_events(addr: &str) -> Vec<u8> {
    format!("GET /events HTTP/1.1\r\nHost: {addr}\r\n\r\n").into_bytes()
}

/// The results of the honest client.
struct Seen {
    latencies: Vec<Duration>,
    failures: Vec<String>,
}

fn honest_client(addr: String, attacking: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen {
        latencies: Vec::new(),
        failures: Vec::new(),
    };
    while attacking.load(Ordering::SeqCst) {
        let began = Instant::now();
        let probe = get(&addr, "/livez");
        seen.latencies.push(began.elapsed());
        let text = post(&addr, "/api/v1/classify", &json!({ "text": "the app crashes" }));
        for answer in [probe, text] {
            match answer {
                Ok(answer) if answer.status == 200 => {}
                other => seen.failures.push(format!("{other:?}")),
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    seen
}

#[cfg(target_os = "linux")]
fn peak_memory(serve: &Serve) -> u64 {
    let status = fs_err::read_to_string(format!("/proc/{}/status", serve.id())).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[cfg(target_os = "linux")]
#[test]
fn an_honest_client_is_answered_under_attack() {
    let n = if slow_tests() { 1000 } else { 200 };
    let folder = tempfile::tempdir().unwrap();
    let serve = Serve::start(folder.path());
    let attacking = Arc::new(AtomicBool::new(true));
    let honest = {
        let (addr, attacking) = (serve.addr.clone(), Arc::clone(&attacking));
        std::thread::spawn(move || honest_client(addr, attacking))
    };
    let addr = &serve.addr;
    let attacks = [
        (pipelined(addr), n),
        (begun_body(addr), n / 2),
        (whole_body(addr), 24),
        (stream_of_events(addr), n),
    ];
    let mut held = Vec::new();
    for (bytes, times) in attacks {
        held.extend((0..times).filter_map(|_| send(&serve.addr, &bytes)));
    }
    std::thread::sleep(Duration::from_secs(if slow_tests() { 30 } else { 3 }));
    attacking.store(false, Ordering::SeqCst);
    let Seen {
        mut latencies,
        failures,
    } = honest.join().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {}: {}",
        failures.len(),
        2 * latencies.len(),
        failures[0]
    );
    latencies.sort_unstable();
    let peak = peak_memory(&serve);
    println!(
        "{} connections of attackers; /livez took {:?} (median), {:?} (worst) in {} requests; peak memory {} MiB",
        held.len(),
        latencies[latencies.len() / 2],
        latencies[latencies.len() - 1],
        latencies.len(),
        peak >> 20
    );
    assert!(peak < MEMORY, "{} MiB", peak >> 20);
}

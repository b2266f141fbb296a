//! The command `ready`: a health check for containers and scripts.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use feedback_cli::exit;

/// The longest time to connect, and to wait for the answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks a running server whether it can serve requests; exit code 1 if not.
#[derive(Debug, Parser)]
#[command(
    name = "ready",
    version,
    after_help = "Examples:
  feedback ready
  feedback ready --addr 127.0.0.1:8502"
)]
pub struct Arguments {
    /// The address of the server; 0.0.0.0 and [::] stand for this machine
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8501",
        env = "FEEDBACK_ADDR"
    )]
    addr: SocketAddr,
}

/// Runs the command and returns its exit code.
///
/// # Errors
///
/// Nothing answers at the address within three seconds, or the server is not ready.
pub fn run(arguments: Arguments) -> anyhow::Result<u8> {
    let addr = here(arguments.addr);
    let status = status(addr).with_context(|| format!("no server answers at {addr}"))?;
    anyhow::ensure!(
        status == "200",
        "the server at {addr} is not ready: it answers with status {status}\nhint: its log says why"
    );
    Ok(exit::OK)
}

/// Turns an address on which a server listens into one that can be connected to.
fn here(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(match addr {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        });
    }
    addr
}

fn status(addr: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.split(' ').nth(1).unwrap_or_default().to_owned())
}

//! The client of a request, for limits per client. It is identified by its address, which a trusted proxy forwards in a header.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;

/// The client that sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Client {
    /// The address; for IPv6 the /64 network, because a user usually has a whole /64.
    pub(crate) address: IpAddr,
    /// Whether the client uses TLS to connect to a trusted proxy.
    pub(crate) is_secure: bool,
}

impl Client {
    /// Returns the client of a request.
    ///
    /// `X-Forwarded-For` and `X-Forwarded-Proto` are used only if a trusted proxy sent the request. The client is the last address
    /// in `X-Forwarded-For` that is not a trusted proxy, because anyone can forge the addresses before it.
    pub(crate) fn of(request: &Request, proxies: &[IpAddr]) -> Self {
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| {
                address.ip()
            });
        let is_proxy = |address: IpAddr| proxies.contains(&address.to_canonical());
        if !is_proxy(peer) {
            return Self {
                address: network(peer),
                is_secure: false,
            };
        }
        let forwarded = list(request.headers(), "x-forwarded-for");
        let addresses = forwarded.iter().rev().map_while(|text| text.parse().ok());
        let client = addresses.clone().find(|address| !is_proxy(*address));
        let first = addresses.last();
        let protocols = list(request.headers(), "x-forwarded-proto");
        Self {
            address: network(client.or(first).unwrap_or(peer)),
            is_secure: protocols
                .last()
                .is_some_and(|last| last.eq_ignore_ascii_case("https")),
        }
    }
}

/// Returns the elements of a header that may occur several times, each time with several comma-separated elements.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let elements = values.flat_map(|value| value.split(','));
    elements.map(|element| element.trim().to_owned()).collect()
}

/// Returns the address that counts as one client: an IPv4 address, or the /64 network of an IPv6 address.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mut segments = address.segments();
            segments[4..].fill(0);
            IpAddr::from(segments)
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn client(peer: &str, forwarded: &[&str], protocol: &str) -> (String, bool) {
        let mut request = Request::get("/").header("x-forwarded-proto", protocol);
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = SocketAddr::new(peer.parse().unwrap(), 5000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let proxies = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        let client = Client::of(&request, &proxies);
        (client.address.to_string(), client.is_secure)
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        let direct = client("8.8.8.8", &["1.1.1.1"], "https");
        assert_eq!(direct, ("8.8.8.8".to_owned(), false));
        let behind = client("10.0.0.1", &["9.9.9.9, 1.1.1.1"], "https");
        assert_eq!(
            behind,
            ("1.1.1.1".to_owned(), true),
            "only the last address is added by the trusted proxy"
        );
        let two = client("10.0.0.1", &["9.9.9.9", "1.1.1.1, 10.0.0.2"], "http");
        assert_eq!(two, ("1.1.1.1".to_owned(), false));
        assert_eq!(client("::ffff:10.0.0.1", &["1.1.1.1"], "").0, "1.1.1.1");
        assert_eq!(client("10.0.0.1", &["nonsense"], "").0, "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["1.1.1.1, nonsense"], "").0, "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[], "").0, "10.0.0.1");
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let network = |address: &str| network(address.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    }
}

//! Where a request comes from: the peer, or whom a trusted proxy names.
//!
//! Of an IPv6 address only the first 64 bits count. Whoever has one address of such a network has all 2^64.

use crate::api::ApiState;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that limits count by.
pub(in crate::api) struct Address(pub(in crate::api) IpAddr);

impl FromRequestParts<ApiState> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical());
        Ok(Self(network(client(peer, &parts.headers, &state.server.trusted_proxies))))
    }
}

/// Only a trusted proxy is believed, and of its list only what trusted proxies have added: the newest entry that is
/// not one of them. Where that cannot be read, whatever stands before it was written by anybody, and the peer it is.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let lists = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<Option<IpAddr>> = lists.flat_map(|list| list.split(',')).map(|hop| address_in(hop.trim())).collect();
    hops.into_iter().rev().find(|hop| hop.is_none_or(|hop| !trusted.contains(&hop))).flatten().unwrap_or(peer)
}

/// The address of an entry, which some proxies write with its port.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().or_else(|_| hop.parse().map(|with_port: SocketAddr| with_port.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// The address as limits count it.
pub(in crate::api) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, "1.1.1.1, 203.0.113.7, 10.0.0.2".parse().unwrap());
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(client(ip("198.51.100.9"), &headers, &trusted), ip("198.51.100.9"));
        assert_eq!(client(ip("10.0.0.1"), &headers, &trusted), ip("203.0.113.7"));
        assert_eq!(client(ip("10.0.0.1"), &HeaderMap::new(), &trusted), ip("10.0.0.1"));
        for (said, shown) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("203.0.113.7, unknown", "10.0.0.1"),
            ("203.0.113.7, 198.51.100.9:x", "10.0.0.1"),
        ] {
            headers.insert(FORWARDED_FOR, said.parse().unwrap());
            assert_eq!(client(ip("10.0.0.1"), &headers, &trusted), ip(shown), "{said}");
        }
    }

    #[test]
    fn a_network_counts_as_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }
}

//! Where the server listens and whom it lets in.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Where the server listens and whom it lets in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on; the default is reachable from this machine alone.
    pub host: IpAddr,
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Origins whose pages may open the chat, such as `https://shop.example.com`. Pages of this server itself may
    /// always.
    pub allowed_origins: Vec<String>,
    /// Proxies in front of this server whose word about a client's address is believed (`X-Forwarded-For`).
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether cookies are for HTTPS only; set it behind a TLS proxy.
    pub secure_cookies: bool,
}

impl Default for ServerSettings {
    fn default() -> Self {
        let host = IpAddr::from([127, 0, 0, 1]);
        Self { host, port: 8080, allowed_origins: Vec::new(), trusted_proxies: Vec::new(), secure_cookies: false }
    }
}

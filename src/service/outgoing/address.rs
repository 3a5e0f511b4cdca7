//! Which addresses may be reached: public ones, and what the operator has listed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What may be reached besides the public internet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    networks: Vec<(IpAddr, u32)>,
    hosts: Vec<String>,
}

impl Allowed {
    /// Reads networks (`10.0.0.0/8`, `fd00::/8`), single addresses, and host names.
    ///
    /// # Errors
    /// In Chinese, what is none of them.
    pub fn read(entries: &[String]) -> Result<Self, String> {
        let mut allowed = Self::default();
        for entry in entries {
            let (address, bits) = entry.split_once('/').map_or((entry.as_str(), None), |(a, bits)| (a, Some(bits)));
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            match (address.parse::<IpAddr>(), bits.map(str::parse::<u32>)) {
                (Ok(address), None) => allowed.networks.push((address, width(address))),
                (Ok(address), Some(Ok(bits))) if bits <= width(address) => allowed.networks.push((address, bits)),
                (Err(_), None) if !entry.is_empty() && entry.chars().all(is_name) => {
                    allowed.hosts.push(entry.to_ascii_lowercase());
                }
                _ => return Err(format!("“{entry}”不是网段（10.0.0.0/8）、地址或主机名")),
            }
        }
        Ok(allowed)
    }

    /// Whether a connection to this address, found under this name, may be made. A name that is listed may lead into the
    /// private networks, and still not to link-local addresses, where clouds keep their keys.
    pub(super) fn has(&self, host: &str, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let listed = || self.networks.iter().any(|(network, bits)| is_inside(address, *network, *bits));
        let named = || self.hosts.iter().any(|name| name.eq_ignore_ascii_case(host)) && is_unicast_inside(address);
        is_public(address) || listed() || named()
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn is_inside(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |a: u128, b: u128, width: u32| bits == 0 || (a ^ b) >> (width - bits) == 0;
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u32::from(a).into(), u32::from(b).into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.into(), b.into(), 128),
        _ => false,
    }
}

fn is_unicast_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.octets()[0] == 100,
        IpAddr::V6(address) => address.is_unique_local() || address.is_loopback(),
    }
}

/// Whether an address is on the public internet: no private network, no machine itself, nothing reserved (the IANA
/// special-purpose address registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = match (a, b, c) {
        (0 | 10 | 127, ..) | (169, 254, _) | (192, 168, _) => true,
        (100, b, _) => (64..128).contains(&b),
        (172, b, _) => (16..32).contains(&b),
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 51, 100) | (203, 0, 113) => true,
        (198, b, _) => b == 18 || b == 19,
        (a, ..) => a >= 224,
    };
    !reserved
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast alone, without documentation, Teredo, ORCHID, 6to4 and the NAT64 prefix, which carry others.
    let global = first & 0xe000 == 0x2000;
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || first == 0x2002 || first == 0x3fff;
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_reserved_addresses_are_known() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "172.32.0.1", "100.63.0.1", "203.0.114.1", "2400:3200::1", "::ffff:1.1.1.1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn what_is_listed_is_reached_and_nothing_beside_it() {
        let read = |entries: &[&str]| Allowed::read(&entries.iter().map(|e| (*e).to_owned()).collect::<Vec<_>>());
        let allowed = read(&["10.0.0.0/8", "fd00::/8", "192.168.1.7", "erp.internal"]).unwrap();
        let has = |host: &str, address: &str| allowed.has(host, address.parse().unwrap());
        for address in ["10.200.0.1", "::ffff:10.0.0.1", "fd12::1", "192.168.1.7", "1.1.1.1"] {
            assert!(has("x", address), "{address}");
        }
        for address in ["11.0.0.1.", "172.16.0.1", "192.168.1.8", "127.0.0.1", "169.254.169.254", "fe80::1"] {
            let address = address.trim_end_matches('.');
            assert_eq!(has("x", address), address == "11.0.0.1", "{address}");
        }
        assert!(has("ERP.internal", "172.16.0.1") && has("erp.internal", "127.0.0.1"));
        assert!(!has("erp.internal", "169.254.169.254") && !has("erp.internal.evil.com", "172.16.0.1"));
        for wrong in ["10.0.0.0/33", "10.0.0.0/x", "http://erp", ""] {
            assert!(read(&[wrong]).is_err(), "{wrong}");
        }
        assert!(read(&["0.0.0.0/0"]).unwrap().has("x", "127.0.0.1".parse().unwrap()));
    }
}

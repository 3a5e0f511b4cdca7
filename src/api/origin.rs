//! Whose pages may open the chat.

use crate::api::ServerSettings;
use axum::http::{HeaderMap, HeaderName, header};

/// Whether a handshake comes from an allowed page: one of this server, or of a listed origin. A browser always names the
/// origin; a handshake without one is refused (ASVS 4.4.2).
pub fn is_allowed(headers: &HeaderMap, server: &ServerSettings) -> bool {
    let listed = |origin| server.allowed_origins.iter().any(|known| known == origin);
    is_own(headers, server) || text(headers, header::ORIGIN).is_some_and(listed)
}

/// Whether a page of this server asks. Behind TLS its pages came by TLS: whoever can change what a shopper's network
/// carries can make a page of the same host without it.
pub fn is_own(headers: &HeaderMap, server: &ServerSettings) -> bool {
    let Some((scheme, host)) = text(headers, header::ORIGIN).and_then(|origin| origin.split_once("://")) else {
        return false;
    };
    (scheme == "https" || (scheme == "http" && !server.secure_cookies)) && Some(host) == text(headers, header::HOST)
}

/// Whether a request comes from a page of this server, or from a program that names no origin. A sandboxed page or one
/// that hides where it is names `null`, and is not ours.
pub fn is_own_or_unnamed(headers: &HeaderMap, server: &ServerSettings) -> bool {
    !headers.contains_key(header::ORIGIN) || is_own(headers, server)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "kf.example.com".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn own_pages_and_listed_shops_only() {
        let server = |secure_cookies| ServerSettings {
            allowed_origins: vec!["https://shop.example.com".to_owned()],
            secure_cookies,
            ..ServerSettings::default()
        };
        for (origin, without_tls, behind_tls) in [
            (Some("https://kf.example.com"), true, true),
            (Some("http://kf.example.com"), true, false),
            (Some("ftp://kf.example.com"), false, false),
            (Some("https://shop.example.com"), true, true),
            (Some("https://shop.example.com.evil.com"), false, false),
            (Some("http://shop.example.com"), false, false),
            (Some("null"), false, false),
            (None, false, false),
        ] {
            assert_eq!(is_allowed(&headers(origin), &server(false)), without_tls, "{origin:?}");
            assert_eq!(is_allowed(&headers(origin), &server(true)), behind_tls, "{origin:?}");
        }
        assert!(is_own_or_unnamed(&headers(None), &server(true)));
        assert!(!is_own_or_unnamed(&headers(Some("https://shop.example.com")), &server(true)));
    }
}

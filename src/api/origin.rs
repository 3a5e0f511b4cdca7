//! Whose pages may open the chat.

use axum::http::{HeaderMap, header};

/// Whether a handshake comes from an allowed page: from this very host, or from a listed origin. A browser always
/// names the origin; a handshake without one is refused (ASVS 4.4.2).
pub fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let same_host = origin.split_once("://").map(|(_, host)| host) == text(header::HOST);
    same_host || allowed.iter().any(|known| known == origin)
}

/// Whether a request comes from a page of this server, or from a program that names no origin. A sandboxed page or one
/// that hides where it is names `null`, and is not ours.
pub fn is_own_or_unnamed(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::ORIGIN) || is_allowed(headers, &[])
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
        let allowed = ["https://shop.example.com".to_owned()];
        for (origin, expected) in [
            (Some("https://kf.example.com"), true),
            (Some("https://shop.example.com"), true),
            (Some("https://shop.example.com.evil.com"), false),
            (Some("http://shop.example.com"), false),
            (Some("null"), false),
            (None, false),
        ] {
            assert_eq!(is_allowed(&headers(origin), &allowed), expected, "{origin:?}");
        }
    }
}

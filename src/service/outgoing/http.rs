//! One POST over one connection: looked up, judged, connected, sent, read up to a limit. Redirects are not followed.

use super::address::Allowed;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Largest answer that is read, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::service) enum HttpError {
    /// The name has no address that may be used.
    #[error("{0} has no address that may be used")]
    Private(String),
    /// The connection failed.
    #[error("connection: {0}")]
    Connection(#[from] io::Error),
    /// The other side does not speak HTTP, or too much of it.
    #[error("HTTP: {0}")]
    Protocol(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where requests go.
pub(in crate::service) struct Target {
    uri: Uri,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
    allowed: Allowed,
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    /// In Chinese, what is wrong with it.
    pub(in crate::service) fn new(url: &str, allowed: Allowed) -> Result<Self, String> {
        let uri: Uri = url.parse().map_err(|error| format!("不是有效的地址：{error}"))?;
        let host = uri.host().ok_or("地址里没有主机名")?.trim_matches(['[', ']']).to_owned();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("地址要以 https:// 或 http:// 开头".to_owned()),
        };
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tls = if secure { Some(connector()?) } else { None };
        Ok(Self { uri, host, port, tls, allowed })
    }

    /// Sends a body; returns the status and what was answered.
    ///
    /// # Errors
    /// [`HttpError`].
    pub(in crate::service) async fn post(
        &self,
        headers: &[(HeaderName, String)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), HttpError> {
        let stream = TcpStream::connect(self.address().await?).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.exchange(stream, headers, body).await,
            Some(tls) => {
                let name =
                    ServerName::try_from(self.host.clone()).map_err(|error| HttpError::Protocol(error.into()))?;
                self.exchange(tls.connect(name, stream).await?, headers, body).await
            }
        }
    }

    async fn address(&self) -> Result<SocketAddr, HttpError> {
        let mut found = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        let allowed = found.find(|address| self.allowed.has(&self.host, address.ip()));
        allowed.ok_or_else(|| HttpError::Private(self.host.clone()))
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        headers: &[(HeaderName, String)],
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), HttpError> {
        let protocol = |error: hyper::Error| HttpError::Protocol(error.into());
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(protocol)?;
        // Ends with the connection, which ends with the sender.
        tokio::spawn(connection);
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::post(path).header(HOST, self.uri.authority().map_or("", |host| host.as_str()));
        request = request.header(CONTENT_TYPE, "application/json").header(USER_AGENT, "xiaoer-webhook/1");
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(|error| HttpError::Protocol(error.into()))?;
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| HttpError::Protocol(error.into()))?;
        let answer = sender.send_request(request).await.map_err(protocol)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await.map_err(HttpError::Protocol)?;
        Ok((status, body.to_bytes().to_vec()))
    }
}

fn connector() -> Result<TlsConnector, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS：{error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn private_addresses_are_refused_before_anything_is_sent() {
        for url in ["https://127.0.0.1:1/x", "https://[::1]/x", "http://localhost:1", "https://169.254.169.254/latest"]
        {
            let refused = Target::new(url, Allowed::default()).unwrap().post(&[], Vec::new()).await;
            assert!(matches!(refused, Err(HttpError::Private(_))), "{url}: {refused:?}");
        }
        assert!(Target::new("nonsense", Allowed::default()).is_err());
    }
}

//! What this server asks of others: never of the network that it stands in, by whatever detour.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use xiaoer::clock::Clock;
use xiaoer::service::orders::{Unanswered, Webhook, WebhookSettings};

/// A server on this machine that answers everything with the same; returns its port and how many connected.
async fn server(answer: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connected = Arc::new(AtomicUsize::new(0));
    let seen = connected.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, connected)
}

fn webhook(url: String, allow: &[&str]) -> Webhook {
    let settings = WebhookSettings {
        url,
        secrets: vec!["an example key of at least 32 bytes".into()],
        attempts: 1,
        allow: allow.iter().map(|entry| (*entry).to_owned()).collect(),
        ..WebhookSettings::default()
    };
    Webhook::new(settings, Clock::system()).expect("an address")
}

async fn ask(webhook: &Webhook) -> Result<serde_json::Value, Unanswered> {
    webhook.post("key", b"{}").await
}

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

#[tokio::test(flavor = "multi_thread")]
async fn line_30_a_name_that_leads_to_this_machine_is_refused_before_anything_is_sent() {
    let (port, connected) = server(DONE.to_owned()).await;
    for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"] {
        let url = format!("http://{host}:{port}/");
        assert_eq!(ask(&webhook(url, &["10.0.0.0/8"])).await, Err(Unanswered::Unavailable), "{host}");
    }
    assert_eq!(connected.load(Ordering::SeqCst), 0, "nobody connected");
    for allow in ["127.0.0.0/8", "localhost"] {
        let reached = ask(&webhook(format!("http://localhost:{port}/"), &[allow])).await;
        assert_eq!(reached, Ok(serde_json::json!({})), "{allow} is listed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn line_30_a_redirect_is_not_followed() {
    let (inside, connected) = server(DONE.to_owned()).await;
    for status in [301, 302, 303, 307, 308] {
        let away =
            format!("HTTP/1.1 {status} Away\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n");
        let (port, asked) = server(away).await;
        let answer = ask(&webhook(format!("http://127.0.0.1:{port}/"), &["127.0.0.0/8"])).await;
        assert_eq!(answer, Err(Unanswered::Unavailable), "{status}");
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{status}");
    }
    assert_eq!(connected.load(Ordering::SeqCst), 0, "nobody went where the redirect pointed");
}

#[tokio::test(flavor = "multi_thread")]
async fn line_30_an_answer_without_end_is_not_read_to_its_end() {
    let huge = format!("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n\"{}", "x".repeat(400_000));
    let (port, _) = server(huge).await;
    let answer = ask(&webhook(format!("http://127.0.0.1:{port}/"), &["127.0.0.0/8"])).await;
    assert_eq!(answer, Err(Unanswered::Unavailable));
}

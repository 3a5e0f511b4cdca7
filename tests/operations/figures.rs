//! Figures for Prometheus, the board for Grafana, traces for OpenTelemetry.

use crate::support::{TestApp, http, token};
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use xiaoer::live::protocol::{ClientFrame, ServerFrame};

const BOARD: &str = include_str!("../../docs/deploy/grafana.json");

/// Names of all figures: those of histograms with each of their endings.
fn names(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}

async fn fetch(app: &TestApp, headers: &[(&str, &str)]) -> crate::support::HttpAnswer {
    http(app.metrics.expect("an address"), "GET", "/metrics", headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_count_what_happened_and_every_panel_of_the_board_has_its_figure() {
    let app = TestApp::start_with(|config| {
        config.metrics.listen = Some("127.0.0.1:0".parse().expect("an address"));
    })
    .await;
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "运费怎么算").await;
    shopper.ask("2", "转人工").await;
    let nothing = ClientFrame::Say { client_id: "3".into(), text: "  ".into(), page: None };
    shopper.send(&nothing).await;
    while !matches!(shopper.next().await, ServerFrame::Error { .. }) {}
    app.retention.run().await.expect("run");
    let answer = fetch(&app, &[]).await;
    assert_eq!(answer.status, 200);
    let text = answer.body;
    for line in [
        "xiaoer_turns_total{act=\"answer\"} 1",
        "xiaoer_turns_total{act=\"hand_over\"} 1",
        "xiaoer_handovers_total{reason=\"requested\"} 1",
        "xiaoer_sockets 1",
        "xiaoer_cases_waiting 1",
        "xiaoer_knowledge_version 1",
        "xiaoer_database_up 1",
        "xiaoer_turn_seconds_count{stage=\"total\"} 2",
        "xiaoer_turn_seconds_count{stage=\"commit\"} 2",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
    }
    for private in ["运费", "127.0.0.1", &token(&app.shopper(None, 0).await.1)] {
        assert!(!text.contains(private), "{private}");
    }
    let known = names(&text);
    let board: serde_json::Value = serde_json::from_str(BOARD).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    assert!(panels.len() >= 12);
    for panel in panels {
        for target in panel["targets"].as_array().expect("targets") {
            let asked = target["expr"].as_str().expect("an expression");
            let words = asked.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let figures: Vec<&str> =
                words.filter(|word| word.starts_with("xiaoer_") || word.starts_with("process_")).collect();
            assert!(!figures.is_empty(), "{asked}");
            for figure in figures {
                // What nothing has happened to is told with its description alone.
                let described = text.contains(&format!("# TYPE {} ", figure.trim_end_matches("_total")));
                assert!(known.contains(figure) || described, "{figure} of {asked}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_off_from_outside_and_behind_a_token_where_there_is_one() {
    let app = TestApp::start().await;
    assert!(app.metrics.is_none(), "without an address there is none");
    assert_eq!(app.http("GET", "/metrics", &[], "").await.status, 404, "never on the shop's own address");
    let app = TestApp::start_with(|config| {
        config.metrics.listen = Some("127.0.0.1:0".parse().expect("an address"));
        config.metrics.token = Some("a token of some length".into());
    })
    .await;
    assert_eq!(fetch(&app, &[]).await.status, 401);
    assert_eq!(fetch(&app, &[("Authorization", "Bearer another token")]).await.status, 401);
    assert_eq!(fetch(&app, &[("Authorization", "Bearer a token of some length")]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_one_trace_at_the_collector() {
    let collector = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = collector.local_addr().expect("an address");
    let app = TestApp::start_with(|config| config.tracing.otlp = Some(format!("http://{address}/v1/traces"))).await;
    let heard = tokio::spawn(async move {
        let (mut stream, _) = collector.accept().await.expect("a connection");
        let (mut request, mut buffer) = (Vec::new(), [0; 8_192]);
        while !request.ends_with(b"]}]}") {
            let read = stream.read(&mut buffer).await.expect("read");
            assert!(read > 0, "whole: {}", String::from_utf8_lossy(&request));
            request.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.expect("answered");
        String::from_utf8(request).expect("text")
    });
    let (mut shopper, _) = app.shopper(None, 0).await;
    shopper.ask("1", "运费怎么算").await;
    let request = tokio::time::timeout(crate::support::PATIENCE, heard).await.expect("in time").expect("heard");
    assert!(request.starts_with("POST /v1/traces HTTP/1.1"), "{request}");
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans");
    let names: Vec<&str> = spans.iter().filter_map(|span| span["name"].as_str()).collect();
    assert!(names.starts_with(&["turn"]) && names.contains(&"decide") && names.contains(&"commit"), "{names:?}");
    assert!(!request.contains("运费"), "no words of a message");
}

//! Traces for an OpenTelemetry collector: OTLP over HTTP in its JSON form, one trace a turn, its stages as spans
//! (OpenTelemetry Protocol 1.3, "OTLP/HTTP"). The requests are few and small, and the program has an HTTP client
//! already: the libraries of OpenTelemetry would bring a second one.

use super::TurnTrace;
use super::figures::Figures;
use crate::service::outgoing::{Allowed, Target};
use axum::http::Uri;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Turns that may wait to be sent.
const WAITING: usize = 1_024;

/// Turns of one request.
const AT_ONCE: usize = 128;

/// How long the collector may take; what waits meanwhile waits in memory, and beyond [`WAITING`] is dropped.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends traces until nobody tells any more.
pub struct Exporter {
    traces: mpsc::Receiver<TurnTrace>,
    target: Target,
    share: f64,
    figures: Arc<Figures>,
}

impl Exporter {
    pub(super) fn new(url: &str, share: f64, figures: Arc<Figures>) -> Result<(mpsc::Sender<TurnTrace>, Self), String> {
        // The operator names the collector, which mostly stands inside.
        let host = url.parse::<Uri>().ok().and_then(|url| Some(url.host()?.trim_matches(['[', ']']).to_owned()));
        let allowed = Allowed::read(host.as_slice()).map_err(|reason| format!("tracing.otlp：{reason}"))?;
        let target = Target::new(url, allowed).map_err(|reason| format!("tracing.otlp：{reason}"))?;
        let (sender, traces) = mpsc::channel(WAITING);
        Ok((sender, Self { traces, target, share, figures }))
    }

    /// Sends what there is, together.
    pub async fn run(mut self) {
        let mut turns = Vec::with_capacity(AT_ONCE);
        let mut failing = false;
        while self.traces.recv_many(&mut turns, AT_ONCE).await > 0 {
            let chosen: Vec<(Uuid, &TurnTrace)> = turns.iter().map(|turn| (new_trace(), turn)).collect();
            let chosen: Vec<_> = chosen.into_iter().filter(|(id, _)| is_chosen(*id, self.share)).collect();
            if !chosen.is_empty() {
                let sent = self.send(&request(&chosen)).await;
                if let Err(reason) = &sent {
                    self.figures.traces_dropped.inc_by(chosen.len() as u64);
                    if !failing {
                        tracing::warn!(%reason, "the collector does not take traces; they are dropped");
                    }
                }
                failing = sent.is_err();
            }
            turns.clear();
        }
    }

    async fn send(&self, request: &Value) -> Result<(), String> {
        let body = serde_json::to_vec(request).map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PATIENCE, self.target.post(&[], body)).await;
        match answer.map_err(|_| "no answer in time".to_owned())?.map_err(|error| error.to_string())? {
            (200..=299, _) => Ok(()),
            (status, _) => Err(format!("status {status}")),
        }
    }
}

/// An id of a trace: it has nothing to do with any id of the shop.
fn new_trace() -> Uuid {
    let mut bytes = [0; 16];
    // Without randomness an id may repeat, and two turns are shown as one.
    let _ = getrandom::fill(&mut bytes);
    Uuid::from_bytes(bytes)
}

/// Whether a trace belongs to the share that is sent.
fn is_chosen(id: Uuid, share: f64) -> bool {
    (id.as_u128() >> 96) as f64 / 4_294_967_296.0 < share
}

/// An `ExportTraceServiceRequest`.
fn request(turns: &[(Uuid, &TurnTrace)]) -> Value {
    let spans: Vec<Value> = turns.iter().flat_map(|(id, turn)| spans(*id, turn)).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "xiaoer"), text("service.version", env!("CARGO_PKG_VERSION"))] },
        "scopeSpans": [{ "scope": { "name": "xiaoer.turn" }, "spans": spans }],
    }] })
}

/// The turn, then each of its stages as a child.
fn spans(id: Uuid, turn: &TurnTrace) -> Vec<Value> {
    let trace = id.simple().to_string();
    let began = turn.stages.began_at;
    let root = span_id(id, 0);
    let span = |number: u64, name: &str, from: Duration, took: Duration| {
        json!({
            "traceId": trace,
            "spanId": span_id(id, number),
            "parentSpanId": if number == 0 { "" } else { root.as_str() },
            "name": name,
            "kind": if number == 0 { 2 } else { 1 },
            "startTimeUnixNano": nanos(began + from),
            "endTimeUnixNano": nanos(began + from + took),
        })
    };
    let mut whole = span(0, "turn", Duration::ZERO, turn.stages.total());
    let version =
        json!({ "key": "xiaoer.knowledge_version", "value": { "intValue": turn.knowledge_version.to_string() } });
    whole["attributes"] = json!([text("xiaoer.act", turn.act), version]);
    let stages = (1..).zip(turn.stages.each()).map(|(number, (name, from, took))| span(number, name, from, took));
    std::iter::once(whole).chain(stages).collect()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// Unlike any other of its trace.
fn span_id(trace: Uuid, number: u64) -> String {
    let (high, low) = trace.as_u64_pair();
    format!("{:016x}", (high ^ low).wrapping_add(number).max(1))
}

/// Nanoseconds since 1970; as text, because JSON numbers do not hold them.
fn nanos(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Watch;
    use crate::service::telemetry::Stages;

    #[test]
    fn a_turn_is_one_trace_with_its_stages_as_children() {
        let mut stages = Stages::begin();
        stages.done("decide");
        stages.done("commit");
        let turn = TurnTrace { stages, act: "answer", knowledge_version: 3 };
        let id = new_trace();
        let request = request(&[(id, &turn)]);
        let spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let names: Vec<&str> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["turn", "decide", "commit"]);
        assert!(spans.iter().all(|span| span["traceId"] == id.simple().to_string()));
        assert!(spans[1..].iter().all(|span| span["parentSpanId"] == spans[0]["spanId"]));
        assert_eq!(spans[2]["endTimeUnixNano"], spans[0]["endTimeUnixNano"]);
        assert_eq!(spans[0]["attributes"][0]["value"]["stringValue"], "answer");
    }

    #[test]
    fn the_share_is_kept() {
        let chosen = (0..2_000).filter(|_| is_chosen(new_trace(), 0.25)).count();
        assert!((380..620).contains(&chosen), "{chosen}");
        assert!(is_chosen(Uuid::max(), 1.0) && !is_chosen(Uuid::nil(), 0.0));
    }
}

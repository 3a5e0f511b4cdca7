//! What operators see of the program: figures for Prometheus, and one trace a turn for OpenTelemetry.
//!
//! # Invariants
//! - Nothing of a person leaves this way: no text, no number, no id of a conversation.
//! - Telling costs a turn microseconds and never waits: a trace that finds no room is dropped and counted.

mod figures;
mod otlp;
mod process;
mod stages;

pub use figures::{Figures, Standing};
pub use otlp::Exporter;
pub use stages::Stages;

use crate::model::secret::Secret;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Where figures can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsSettings {
    /// An address of its own for `/metrics`, such as `127.0.0.1:9464`; without one there is none.
    pub listen: Option<SocketAddr>,
    /// What has to stand in `Authorization: Bearer`; needed where the address can be reached from outside.
    pub token: Option<Secret>,
    /// A file that holds it, in its place.
    pub token_file: Option<PathBuf>,
}

impl MetricsSettings {
    /// What makes no sense about them, in Chinese.
    pub fn mistakes(&self) -> Vec<String> {
        let open = self.listen.is_some_and(|address| !address.ip().is_loopback());
        let guarded = self.token.as_ref().is_some_and(|token| token.len() >= 16);
        let mut mistakes = Vec::new();
        if open && self.token.is_none() {
            mistakes.push("metrics.listen 从外面能连到：要设 metrics.token，或改成 127.0.0.1".to_owned());
        }
        if self.token.is_some() && !guarded {
            mistakes.push("metrics.token 至少 16 个字符".to_owned());
        }
        mistakes
    }
}

/// Where traces go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracingSettings {
    /// The traces address of an OpenTelemetry collector, such as `http://127.0.0.1:4318/v1/traces`; without one nothing
    /// is sent.
    pub otlp: Option<String>,
    /// Share of the turns that are sent, from 0 to 1.
    pub share: f64,
}

impl Default for TracingSettings {
    fn default() -> Self {
        Self { otlp: None, share: 1.0 }
    }
}

impl TracingSettings {
    /// What makes no sense about them, in Chinese.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if !(0.0..=1.0).contains(&self.share) {
            mistakes.push(format!("tracing.share 应在 0 到 1 之间，现在是 {}", self.share));
        }
        if self.otlp.as_deref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            mistakes.push("tracing.otlp 要以 http:// 或 https:// 开头".to_owned());
        }
        mistakes
    }
}

/// Hears what happens; clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// What is counted.
    pub figures: Arc<Figures>,
    traces: Option<mpsc::Sender<TurnTrace>>,
}

/// A turn as it is sent.
#[derive(Debug, Clone)]
pub struct TurnTrace {
    /// When it began and when its stages ended.
    pub stages: Stages,
    /// What was done.
    pub act: &'static str,
    /// Which knowledge answered.
    pub knowledge_version: i64,
}

impl Telemetry {
    /// With traces that go to a collector, where one is named; the exporter has to be run.
    ///
    /// # Errors
    /// In Chinese, what is wrong with the address.
    pub fn new(settings: &TracingSettings) -> Result<(Self, Option<Exporter>), String> {
        let Some(url) = &settings.otlp else { return Ok((Self::default(), None)) };
        let figures = Arc::<Figures>::default();
        let (traces, exporter) = Exporter::new(url, settings.share, Arc::clone(&figures))?;
        Ok((Self { figures, traces: Some(traces) }, Some(exporter)))
    }

    /// A turn is committed.
    pub fn turn(&self, stages: Stages, act: &'static str, knowledge_version: i64) {
        self.figures.turn(&stages, act);
        if let Some(traces) = &self.traces
            && traces.try_send(TurnTrace { stages, act, knowledge_version }).is_err()
        {
            self.figures.traces_dropped.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_address_needs_a_token() {
        let at = |address: &str, token: Option<&str>| MetricsSettings {
            listen: Some(address.parse().unwrap()),
            token: token.map(Secret::from),
            token_file: None,
        };
        assert!(at("127.0.0.1:9464", None).mistakes().is_empty());
        assert_eq!(at("0.0.0.0:9464", None).mistakes().len(), 1);
        assert_eq!(at("0.0.0.0:9464", Some("short")).mistakes().len(), 1);
        assert!(at("0.0.0.0:9464", Some("a token of some length")).mistakes().is_empty());
    }
}

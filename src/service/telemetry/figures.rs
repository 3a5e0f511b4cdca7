//! The figures that Prometheus fetches. What is counted is counted where it happens; what simply is (sockets, queues,
//! memory) is looked at when the figures are fetched.

use super::process::{self, Usage};
use super::stages::Stages;
use crate::clock::Timestamp;
use crate::store::backlog::Backlog;
use crate::store::retention::Kind;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::atomic::AtomicU64;

/// Seconds from a tenth of a millisecond to ten seconds.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];

/// A label with one name.
macro_rules! label {
    ($name:ident, $field:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
        pub(super) struct $name {
            $field: &'static str,
        }
    };
}

label!(Act, act, "What the assistant did.");
label!(Stage, stage, "A stage of a turn.");
label!(Reason, reason, "Why something happened.");
label!(KindOf, kind, "A kind of data.");

type Real = Gauge<f64, AtomicU64>;

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

/// What simply is, at the moment of asking.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Sockets of shoppers on this node.
    pub sockets: usize,
    /// Turns that have begun and are not committed.
    pub turns_under_way: usize,
    /// How many extras are left out under load, from 0 to 3.
    pub load_step: usize,
    /// Entries that wait for the writer.
    pub journal_queue: usize,
    /// The knowledge in force.
    pub knowledge_version: i64,
    /// Hints to other nodes that found no room.
    pub hints_lost: u64,
    /// What the database says; none where it does not answer.
    pub stored: Option<Backlog>,
}

/// What is counted, and what is looked at.
#[derive(Debug)]
pub struct Figures {
    registry: Registry,
    turns: Family<Act, Counter>,
    stages: Family<Stage, Histogram, fn() -> Histogram>,
    refused: Family<Reason, Counter>,
    handovers: Family<Reason, Counter>,
    /// Seconds of each commit of the writer.
    pub commits: Histogram,
    /// Traces that found no room, or that the collector did not take.
    pub traces_dropped: Counter,
    hints_lost: Gauge,
    sockets: Gauge,
    turns_under_way: Gauge,
    load_step: Gauge,
    journal_queue: Gauge,
    knowledge_version: Gauge,
    database_up: Gauge,
    cases_waiting: Gauge,
    cases_open: Gauge,
    deliveries: Gauge,
    requests: Gauge,
    retention_rows: Family<KindOf, Gauge>,
    retention_at: Real,
    memory: Gauge,
    open_files: Gauge,
    most_files: Gauge,
    cpu: Real,
}

impl Default for Figures {
    fn default() -> Self {
        let mut figures = Self {
            registry: Registry::default(),
            turns: Family::default(),
            stages: Family::new_with_constructor(histogram),
            refused: Family::default(),
            handovers: Family::default(),
            commits: histogram(),
            traces_dropped: Counter::default(),
            hints_lost: Gauge::default(),
            sockets: Gauge::default(),
            turns_under_way: Gauge::default(),
            load_step: Gauge::default(),
            journal_queue: Gauge::default(),
            knowledge_version: Gauge::default(),
            database_up: Gauge::default(),
            cases_waiting: Gauge::default(),
            cases_open: Gauge::default(),
            deliveries: Gauge::default(),
            requests: Gauge::default(),
            retention_rows: Family::default(),
            retention_at: Real::default(),
            memory: Gauge::default(),
            open_files: Gauge::default(),
            most_files: Gauge::default(),
            cpu: Real::default(),
        };
        figures.registry = figures.registered();
        figures
    }
}

impl Figures {
    /// Every figure with its name and what it means.
    fn registered(&self) -> Registry {
        let mut all = Registry::default();
        all.register("xiaoer_turns", "Turns that are committed, by what the assistant did", self.turns.clone());
        all.register("xiaoer_turn_seconds", "Seconds of each stage of a turn; total is all of it", self.stages.clone());
        all.register("xiaoer_messages_refused", "Messages that were not taken, by why", self.refused.clone());
        all.register("xiaoer_handovers", "Conversations handed to people, by why", self.handovers.clone());
        all.register("xiaoer_journal_commit_seconds", "Seconds of each commit of the writer", self.commits.clone());
        all.register("xiaoer_traces_dropped", "Traces that did not reach the collector", self.traces_dropped.clone());
        let gauges: [(&str, &str, &Gauge); 12] = [
            ("xiaoer_bus_hints_lost", "Hints to other nodes that found no room", &self.hints_lost),
            ("xiaoer_sockets", "Sockets of shoppers on this node", &self.sockets),
            ("xiaoer_turns_under_way", "Turns that have begun and are not committed", &self.turns_under_way),
            ("xiaoer_load_step", "How many extras are left out under load, 0 to 3", &self.load_step),
            ("xiaoer_journal_queue", "Entries that wait for the writer", &self.journal_queue),
            ("xiaoer_knowledge_version", "The knowledge in force", &self.knowledge_version),
            ("xiaoer_database_up", "Whether the database answers", &self.database_up),
            ("xiaoer_cases_waiting", "Shoppers who wait for a person", &self.cases_waiting),
            ("xiaoer_cases_open", "Cases that a person has", &self.cases_open),
            ("xiaoer_deliveries_pending", "Messages of campaigns on their way", &self.deliveries),
            ("xiaoer_shop_requests_pending", "Requests to the shop's system under way", &self.requests),
            ("process_resident_memory_bytes", "Resident memory", &self.memory),
        ];
        for (name, help, gauge) in gauges {
            all.register(name, help, gauge.clone());
        }
        all.register("process_open_fds", "Open file handles", self.open_files.clone());
        all.register("process_max_fds", "File handles that may be open", self.most_files.clone());
        all.register("process_cpu_seconds", "CPU time, user and system", self.cpu.clone());
        let rows = self.retention_rows.clone();
        all.register("xiaoer_retention_deleted_rows", "Rows that the last run has deleted, by kind", rows);
        let at = self.retention_at.clone();
        all.register("xiaoer_retention_last_run_timestamp_seconds", "When the last run began", at);
        all
    }

    pub(super) fn turn(&self, stages: &Stages, act: &'static str) {
        self.turns.get_or_create(&Act { act }).inc();
        for (stage, _, took) in stages.each() {
            self.stages.get_or_create(&Stage { stage }).observe(took.as_secs_f64());
        }
        self.stages.get_or_create(&Stage { stage: "total" }).observe(stages.total().as_secs_f64());
    }

    /// A message was not taken.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }

    /// A conversation was handed to people.
    pub fn handed_over(&self, reason: &'static str) {
        self.handovers.get_or_create(&Reason { reason }).inc();
    }

    /// What the last run of the retention job has deleted, on whichever node.
    pub fn retained(&self, at: Timestamp, rows: impl Iterator<Item = (Kind, u64)>) {
        self.retention_at.set(at.0 as f64 / 1_000.0);
        for (kind, rows) in rows {
            let gauge = self.retention_rows.get_or_create(&KindOf { kind: kind.name() });
            gauge.set(i64::try_from(rows).unwrap_or(i64::MAX));
        }
    }

    /// All figures in the text form of OpenMetrics.
    pub fn text(&self, standing: &Standing) -> String {
        let count = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.sockets.set(count(standing.sockets));
        self.turns_under_way.set(count(standing.turns_under_way));
        self.load_step.set(count(standing.load_step));
        self.journal_queue.set(count(standing.journal_queue));
        self.knowledge_version.set(standing.knowledge_version);
        self.hints_lost.set(i64::try_from(standing.hints_lost).unwrap_or(i64::MAX));
        self.database_up.set(i64::from(standing.stored.is_some()));
        if let Some(stored) = standing.stored {
            self.cases_waiting.set(stored.cases_waiting);
            self.cases_open.set(stored.cases_open);
            self.deliveries.set(stored.deliveries);
            self.requests.set(stored.requests);
        }
        let Usage { memory, open_files, most_files, cpu_seconds } = process::usage();
        self.memory.set(memory);
        self.open_files.set(open_files);
        self.most_files.set(most_files);
        self.cpu.set(cpu_seconds);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

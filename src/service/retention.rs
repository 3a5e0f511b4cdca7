//! What is kept how long: a job that one node does for all, once a day, and that says what it has deleted.

use crate::clock::Clock;
use crate::clock::Timestamp;
use crate::marketing::campaign::Cap;
use crate::service::Failure;
use crate::service::leases::{Leases, Work};
use crate::store::audit::Deed;
use crate::store::retention::{Kind, RULES};
use crate::store::{Db, setting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Rows of one transaction.
const PORTION: i64 = 500;

/// Between two portions whoever waits for the writer goes first.
const BREATH: Duration = Duration::from_millis(20);

/// How often it is asked whether a run is due.
const LOOK: Duration = Duration::from_mins(5);

/// From one run to the next.
const EVERY: Duration = Duration::from_hours(24);

/// Under which name the last run is kept.
const REPORT: &str = "retention_report";

/// Action of the record of a run that has deleted something.
pub const ACTION: &str = "retention_done";

/// Days that each kind is kept; 0 for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    /// Messages, cases, notes.
    pub conversations: u32,
    /// Why the assistant said what it said.
    pub traces: u32,
    /// Turns in short, verdicts.
    pub figures: u32,
    /// Questions that were not answered well.
    pub questions: u32,
    /// What shoppers did, what was recommended.
    pub behaviour: u32,
    /// Messages of campaigns; the caps count them.
    pub campaigns: u32,
    /// Copies of orders, from their last change.
    pub orders: u32,
    /// Requests to the shop's system.
    pub requests: u32,
    /// The record of who changed what.
    pub audit: u32,
    /// Ended sessions of staff, ended jobs.
    pub sessions: u32,
    /// Browsers of which nothing else is left.
    pub visitors: u32,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            conversations: 365,
            traces: 90,
            figures: 365,
            questions: 180,
            behaviour: 365,
            campaigns: 365,
            orders: 1_095,
            requests: 90,
            audit: 1_095,
            sessions: 30,
            visitors: 90,
        }
    }
}

impl RetentionSettings {
    /// Days that a kind is kept; none for ever.
    pub fn days(&self, kind: Kind) -> Option<u32> {
        let days = match kind {
            Kind::Conversations => self.conversations,
            Kind::Traces => self.traces,
            Kind::Figures => self.figures,
            Kind::Questions => self.questions,
            Kind::Behaviour => self.behaviour,
            Kind::Campaigns => self.campaigns,
            Kind::Orders => self.orders,
            Kind::Requests => self.requests,
            Kind::Audit => self.audit,
            Kind::Sessions => self.sessions,
            Kind::Visitors => self.visitors,
        };
        (days > 0).then_some(days)
    }

    /// What makes no sense about them, in Chinese.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        // Figures of the last weeks and the publish gate are made of these.
        for (name, days) in [("traces", self.traces), ("figures", self.figures), ("audit", self.audit)] {
            if (1..7).contains(&days) {
                mistakes.push(format!("retention.{name} 至少 7 天（0 表示一直保留），现在是 {days}"));
            }
        }
        let (campaigns, longest) = (self.campaigns, Cap::LONGEST);
        if (1..longest).contains(&campaigns) {
            mistakes.push(format!(
                "retention.campaigns 至少 {longest} 天（0 表示一直保留），现在是 {campaigns}：频次上限最长按 {longest} 天计算，\
                 发送记录删早了会给人多发"
            ));
        }
        mistakes
    }
}

/// What a run has deleted, or would.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// When it began.
    pub at: Timestamp,
    /// Seconds that it took.
    pub seconds: f64,
    /// Rows by kind and table; tables without any are left out.
    pub deleted: BTreeMap<Kind, BTreeMap<String, u64>>,
}

impl Report {
    /// Rows of all tables.
    pub fn total(&self) -> u64 {
        self.deleted.values().flat_map(BTreeMap::values).sum()
    }
}

/// The use case; clones share everything.
#[derive(Debug, Clone)]
pub struct Retention {
    db: Db,
    clock: Clock,
    /// Days that each kind is kept.
    pub settings: RetentionSettings,
}

impl Retention {
    /// Puts the use case together.
    pub fn new(db: Db, clock: Clock, settings: RetentionSettings) -> Self {
        Self { db, clock, settings }
    }

    /// The last run, on whichever node.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn last(&self) -> Result<Option<Report>, Failure> {
        Ok(setting::get(&self.db, REPORT).await?)
    }

    /// What a run would delete now; nothing is changed.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn preview(&self) -> Result<Report, Failure> {
        let (now, began) = (self.clock.now(), Instant::now());
        let mut report = Report { at: now, seconds: 0.0, deleted: BTreeMap::new() };
        for rule in RULES {
            let Some(before) = self.old_before(rule.kind, now) else { continue };
            note(&mut report, rule.kind, rule.table, rule.count(&self.db, before).await?);
        }
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Deletes what has had its time, portion by portion; keeps and logs what it has deleted.
    ///
    /// # Errors
    /// [`Failure`] where the database fails; the portions before it are gone.
    pub async fn run(&self) -> Result<Report, Failure> {
        let (now, began) = (self.clock.now(), Instant::now());
        let mut report = Report { at: now, seconds: 0.0, deleted: BTreeMap::new() };
        for rule in RULES {
            let Some(before) = self.old_before(rule.kind, now) else { continue };
            loop {
                let rows = rule.delete(&self.db, before, PORTION).await?;
                note(&mut report, rule.kind, rule.table, rows);
                if rows < PORTION.unsigned_abs() {
                    break;
                }
                tokio::time::sleep(BREATH).await;
            }
        }
        report.seconds = began.elapsed().as_secs_f64();
        let document = serde_json::to_value(&report)?;
        let deed = Deed::new("system", ACTION, "retention", now).from_to(None, Some(document.clone()));
        let deed = (report.total() > 0).then_some(&deed);
        setting::put(&self.db, REPORT, &document, deed, now).await?;
        tracing::info!(deleted = report.total(), seconds = report.seconds, "what had its time is deleted");
        Ok(report)
    }

    fn old_before(&self, kind: Kind, now: Timestamp) -> Option<Timestamp> {
        self.settings.days(kind).map(|days| Timestamp(now.0 - i64::from(days) * 86_400_000))
    }

    /// One look: a run, where one is due and no other node does it.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn look(&self, leases: &Leases) -> Result<Option<Report>, Failure> {
        if leases.take(Work::Retain).await?.is_none() {
            return Ok(None);
        }
        let now = self.clock.now();
        match self.last().await? {
            Some(last) if now >= last.at && now.since(last.at) < EVERY => Ok(None),
            _ => Ok(Some(self.run().await?)),
        }
    }

    /// Looks as long as the program runs.
    pub async fn keep_looking(self, leases: Leases) {
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + LOOK, LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.look(&leases).await {
                tracing::error!(error = &error as &dyn std::error::Error, "what had its time cannot be deleted");
            }
        }
    }
}

fn note(report: &mut Report, kind: Kind, table: &str, rows: u64) {
    if rows > 0 {
        *report.deleted.entry(kind).or_default().entry(table.to_owned()).or_default() += rows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_as_long_as_any_cap_looks_back() {
        let of = |campaigns| RetentionSettings { campaigns, ..RetentionSettings::default() }.mistakes();
        for good in [0, Cap::LONGEST, Cap::LONGEST + 1] {
            assert_eq!(of(good), Vec::<String>::new(), "{good}");
        }
        for short in [1, 7, Cap::LONGEST - 1] {
            let mistakes = of(short);
            assert!(mistakes.len() == 1 && mistakes[0].contains("retention.campaigns 至少 365 天"), "{mistakes:?}");
        }
    }
}

//! What an agent reads at hand-over instead of the whole transcript.

use super::{Desk, DeskRefused};
use crate::classify::mood::Mood;
use crate::clock::Timestamp;
use crate::dialogue::Knowledge;
use crate::dialogue::act_in_words::act_in_words;
use crate::dialogue::policy::Act;
use crate::dialogue::trace::Trace;
use crate::store::desk::case::CaseRow;
use crate::store::desk::history;
use crate::store::event;
use std::collections::HashSet;

/// Turns of the assistant that are looked at.
const TURNS: usize = 30;

/// Products that are named, of each kind.
const PRODUCTS: usize = 10;

/// The mood of one message of the shopper.
#[derive(Debug, Clone, PartialEq)]
pub struct MoodPoint {
    /// The assistant's reply to it.
    pub sequence: i64,
    /// From -2 to 2.
    pub value: f64,
    /// In Chinese.
    pub title: &'static str,
}

/// Something that the assistant tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The assistant's reply.
    pub sequence: i64,
    /// What was asked, with personal numbers masked.
    pub question: String,
    /// What it did, in Chinese.
    pub did: String,
    /// The FAQ entry that it answered with.
    pub entry: Option<String>,
    /// The shopper's verdict.
    pub solved: Option<bool>,
}

/// A product that the shopper was shown or looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenProduct {
    /// Which.
    pub sku: String,
    /// `shown`, or what the shopper did.
    pub how: &'static str,
    /// When.
    pub at: Timestamp,
}

/// The brief.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// One sentence.
    pub summary: String,
    /// What the assistant tried.
    pub tried: Vec<Tried>,
    /// What was named: 订单号 and the like.
    pub slots: Vec<(&'static str, String)>,
    /// The course of the mood.
    pub mood: Vec<MoodPoint>,
    /// `falling`, `steady` or `rising`.
    pub trend: String,
    /// Products seen, the newest first.
    pub products: Vec<SeenProduct>,
}

impl Desk {
    /// The brief of a case.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn brief(&self, row: &CaseRow) -> Result<Brief, DeskRefused> {
        let verdicts = history::verdicts(&self.db, row.conversation).await?;
        let traces = history::traces(&self.db, row.conversation, TURNS).await?;
        // A record of an older program may lack what is asked for; it is left out then.
        let traces: Vec<(i64, Trace)> = (traces.into_iter())
            .filter_map(|(sequence, trace)| Some((sequence, serde_json::from_value(trace).ok()?)))
            .collect();
        let assistant = self.chat.published.assistant();
        let tried: Vec<Tried> = (traces.iter())
            .filter_map(|(sequence, trace)| tried(*sequence, trace, &assistant.knowledge, &verdicts))
            .collect();
        let mood = traces.iter().map(|(sequence, trace)| MoodPoint {
            sequence: *sequence,
            value: trace.reading.mood.value,
            title: trace.reading.mood.mood.title(),
        });
        let trend = traces.last().and_then(|(_, trace)| serde_json::to_value(trace.decision.trend).ok());
        let trend = trend.as_ref().and_then(|trend| trend.as_str()).unwrap_or("steady").to_owned();
        let products = self.seen(row).await?;
        let answered = tried.iter().filter(|one| one.entry.is_some()).count();
        Ok(Brief {
            summary: summary(row, tried.len(), answered),
            slots: slots(&traces),
            mood: mood.collect(),
            tried,
            trend,
            products,
        })
    }

    async fn seen(&self, row: &CaseRow) -> Result<Vec<SeenProduct>, DeskRefused> {
        let shown = history::shown(&self.db, row.conversation, PRODUCTS).await?.into_iter();
        let mut seen: Vec<SeenProduct> =
            shown.map(|(sku, at)| SeenProduct { sku, how: "shown", at: Timestamp(at) }).collect();
        let mut known = HashSet::new();
        for event in event::of_shopper(&self.db, row.shopper, 5 * PRODUCTS).await? {
            if known.len() < PRODUCTS && known.insert(event.sku.clone()) {
                seen.push(SeenProduct { sku: event.sku, how: event.kind.name(), at: event.at });
            }
        }
        seen.sort_by_key(|one| std::cmp::Reverse(one.at));
        Ok(seen)
    }
}

fn tried(sequence: i64, trace: &Trace, knowledge: &Knowledge, verdicts: &[(i64, bool)]) -> Option<Tried> {
    let entry = match &trace.decision.act {
        Act::SmallTalk { .. } | Act::Silent => return None,
        Act::Answer { entry, .. } => Some(entry.clone()),
        _ => None,
    };
    let solved = verdicts.iter().find(|(of, _)| *of == sequence).map(|(_, solved)| *solved);
    Some(Tried {
        sequence,
        question: trace.reading.normal.clone(),
        did: act_in_words(&trace.decision.act, knowledge),
        entry,
        solved,
    })
}

/// What was named in the messages, the newest of each kind last, none twice.
fn slots(traces: &[(i64, Trace)]) -> Vec<(&'static str, String)> {
    let mut slots: Vec<(&'static str, String)> = Vec::new();
    for (_, trace) in traces {
        let entities = &trace.reading.entities;
        let named = entities.orders.iter().map(|order| ("订单号", order.clone()));
        let named = named.chain(entities.phones.iter().map(|phone| ("电话", phone.clone())));
        for slot in named {
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
    }
    slots
}

fn summary(row: &CaseRow, turns: usize, answered: usize) -> String {
    let about = row.intent.as_ref().map_or(String::new(), |intent| format!("，在问“{intent}”"));
    let mood =
        Mood::ALL.into_iter().min_by(|a, b| (a.value() - row.mood).abs().total_cmp(&(b.value() - row.mood).abs()));
    let mood = mood.unwrap_or_default().title();
    let urgent = if row.urgent { "，很着急" } else { "" };
    format!("{}{about}；智能客服处理了 {turns} 句、给出 {answered} 个答案；情绪{mood}{urgent}", row.reason.title())
}

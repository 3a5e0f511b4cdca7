//! One person's data: to take along, and to be deleted, over everything that the program keeps.
//!
//! The database knows by [`crate::store::personal`] what belongs to a person. Here follows what is kept outside of it:
//! the conversation that this node remembers, open sockets, what the recommender and the profiles know of the person.
//! What they have learned of everybody together is learned anew from what is left, once for all deletions since the last
//! time: anybody may ask for one, and it is work over the whole shop. Another node sees within seconds that somebody was
//! deleted, forgets all that it remembers, and learns anew as well.

use crate::clock::{Clock, Timestamp};
use crate::live::protocol::close;
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::service::chat::Chat;
use crate::service::leases::{Leases, Work};
use crate::service::marketing::Marketing;
use crate::store::Db;
use crate::store::audit::{self, Deed, write};
use crate::store::marketing::Recipient;
use crate::store::personal::{self, ERASED, Fate, Handed, Names, POLICIES};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use uuid::Uuid;

/// How often it is asked whether a request is due, and whether another node has deleted somebody.
const LOOK: Duration = Duration::from_secs(5);

/// How many times as long as learning anew took it rests afterwards: a large shop learns for a share of the time.
const REST: u32 = 4;

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its number in the record.
    pub number: Uuid,
    /// Each table with rows that went: its name, its title, how many.
    pub gone: Vec<(&'static str, &'static str, u64)>,
    /// Each table with rows that stay: its title, how many, why.
    pub kept: Vec<(&'static str, u64, &'static str)>,
}

/// A deletion that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// When.
    pub at: Timestamp,
    /// Who: somebody of the staff; none for the person themselves, in the chat or on the page of their data.
    pub by: Option<String>,
    /// What was deleted.
    pub report: Report,
}

/// Who deletes what is their own, in the record: a shopper names nobody.
pub const SHOPPER: &str = "shopper";

/// The use case; clones share everything.
#[derive(Clone)]
pub struct PersonalData {
    db: Db,
    clock: Clock,
    chat: Chat,
    marketing: Marketing,
    /// Deletions that this node has followed.
    followed: Arc<AtomicI64>,
    /// Whether something was deleted since it was last learned anew.
    outdated: Arc<AtomicBool>,
    /// Held while it is learned anew; until when it rests then.
    learning: Arc<Mutex<Instant>>,
}

impl PersonalData {
    /// Puts the use case together.
    pub fn new(chat: Chat, marketing: Marketing) -> Self {
        let (db, clock) = (chat.db.clone(), chat.clock.clone());
        Self {
            db,
            clock,
            chat,
            marketing,
            followed: Arc::new(AtomicI64::new(-1)),
            outdated: Arc::default(),
            learning: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// A person by a key: `c:NAME`, `v:UUID`.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn by_key(&self, key: &str) -> Result<Option<Recipient>, Failure> {
        Ok(personal::by_key(&self.db, key).await?)
    }

    /// The person for whom the holder of a browser's token may speak.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn by_holder(&self, shopper: ShopperId) -> Result<Recipient, Failure> {
        Ok(personal::by_holder(&self.db, shopper, self.clock.now()).await?)
    }

    /// Everything that is kept of a person, by whom it is handed out.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn export(&self, person: &Recipient, by: &str) -> Result<Value, Failure> {
        let names = Names::of(&self.db, person).await?;
        let data = personal::export(&self.db, &names).await?;
        let left_out: BTreeMap<&str, &str> = (POLICIES.iter())
            .filter(|policy| policy.link != personal::Link::Nobody)
            .filter_map(|policy| match policy.handed {
                Handed::Nothing(why) => Some((policy.title, why)),
                _ => None,
            })
            .collect();
        let exported = json!({
            "person": person.key(),
            "customer": person.customer,
            "visitors": person.shoppers,
            "exported_at": self.clock.now(),
            "profile": self.marketing.profile_fields(&person.key()).await?,
            "data": data,
            "left_out": left_out,
        });
        let rows: usize = data.values().map(|table| table.rows.len()).sum();
        let number = Uuid::now_v7().to_string();
        // The record says that it was done, not to whom: it outlives the person's data.
        let deed = Deed::new(by, "person_exported", &number, self.clock.now());
        write(&self.db, &deed.from_to(None, Some(json!({ "rows": rows })))).await?;
        Ok(exported)
    }

    /// Deletes everything about a person: in the database, in what this node remembers and knows of the person, and within
    /// seconds on every other node. What was learned of everybody together is learned anew by [`PersonalData::look`].
    ///
    /// # Errors
    /// [`Failure`] where the database fails; then nothing was deleted.
    pub async fn erase(&self, person: &Recipient, by: &str) -> Result<Report, Failure> {
        let names = Names::of(&self.db, person).await?;
        let number = Uuid::now_v7();
        let subject = number.to_string();
        let deed = Deed::new(by, ERASED, &subject, self.clock.now());
        let erased = self.chat.forgetting(&names.conversations, personal::erase(&self.db, &names, &deed)).await?;
        for conversation in &names.conversations {
            self.chat.hub.dismiss(*conversation, close::SIGNED_OUT);
        }
        self.chat.behaviour.forget(&person.shoppers);
        self.marketing.forget(&person.keys());
        self.followed.fetch_add(1, Ordering::Relaxed);
        self.outdated.store(true, Ordering::Relaxed);
        let rows: u64 = erased.gone.values().sum();
        tracing::info!(%number, rows, "everything about a person is deleted");
        Ok(report(number, &erased))
    }

    /// The newest deletions, by whomever they were asked for, with what each has deleted. They name no person.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn done(&self, limit: i64) -> Result<Vec<Done>, Failure> {
        let filter = audit::Filter { action: ERASED.to_owned(), ..audit::Filter::default() };
        let rows = audit::rows(&self.db, &filter, limit).await?;
        let done = rows.into_iter().filter_map(|row| {
            let after = row.detail.get("after")?;
            let counts = |side: &str| -> BTreeMap<&'static str, u64> {
                let rows = |table: &str| after.get(side).and_then(|side| side.get(table)).and_then(Value::as_u64);
                POLICIES.iter().filter_map(|policy| Some((policy.table, rows(policy.table)?))).collect()
            };
            let erased = personal::Erased { gone: counts("gone"), kept: counts("kept") };
            let by = Some(row.actor).filter(|actor| actor != SHOPPER);
            Some(Done { at: row.at, by, report: report(row.subject.parse().ok()?, &erased) })
        });
        Ok(done.collect())
    }

    /// Learns anew where something was deleted since the last time, unless it rests. Whoever comes while it is done waits.
    async fn catch_up(&self) -> Result<(), Failure> {
        let mut rests_until = self.learning.lock().await;
        if Instant::now() < *rests_until || !self.outdated.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let began = Instant::now();
        let learned = self.learn_anew().await;
        *rests_until = Instant::now() + began.elapsed() * REST;
        if learned.is_err() {
            self.outdated.store(true, Ordering::Relaxed);
        }
        learned
    }

    async fn learn_anew(&self) -> Result<(), Failure> {
        let assistant = self.chat.published.assistant();
        let content = &assistant.knowledge.content;
        self.chat.behaviour.learn_anew(&content.products, &content.consumable()).await?;
        self.marketing.refresh().await?;
        Ok(())
    }

    /// Does what is due: requests from the chat whose time to be taken back is over, what other nodes have deleted, and
    /// learning anew after any of it.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn look(&self, leases: &Leases) -> Result<usize, Failure> {
        let mut due = personal::due(&self.db, self.clock.now()).await?;
        if !due.is_empty() && leases.take(Work::Erase).await?.is_none() {
            due.clear();
        }
        for (shopper, asked_at) in &due {
            let person = personal::by_holder(&self.db, *shopper, *asked_at).await?;
            self.erase(&person, SHOPPER).await?;
        }
        let (known, now) = (self.followed.load(Ordering::Relaxed), personal::erasures(&self.db).await?);
        if known != now {
            self.followed.store(now, Ordering::Relaxed);
            // At a start nothing is remembered yet.
            if known >= 0 {
                self.chat.forget_all();
                self.outdated.store(true, Ordering::Relaxed);
            }
        }
        self.catch_up().await?;
        Ok(due.len())
    }

    /// Looks as long as the program runs.
    pub async fn keep_looking(self, leases: Leases) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.look(&leases).await {
                tracing::error!(error = &error as &dyn std::error::Error, "a request for deletion cannot be met yet");
            }
        }
    }
}

fn report(number: Uuid, erased: &personal::Erased) -> Report {
    let policy = |table: &str| POLICIES.iter().find(|policy| policy.table == table);
    let title = |table: &str| policy(table).map_or("", |policy| policy.title);
    let why = |table: &str| match policy(table).map(|policy| policy.fate) {
        Some(Fate::Kept(why)) => why,
        Some(Fate::OnlyNoStays) => "本人拒绝营销消息的意思要留着，免得又发给本人",
        _ => "",
    };
    Report {
        number,
        gone: erased.gone.iter().map(|(table, rows)| (*table, title(table), *rows)).collect(),
        kept: erased.kept.iter().map(|(table, rows)| (title(table), *rows, why(table))).collect(),
    }
}

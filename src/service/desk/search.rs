//! Search over the conversations that came to the desk, by the words that jieba finds in them.
//!
//! A search first indexes what was said since the last one, the newest words first, and at most a portion of it. Where
//! that is not all, as at the first search of a shop with years of conversations, the desk goes on with the rest in the
//! background.
//!
//! # Invariant
//! Words are taken from messages as the desk shows them, with personal numbers masked: a search that found a hidden digit
//! would tell it, to whoever tries them all, and leave no row in the record.

use super::{Desk, DeskRefused, reader};
use crate::clock::Timestamp;
use crate::desk::masked::masked;
use crate::model::chat::Message;
use crate::model::customer::Staff;
use crate::model::id::StaffId;
use crate::store::conversation;
use crate::store::desk::case::{self, CaseRow};
use crate::store::desk::search::{self, Behind};
use crate::text::Language;
use crate::text::mask::mask;
use crate::text::normalize::normalize;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};

/// Conversations that are indexed in one go.
const PORTION: usize = 100;

/// Time between two portions in the background, which belongs to those who talk.
const PAUSE: Duration = Duration::from_millis(100);

/// How long after the end of a case it may still come to light: it is dated before its commit, and by the clock of
/// another node.
const LATE: Duration = Duration::from_hours(1);

/// Messages that are read at once.
const MESSAGES: usize = 500;

/// Words of a question, at most.
const WORDS: usize = 12;

/// Messages that are looked at for each one that is shown: rights and filters take some away.
const SPARE: usize = 5;

/// How far this node knows the index to be complete, and the bell of the background.
#[derive(Debug, Default)]
pub(super) struct Indexing {
    /// Of cases that ended before, all is indexed. Who holds it indexes: one portion at a time.
    complete_to: Mutex<Timestamp>,
    rest: Notify,
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Words.
    pub words: &'a str,
    /// Only cases of this agent.
    pub agent: Option<StaffId>,
    /// Only cases with this tag.
    pub tag: Option<&'a str>,
    /// From this moment on.
    pub from: Timestamp,
    /// Before this moment.
    pub to: Timestamp,
    /// At most so many.
    pub limit: usize,
}

/// A message found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The case around it.
    pub case: CaseRow,
    /// The message, with personal numbers masked.
    pub message: Message,
}

impl Desk {
    /// Messages in which all words of a question stand, as far as somebody may see them; and the words.
    ///
    /// # Errors
    /// [`DeskRefused::Invalid`] where there is no word in it.
    pub async fn search(
        &self,
        staff: &Staff,
        question: &Question<'_>,
    ) -> Result<(Vec<Found>, Vec<String>), DeskRefused> {
        let assistant = self.chat.published.assistant();
        let language = &assistant.models.language;
        let words = asked(language, &mask(question.words));
        if words.is_empty() {
            return Err(DeskRefused::Invalid("请输入要搜索的词".to_owned()));
        }
        if self.catch_up(language).await? {
            self.indexing.rest.notify_one();
        }
        let found = self.found(staff, question, &words).await?;
        // What alone looks like somebody's card may be called an order number in a message, and is shown there.
        let typed = asked(language, question.words);
        if found.is_empty() && typed != words {
            return Ok((self.found(staff, question, &typed).await?, typed));
        }
        Ok((found, words))
    }

    async fn found(&self, staff: &Staff, question: &Question<'_>, words: &[String]) -> Result<Vec<Found>, DeskRefused> {
        let limit = question.limit * SPARE;
        let places = search::find(&self.db, words, question.from, question.to, limit).await?;
        let mut found = Vec::new();
        for (at, sequence) in places {
            if found.len() == question.limit {
                break;
            }
            let Some(case) = case::around(&self.db, at, sequence, reader(staff)).await? else { continue };
            let agent = question.agent.is_none_or(|agent| case.agent.as_ref().is_some_and(|one| one.id == agent.0));
            let tag = question.tag.is_none_or(|tag| case.tags.iter().any(|one| one == tag));
            if agent && tag {
                let message = conversation::messages_after(&self.db, at, sequence - 1, 1).await?.pop();
                found.extend(message.map(|message| Found { case, message: masked(message) }));
            }
        }
        Ok(found)
    }

    /// Indexes what searches leave to the background, whenever they do.
    pub(super) async fn go_on_indexing(&self) {
        loop {
            self.indexing.rest.notified().await;
            if let Err(error) = self.index_the_rest().await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "older conversations cannot be indexed; the next search tries again");
            }
        }
    }

    async fn index_the_rest(&self) -> Result<(), DeskRefused> {
        while self.catch_up(&self.chat.published.assistant().models.language).await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Indexes a portion of what was said since the last search. Returns whether there may be more.
    async fn catch_up(&self, language: &Language) -> Result<bool, DeskRefused> {
        let mut complete_to = self.indexing.complete_to.lock().await;
        let began = self.clock.now();
        let behind = search::behind(&self.db, *complete_to, PORTION).await?;
        for one in &behind {
            self.index(language, one).await?;
        }
        if behind.len() == PORTION {
            return Ok(true);
        }
        let late = i64::try_from(LATE.as_millis()).unwrap_or(i64::MAX);
        *complete_to = Timestamp(began.0.saturating_sub(late));
        Ok(false)
    }

    async fn index(&self, language: &Language, behind: &Behind) -> Result<(), DeskRefused> {
        let (at, mut indexed) = (behind.conversation, behind.indexed);
        loop {
            let messages = conversation::messages_after(&self.db, at, indexed, MESSAGES).await?;
            let Some(last) = messages.last().map(|message| message.sequence) else { break };
            search::index(&self.db, at, &tokens(language, &messages), last).await?;
            indexed = last;
        }
        if indexed < behind.up_to {
            // The rest has been deleted; nobody has to look for it again.
            search::index(&self.db, at, &[], behind.up_to).await?;
        }
        Ok(())
    }
}

/// The words of messages as the desk shows them, each with the sequence of its message.
fn tokens(language: &Language, messages: &[Message]) -> Vec<(String, i64)> {
    let of = |message: &Message| {
        let words = words(language, &mask(&message.body.text)).into_iter();
        words.map(|word| (word, message.sequence)).collect::<Vec<_>>()
    };
    messages.iter().flat_map(of).collect()
}

/// The words of a question, as many as are looked for.
fn asked(language: &Language, text: &str) -> Vec<String> {
    words(language, text).into_iter().take(WORDS).collect()
}

/// The words of a text, long ones and the shorter ones inside them; what is no letter and no digit is none.
fn words(language: &Language, text: &str) -> BTreeSet<String> {
    let normal = normalize(text);
    let ranges = language.segmenter().search_words(&normal);
    let words = ranges.into_iter().map(|range| normal[range].trim().to_owned());
    words.filter(|word| word.chars().any(char::is_alphanumeric)).collect()
}

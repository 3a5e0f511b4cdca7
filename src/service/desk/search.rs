//! Search over the conversations that came to the desk, by the words that jieba finds in them.
//!
//! # Invariant
//! Words are taken from messages as the desk shows them, with personal numbers masked: a search that found a hidden digit
//! would tell it, to whoever tries them all, and leave no row in the record.

use super::{Desk, DeskRefused, reader};
use crate::clock::Timestamp;
use crate::desk::masked::masked;
use crate::model::chat::Message;
use crate::model::customer::Staff;
use crate::model::id::{ConversationId, StaffId};
use crate::store::conversation;
use crate::store::desk::case::{self, CaseRow};
use crate::store::desk::search;
use crate::text::Language;
use crate::text::mask::mask;
use crate::text::normalize::normalize;
use std::collections::BTreeSet;

/// Conversations that are indexed in one go.
const BEHIND: usize = 500;

/// Messages that are read at once.
const MESSAGES: usize = 500;

/// Words of a question, at most.
const WORDS: usize = 12;

/// Messages that are looked at for each one that is shown: rights and filters take some away.
const SPARE: usize = 5;

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
        self.catch_up(language).await?;
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

    /// Indexes what was said since the last search.
    async fn catch_up(&self, language: &Language) -> Result<(), DeskRefused> {
        for (at, mut indexed) in search::behind(&self.db, BEHIND).await? {
            loop {
                let messages = conversation::messages_after(&self.db, at, indexed, MESSAGES).await?;
                let Some(last) = messages.last().map(|message| message.sequence) else { break };
                index(self, language, at, &messages, last).await?;
                indexed = last;
            }
        }
        Ok(())
    }
}

async fn index(
    desk: &Desk,
    language: &Language,
    at: ConversationId,
    messages: &[Message],
    up_to: i64,
) -> Result<(), DeskRefused> {
    let mut tokens = Vec::new();
    for message in messages {
        let words = words(language, &mask(&message.body.text));
        tokens.extend(words.into_iter().map(|word| (word, message.sequence)));
    }
    Ok(search::index(&desk.db, at, &tokens, up_to).await?)
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

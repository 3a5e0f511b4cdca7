//! What was understood of messages that many shoppers send word for word: greetings, the buttons under an answer, the
//! questions of the day.
//!
//! A reading depends on the text and on the assistant alone, never on who says it or when; and so do what the FAQ says
//! to a question and the reasons for both. So the same inputs still give the same turn, only sooner. A memo belongs to
//! one assistant and goes with it when another is published. Its size is bounded, and only what comes a second time is
//! kept (`repeated.rs`). Long texts, which nobody sends twice, are never kept, and neither is a text with a personal number
//! in it.

use crate::dialogue::noted::Noted;
use crate::dialogue::repeated::Repeated;
use crate::dialogue::trace::{TracedReading, TracedSearch};
use crate::dialogue::understand::Heard;
use crate::search::faq::{FaqIndex, FaqResult, SearchError, Without};
use crate::text::Text;
use crate::text::mask::mask;
use std::borrow::Cow;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// Readings that are kept; one with its reasons takes some forty kilobytes.
const READINGS: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// Answers that are kept to questions that a message was turned into, some ten kilobytes each. Fewer come again: there are
/// as many of them as pairs of a message and what was said before it.
const SEARCHES: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// First times that are noted, of each; a note takes some sixty bytes.
const NOTED: NonZeroUsize = NonZeroUsize::new(8_192).unwrap();

/// Longest text that is kept, in bytes.
const LONGEST: usize = 120;

/// A message read, and what the FAQ says to it.
#[derive(Debug)]
pub struct Understood {
    heard: Heard,
    among_goods: OnceLock<Heard>,
    /// What the FAQ says.
    pub faq: Arc<Searched>,
    traced: OnceLock<Arc<Noted<TracedReading>>>,
}

impl Understood {
    /// A new reading, said outside of any talk about goods.
    pub fn new(heard: Heard, faq: FaqResult) -> Self {
        let faq = Arc::new(Searched::new(faq));
        Self { heard, among_goods: OnceLock::new(), faq, traced: OnceLock::new() }
    }

    /// The words in their place: whether goods were talked about before them, or one is on the screen.
    pub fn heard(&self, among_goods: bool) -> &Heard {
        if among_goods {
            self.among_goods.get_or_init(|| Heard { among_goods, ..self.heard.clone() })
        } else {
            &self.heard
        }
    }

    /// What a trace says of the reading.
    pub fn traced(&self, trace: impl FnOnce(&Heard) -> TracedReading) -> &Arc<Noted<TracedReading>> {
        self.traced.get_or_init(|| Arc::new(Noted::new(trace(&self.heard))))
    }
}

/// What the FAQ says to a question.
#[derive(Debug, Clone)]
pub struct Searched {
    result: FaqResult,
    traced: Arc<OnceLock<Arc<Noted<TracedSearch>>>>,
}

impl Searched {
    fn new(result: FaqResult) -> Self {
        Self { result, traced: Arc::default() }
    }

    /// The same entries with another confidence.
    #[must_use]
    pub fn with_confidence(&self, confidence: f64) -> Self {
        Self { result: FaqResult { confidence, ..self.result.clone() }, traced: Arc::clone(&self.traced) }
    }

    /// What a trace says of the entries.
    pub fn traced(&self, trace: impl FnOnce(&FaqResult) -> TracedSearch) -> &Arc<Noted<TracedSearch>> {
        self.traced.get_or_init(|| Arc::new(Noted::new(trace(&self.result))))
    }
}

impl Deref for Searched {
    type Target = FaqResult;
    fn deref(&self) -> &FaqResult {
        &self.result
    }
}

impl PartialEq for Searched {
    fn eq(&self, other: &Self) -> bool {
        self.result == other.result
    }
}

/// A question as it was put: the text, and what was left out of the FAQ for it.
type Question = (String, Option<Without>);

/// What was read and found more than once of late.
pub struct Memo {
    readings: Repeated<String, Arc<Understood>>,
    searches: Repeated<Question, Arc<Searched>>,
}

impl Default for Memo {
    fn default() -> Self {
        Self { readings: Repeated::new(READINGS, NOTED), searches: Repeated::new(SEARCHES, NOTED) }
    }
}

impl Memo {
    /// The reading of a text that was just said: the one that is kept, or a new one. Two that ask for the same text at once
    /// may both read it; nobody waits.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn get<E>(&self, text: &str, read: impl FnOnce() -> Result<Understood, E>) -> Result<Arc<Understood>, E> {
        if let Some(kept) = self.readings.get(text) {
            return Ok(kept);
        }
        let reading = Arc::new(read()?);
        if is_kept(text) {
            self.readings.offer(text.to_owned(), &reading);
        }
        Ok(reading)
    }

    /// The same of a text that was said before and is looked at once more: that is no second time, so nothing is kept.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn again<E>(&self, text: &str, read: impl FnOnce() -> Result<Understood, E>) -> Result<Arc<Understood>, E> {
        self.readings.get(text).map_or_else(|| read().map(Arc::new), Ok)
    }
}

/// Asks the FAQ what a message was turned into: without courtesy, completed by what was said before, clause by clause. One
/// for each turn: what is asked twice in it is looked up once. Otherwise 您好，订单号 123, whose clause is also what is left
/// without courtesy, would come for the second time at once, and be kept.
pub struct Searcher<'a> {
    faq: &'a FaqIndex,
    memo: Option<&'a Memo>,
    asked: RefCell<Vec<(Question, Arc<Searched>)>>,
}

impl<'a> Searcher<'a> {
    /// Of an index; with a memo, what comes again in other turns is looked up once, too.
    pub fn new(faq: &'a FaqIndex, memo: Option<&'a Memo>) -> Self {
        Self { faq, memo, asked: RefCell::default() }
    }

    /// What the FAQ says; `without` as in [`FaqIndex::ask_without`]. `read` reads the text where it has to be.
    ///
    /// # Errors
    /// [`SearchError`] where the index cannot be read.
    pub fn ask<'t>(
        &self,
        text: &str,
        without: Option<Without>,
        read: impl FnOnce() -> Cow<'t, Text>,
    ) -> Result<Arc<Searched>, SearchError> {
        let question = (text.to_owned(), without);
        let asked =
            self.asked.borrow().iter().find(|(known, _)| *known == question).map(|(_, found)| Arc::clone(found));
        if let Some(found) = asked {
            return Ok(found);
        }
        let found = self.look_up(&question, read)?;
        self.asked.borrow_mut().push((question, Arc::clone(&found)));
        Ok(found)
    }

    fn look_up<'t>(
        &self,
        question: &Question,
        read: impl FnOnce() -> Cow<'t, Text>,
    ) -> Result<Arc<Searched>, SearchError> {
        let (text, without) = question;
        let search = || match without {
            None => self.faq.ask(&read()),
            Some(without) => self.faq.ask_without(&read(), *without),
        };
        let Some(memo) = self.memo.filter(|_| is_kept(text)) else { return Ok(Arc::new(Searched::new(search()?))) };
        // A clause or a question is often the whole of what somebody else said.
        if without.is_none()
            && let Some(kept) = memo.readings.get(text.as_str())
        {
            return Ok(Arc::clone(&kept.faq));
        }
        if let Some(kept) = memo.searches.get(question) {
            return Ok(kept);
        }
        let found = Arc::new(Searched::new(search()?));
        memo.searches.offer(question.clone(), &found);
        Ok(found)
    }
}

fn is_kept(text: &str) -> bool {
    text.len() <= LONGEST && matches!(mask(text), Cow::Borrowed(_))
}

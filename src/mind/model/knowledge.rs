//! What the shop knows: FAQ entries, intents, words and the wording of replies. Together they are one
//! [`Knowledge`], which is imported, versioned and published as a whole.

use crate::clock::Timestamp;
use crate::model::catalogue::{Category, Product, Sku};
use crate::model::desk::Segment;
use crate::model::flow::Flow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One question that the shop has an answer to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FaqEntry {
    /// Stable name, given by the shop: `shipping-fee`.
    pub id: String,
    /// Path of the category, shown to admins.
    pub category: String,
    /// The standard question, shown to shoppers in suggestions.
    pub question: String,
    /// Other ways to ask the same.
    #[serde(default)]
    pub similar: Vec<String>,
    /// The answer, Markdown without HTML.
    pub answer: String,
    /// What goes with the answer, and when it counts.
    #[serde(flatten)]
    pub extras: Extras,
}

/// What an entry may have besides question and answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extras {
    /// Buttons under the answer; a tap asks them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<String>,
    /// Ids of entries whose questions are offered under the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Products shown with the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Sku>,
    /// From when on it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// From when on it no longer answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// Other answers, each for some shoppers or products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// Words to find it by in the console.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl Extras {
    /// Whether the entry answers at a moment.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now < until)
    }

    /// The next moment after `now` at which it begins or ceases to answer.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        [self.valid_from, self.valid_until].into_iter().flatten().filter(|at| *at > now).min()
    }
}

/// Another answer, where all of its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    /// For shoppers of this segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<Segment>,
    /// Where this product is on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// Where a product of this category is on the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The answer, Markdown without HTML.
    pub answer: String,
}

/// Who is answered and where, as far as variants care.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listener<'a> {
    /// The shopper's segments.
    pub segments: &'a [Segment],
    /// The product on the page, with its category.
    pub product: Option<(&'a str, &'a str)>,
}

impl Variant {
    fn holds_for(&self, listener: &Listener<'_>) -> bool {
        self.segment.is_none_or(|segment| listener.segments.contains(&segment))
            && self.sku.as_ref().is_none_or(|sku| listener.product.is_some_and(|(on_page, _)| on_page == sku))
            && (self.category.as_ref()).is_none_or(|category| listener.product.is_some_and(|(_, own)| own == category))
    }

    /// A product before a category before a segment; then what has more conditions.
    fn precedence(&self) -> (bool, bool, bool) {
        (self.sku.is_some(), self.category.is_some(), self.segment.is_some())
    }
}

impl FaqEntry {
    /// The variant that answers this listener: its place, where there is one. The first of several equals wins.
    pub fn variant_for(&self, listener: &Listener<'_>) -> Option<usize> {
        let fitting = self.extras.variants.iter().enumerate().filter(|(_, variant)| variant.holds_for(listener));
        fitting.rev().max_by_key(|(_, variant)| variant.precedence()).map(|(place, _)| place)
    }

    /// The answer for this listener.
    pub fn answer_for(&self, listener: &Listener<'_>) -> &str {
        let variant = self.variant_for(listener).and_then(|place| self.extras.variants.get(place));
        variant.map_or(&self.answer, |variant| &variant.answer)
    }

    /// The standard question and all similar phrasings.
    pub fn phrasings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.question.as_str()).chain(self.similar.iter().map(String::as_str))
    }
}

/// The lane in which an intent is answered. Lanes have a fixed precedence in the policy; chitchat never beats
/// business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Answered from the FAQ or by a task.
    Business,
    /// Answered with products.
    Product,
    /// An explicit wish for a person.
    Human,
    /// A complaint: care first, nothing is sold.
    Complaint,
    /// Greetings, thanks, small talk.
    Chitchat,
    /// Yes and no: answers to a question of the assistant.
    Dialogue,
    /// Nothing that a shop's assistant can do.
    OutOfScope,
}

/// A thing that shoppers want, with utterances that teach the classifier to hear it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Stable name: `order_status`.
    pub name: String,
    /// Title in Chinese, shown to agents and admins.
    pub title: String,
    /// How it is answered.
    pub lane: Lane,
    /// Examples of how people say it.
    pub utterances: Vec<String>,
}

/// Something that was heard wrongly, with the intent that is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What was said, with personal numbers masked.
    pub said: String,
    /// Name of the intent.
    pub intent: String,
}

/// A word that the segmenter must keep whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictionaryWord {
    /// The word.
    pub word: String,
    /// Its frequency in jieba's scale; higher wins over its parts.
    pub frequency: Option<usize>,
    /// Its part of speech in jieba's tag set.
    pub tag: Option<String>,
}

/// How the shop presents itself and how much the assistant may suggest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shop {
    /// Name of the shop.
    pub name: String,
    /// One line under the name.
    pub slogan: String,
    /// Telephone for those who want to speak.
    pub phone: String,
    /// Regular expression of an order number.
    pub order_number_pattern: String,
    /// The first message in an empty conversation.
    pub greeting: String,
    /// Questions offered before anything was said.
    pub hot_questions: Vec<String>,
    /// When people answer, as text for the shopper.
    pub human_hours: String,
    /// Limits of product suggestions in replies.
    pub suggestions: SuggestionLimits,
}

/// Limits of product suggestions in replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionLimits {
    /// Cards in one reply, at most.
    pub max_cards: usize,
    /// Turns between two unasked suggestions, at least.
    pub cooldown_turns: u32,
    /// Cards of one category in a reply that was not asked for one category, at most.
    pub category_cap: usize,
}

/// Wording of the assistant: each key has variants, with placeholders in braces.
pub type Replies = BTreeMap<String, Vec<String>>;

/// Everything one version of the assistant knows. The same knowledge gives the same index, the same models and
/// the same answers on every node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    /// Name, greeting, limits.
    pub shop: Shop,
    /// FAQ entries.
    pub faq: Vec<FaqEntry>,
    /// Intents with their utterances.
    pub intents: Vec<Intent>,
    /// Groups of words with one meaning; the first is the canonical one.
    pub synonyms: Vec<Vec<String>>,
    /// Words that the segmenter must keep whole.
    pub dictionary: Vec<DictionaryWord>,
    /// Words that say nothing about what is asked: the search by words leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop_words: Vec<String>,
    /// Wording.
    pub replies: Replies,
    /// Product categories in the order of the shop's menu.
    pub categories: Vec<Category>,
    /// Products.
    pub products: Vec<Product>,
    /// Tasks in conversation.
    #[serde(default)]
    pub flows: Vec<Flow>,
}

impl Knowledge {
    /// Ids of the categories whose goods are bought again and again.
    pub fn consumable(&self) -> Vec<String> {
        self.categories.iter().filter(|category| category.consumable).map(|category| category.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(segment: Option<Segment>, sku: Option<&str>, category: Option<&str>) -> Variant {
        let owned = |text: &str| text.to_owned();
        let answer = format!("{segment:?} {sku:?} {category:?}");
        Variant { segment, sku: sku.map(owned), category: category.map(owned), answer }
    }

    #[test]
    fn the_nearest_variant_answers() {
        let variants = vec![
            variant(Some(Segment::Loyal), None, None),
            variant(None, None, Some("shoes")),
            variant(Some(Segment::New), None, Some("shoes")),
            variant(None, Some("S-1"), None),
            variant(None, Some("S-1"), None),
        ];
        let entry = FaqEntry { extras: Extras { variants, ..Extras::default() }, ..FaqEntry::default() };
        let place = |segments: &[Segment], product| entry.variant_for(&Listener { segments, product });
        assert_eq!(place(&[Segment::Customer], None), None);
        assert_eq!(place(&[Segment::Loyal], None), Some(0));
        assert_eq!(place(&[Segment::Loyal], Some(("S-2", "shoes"))), Some(1));
        assert_eq!(place(&[Segment::New], Some(("S-2", "shoes"))), Some(2));
        assert_eq!(place(&[Segment::New], Some(("S-1", "shoes"))), Some(3), "the first of equals");
    }

    #[test]
    fn an_entry_counts_inside_of_its_window() {
        let extras = Extras { valid_from: Some(Timestamp(10)), valid_until: Some(Timestamp(20)), ..Extras::default() };
        let valid: Vec<i64> = (8..22).filter(|at| extras.is_valid_at(Timestamp(*at))).collect();
        assert_eq!((valid.first(), valid.last(), valid.len()), (Some(&10), Some(&19), 10));
        assert_eq!(extras.next_change(Timestamp(9)), Some(Timestamp(10)));
        assert_eq!(extras.next_change(Timestamp(10)), Some(Timestamp(20)));
        assert_eq!(extras.next_change(Timestamp(20)), None);
    }
}

//! What the shop knows: FAQ entries, intents, words and the wording of replies. Together they are one
//! [`Knowledge`], which is imported, versioned and published as a whole.

use crate::model::catalogue::{Category, Product};
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
}

impl FaqEntry {
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

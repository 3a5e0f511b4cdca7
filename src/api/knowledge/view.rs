//! Entries, drafts and changes as the interface writes them.

use crate::clock::Timestamp;
use crate::model::desk::Segment;
use crate::model::knowledge::{Extras, FaqEntry, Variant};
use crate::model::publication::Change;
use crate::service::knowledge::{Entry, FieldChange, of_change};
use crate::store::faq::draft::Effect;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an entry says.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(default)]
pub(super) struct Content {
    /// Path of the category, levels separated by `/`.
    category: String,
    /// The standard question.
    question: String,
    /// Other ways to ask the same.
    similar: Vec<String>,
    /// Markdown without HTML; pictures by https.
    answer: String,
    /// Buttons under the answer.
    quick_replies: Vec<String>,
    /// Ids of entries whose questions are offered under the answer.
    related: Vec<String>,
    /// Products shown with the answer.
    products: Vec<String>,
    /// From when on it answers.
    #[schema(value_type = Option<i64>)]
    valid_from: Option<Timestamp>,
    /// From when on it no longer answers.
    #[schema(value_type = Option<i64>)]
    valid_until: Option<Timestamp>,
    /// Other answers, each where all its conditions hold.
    variants: Vec<VariantView>,
    /// Words to find it by.
    tags: Vec<String>,
}

/// Another answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(default)]
struct VariantView {
    /// For shoppers of this segment.
    segment: Option<Segment>,
    /// Where this product is on the page.
    sku: Option<String>,
    /// Where a product of this category is on the page.
    category: Option<String>,
    /// Markdown without HTML.
    answer: String,
}

impl Content {
    /// The entry of this id.
    pub(super) fn entry(self, id: String) -> FaqEntry {
        let variant = |view: VariantView| Variant {
            segment: view.segment,
            sku: view.sku.filter(|sku| !sku.is_empty()),
            category: view.category.filter(|category| !category.is_empty()),
            answer: view.answer,
        };
        FaqEntry {
            id,
            category: self.category,
            question: self.question,
            similar: self.similar,
            answer: self.answer,
            extras: Extras {
                quick_replies: self.quick_replies,
                related: self.related,
                products: self.products,
                valid_from: self.valid_from,
                valid_until: self.valid_until,
                variants: self.variants.into_iter().map(variant).collect(),
                tags: self.tags,
            },
        }
    }
}

impl From<&FaqEntry> for Content {
    fn from(entry: &FaqEntry) -> Self {
        let FaqEntry { id: _, category, question, similar, answer, extras } = entry.clone();
        let variant = |one: Variant| VariantView {
            segment: one.segment,
            sku: one.sku,
            category: one.category,
            answer: one.answer,
        };
        Self {
            category,
            question,
            similar,
            answer,
            quick_replies: extras.quick_replies,
            related: extras.related,
            products: extras.products,
            valid_from: extras.valid_from,
            valid_until: extras.valid_until,
            variants: extras.variants.into_iter().map(variant).collect(),
            tags: extras.tags,
        }
    }
}

/// An entry with its draft.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryView {
    id: String,
    /// `published`, `draft`, `in_review` or `approved`.
    state: &'static str,
    /// What the draft does: `added`, `changed` or `removed`.
    change: Option<&'static str>,
    /// Of the draft; 0 where there is none.
    revision: i64,
    /// The draft, else what is live.
    content: Content,
    /// What is live.
    live: Option<Content>,
    /// From what is live to the draft.
    fields: Vec<FieldChange>,
    #[schema(value_type = Option<i64>)]
    updated_at: Option<Timestamp>,
    updated_by: Option<String>,
    submitted_by: Option<String>,
    reviewed_by: Option<String>,
    review_note: String,
}

impl EntryView {
    pub(super) fn of(id: String, entry: Entry) -> Self {
        let content = entry.content().map(Content::from).unwrap_or_default();
        let live = entry.live.as_ref().map(Content::from);
        let draft = entry.draft;
        Self {
            id,
            state: draft.as_ref().map_or("published", |draft| draft.stage.name()),
            change: draft.as_ref().map(|draft| draft.effect.name()),
            revision: draft.as_ref().map_or(0, |draft| draft.revision),
            content,
            live,
            fields: entry.fields,
            updated_at: draft.as_ref().map(|draft| draft.updated_at),
            updated_by: draft.as_ref().map(|draft| draft.updated_by.clone()),
            submitted_by: draft.as_ref().and_then(|draft| draft.submitted_by.clone()),
            reviewed_by: draft.as_ref().and_then(|draft| draft.reviewed_by.clone()),
            review_note: draft.map(|draft| draft.review_note).unwrap_or_default(),
        }
    }
}

/// One thing that is different.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeView {
    /// `faq`, `synonyms`, `dictionary`, `stop_words`, `intents`, `replies`, `shop`, `products`, `categories`.
    part: &'static str,
    subject: String,
    /// The question or name.
    title: String,
    /// `added`, `changed` or `removed`.
    kind: &'static str,
    fields: Vec<FieldChange>,
}

impl From<&Change> for ChangeView {
    fn from(change: &Change) -> Self {
        let value = change.after.as_ref().or(change.before.as_ref());
        let title = ["question", "title", "name"].iter().find_map(|field| value?.get(field)?.as_str());
        Self {
            part: change.part.name(),
            subject: change.subject.clone(),
            title: title.unwrap_or(&change.subject).to_owned(),
            kind: kind(change),
            fields: of_change(change),
        }
    }
}

/// What a change does.
pub(super) fn kind(change: &Change) -> &'static str {
    let effect = match (&change.before, &change.after) {
        (None, _) => Effect::Added,
        (_, None) => Effect::Removed,
        _ => Effect::Changed,
    };
    effect.name()
}

//! A publish as data: what changes between one version of the knowledge and the next.
//!
//! A version is stored as its difference to the one before, each change with both sides. So it can be read, and taken
//! back by going through the later versions in reverse.

use crate::model::knowledge::{FaqEntry, Knowledge};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A part of the knowledge that changes are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// FAQ entries, by id.
    Faq,
    /// Groups of synonyms, as a whole.
    Synonyms,
    /// The user dictionary, as a whole.
    Dictionary,
    /// Stop words, as a whole.
    StopWords,
    /// Intents, by name.
    Intents,
    /// Wording of replies, as a whole.
    Replies,
    /// Name, greeting and limits of the shop, as a whole.
    Shop,
    /// Product categories, by id.
    Categories,
    /// Products, by SKU.
    Products,
}

impl Part {
    const NAMES: [(Self, &'static str); 9] = [
        (Self::Faq, "faq"),
        (Self::Synonyms, "synonyms"),
        (Self::Dictionary, "dictionary"),
        (Self::StopWords, "stop_words"),
        (Self::Intents, "intents"),
        (Self::Replies, "replies"),
        (Self::Shop, "shop"),
        (Self::Categories, "categories"),
        (Self::Products, "products"),
    ];

    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

impl std::str::FromStr for Part {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text).map(|(part, _)| *part);
        found.ok_or_else(|| format!("unknown part {text:?}"))
    }
}

/// Where a version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A folder of files.
    Folder,
    /// Drafts of the console.
    Console,
    /// The catalogue of the console.
    Catalogue,
    /// The way back to an earlier version.
    Rollback,
}

impl Source {
    /// The name in the database and in the interface.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Console => "console",
            Self::Catalogue => "catalogue",
            Self::Rollback => "rollback",
        }
    }
}

/// One thing that is different. At least one side is there; values are objects or arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Of which part.
    pub part: Part,
    /// Its id inside the part; the part's name where it changes as a whole.
    pub subject: String,
    /// What it was; none where it is new.
    pub before: Option<Value>,
    /// What it becomes; none where it goes.
    pub after: Option<Value>,
}

impl Change {
    /// A document that changes as a whole.
    ///
    /// # Errors
    /// serde's, which no knowledge causes.
    pub fn document(part: Part, before: &impl Serialize, after: &impl Serialize) -> serde_json::Result<Option<Self>> {
        let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
        let subject = part.name().to_owned();
        Ok((before != after).then_some(Self { part, subject, before: Some(before), after: Some(after) }))
    }

    /// An entry of the FAQ.
    ///
    /// # Errors
    /// serde's, which no entry causes.
    pub fn entry(before: Option<&FaqEntry>, after: Option<&FaqEntry>) -> serde_json::Result<Option<Self>> {
        let Some(id) = after.or(before).map(|entry| entry.id.clone()).filter(|_| before != after) else {
            return Ok(None);
        };
        let value = |entry: Option<&FaqEntry>| entry.map(serde_json::to_value).transpose();
        Ok(Some(Self { part: Part::Faq, subject: id, before: value(before)?, after: value(after)? }))
    }
}

/// Everything that is different between two knowledges; the order of entries and products is not looked at.
///
/// # Errors
/// serde's, which no knowledge causes.
pub fn difference(before: &Knowledge, after: &Knowledge) -> serde_json::Result<Vec<Change>> {
    let mut changes = by_key(Part::Faq, &before.faq, &after.faq, |entry| &entry.id)?;
    changes.extend(Change::document(Part::Synonyms, &before.synonyms, &after.synonyms)?);
    changes.extend(Change::document(Part::Dictionary, &before.dictionary, &after.dictionary)?);
    changes.extend(Change::document(Part::StopWords, &before.stop_words, &after.stop_words)?);
    changes.extend(by_key(Part::Intents, &before.intents, &after.intents, |intent| &intent.name)?);
    changes.extend(Change::document(Part::Replies, &before.replies, &after.replies)?);
    changes.extend(Change::document(Part::Shop, &before.shop, &after.shop)?);
    changes.extend(by_key(Part::Categories, &before.categories, &after.categories, |category| &category.id)?);
    changes.extend(by_key(Part::Products, &before.products, &after.products, |product| &product.sku)?);
    Ok(changes)
}

fn by_key<T: PartialEq + Serialize>(
    part: Part,
    before: &[T],
    after: &[T],
    key: impl Fn(&T) -> &String,
) -> serde_json::Result<Vec<Change>> {
    let mut gone: BTreeMap<&String, &T> = before.iter().map(|one| (key(one), one)).collect();
    let mut changes = Vec::new();
    for one in after {
        let known = gone.remove(key(one));
        if known != Some(one) {
            let before = known.map(serde_json::to_value).transpose()?;
            changes.push(Change { part, subject: key(one).clone(), before, after: Some(serde_json::to_value(one)?) });
        }
    }
    for (subject, one) in gone {
        changes.push(Change { part, subject: subject.clone(), before: Some(serde_json::to_value(one)?), after: None });
    }
    Ok(changes)
}

/// The knowledge after these changes. New entries and products come last.
///
/// # Errors
/// serde's, where a change holds what is not of its part.
pub fn apply(knowledge: &mut Knowledge, changes: &[Change]) -> serde_json::Result<()> {
    apply_by_key(&mut knowledge.faq, Part::Faq, changes, |entry| &entry.id)?;
    apply_by_key(&mut knowledge.intents, Part::Intents, changes, |intent| &intent.name)?;
    apply_by_key(&mut knowledge.categories, Part::Categories, changes, |category| &category.id)?;
    apply_by_key(&mut knowledge.products, Part::Products, changes, |product| &product.sku)?;
    for change in changes {
        let Some(after) = &change.after else { continue };
        match change.part {
            Part::Synonyms => knowledge.synonyms = Deserialize::deserialize(after)?,
            Part::Dictionary => knowledge.dictionary = Deserialize::deserialize(after)?,
            Part::StopWords => knowledge.stop_words = Deserialize::deserialize(after)?,
            Part::Replies => knowledge.replies = Deserialize::deserialize(after)?,
            Part::Shop => knowledge.shop = Deserialize::deserialize(after)?,
            Part::Faq | Part::Intents | Part::Categories | Part::Products => {}
        }
    }
    Ok(())
}

fn apply_by_key<T: DeserializeOwned>(
    list: &mut Vec<T>,
    part: Part,
    changes: &[Change],
    key: impl Fn(&T) -> &String,
) -> serde_json::Result<()> {
    let of_part: Vec<&Change> = changes.iter().filter(|change| change.part == part).collect();
    if of_part.is_empty() {
        return Ok(());
    }
    let places: HashMap<String, usize> =
        list.iter().enumerate().map(|(place, one)| (key(one).clone(), place)).collect();
    let mut gone = HashSet::new();
    for change in of_part {
        match (places.get(&change.subject), &change.after) {
            (Some(place), Some(after)) => list[*place] = T::deserialize(after)?,
            (None, Some(after)) => list.push(T::deserialize(after)?),
            (_, None) => {
                gone.insert(change.subject.as_str());
            }
        }
    }
    list.retain(|one| !gone.contains(key(one).as_str()));
    Ok(())
}

/// What leads back from the end of some versions to their beginning: `later` are the changes of these versions, the
/// newest version first. A subject that changed several times changes once.
pub fn way_back(later: impl IntoIterator<Item = Change>) -> Vec<Change> {
    let mut back: Vec<Change> = Vec::new();
    let mut places: HashMap<(Part, String), usize> = HashMap::new();
    for change in later {
        match places.get(&(change.part, change.subject.clone())) {
            Some(place) => back[*place].after = change.before,
            None => {
                places.insert((change.part, change.subject.clone()), back.len());
                back.push(Change { before: change.after, after: change.before, ..change });
            }
        }
    }
    back.retain(|change| change.before != change.after);
    back
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(subject: &str, before: Option<i64>, after: Option<i64>) -> Change {
        let value = |number: i64| serde_json::json!({ "n": number });
        Change { part: Part::Faq, subject: subject.into(), before: before.map(value), after: after.map(value) }
    }

    #[test]
    fn the_way_back_undoes_several_versions_at_once() {
        let later = [
            change("a", Some(2), Some(3)),
            change("b", None, Some(1)),
            change("c", Some(7), None),
            change("a", Some(1), Some(2)),
            change("d", Some(2), Some(1)),
            change("d", Some(1), Some(2)),
        ];
        let expected = [change("a", Some(3), Some(1)), change("b", Some(1), None), change("c", None, Some(7))];
        assert_eq!(way_back(later), expected, "what changed to and fro does not change");
    }
}

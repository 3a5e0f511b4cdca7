//! Which entries are about what a query is about: for each topic the entries that have it among their first topics.
//!
//! Where there are few entries, all of them are compared with the query. Where there are many, that would cost more
//! than everything else, and an entry without a topic in common is never the nearest in meaning for long.

use crate::search::semantic::{Meaning, dot};

/// Entries up to which every one is looked at.
const FEW: usize = 2_000;

/// Topics that count of an entry and of a query.
const FIRST: usize = 3;

/// Entries by topic.
pub struct TopicLists {
    entries: usize,
    /// Empty where there are few entries.
    lists: Vec<Vec<u32>>,
    /// The vectors and senses of all entries side by side: those of one topic are read one after the other.
    vectors: Vec<f32>,
}

impl TopicLists {
    /// From the meanings of all entries.
    pub fn new<'a>(meanings: impl ExactSizeIterator<Item = &'a Meaning> + Clone) -> Self {
        let entries = meanings.len();
        let vectors = meanings.clone().flat_map(both).collect();
        let mut lists: Vec<Vec<u32>> = Vec::new();
        if entries > FEW {
            for (entry, meaning) in (0_u32..).zip(meanings) {
                for topic in first_topics(meaning) {
                    if lists.len() <= topic {
                        lists.resize_with(topic + 1, Vec::new);
                    }
                    lists[topic].push(entry);
                }
            }
        }
        Self { entries, lists, vectors }
    }

    /// Entries that may be near to a query, ascending, with the sum of the cosines between their vectors and senses.
    pub fn near(&self, query: &Meaning) -> Vec<(f32, usize)> {
        let near: Vec<usize> = if self.entries <= FEW {
            (0..self.entries).collect()
        } else {
            let lists = first_topics(query).into_iter().filter_map(|topic| self.lists.get(topic));
            let mut near: Vec<usize> = lists.flatten().map(|entry| *entry as usize).collect();
            near.sort_unstable();
            near.dedup();
            near
        };
        let query: Vec<f32> = both(query).collect();
        let dimensions = query.len();
        let vector = |entry: usize| self.vectors.get(entry * dimensions..(entry + 1) * dimensions).unwrap_or_default();
        near.into_iter().map(|entry| (dot(&query, vector(entry)), entry)).collect()
    }
}

/// Vector and sense, one behind the other.
fn both(meaning: &Meaning) -> impl Iterator<Item = f32> {
    meaning.vector.iter().chain(&meaning.sense).copied()
}

fn first_topics(meaning: &Meaning) -> Vec<usize> {
    let mut topics = meaning.topics.clone();
    topics.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    topics.truncate(FIRST);
    topics.into_iter().map(|(topic, _)| usize::from(topic)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(topic: u16) -> Meaning {
        Meaning { topics: vec![(topic, 0.9), (topic + 1, 0.1)], ..Meaning::default() }
    }

    #[test]
    fn few_entries_are_all_near_and_many_by_topic() {
        let few: Vec<Meaning> = (0..3).map(about).collect();
        let entries = |near: Vec<(f32, usize)>| near.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>();
        assert_eq!(entries(TopicLists::new(few.iter()).near(&about(7))), [0, 1, 2]);
        let many: Vec<Meaning> = (0..3_000).map(|entry| about(entry % 100)).collect();
        let near = entries(TopicLists::new(many.iter()).near(&about(7)));
        assert!(near.iter().all(|entry| (6..=8).contains(&(entry % 100))), "{near:?}");
        assert_eq!(near.len(), 90);
    }
}

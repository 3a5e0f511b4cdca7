//! What one shopper did, as flat arrays.

use crate::clock::Timestamp;
use crate::model::customer::EventKind;
use crate::recommend::interactions::Past;
use std::collections::BTreeSet;

/// Products that a shopper's next act forms pairs with, and that fresh pairs are asked of: the newest. What one did
/// hundreds of products ago says little of the next, and a trader must not cost more than all the others together.
pub const NEWEST: usize = 50;

/// Everything that counts of one shopper.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// One for each product, by the moment of the newest act on it, oldest first.
    deeds: Vec<Deed>,
    /// Products that should not be shown.
    dismissed: BTreeSet<u32>,
}

/// What a shopper did with one product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deed {
    /// The newest act.
    pub at: Timestamp,
    /// The product's number.
    pub item: u32,
    /// The commitment of the strongest act.
    pub weight: f32,
    /// The strongest act.
    pub kind: EventKind,
    /// Whether it was bought, whatever was done besides.
    pub bought: bool,
}

impl Profile {
    /// Notes an act. Returns the commitment to its product before and after; the strongest act counts: ten views do not
    /// make a purchase.
    pub fn note(&mut self, act: Deed) -> (f32, f32) {
        let known = self.deeds.iter().rposition(|deed| deed.item == act.item);
        let Some(known) = known.map(|place| self.deeds.remove(place)) else {
            self.put(act);
            return (0.0, act.weight);
        };
        let kind = if act.weight > known.weight { known.kind.max(act.kind) } else { known.kind };
        let (at, weight) = (known.at.max(act.at), known.weight.max(act.weight));
        self.put(Deed { at, weight, kind, bought: known.bought || act.bought, ..act });
        (known.weight, weight)
    }

    fn put(&mut self, deed: Deed) {
        let place = self.deeds.partition_point(|known| known.at <= deed.at);
        self.deeds.insert(place, deed);
    }

    /// Keeps a product from being shown, or lets it be shown again.
    pub fn set_dismissed(&mut self, item: u32, dismissed: bool) {
        if dismissed {
            self.dismissed.insert(item);
        } else {
            self.dismissed.remove(&item);
        }
    }

    /// All deeds, oldest first.
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }

    /// The newest deeds, oldest first.
    pub fn newest(&self) -> &[Deed] {
        &self.deeds[self.deeds.len().saturating_sub(NEWEST)..]
    }

    /// Products that were dismissed.
    pub fn dismissed(&self) -> impl Iterator<Item = u32> + '_ {
        self.dismissed.iter().copied()
    }

    /// The same with products in other places.
    #[must_use]
    pub fn moved(&self, places: &[Option<usize>]) -> Self {
        let place = |item: u32| places[item as usize].map(|place| place as u32);
        let deeds = self.deeds.iter().filter_map(|deed| Some(Deed { item: place(deed.item)?, ..*deed })).collect();
        Self { deeds, dismissed: self.dismissed.iter().filter_map(|item| place(*item)).collect() }
    }
}

/// A copy of a shopper's deeds by column, oldest first; the product on the screen last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The products.
    pub items: Vec<u32>,
    /// For each, how many later moments there are.
    pub ages: Vec<u32>,
    /// The commitment to each.
    pub weights: Vec<f32>,
    /// The strongest act on each.
    pub kinds: Vec<EventKind>,
}

impl Known {
    /// Of a profile, if there is one, and of the product on the screen.
    pub fn new(profile: Option<&Profile>, on_page: Option<Deed>) -> Self {
        let deeds = profile.map_or(&[][..], Profile::deeds);
        let seen = on_page.and_then(|page| deeds.iter().find(|deed| deed.item == page.item)).copied().or(on_page);
        let size = deeds.len() + 1;
        let mut known = Self {
            items: Vec::with_capacity(size),
            ages: Vec::with_capacity(size),
            weights: Vec::with_capacity(size),
            kinds: Vec::with_capacity(size),
        };
        let (mut age, mut newer) = (u32::from(on_page.is_some()), None);
        for deed in deeds.iter().rev().filter(|deed| on_page.is_none_or(|page| page.item != deed.item)) {
            age += u32::from(newer.is_some_and(|newer| deed.at < newer));
            newer = Some(deed.at);
            known.push(deed, age);
        }
        known.turn();
        seen.iter().for_each(|deed| known.push(deed, 0));
        known
    }

    fn push(&mut self, deed: &Deed, age: u32) {
        self.items.push(deed.item);
        self.ages.push(age);
        self.weights.push(deed.weight);
        self.kinds.push(deed.kind);
    }

    fn turn(&mut self) {
        self.items.reverse();
        self.ages.reverse();
        self.weights.reverse();
        self.kinds.reverse();
    }

    /// As a model reads it.
    pub fn past(&self) -> Past<'_> {
        Past { items: &self.items, ages: &self.ages }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The places of the newest products.
    pub fn newest(&self) -> std::ops::Range<usize> {
        self.items.len().saturating_sub(NEWEST)..self.items.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EventKind::{Buy, Rate, View};

    fn deed(item: u32, kind: EventKind, weight: f32, at: i64) -> Deed {
        Deed { at: Timestamp(at), item, weight, kind, bought: kind == Buy }
    }

    #[test]
    fn the_strongest_act_counts_and_the_newest_gives_the_place() {
        let mut profile = Profile::default();
        assert_eq!(profile.note(deed(3, View, 1.0, 1)), (0.0, 1.0));
        assert_eq!(profile.note(deed(4, View, 1.0, 2)), (0.0, 1.0));
        assert_eq!(profile.note(deed(3, Buy, 5.0, 3)), (1.0, 5.0));
        assert_eq!(profile.note(deed(3, View, 1.0, 9)), (5.0, 5.0));
        assert_eq!(profile.deeds(), [deed(4, View, 1.0, 2), deed(3, Buy, 5.0, 9)]);
        // Late news changes nothing about the order.
        profile.note(deed(4, View, 1.0, 1));
        assert_eq!(profile.deeds()[0].at, Timestamp(2));
    }

    #[test]
    fn what_was_rated_before_it_was_bought_is_bought() {
        let mut profile = Profile::default();
        profile.note(deed(3, Rate, 5.0, 1));
        profile.note(deed(3, Buy, 5.0, 2));
        assert!(profile.deeds()[0].bought);
    }

    #[test]
    fn columns_with_the_product_on_the_screen_last() {
        let mut profile = Profile::default();
        profile.note(deed(1, Buy, 5.0, 1));
        profile.note(deed(2, View, 1.0, 1));
        profile.note(deed(3, View, 1.0, 2));
        let known = Known::new(Some(&profile), None);
        assert_eq!((known.items, known.ages), (vec![1, 2, 3], vec![1, 1, 0]));
        let known = Known::new(Some(&profile), Some(deed(1, View, 1.5, 0)));
        assert_eq!((&known.items[..], &known.ages[..]), (&[2, 3, 1][..], &[2, 1, 0][..]));
        assert_eq!((known.weights[2], known.kinds[2]), (5.0, Buy));
        assert!(Known::new(None, None).is_empty());
    }
}

//! Sums by pair of items, of each item only those with its heaviest companions.
//!
//! The algorithm is Space-Saving (Metwally, Agrawal and El Abbadi, 2005): where a list is full, the lightest companion
//! gives its place to the newcomer, who takes over its sum as a possible error. A sum less its error is what the pair has
//! for certain, so chance acquaintances cannot push out old friends, and memory and answers are bounded whatever
//! happens. As long as an item has fewer companions than there are places, all sums are exact.

/// Companions that are kept of each item. An answer adds up at most so many for each product of a history.
pub const PLACES: usize = 64;

/// For each item its companions, in no order.
#[derive(Debug, Clone, Default)]
pub struct Companions {
    lists: Vec<List>,
}

/// Columns of equal length: a search reads only the first.
#[derive(Debug, Clone, Default)]
struct List {
    items: Vec<u32>,
    sums: Vec<f32>,
    errors: Vec<f32>,
}

impl Companions {
    /// Without any.
    pub fn new(items: usize) -> Self {
        Self { lists: vec![List::default(); items] }
    }

    /// Adds to the sum of two items.
    pub fn add(&mut self, item: u32, other: u32, change: f32) {
        self.lists[item as usize].add(other, change, 0.0);
        self.lists[other as usize].add(item, change, 0.0);
    }

    /// The companions of an item, each with the sum that it has for certain.
    pub fn of(&self, item: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let list = &self.lists[item as usize];
        list.items.iter().zip(&list.sums).zip(&list.errors).map(|((other, sum), error)| (*other, sum - error))
    }

    /// Adds all sums of others.
    pub fn absorb(&mut self, others: Self) {
        for (own, list) in self.lists.iter_mut().zip(others.lists) {
            if own.items.is_empty() {
                *own = list;
            } else {
                let columns = list.items.into_iter().zip(list.sums).zip(list.errors);
                columns.for_each(|((other, sum), error)| own.add(other, sum, error));
            }
        }
    }

    /// The same of items in other places; those without a place are forgotten.
    #[must_use]
    pub fn moved(&self, places: &[Option<usize>], size: usize) -> Self {
        let mut moved = Self::new(size);
        for (list, place) in self.lists.iter().zip(places).filter_map(|(list, place)| Some((list, (*place)?))) {
            for ((other, sum), error) in list.items.iter().zip(&list.sums).zip(&list.errors) {
                if let Some(other) = places[*other as usize] {
                    moved.lists[place].add(other as u32, *sum, *error);
                }
            }
        }
        moved
    }
}

impl List {
    fn add(&mut self, other: u32, change: f32, error: f32) {
        if let Some(place) = self.items.iter().position(|known| *known == other) {
            self.sums[place] += change;
            self.errors[place] += error;
        } else if self.items.len() < PLACES {
            self.items.push(other);
            self.sums.push(change);
            self.errors.push(error);
        } else {
            let lightest = self.lightest();
            let inherited = self.sums[lightest];
            self.items[lightest] = other;
            self.sums[lightest] = inherited + change;
            self.errors[lightest] = inherited + error;
        }
    }

    /// The first of the smallest sums.
    fn lightest(&self) -> usize {
        (1..self.sums.len()).fold(0, |least, place| if self.sums[place] < self.sums[least] { place } else { least })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_companions_have_exact_sums() {
        let mut pairs = Companions::new(3);
        pairs.add(0, 1, 2.0);
        pairs.add(1, 0, 3.0);
        pairs.add(0, 2, 1.0);
        assert_eq!(pairs.of(0).collect::<Vec<_>>(), [(1, 5.0), (2, 1.0)]);
        assert_eq!(pairs.of(1).collect::<Vec<_>>(), [(0, 5.0)]);
        let mut more = Companions::new(3);
        more.add(0, 1, 1.0);
        more.absorb(pairs);
        assert_eq!(more.of(0).collect::<Vec<_>>(), [(1, 6.0), (2, 1.0)]);
        let moved = more.moved(&[Some(1), None, Some(0)], 2);
        assert_eq!(moved.of(1).collect::<Vec<_>>(), [(0, 1.0)]);
    }

    #[test]
    fn friends_stay_where_acquaintances_come_and_go() {
        let strangers = 10 * PLACES as u32;
        let mut pairs = Companions::new(strangers as usize + 2);
        for stranger in 0..strangers {
            pairs.add(strangers + 1, strangers, 1.0);
            pairs.add(strangers + 1, stranger, 1.0);
        }
        let kept: Vec<(u32, f32)> = pairs.of(strangers + 1).collect();
        assert_eq!(kept.len(), PLACES);
        assert!(kept.contains(&(strangers, strangers as f32)), "{kept:?}");
        assert!(kept.iter().all(|(other, sum)| *other == strangers || *sum == 1.0), "{kept:?}");
    }
}

//! Who dealt with what, and when: the matrix that every collaborative method learns from.
//!
//! Shoppers and items are numbers here; whoever reads a file or the event log keeps their names. A shopper's items
//! stand in the order of time, and each pair stands once.

/// One act of a shopper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Act {
    /// Number of the shopper.
    pub user: u32,
    /// Number of the item.
    pub item: u32,
    /// When, in any unit that grows with time.
    pub at: f64,
}

/// Items of one shopper that pairs are formed with, at most: the newest. A trader with ten thousand items would
/// otherwise cost more than all the others together and say little about each pair.
const PAIRED: usize = 1_000;

/// What one shopper dealt with, oldest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'a> {
    /// The items.
    pub items: &'a [u32],
    /// For each, how many later moments there are: items of one basket share an age, the newest have age 0.
    pub ages: &'a [u32],
}

/// The matrix of shoppers and items, by shopper and by item.
#[derive(Debug, Clone, Default)]
pub struct Interactions {
    items: usize,
    /// Where each shopper's items begin; one more than there are shoppers.
    starts: Vec<usize>,
    /// Items of all shoppers, side by side, oldest first.
    of_users: Vec<u32>,
    times: Vec<f64>,
    /// For each of them, how many later moments its shopper has.
    ages: Vec<u32>,
    item_starts: Vec<usize>,
    /// Shoppers of all items, side by side, ascending.
    of_items: Vec<u32>,
}

impl Interactions {
    /// From acts in any order; of a repeated pair the first in time counts. Equal times keep the order of the acts.
    pub fn new(users: usize, items: usize, acts: &[Act]) -> Self {
        let mut sorted: Vec<&Act> = acts.iter().collect();
        sorted.sort_by(|a, b| a.user.cmp(&b.user).then(a.at.total_cmp(&b.at)));
        let (mut starts, mut of_users, mut times) =
            (vec![0], Vec::with_capacity(acts.len()), Vec::with_capacity(acts.len()));
        let mut seen = vec![u32::MAX; items];
        let mut rest = sorted.into_iter().peekable();
        for user in 0..users as u32 {
            while let Some(act) = rest.next_if(|act| act.user == user) {
                if std::mem::replace(&mut seen[act.item as usize], user) != user {
                    of_users.push(act.item);
                    times.push(act.at);
                }
            }
            starts.push(of_users.len());
        }
        let (item_starts, of_items) = by_item(items, &starts, &of_users);
        let mut ages = Vec::with_capacity(times.len());
        for range in starts.windows(2) {
            ages.extend(ages_of(&times[range[0]..range[1]]));
        }
        Self { items, starts, of_users, times, ages, item_starts, of_items }
    }

    /// How many shoppers.
    pub fn users(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many items.
    pub fn items(&self) -> usize {
        self.items
    }

    /// How many pairs.
    pub fn len(&self) -> usize {
        self.of_users.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.of_users.is_empty()
    }

    /// A shopper's items, oldest first.
    pub fn history(&self, user: usize) -> &[u32] {
        &self.of_users[self.starts[user]..self.starts[user + 1]]
    }

    /// A shopper's items with their ages.
    pub fn past(&self, user: usize) -> Past<'_> {
        let range = self.starts[user]..self.starts[user + 1];
        Past { items: &self.of_users[range.clone()], ages: &self.ages[range] }
    }

    /// The items of a shopper that pairs are formed with: the newest thousand.
    pub fn paired(&self, user: usize) -> &[u32] {
        let history = self.history(user);
        &history[history.len().saturating_sub(PAIRED)..]
    }

    /// When a shopper dealt with the items of [`Interactions::history`].
    pub fn times(&self, user: usize) -> &[f64] {
        &self.times[self.starts[user]..self.starts[user + 1]]
    }

    /// The shoppers of an item, ascending.
    pub fn audience(&self, item: usize) -> &[u32] {
        &self.of_items[self.item_starts[item]..self.item_starts[item + 1]]
    }
}

/// How many later moments there are, for times in ascending order.
pub fn ages_of(times: &[f64]) -> Vec<u32> {
    let mut ages = vec![0; times.len()];
    for place in (1..times.len()).rev() {
        ages[place - 1] = ages[place] + u32::from(times[place - 1] < times[place]);
    }
    ages
}

fn by_item(items: usize, starts: &[usize], of_users: &[u32]) -> (Vec<usize>, Vec<u32>) {
    let mut item_starts = vec![0; items + 1];
    for item in of_users {
        item_starts[*item as usize + 1] += 1;
    }
    for item in 0..items {
        item_starts[item + 1] += item_starts[item];
    }
    let (mut next, mut of_items) = (item_starts.clone(), vec![0; of_users.len()]);
    for user in 0..starts.len() - 1 {
        for item in &of_users[starts[user]..starts[user + 1]] {
            let at = &mut next[*item as usize];
            of_items[*at] = user as u32;
            *at += 1;
        }
    }
    (item_starts, of_items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_follow_time_and_pairs_stand_once() {
        let act = |user, item, at| Act { user, item, at };
        let log = Interactions::new(3, 4, &[act(1, 2, 5.0), act(0, 3, 1.0), act(1, 0, 2.0), act(1, 2, 9.0)]);
        assert_eq!((log.users(), log.items(), log.len()), (3, 4, 3));
        assert_eq!(log.history(1), [0, 2]);
        assert_eq!(log.times(1), [2.0, 5.0]);
        assert!(log.history(2).is_empty());
        assert_eq!(log.past(1).ages, [1, 0]);
        assert_eq!(ages_of(&[1.0, 2.0, 2.0, 7.0]), [2, 1, 1, 0]);
        assert_eq!((log.audience(2), log.audience(1)), (&[1][..], &[][..]));
    }
}

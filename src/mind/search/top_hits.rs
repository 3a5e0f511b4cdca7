//! The best of many, without sorting all of them.

use crate::search::view_index::Hit;

/// Keeps the documents with the highest scores; of equal scores the earlier document.
pub(crate) struct TopHits {
    limit: usize,
    /// At most twice the limit; what cannot be among the best is thrown away when it is full.
    kept: Vec<(f32, u32)>,
    /// The lowest score that can still be among the best.
    threshold: f32,
}

impl TopHits {
    /// Keeps `limit` documents.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, kept: Vec::with_capacity(limit.min(4_096) * 2), threshold: f32::NEG_INFINITY }
    }

    /// Looks at one more document.
    pub(crate) fn offer(&mut self, document: u32, score: f32) {
        if score < self.threshold {
            return;
        }
        self.kept.push((score, document));
        if self.kept.len() >= self.limit * 2 {
            self.throw_away();
        }
    }

    fn throw_away(&mut self) {
        if self.kept.len() > self.limit {
            self.kept.select_nth_unstable_by(self.limit - 1, order);
            self.kept.truncate(self.limit);
            self.threshold = self.kept[self.limit - 1].0;
        }
    }

    /// The lowest of the best scores; minus infinity while there are fewer than `limit`.
    pub(crate) fn threshold(mut self, limit: usize) -> f32 {
        self.throw_away();
        if self.kept.len() < limit {
            return f32::NEG_INFINITY;
        }
        self.kept.iter().map(|(score, _)| *score).fold(f32::INFINITY, f32::min)
    }

    /// The best, best first.
    pub(crate) fn into_hits(mut self) -> Vec<Hit> {
        self.throw_away();
        self.kept.sort_unstable_by(order);
        self.kept.into_iter().map(|(score, document)| Hit { document: document as usize, score }).collect()
    }
}

fn order(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_scores_and_of_equal_ones_the_earlier() {
        let mut best = TopHits::new(3);
        for (document, score) in [(9, 1.0), (1, 2.0), (2, 2.0), (3, 0.5), (4, 2.0), (5, 3.0), (6, 2.0)] {
            best.offer(document, score);
        }
        let hits = best.into_hits();
        assert_eq!(hits.iter().map(|hit| hit.document).collect::<Vec<_>>(), [5, 1, 2]);
    }

    #[test]
    fn fewer_than_wanted_have_no_threshold() {
        let mut best = TopHits::new(2);
        best.offer(1, 4.0);
        assert_eq!(best.threshold(2), f32::NEG_INFINITY);
    }
}

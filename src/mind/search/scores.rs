//! The scores of many documents while the terms of a query are added to them.

use crate::search::top_hits::TopHits;
use std::cell::Cell;

/// Scores while they are summed.
pub(crate) struct Scores {
    /// By document; zero where no term was found yet.
    pub(crate) of: Vec<f32>,
    /// Documents with a score.
    pub(crate) touched: Vec<u32>,
}

thread_local! {
    /// The zeros of a former query of this thread: to allocate them anew would cost as much as a short query.
    static ZEROS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

impl Scores {
    pub(crate) fn all_zero(documents: usize) -> Self {
        let mut of = ZEROS.take();
        if of.len() < documents {
            of.resize(documents, 0.0);
        }
        Self { of, touched: Vec::new() }
    }

    /// Leaves zeros to the next query.
    pub(crate) fn put_back(mut self) {
        for document in &self.touched {
            self.of[*document as usize] = 0.0;
        }
        ZEROS.set(self.of);
    }

    pub(crate) fn add(&mut self, document: u32, score: f32) {
        let sum = &mut self.of[document as usize];
        if *sum == 0.0 {
            self.touched.push(document);
        }
        *sum += score;
    }

    /// Adds to a document that has a score.
    pub(crate) fn add_known(&mut self, document: u32, score: f32) {
        let sum = &mut self.of[document as usize];
        *sum += if *sum == 0.0 { 0.0 } else { score };
    }

    /// The lowest of the best `limit` scores.
    pub(crate) fn threshold(&self, limit: usize) -> f32 {
        self.best(limit).threshold(limit)
    }

    /// Keeps only the documents that can still be among the best, in order, where no other can be.
    pub(crate) fn close(&mut self, threshold: f32, left: f32) -> bool {
        let closed = threshold > left;
        if closed {
            self.drop_below(threshold - left);
            self.touched.sort_unstable();
        }
        closed
    }

    /// Forgets the documents below a score.
    pub(crate) fn drop_below(&mut self, lowest: f32) {
        let of = &mut self.of;
        self.touched.retain(|document| {
            let score = &mut of[*document as usize];
            let kept = *score >= lowest;
            if !kept {
                *score = 0.0;
            }
            kept
        });
    }

    pub(crate) fn best(&self, limit: usize) -> TopHits {
        let mut best = TopHits::new(limit);
        for document in &self.touched {
            best.offer(*document, self.of[*document as usize]);
        }
        best
    }
}

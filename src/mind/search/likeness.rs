//! How alike two texts are where they share no term: words that keep the same company, characters in the same order.
//!
//! Both are too dear for every phrasing of the candidates; [`crate::search::evidence`] asks for them only where a
//! phrasing is among the nearest of its entry.

use crate::text::word_vectors::{WordVectors, cosine};

/// Cosines below this are chance.
const CHANCE: f32 = 0.2;

/// How two texts echo each other, all between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Echo {
    /// Share of the first text's words, by information, that the second has or echoes.
    pub first_covered: f64,
    /// Share of the second text's words that the first has or echoes.
    pub second_covered: f64,
    /// Cosine of the sums of the vectors.
    pub direction: f64,
}

/// Compares two texts by the numbers of their words.
pub fn echo(vectors: &WordVectors, first: &[u32], second: &[u32]) -> Echo {
    if first.is_empty() || second.is_empty() {
        return Echo::default();
    }
    let mut nearest_to_second = vec![0.0_f32; second.len()];
    let (mut covered, mut total) = (0.0_f32, 0.0_f32);
    for word in first {
        let mut nearest = 0.0_f32;
        for (other, nearest_to_other) in second.iter().zip(&mut nearest_to_second) {
            let alike = if word == other { 1.0 } else { beyond_chance(vectors.cosine(*word, *other)) };
            nearest = nearest.max(alike);
            *nearest_to_other = nearest_to_other.max(alike);
        }
        let weight = vectors.information(*word);
        covered += weight * nearest;
        total += weight;
    }
    let (mut back, mut back_total) = (0.0_f32, 0.0_f32);
    for (word, nearest) in second.iter().zip(nearest_to_second) {
        let weight = vectors.information(*word);
        back += weight * nearest;
        back_total += weight;
    }
    Echo {
        first_covered: f64::from(covered / total.max(f32::MIN_POSITIVE)),
        second_covered: f64::from(back / back_total.max(f32::MIN_POSITIVE)),
        direction: f64::from(cosine(&sum(vectors, first), &sum(vectors, second)).max(0.0)),
    }
}

fn beyond_chance(cosine: f32) -> f32 {
    ((cosine - CHANCE) / (1.0 - CHANCE)).max(0.0)
}

/// The direction of words, of length one.
fn sum(vectors: &WordVectors, words: &[u32]) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.dimensions()];
    for word in words {
        vectors.add_to(&mut sum, *word, vectors.information(*word));
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    sum.iter_mut().for_each(|value| *value /= length);
    sum
}

/// How far two texts run the same way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Run {
    /// Characters of the longest common subsequence by those of the longer text, 0 to 1.
    pub of_longer: f64,
    /// Twice those characters by the characters of both, 0 to 1.
    pub of_both: f64,
    /// Length of the shorter text by that of the longer one, 0 to 1.
    pub lengths: f64,
}

/// Compares two texts character by character, in order.
pub fn run(a: &[char], b: &[char]) -> Run {
    let mut row = vec![0_u16; b.len() + 1];
    for x in a {
        let mut diagonal = 0;
        for (place, y) in b.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if x == y { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    let (common, shorter, longer) = (f64::from(row[b.len()]), a.len().min(b.len()), a.len().max(b.len()));
    Run {
        of_longer: common / longer.max(1) as f64,
        of_both: 2.0 * common / (a.len() + b.len()).max(1) as f64,
        lengths: shorter as f64 / longer.max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_of(a: &str, b: &str) -> Run {
        let characters = |text: &str| text.chars().collect::<Vec<char>>();
        run(&characters(a), &characters(b))
    }

    #[test]
    fn order_counts() {
        assert_eq!(run_of("怎么退款", "退款怎么"), Run { of_longer: 0.5, of_both: 0.5, lengths: 1.0 });
        assert_eq!(run_of("退款", "怎么退款"), Run { of_longer: 0.5, of_both: 4.0 / 6.0, lengths: 0.5 });
        assert_eq!(run_of("退款", "退款"), Run { of_longer: 1.0, of_both: 1.0, lengths: 1.0 });
        assert_eq!(run_of("", ""), Run::default());
    }
}

//! Learning of word vectors from unlabelled text.
//!
//! The value of a pair of words is `max(0, ln n(a,b) − ln n(a) − ln c(b))`, with `n` counted in a window and `c` the
//! share of the context word to the power of ¾, the mean of both directions. Its leading eigenvectors are found by
//! subspace iteration (Halko, Martinsson and Tropp, 2011); a word's vector is its row of them, each axis scaled by the
//! square root of its eigenvalue. The same texts, settings and seed give the same bytes.

use crate::text::word_vectors::WordVectors;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;

/// How to learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Length of a vector.
    pub dimensions: usize,
    /// How many words to each side are company.
    pub window: usize,
    /// How often a word must occur.
    pub min_count: u64,
    /// Rounds of the subspace iteration.
    pub rounds: usize,
    /// Seed of the first subspace.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { dimensions: 64, window: 4, min_count: 3, rounds: 8, seed: 7 }
    }
}

/// Dimensions beyond those that are kept; they speed the convergence of the last ones up.
const SPARE: usize = 16;

/// Learns from texts, each a list of words; `progress` hears the number of each finished round.
pub fn train(texts: &[Vec<String>], settings: &Settings, progress: impl Fn(usize)) -> WordVectors {
    let total = texts.iter().map(|text| text.len() as u64).sum();
    let words = vocabulary(texts, settings.min_count);
    let matrix = Matrix::of(texts, &words, settings.window);
    let dimensions = settings.dimensions.min(words.len());
    let values = leading_axes(&matrix, dimensions, settings, progress);
    WordVectors::new(&words, total, dimensions.max(1), &values)
}

/// Words that occur often enough with their counts, the most frequent first.
fn vocabulary(texts: &[Vec<String>], min_count: u64) -> Vec<(String, u64)> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in texts.iter().flatten() {
        *counts.entry(word).or_default() += 1;
    }
    let mut words: Vec<(String, u64)> = (counts.into_iter())
        .filter(|(_, count)| *count >= min_count)
        .map(|(word, count)| (word.to_owned(), count))
        .collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words
}

/// A symmetric matrix of few values, by rows.
struct Matrix {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Matrix {
    /// The positive pointwise mutual information of neighbours.
    fn of(texts: &[Vec<String>], words: &[(String, u64)], window: usize) -> Self {
        let counted = neighbours(texts, words, window);
        let mut totals = vec![0.0_f64; words.len()];
        for (pair, count) in &counted {
            totals[(pair >> 32) as usize] += f64::from(*count);
        }
        let smoothed: f64 = totals.iter().map(|total| total.powf(0.75)).sum();
        let context = |word: usize| (totals[word].powf(0.75) / smoothed).ln();
        let mut matrix = Self { starts: vec![0; words.len() + 1], columns: Vec::new(), values: Vec::new() };
        for (pair, count) in counted {
            let (a, b) = ((pair >> 32) as usize, (pair & 0xffff_ffff) as usize);
            let common = totals[a].ln() + totals[b].ln() + context(a) + context(b);
            let value = f64::from(count).ln() - common / 2.0;
            if value > 0.0 {
                matrix.starts[a + 1] += 1;
                #[allow(clippy::cast_possible_truncation)]
                matrix.columns.push(b as u32);
                #[allow(clippy::cast_possible_truncation)]
                matrix.values.push(value as f32);
            }
        }
        for row in 0..words.len() {
            matrix.starts[row + 1] += matrix.starts[row];
        }
        matrix
    }

    /// The product with a dense matrix of `width` columns, by rows.
    fn times(&self, dense: &[f32], width: usize) -> Vec<f32> {
        let mut product = vec![0.0; dense.len()];
        product.par_chunks_exact_mut(width).enumerate().for_each(|(row, sums)| {
            for place in self.starts[row]..self.starts[row + 1] {
                let (column, value) = (self.columns[place] as usize, self.values[place]);
                for (sum, other) in sums.iter_mut().zip(&dense[column * width..(column + 1) * width]) {
                    *sum += value * other;
                }
            }
        });
        product
    }
}

/// How often each pair of words stands together, in both orders, ascending; a pair is one number, the first word high.
fn neighbours(texts: &[Vec<String>], words: &[(String, u64)], window: usize) -> Vec<(u64, u32)> {
    let numbers: HashMap<&str, u64> =
        words.iter().zip(0..).map(|((word, _), number)| (word.as_str(), number)).collect();
    let mut pairs: Vec<u64> = Vec::new();
    for text in texts {
        let known: Vec<Option<u64>> = text.iter().map(|word| numbers.get(word.as_str()).copied()).collect();
        for (place, word) in known.iter().enumerate() {
            for other in known.iter().skip(place + 1).take(window) {
                if let (Some(a), Some(b)) = (word, other) {
                    pairs.extend([a << 32 | b, b << 32 | a]);
                }
            }
        }
    }
    pairs.par_sort_unstable();
    #[allow(clippy::cast_possible_truncation)]
    pairs.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect()
}

/// Rows of the leading eigenvectors, each axis scaled by the square root of its eigenvalue.
fn leading_axes(matrix: &Matrix, dimensions: usize, settings: &Settings, progress: impl Fn(usize)) -> Vec<f32> {
    let rows = matrix.starts.len() - 1;
    let width = (dimensions + SPARE).min(rows);
    if width == 0 {
        return Vec::new();
    }
    let mut random = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut space: Vec<f32> = (0..rows * width).map(|_| random.random_range(-1.0..1.0)).collect();
    orthonormalise(&mut space, width);
    for round in 0..settings.rounds {
        space = matrix.times(&space, width);
        orthonormalise(&mut space, width);
        progress(round + 1);
    }
    let moved = matrix.times(&space, width);
    let mut inner = vec![0.0_f64; width * width];
    for (own, moved) in space.chunks_exact(width).zip(moved.chunks_exact(width)) {
        for (a, own) in own.iter().enumerate() {
            for (b, moved) in moved.iter().enumerate() {
                inner[a * width + b] += f64::from(*own) * f64::from(*moved);
            }
        }
    }
    let (eigenvalues, axes) = eigen(inner, width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| eigenvalues[*b].total_cmp(&eigenvalues[*a]));
    order.truncate(dimensions);
    let mut values = vec![0.0; rows * dimensions];
    values.par_chunks_exact_mut(dimensions).zip(space.par_chunks_exact(width)).for_each(|(values, own)| {
        for (value, axis) in values.iter_mut().zip(&order) {
            let along: f64 = own.iter().enumerate().map(|(at, own)| f64::from(*own) * axes[at * width + axis]).sum();
            #[allow(clippy::cast_possible_truncation)]
            let scaled = (along * eigenvalues[*axis].max(0.0).sqrt()) as f32;
            *value = scaled;
        }
    });
    values
}

/// Makes the columns perpendicular and of length one, twice over because once loses digits (modified Gram-Schmidt).
fn orthonormalise(space: &mut [f32], width: usize) {
    let mut columns: Vec<Vec<f32>> =
        (0..width).map(|column| space.iter().skip(column).step_by(width).copied().collect()).collect();
    for column in 0..width {
        let (before, rest) = columns.split_at_mut(column);
        let own = &mut rest[0];
        for _ in 0..2 {
            for other in before.iter() {
                let along = dot(own, other);
                own.iter_mut().zip(other).for_each(|(own, other)| *own -= along * other);
            }
        }
        let length = dot(own, own).sqrt().max(f32::MIN_POSITIVE);
        own.iter_mut().for_each(|value| *value /= length);
    }
    for (row, values) in space.chunks_exact_mut(width).enumerate() {
        values.iter_mut().zip(&columns).for_each(|(value, column)| *value = column[row]);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Eigenvalues and eigenvectors (columns) of a small symmetric matrix, by cyclic Jacobi rotations (Golub and Van Loan,
/// Matrix Computations, section 8.5).
fn eigen(mut matrix: Vec<f64>, size: usize) -> (Vec<f64>, Vec<f64>) {
    let mut axes = vec![0.0; size * size];
    for at in 0..size {
        axes[at * size + at] = 1.0;
    }
    for _ in 0..30 {
        let off: f64 = (0..size * size).filter(|at| at / size != at % size).map(|at| matrix[at] * matrix[at]).sum();
        let all: f64 = matrix.iter().map(|value| value * value).sum();
        if off <= 1e-18 * all {
            break;
        }
        for p in 0..size {
            for q in p + 1..size {
                rotate(&mut matrix, &mut axes, size, p, q);
            }
        }
    }
    ((0..size).map(|at| matrix[at * size + at]).collect(), axes)
}

/// One rotation, after which the value at (p, q) is zero.
fn rotate(matrix: &mut [f64], axes: &mut [f64], size: usize, p: usize, q: usize) {
    let off = matrix[p * size + q];
    if off == 0.0 {
        return;
    }
    let half = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
    let tangent = half.signum() / (half.abs() + half.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], a: usize, b: usize| {
        let (x, y) = (values[a], values[b]);
        (values[a], values[b]) = (cosine * x - sine * y, sine * x + cosine * y);
    };
    for at in 0..size {
        turn(matrix, at * size + p, at * size + q);
    }
    for at in 0..size {
        turn(matrix, p * size + at, q * size + at);
        turn(axes, at * size + p, at * size + q);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::model_file::FileError;
    use crate::text::word_vectors::cosine;

    fn texts() -> Vec<Vec<String>> {
        let line = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<String>>();
        let (cats, cars) =
            (["猫 爱 吃 鱼", "狗 爱 吃 肉", "猫 和 狗 睡觉"], ["车 要 加 油", "船 要 加 油", "车 和 船 出发"]);
        cats.iter().chain(&cars).cycle().take(60).map(|text| line(text)).collect()
    }

    fn learned() -> WordVectors {
        train(&texts(), &Settings { dimensions: 4, ..Settings::default() }, |_| {})
    }

    #[test]
    fn words_in_the_same_company_point_the_same_way() {
        let vectors = learned();
        let word = |word: &str| vectors.word(word).unwrap().vector;
        assert!(cosine(&word("猫"), &word("狗")) > cosine(&word("猫"), &word("车")) + 0.3);
        assert!(vectors.word("猫狗").is_some(), "by its characters");
        assert!(vectors.word("月亮").is_none());
    }

    #[test]
    fn the_same_texts_give_the_same_bytes_and_saved_vectors_come_back() {
        let bytes = learned().to_bytes();
        assert_eq!(bytes, learned().to_bytes());
        let loaded = WordVectors::load(&bytes.clone().into()).unwrap();
        assert!(cosine(&loaded.word("鱼").unwrap().vector, &learned().word("鱼").unwrap().vector) > 0.999);
        assert_eq!(loaded.to_bytes(), bytes);
        assert_eq!(WordVectors::load(&bytes[..bytes.len() - 1].to_vec().into()).unwrap_err(), FileError::Damaged);
        assert_eq!(WordVectors::load(&b"GIF89a..".to_vec().into()).unwrap_err(), FileError::Foreign);
    }

    #[test]
    fn eigenvalues_of_a_matrix_worked_out_by_hand() {
        let (mut values, _) = eigen(vec![2.0, 1.0, 1.0, 2.0], 2);
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 1.0).abs() < 1e-12 && (values[1] - 3.0).abs() < 1e-12);
    }
}

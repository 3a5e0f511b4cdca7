//! Many vectors in a quarter of their memory: each number rounded to 8 bits, with one scale for each vector.
//!
//! What a model is trained to is finer than what it needs to be used: with 127 steps to each side of the largest number
//! of a vector, no product of a text changes by more than half a percent. A vector is widened when it is asked for, and
//! those that came with the program stay where they lie in it.

use std::borrow::Cow;
use std::ops::Range;

/// Steps to each side of zero.
const STEPS: f32 = 127.0;

/// Vectors of one length, by number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rounded {
    dimensions: usize,
    /// What a step of each vector is worth.
    scales: Vec<f32>,
    /// The steps of the vectors, one byte each.
    steps: Cow<'static, [u8]>,
    /// Bytes from one vector's first step to the next one's.
    stride: usize,
}

impl Rounded {
    /// Rounds vectors that lie side by side, `dimensions` numbers each.
    pub fn new(values: &[f32], dimensions: usize) -> Self {
        let (mut scales, mut steps) = (Vec::new(), Vec::with_capacity(values.len()));
        for vector in values.chunks_exact(dimensions.max(1)) {
            let scale = vector.iter().fold(f32::MIN_POSITIVE, |largest, value| value.abs().max(largest)) / STEPS;
            scales.push(scale);
            #[allow(clippy::cast_possible_truncation)]
            steps.extend(vector.iter().map(|value| ((value / scale).round() as i8).cast_unsigned()));
        }
        Self { dimensions, scales, steps: Cow::Owned(steps), stride: dimensions }
    }

    /// From what [`Self::scale`] and [`Self::steps`] gave: the steps as bytes, `stride` of them from one vector's first
    /// to the next one's.
    pub fn of_steps(dimensions: usize, scales: Vec<f32>, steps: Cow<'static, [u8]>, stride: usize) -> Self {
        debug_assert!(stride >= dimensions && steps.len() + stride >= scales.len() * stride + dimensions);
        Self { dimensions, scales, steps, stride }
    }

    /// Numbers in a vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// What a step of a vector is worth.
    pub fn scale(&self, number: usize) -> f32 {
        self.scales[number]
    }

    /// The steps of a vector.
    pub fn steps(&self, number: usize) -> impl Iterator<Item = i8> + '_ {
        let first = number * self.stride;
        self.steps[first..first + self.dimensions].iter().map(|byte| byte.cast_signed())
    }

    /// The numbers of a vector.
    pub fn vector(&self, number: usize) -> impl Iterator<Item = f32> + '_ {
        let scale = self.scales[number];
        self.steps(number).map(move |step| f32::from(step) * scale)
    }

    /// Adds a vector, times a weight, to a sum of the same length.
    pub fn add_to(&self, sum: &mut [f32], number: usize, weight: f32) {
        sum.iter_mut().zip(self.vector(number)).for_each(|(sum, value)| *sum += weight * value);
    }

    /// Makes each vector one of length one; those of zeros alone stay.
    #[must_use]
    pub fn of_length_one(mut self) -> Self {
        for number in 0..self.len() {
            let length = self.steps(number).map(|step| f32::from(step).powi(2)).sum::<f32>().sqrt();
            self.scales[number] = if length > 0.0 { length.recip() } else { 0.0 };
        }
        self
    }

    /// Scalar product of two vectors, summed in whole numbers.
    pub fn product(&self, one: usize, other: usize) -> f32 {
        let steps = self.steps(one).zip(self.steps(other));
        let sum: i32 = steps.map(|(a, b)| i32::from(a) * i32::from(b)).sum();
        #[allow(clippy::cast_precision_loss)]
        let sum = sum as f32;
        sum * self.scales[one] * self.scales[other]
    }
}

/// A part of a file: where it lies, if it is part of the program, or else a copy.
#[expect(clippy::ptr_arg, reason = "bytes that are borrowed from the program are not copied")]
pub fn part(file: &Cow<'static, [u8]>, range: Range<usize>) -> Cow<'static, [u8]> {
    match file {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range]),
        Cow::Owned(bytes) => Cow::Owned(bytes[range].to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_within_half_a_step() {
        let values = [0.5, -1.0, 0.25, 3.0, 0.0, -0.01];
        let rounded = Rounded::new(&values, 3);
        assert_eq!((rounded.len(), rounded.dimensions()), (2, 3));
        for (number, vector) in values.chunks(3).enumerate() {
            let half = rounded.scale(number) / 2.0 + f32::EPSILON;
            assert!(rounded.vector(number).zip(vector).all(|(back, value)| (back - value).abs() <= half));
        }
    }

    #[test]
    fn products_of_directions_are_cosines() {
        let rounded = Rounded::new(&[3.0, 4.0, 4.0, -3.0, 0.0, 0.0], 2).of_length_one();
        assert!((rounded.product(0, 0) - 1.0).abs() < 1e-3);
        assert!(rounded.product(0, 1).abs() < 1e-2);
        assert_eq!(rounded.product(0, 2), 0.0);
    }

    #[test]
    fn vectors_of_any_length_are_summed_and_multiplied_number_by_number() {
        for dimensions in [1, 8, 15, 16, 40, 64, 67] {
            let values: Vec<f32> = (0..2 * dimensions).map(|place| (place as f32 * 0.7).sin()).collect();
            let rounded = Rounded::new(&values, dimensions);
            let mut sum = vec![0.25; dimensions];
            rounded.add_to(&mut sum, 1, -1.5);
            assert!(sum.iter().zip(rounded.vector(1)).all(|(sum, value)| *sum == 0.25 + -1.5 * value));
            let product: i32 = rounded.steps(0).zip(rounded.steps(1)).map(|(a, b)| i32::from(a) * i32::from(b)).sum();
            assert_eq!(rounded.product(0, 1), product as f32 * rounded.scale(0) * rounded.scale(1));
        }
    }

    #[test]
    fn a_sum_takes_a_weight() {
        let rounded = Rounded::new(&[1.0, -1.0], 2);
        let mut sum = [1.0, 1.0];
        rounded.add_to(&mut sum, 0, 2.0);
        assert_eq!(sum, [3.0, -1.0]);
    }
}

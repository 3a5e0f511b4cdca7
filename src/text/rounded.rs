//! Many vectors in a quarter of their memory: each number rounded to 8 bits, with one scale for each vector.
//!
//! What a model is trained to is finer than what it needs to be used: with 127 steps to each side of the largest number
//! of a vector, no product of a text changes by more than half a percent. A vector is widened when it is asked for, and
//! those that came with the program stay where they lie in it.

use std::borrow::Cow;
use std::ops::Range;
use wide::{f32x8, i8x16, i16x8, i16x16, i32x8};

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
        self.bytes(number).iter().map(|byte| byte.cast_signed())
    }

    fn bytes(&self, number: usize) -> &[u8] {
        let first = number * self.stride;
        &self.steps[first..first + self.dimensions]
    }

    /// The numbers of a vector.
    pub fn vector(&self, number: usize) -> impl Iterator<Item = f32> + '_ {
        let scale = self.scales[number];
        self.steps(number).map(move |step| f32::from(step) * scale)
    }

    /// Adds a vector, times a weight, to a sum of the same length.
    pub fn add_to(&self, sum: &mut [f32], number: usize, weight: f32) {
        let (scale, weight) = (f32x8::splat(self.scales[number]), f32x8::splat(weight));
        let (sums, last_sums) = sum.as_chunks_mut();
        let (whole, rest) = self.bytes(number).as_chunks();
        for (sums, steps) in sums.iter_mut().zip(whole) {
            *sums = add_to(*sums, steps, scale, weight);
        }
        if !rest.is_empty() {
            let (mut sums, mut steps) = ([0.0; WIDTH], [0; WIDTH]);
            sums[..rest.len()].copy_from_slice(last_sums);
            steps[..rest.len()].copy_from_slice(rest);
            last_sums.copy_from_slice(&add_to(sums, &steps, scale, weight)[..rest.len()]);
        }
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
        let (one_whole, one_rest) = self.bytes(one).as_chunks();
        let (other_whole, other_rest) = self.bytes(other).as_chunks();
        let mut sums = i32x8::ZERO;
        for (one, other) in one_whole.iter().zip(other_whole) {
            sums += i16x16::from_i8x16(signed(one)).dot(i16x16::from_i8x16(signed(other)));
        }
        let rest = one_rest.iter().zip(other_rest);
        let rest: i32 = rest.map(|(one, other)| i32::from(one.cast_signed()) * i32::from(other.cast_signed())).sum();
        let sum = sums.to_array().iter().sum::<i32>() + rest;
        #[allow(clippy::cast_precision_loss)]
        let sum = sum as f32;
        sum * self.scales[one] * self.scales[other]
    }
}

/// Steps that are worked on at once.
const WIDTH: usize = 16;

fn signed(bytes: &[u8; WIDTH]) -> i8x16 {
    bytemuck::cast(*bytes)
}

/// Sums and the values of as many steps, times a weight.
fn add_to(sums: [f32; WIDTH], steps: &[u8; WIDTH], scale: f32x8, weight: f32x8) -> [f32; WIDTH] {
    let steps: [i16x8; 2] = bytemuck::cast(i16x16::from_i8x16(signed(steps)));
    let [first, second]: [f32x8; 2] = bytemuck::cast(sums);
    let [low, high] = steps.map(|steps| weight * (f32x8::from_i32x8(i32x8::from_i16x8(steps)) * scale));
    bytemuck::cast([first + low, second + high])
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

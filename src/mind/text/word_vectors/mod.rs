//! What words have in common, learned from how they keep company in unlabelled text.
//!
//! Words that stand among the same words get vectors that point the same way, so that a classifier that has seen 播放
//! also understands 放一首. Vectors come from counts alone: the positive pointwise mutual information of neighbouring
//! words, of which the leading eigenvectors are kept (Levy, Goldberg and Dagan, Improving distributional similarity
//! with lessons learned from word embeddings, 2015).

pub mod train;

use crate::text::Text;
use crate::text::model_file::{self, FileError, ModelFile};
use crate::text::rounded::{self, Rounded};
use crate::text::vocabulary::Vocabulary;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Kind and version of a file.
const KIND: [u8; 8] = *b"XIAOVEC1";

/// How much a word that is only known by its characters counts.
const BY_CHARACTERS: f32 = 0.5;

/// Vectors of words. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct WordVectors {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    words: Vocabulary,
    /// Information of each word in nats, `-ln p`: how much it counts in a text.
    information: Vec<f32>,
    /// One vector of length one for each word.
    values: Rounded,
    checksum: String,
}

/// A word as it counts in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// Its vector, of length one.
    pub vector: Vec<f32>,
    /// How much it counts.
    pub weight: f32,
}

#[derive(Serialize, Deserialize)]
struct Header {
    dimensions: usize,
    words: Vec<String>,
}

impl WordVectors {
    /// From words with how often each occurs among `total` and their vectors, side by side, of any length.
    fn new(words: &[(String, u64)], total: u64, dimensions: usize, values: &[f32]) -> Self {
        let values = Rounded::new(values, dimensions).of_length_one();
        #[allow(clippy::cast_precision_loss)]
        let information = words.iter().map(|(_, count)| -((*count as f32 / total as f32).ln())).collect();
        let words = words.iter().map(|(word, _)| word).collect();
        Self { inner: Arc::new(Inner { words, information, values, checksum: String::new() }) }
    }

    /// Length of a vector.
    pub fn dimensions(&self) -> usize {
        self.inner.values.dimensions()
    }

    /// How many words have a vector.
    pub fn len(&self) -> usize {
        self.inner.information.len()
    }

    /// Whether no word has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names the file that they were loaded from, so that a model that was fitted to others is noticed.
    pub fn checksum(&self) -> &str {
        &self.inner.checksum
    }

    /// A word as it counts: its own vector, or the mean of its characters' where only they are known.
    pub fn word(&self, word: &str) -> Option<Weighted> {
        if let Some(number) = self.number(word) {
            return Some(Weighted { vector: self.vector(number).collect(), weight: self.information(number) });
        }
        let (mut vector, mut weight, mut count) = (vec![0.0; self.dimensions()], 0.0, 0.0_f32);
        let mut buffer = [0; 4];
        for number in word.chars().filter_map(|character| self.number(character.encode_utf8(&mut buffer))) {
            self.add_to(&mut vector, number, 1.0);
            weight += self.information(number);
            count += 1.0;
        }
        if count == 0.0 {
            return None;
        }
        scale_to_one(&mut vector);
        Some(Weighted { vector, weight: BY_CHARACTERS * weight / count })
    }

    /// The direction of a text: the sum of its words' vectors by their weights, of length one; all zeros where no word
    /// is known. `heard` is told each word with its share before scaling, and the result is their sum times the
    /// returned factor.
    pub fn direction<'a>(&self, text: &'a Text, mut heard: impl FnMut(&'a str, &Weighted)) -> (Vec<f32>, f32) {
        let mut sum = vec![0.0; self.dimensions()];
        for word in text.words() {
            let Some(weighted) = self.word(word) else { continue };
            sum.iter_mut().zip(&weighted.vector).for_each(|(sum, value)| *sum += weighted.weight * value);
            heard(word, &weighted);
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        let factor = if length > 0.0 { length.recip() } else { 0.0 };
        sum.iter_mut().for_each(|value| *value *= factor);
        (sum, factor)
    }

    /// The number of a word that has a vector of its own.
    pub fn number(&self, word: &str) -> Option<u32> {
        self.inner.words.number(word)
    }

    /// The vector, of length one, of the word with this number.
    pub fn vector(&self, number: u32) -> impl Iterator<Item = f32> + '_ {
        self.inner.values.vector(number as usize)
    }

    /// Adds a word's vector, times a weight, to a sum.
    pub fn add_to(&self, sum: &mut [f32], number: u32, weight: f32) {
        self.inner.values.add_to(sum, number as usize, weight);
    }

    /// Cosine of the angle between two words.
    pub fn cosine(&self, one: u32, other: u32) -> f32 {
        self.inner.values.product(one as usize, other as usize)
    }

    /// How much the word with this number counts.
    pub fn information(&self, number: u32) -> f32 {
        self.inner.information[number as usize]
    }

    /// The vectors as a file, each rounded to 8 bits; their length is one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let inner = &*self.inner;
        let words = inner.words.names().map(str::to_owned).collect();
        let information = inner.information.iter().flat_map(|value| value.to_le_bytes());
        let steps = (0..self.len()).flat_map(|number| inner.values.steps(number).map(i8::cast_unsigned));
        model_file::write(KIND, &Header { dimensions: self.dimensions(), words }, information.chain(steps))
    }

    /// Loads what [`WordVectors::to_bytes`] gave. Vectors that are part of the program stay where they are.
    ///
    /// # Errors
    /// [`FileError`] for anything else.
    #[expect(clippy::ptr_arg, reason = "bytes that are borrowed from the program are not copied")]
    pub fn load(file: &Cow<'static, [u8]>) -> Result<Self, FileError> {
        let (header, mut rest) = ModelFile::open::<Header>(KIND, file)?;
        let count = header.words.len();
        let information = rest.floats(count)?;
        if header.dimensions == 0 || count.checked_mul(header.dimensions) != Some(rest.left()) {
            return Err(FileError::Damaged);
        }
        let first = rest.position();
        let steps = rounded::part(file, first..first + rest.left());
        let values = Rounded::of_steps(header.dimensions, vec![1.0; count], steps, header.dimensions).of_length_one();
        let words: Vocabulary = header.words.iter().collect();
        if words.len() != count {
            return Err(FileError::Foreign);
        }
        let checksum = hex::encode(&rest.checksum()[..8]);
        Ok(Self { inner: Arc::new(Inner { words, information, values, checksum }) })
    }
}

/// Cosine of two vectors of length one.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn scale_to_one(vector: &mut [f32]) {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

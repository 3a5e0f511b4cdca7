//! Multinomial logistic regression, written here: from a text to calibrated probabilities, and back to the tokens
//! that moved them.
//!
//! ```text
//! Text ── features (words 1-2, characters 1-3, marks) ── ids by tokenizer.json ── tf-idf ── weights ── softmax / T
//! ```
//!
//! # Invariants
//! - Fitting is deterministic: sums run over fixed chunks of rows, whatever the number of threads.
//! - The objective is convex; the fit ends at its optimum within the stated gradient norm, not at an epoch count.
//! - A model file names its format and carries a checksum; anything else is refused with a typed error.

pub mod classifier;
pub mod explanation;
pub mod features;
pub mod fit;
pub mod intent;
pub mod metrics;
pub mod mood;
mod representation;
pub mod selection;
pub mod sentiment;
pub mod shadow;
pub mod sparse;

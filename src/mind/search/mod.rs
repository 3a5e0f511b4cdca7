//! Finding: FAQ entries for a question and products for a wish.
//!
//! ```text
//! text ── analyser ──> views (words with synonyms, characters, sounds) ── tantivy BM25 ──> candidates
//!      ── semantic ──> topics and sense ── nearest entries ──> candidates
//!      ── features of the pair (query, entry), and against the best candidate ── logistic regression ──> ranked entries
//!      ── features of the whole ranking ── logistic regression ──> confidence: P(the first one answers)
//!      ── the best of each feature ── logistic regression ──> answerable: P(anything answers)
//! ```
//!
//! # Invariants
//! - Index and query go through the same [`analyser::Analyser`]; an index is built and thrown away with the
//!   knowledge version that it belongs to, so the two cannot disagree.
//! - Nobody labels anything in a shop. The rankers come with the program ([`rehearsal`]); which of them ranks is decided
//!   by what the shop's entries are about ([`ranking::Knowledge`]), and nothing is tuned on questions of a test.
//! - The same knowledge gives the same index, weights and order; ties are broken by the entry's place.

pub mod analyser;
mod build;
pub mod calibration;
pub mod confidence;
pub mod evidence;
pub mod faq;
pub mod features;
pub mod lesson;
pub mod likeness;
pub mod overlap;
pub mod products;
pub mod ranking;
pub mod rehearsal;
mod scores;
pub mod semantic;
pub mod terms;
mod top_hits;
pub mod topic_lists;
pub mod view_index;

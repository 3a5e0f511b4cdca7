//! Recommendation: from what shoppers say and do to products, each with its true reason.
//!
//! [`wish`] reads what the words ask for, [`engine`] learns from behaviour which products go together,
//! [`recommender`] blends that with content, popularity and exploration for one shopper by a [`model`] that [`training`]
//! learns from the shop's own log, [`taste`] is what it says of one shopper, and [`in_conversation`] lets
//! the words decide what fits and the recommender decide the order. [`diversity`] makes lists good as a whole,
//! [`consent`] reads who does not want it, [`experiment`] splits shoppers for a comparison, [`generation`] tells whether
//! what was learned still fits.
//!
//! The methods work on numbers alone: [`interactions`] is the matrix, [`similarity`], [`content`], [`sequence`] and
//! [`linear`] relate items, [`user_cf`] relates shoppers, [`propensity`] and [`purchase`] learn the probability of a purchase,
//! [`recipe`] blends them, [`selection`] chooses on data that the models have not seen, and [`measure`] tells how good
//! the choice was.

pub mod ascent;
pub mod comparison;
pub mod consent;
pub mod content;
pub mod diversity;
pub mod engine;
pub mod experiment;
pub mod generation;
pub mod goods;
pub mod in_conversation;
pub mod interactions;
pub mod linear;
pub mod measure;
pub mod method;
pub mod model;
pub mod popularity;
pub mod propensity;
pub mod purchase;
pub mod ranking_metrics;
pub mod recipe;
pub mod recommender;
pub mod relation;
pub mod scorer;
pub mod selection;
pub mod sequence;
pub mod similarity;
pub mod simulate;
pub mod source;
pub mod stock;
pub mod taste;
pub mod training;
pub mod user_cf;
pub mod wish;

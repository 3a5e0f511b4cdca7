//! A method with all its settings: what selection chooses and what is fitted again when there is more data.

use crate::recommend::measure::Ranking;
use crate::recommend::popularity::{counts, popularity, span, trend};
use crate::recommend::propensity::PropensityRecipe;
use crate::recommend::relation::{Material, Relation, learn_all};
use crate::recommend::scorer::{Blend, Constant, ItemToItem, Recency, Scorer, UserToUser};
use crate::recommend::similarity::Neighbours;
use crate::recommend::user_cf::UserCf;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A method with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipe {
    /// What all deal with.
    Popularity(Decay),
    /// Shoppers who are alike.
    Users(UserCf),
    /// One relation between items.
    Items {
        /// Which.
        relation: Relation,
        /// See [`Recency::new`].
        power: f32,
    },
    /// Several with weights.
    Hybrid(HybridRecipe),
    /// By the probability of a purchase.
    Purchase(PropensityRecipe),
}

/// In which share of the log's whole time an act's weight halves; none keeps all alike.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Decay {
    /// The share, between 0 and 1.
    pub half_life: Option<f64>,
}

/// Several relations with weights, what trends, and popularity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HybridRecipe {
    /// The relations.
    pub parts: Vec<HybridPart>,
    /// Share of the log's time and exponent of [`trend`].
    pub trend: (f64, f64),
    /// Whose popularity is the base.
    pub decay: Decay,
    /// Weight of the base.
    pub popularity: f32,
    /// Neighbours that are kept of each item in each sum.
    pub keep: usize,
    /// Power of an item's acts that its scores are divided by: above 0 the popular give way to the others.
    pub damping: f64,
}

/// One relation of a hybrid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HybridPart {
    /// Which.
    pub relation: Relation,
    /// How a history counts, see [`Recency::new`].
    pub power: f32,
    /// Its weight.
    pub weight: f32,
}

impl Decay {
    /// The half-life in the units of a log's time.
    pub fn in_units(self, span: f64) -> Option<f64> {
        self.half_life.map(|share| share * span).filter(|half_life| *half_life > 0.0)
    }
}

impl Recipe {
    /// Fits it. `None` where the shop is too large for it.
    pub fn fit(&self, material: &Material) -> Option<Ranking> {
        let scorer: Box<dyn Scorer> = match self {
            Self::Popularity(decay) => {
                let values = popularity(&material.log, decay.in_units(span(&material.log)));
                Box::new(Constant(Arc::new(values)))
            }
            Self::Users(settings) => Box::new(UserToUser { settings: *settings, log: Arc::clone(&material.log) }),
            Self::Items { relation, power } => {
                Box::new(ItemToItem { neighbours: Arc::new(relation.learn(material)?), recency: Recency::new(*power) })
            }
            Self::Hybrid(hybrid) => Box::new(hybrid.fit(material)?),
            Self::Purchase(purchase) => Box::new(purchase.fit(material)?),
        };
        let fallback = Arc::new(popularity(&material.log, None));
        Some(Ranking { scorer, fallback })
    }
}

impl HybridRecipe {
    /// Learns the relations and blends them.
    pub fn fit(&self, material: &Material) -> Option<Blend> {
        Some(self.blend(&self.learn(material)?, material))
    }

    /// Learns the relations, in the order of the parts. `None` where the shop is too large for one of them.
    pub fn learn(&self, material: &Material) -> Option<Vec<Neighbours>> {
        let relations: Vec<Relation> = self.parts.iter().map(|part| part.relation).collect();
        learn_all(&relations, material)
    }

    /// Adds the relations that count a history alike into one.
    pub fn blend(&self, learned: &[Neighbours], material: &Material) -> Blend {
        let span = span(&material.log);
        let damped: Vec<f32> =
            counts(&material.log, None).into_iter().map(|acts| (1.0 + acts).powf(-self.damping) as f32).collect();
        let factors: Vec<f32> = match self.trend {
            (share, exponent) if exponent > 0.0 && span > 0.0 => {
                let trends = trend(&material.log, share * span, exponent);
                trends.iter().zip(&damped).map(|(trend, damped)| trend * damped).collect()
            }
            _ => damped.clone(),
        };
        let mut powers: Vec<f32> = self.parts.iter().map(|part| part.power).collect();
        powers.sort_by(f32::total_cmp);
        powers.dedup();
        let mut groups = Vec::with_capacity(powers.len());
        for power in powers {
            let same = self.parts.iter().zip(learned).filter(|(part, _)| part.power == power);
            let parts: Vec<(&Neighbours, f32)> = same.map(|(part, model)| (model, part.weight)).collect();
            let neighbours = Arc::new(Neighbours::blend(&parts, &factors, self.keep));
            groups.push(ItemToItem { neighbours, recency: Recency::new(power) });
        }
        let base = popularity(&material.log, self.decay.in_units(span));
        let base = base.iter().zip(&damped).map(|(value, damped)| value * damped * self.popularity).collect();
        Blend { groups, base: Arc::new(base) }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Popularity(decay) => write!(f, "popularity {decay}"),
            Self::Users(UserCf { measure, neighbours, shrinkage, amplification }) => {
                write!(f, "users {measure:?}^{amplification} λ{shrinkage} top{neighbours}")
            }
            Self::Items { relation, power } => write!(f, "{relation} recency^{power}"),
            Self::Hybrid(hybrid) => {
                for part in &hybrid.parts {
                    write!(f, "{}·({} recency^{}) + ", part.weight, part.relation, part.power)?;
                }
                let (share, exponent) = hybrid.trend;
                write!(f, "{}·(popularity {}), × trend({share})^{exponent}", hybrid.popularity, hybrid.decay)?;
                if hybrid.damping > 0.0 { write!(f, " ÷ acts^{}", hybrid.damping) } else { Ok(()) }
            }
            Self::Purchase(purchase) => purchase.fmt(f),
        }
    }
}

impl fmt::Display for Decay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.half_life {
            Some(share) => write!(f, "halved every {share} of the time"),
            None => f.write_str("without decay"),
        }
    }
}

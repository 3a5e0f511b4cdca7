//! The shopper's mood: five levels for a message, urgency, and the course of both over a conversation.
//!
//! The reviews model alone would take every problem for anger: "我的快递怎么还没到" speaks ill of the parcel, not of
//! us. So its score is one piece of evidence among others: words of a lexicon and how they are denied, weighed or
//! asked about, repeated marks, faces, plain words. What each is worth was learned from labelled sentences of chat,
//! and like every other decision a mood can be explained: its contributions sum to its score.
//!
//! The level is the median of the five probabilities: the choice with the least expected distance in levels. So a
//! message is upset exactly where it is more likely than not that the shopper is.

pub mod evidence;
pub mod lexicon;
pub mod model;
pub mod trajectory;

use crate::classify::classifier::Contribution;
use crate::classify::explanation::Explanation;
use crate::classify::sentiment::SentimentModel;
use crate::text::Text;
use evidence::evidence;
use lexicon::Group;
use model::MoodModel;
use serde::{Deserialize, Serialize};
pub use trajectory::{Trajectory, Trend};

/// How a shopper feels, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Insults or threatens.
    Furious,
    /// Reproaches.
    Upset,
    /// Asks.
    #[default]
    Neutral,
    /// Is pleased.
    Content,
    /// Is delighted.
    Delighted,
}

impl Mood {
    /// All levels, the worst first.
    pub const ALL: [Self; 5] = [Self::Furious, Self::Upset, Self::Neutral, Self::Content, Self::Delighted];

    /// The level as a number from -2 to 2.
    pub fn value(self) -> f64 {
        f64::from(self as i8) - 2.0
    }

    /// The level in Chinese.
    pub fn title(self) -> &'static str {
        ["愤怒", "不满", "平静", "满意", "惊喜"][self as usize]
    }
}

/// The mood of one message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MoodReading {
    /// The level.
    pub mood: Mood,
    /// Probability of each level, the worst first.
    pub probabilities: Vec<f64>,
    /// The expected level, from -2 to 2.
    pub value: f64,
    /// The reviews model's probability that the text speaks well.
    pub positive: f64,
    /// Whether it presses.
    pub urgent: bool,
    /// Probability that it presses.
    pub urgency: f64,
    /// Words that make the matter serious: 12315, 起诉, 曝光.
    pub risk: Vec<String>,
}

/// Reads moods.
pub struct MoodReader {
    model: MoodModel,
    sentiment: SentimentModel,
}

impl MoodReader {
    /// A reader over the mood model and the reviews model.
    pub fn new(model: MoodModel, sentiment: SentimentModel) -> Self {
        Self { model, sentiment }
    }

    /// Reads one message.
    pub fn read(&self, text: &Text) -> MoodReading {
        let positive = self.sentiment.positive(text);
        let evidence = evidence(text, &self.model.lexicon, positive);
        let probabilities = self.model.levels.probabilities(&evidence);
        let urgency = self.model.urgency.probabilities(&evidence)[1];
        let risk = self.model.lexicon.marks(&text.normal).into_iter().filter(|mark| mark.group == Group::Risk);
        MoodReading {
            mood: median(&probabilities),
            value: probabilities.iter().zip(Mood::ALL).map(|(probability, mood)| probability * mood.value()).sum(),
            probabilities,
            positive,
            urgent: urgency >= 0.5,
            urgency,
            risk: risk.map(|mark| text.normal[mark.at].to_owned()).collect(),
        }
    }

    /// A level's score taken apart, with the strongest `kept` pieces of evidence.
    pub fn explain(&self, text: &Text, mood: Mood, kept: usize) -> Explanation {
        let evidence = evidence(text, &self.model.lexicon, self.sentiment.positive(text));
        let contributions = self.model.levels.contributions(&evidence, mood as usize).into_iter();
        let named = contributions.map(|(one, score)| Contribution { feature: one.in_words(), score }).collect();
        Explanation::new(mood.title(), self.model.levels.bias(mood as usize), named, kept)
    }
}

/// The first level at which the probabilities reach a half.
fn median(probabilities: &[f64]) -> Mood {
    let mut sum = 0.0;
    for (probability, mood) in probabilities.iter().zip(Mood::ALL) {
        sum += probability;
        if sum >= 0.5 {
            return mood;
        }
    }
    Mood::Neutral
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_median() {
        assert_eq!(median(&[0.3, 0.3, 0.4, 0.0, 0.0]), Mood::Upset);
        assert_eq!(median(&[0.0, 0.45, 0.55, 0.0, 0.0]), Mood::Neutral);
        assert_eq!(median(&[0.0, 0.0, 0.2, 0.2, 0.6]), Mood::Delighted);
        assert_eq!(Mood::Furious.value(), -2.0);
    }
}

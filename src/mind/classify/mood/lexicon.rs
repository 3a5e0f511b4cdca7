//! The words that tell a mood, and where a text says them.
//!
//! A text is read from left to right and the longest word of the lexicon wins, so that a harmless compound (垃圾桶)
//! hides the insult inside it. What stands before a word in the same clause may deny it, twice over, or weigh it:
//! 不满意, 不是不满意, 有点失望.

use crate::text::normalize::normalize;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// What a word of the lexicon is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Swears at somebody.
    Insult,
    /// Blames.
    Reproach,
    /// Names a fault.
    Fault,
    /// Tells of waiting and of saying things again and again.
    Waiting,
    /// Often means the opposite.
    Irony,
    /// Thanks.
    Thanks,
    /// Praises.
    Praise,
    /// Approves so weakly that it often does not.
    Mild,
    /// Is delighted.
    Delight,
    /// Emoji and kaomoji of anger.
    AngryFace,
    /// Emoji and sighs of sadness.
    SadFace,
    /// Emoji and kaomoji of content.
    HappyFace,
    /// Emoji and kaomoji of delight.
    LoveFace,
    /// Presses.
    Urgent,
    /// A moment close by.
    Deadline,
    /// Makes the matter serious.
    Risk,
    /// Hides a word of another group.
    Harmless,
    /// Asks.
    Question,
    /// Makes what follows a mere case.
    Condition,
    /// Denies what follows.
    Negation,
    /// Strengthens what follows.
    More,
    /// Weakens what follows.
    Less,
    /// May stand between a negation and what it denies.
    Between,
}

impl Group {
    /// Whether a word of the group stands for itself in a text; the others only turn or weigh such words.
    fn is_evidence(self) -> bool {
        !matches!(self, Self::Harmless | Self::Negation | Self::More | Self::Less | Self::Between)
    }

    /// Whether a word of the group can be denied.
    fn is_deniable(self) -> bool {
        self.is_evidence() && !matches!(self, Self::Question | Self::Condition | Self::Risk)
    }

    /// The group in Chinese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Insult => "辱骂",
            Self::Reproach => "责备",
            Self::Fault => "毛病",
            Self::Waiting => "久等和重复",
            Self::Irony => "反话",
            Self::Thanks => "感谢",
            Self::Praise => "称赞",
            Self::Mild => "认可",
            Self::Delight => "惊喜",
            Self::AngryFace => "生气的表情",
            Self::SadFace => "难过的表情",
            Self::HappyFace => "高兴的表情",
            Self::LoveFace => "喜爱的表情",
            Self::Urgent => "着急",
            Self::Deadline => "期限",
            Self::Risk => "风险",
            Self::Harmless => "无关",
            Self::Question => "提问",
            Self::Condition => "假设",
            Self::Negation => "否定",
            Self::More => "加强",
            Self::Less => "减弱",
            Self::Between => "连接",
        }
    }
}

/// The words by group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Words", into = "Words")]
pub struct Lexicon {
    words: Words,
    /// Words that are evidence or hide evidence, by their first character, the longest first.
    by_start: HashMap<char, Vec<(String, Group)>>,
}

type Words = BTreeMap<Group, Vec<String>>;

/// Why a lexicon was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// Not TOML of this form.
    #[error("第 {line} 行：{reason}")]
    Malformed {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A word without anything to read.
    #[error("{0:?} 组里有空的词")]
    Empty(Group),
    /// A word that stands in two groups that a text is searched for.
    #[error("“{word}”同时在 {first:?} 和 {second:?} 两组里")]
    Twice {
        /// The word.
        word: String,
        /// One group.
        first: Group,
        /// The other.
        second: Group,
    },
}

/// A word of the lexicon in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// What it is evidence of.
    pub group: Group,
    /// Byte range in the normalised text.
    pub at: Range<usize>,
    /// How often it is denied: 1 for 不满意, 2 for 不是不满意.
    pub denied: usize,
    /// 1 as it is; more or less by degree words before it.
    pub weight: f64,
}

impl Lexicon {
    /// Reads a lexicon from TOML.
    ///
    /// # Errors
    /// [`LexiconError`] with the line or the word that is wrong.
    pub fn parse(toml: &str) -> Result<Self, LexiconError> {
        let words: Words = toml::from_str(toml).map_err(|error| {
            let line = error.span().map_or(1, |span| toml[..span.start.min(toml.len())].matches('\n').count() + 1);
            LexiconError::Malformed { line, reason: error.message().to_owned() }
        })?;
        Self::try_from(words)
    }

    /// The evidence in a normalised text, in its order.
    pub fn marks(&self, normal: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut covered = 0;
        for (at, first) in normal.char_indices() {
            if at < covered {
                continue;
            }
            let Some((word, group)) = self.longest_at(normal, at, first) else { continue };
            covered = at + word.len();
            if *group != Group::Harmless {
                let (denied, weight) = self.turned(clause_before(normal, at));
                let denied = if group.is_deniable() { denied } else { 0 };
                marks.push(Mark { group: *group, at: at..covered, denied, weight });
            }
        }
        marks
    }

    fn longest_at(&self, normal: &str, at: usize, first: char) -> Option<&(String, Group)> {
        let starting = self.by_start.get(&first)?;
        starting.iter().find(|(word, _)| normal[at..].starts_with(word) && stands_alone(normal, at, word))
    }

    /// How often the end of a clause denies what follows it, and how much it weighs it.
    fn turned(&self, clause: &str) -> (usize, f64) {
        let (mut before, mut denied, mut weight) = (clause, 0, 1.0_f64);
        while !before.is_empty() {
            if let Some(shorter) = self.strip(before, Group::Negation) {
                denied += 1;
                before = shorter;
            } else if let Some(shorter) = self.strip(before, Group::Less) {
                weight *= 0.6;
                before = shorter;
            } else if let Some(shorter) = self.strip(before, Group::More) {
                weight *= 1.4;
                before = shorter;
            } else if let Some(shorter) = self.strip(before, Group::Between) {
                before = shorter;
            } else {
                break;
            }
        }
        (denied, weight.clamp(0.5, 2.0))
    }

    /// The text without the longest word of a group at its end.
    fn strip<'t>(&self, text: &'t str, group: Group) -> Option<&'t str> {
        let ends = |word: &&String| text.ends_with(word.as_str());
        let longest = self.words.get(&group)?.iter().filter(ends).max_by_key(|word| word.len())?;
        text.strip_suffix(longest.as_str())
    }
}

impl TryFrom<Words> for Lexicon {
    type Error = LexiconError;

    fn try_from(words: Words) -> Result<Self, LexiconError> {
        let words: Words = (words.into_iter())
            .map(|(group, words)| (group, words.iter().map(|word| normalize(word)).collect()))
            .collect();
        let mut by_start: HashMap<char, Vec<(String, Group)>> = HashMap::new();
        for (group, listed) in &words {
            for word in listed {
                let first = word.chars().next().ok_or(LexiconError::Empty(*group))?;
                if !group.is_evidence() && *group != Group::Harmless {
                    continue;
                }
                let starting = by_start.entry(first).or_default();
                if let Some((_, other)) = starting.iter().find(|(known, _)| known == word) {
                    return Err(LexiconError::Twice { word: word.clone(), first: *other, second: *group });
                }
                starting.push((word.clone(), *group));
            }
        }
        for starting in by_start.values_mut() {
            starting.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        }
        Ok(Self { words, by_start })
    }
}

impl From<Lexicon> for Words {
    fn from(lexicon: Lexicon) -> Self {
        lexicon.words
    }
}

/// What stands before a place in the same clause.
fn clause_before(normal: &str, at: usize) -> &str {
    let before = &normal[..at];
    let ends = |c: char| matches!(c, ',' | '。' | '!' | '?' | ';' | '…' | ' ' | '~');
    before.rfind(ends).map_or(before, |end| before[end..].trim_start_matches(ends))
}

/// A Latin word or a number is not part of a longer one.
fn stands_alone(normal: &str, at: usize, word: &str) -> bool {
    let joins = |a: Option<char>, b: Option<char>| {
        let both = |test: fn(&char) -> bool| a.as_ref().is_some_and(test) && b.as_ref().is_some_and(test);
        both(char::is_ascii_alphabetic) || both(char::is_ascii_digit)
    };
    let (before, after) = (normal[..at].chars().next_back(), normal[at + word.len()..].chars().next());
    !joins(before, word.chars().next()) && !joins(word.chars().next_back(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Lexicon {
        Lexicon::parse(
            "insult = ['垃圾', 'sb']\npraise = ['满意']\nreproach = ['失望']\nrisk = ['315']\nharmless = ['垃圾桶']\n\
             negation = ['不', '没', '不是']\nbetween = ['让我', '很']\nless = ['有点']\nmore = ['很', '太']",
        )
        .unwrap()
    }

    fn read(text: &str) -> Vec<(Group, usize)> {
        small().marks(&normalize(text)).into_iter().map(|mark| (mark.group, mark.denied)).collect()
    }

    #[test]
    fn negation_is_counted_within_its_clause() {
        assert_eq!(read("不满意"), [(Group::Praise, 1)]);
        assert_eq!(read("不是不满意"), [(Group::Praise, 2)]);
        assert_eq!(read("没让我失望"), [(Group::Reproach, 1)]);
        assert_eq!(read("不，满意"), [(Group::Praise, 0)]);
    }

    #[test]
    fn the_longest_word_hides_those_inside_it() {
        assert_eq!(read("垃圾桶多大"), []);
        assert_eq!(read("垃圾"), [(Group::Insult, 0)]);
        assert_eq!(read("usb"), []);
        assert_eq!(read("订单sg20231545"), []);
    }

    #[test]
    fn degree_words_weigh() {
        let weight = |text| small().marks(text)[0].weight;
        assert!(weight("有点失望") < weight("失望") && weight("失望") < weight("太失望"));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(matches!(Lexicon::parse("insult = ['a']\npraise = 3"), Err(LexiconError::Malformed { line: 2, .. })));
        assert!(matches!(Lexicon::parse("noise = []"), Err(LexiconError::Malformed { line: 1, .. })));
        assert!(matches!(Lexicon::parse("insult = ['']"), Err(LexiconError::Empty(Group::Insult))));
        let twice = Lexicon::parse("insult = ['a']\npraise = ['a']");
        assert!(matches!(twice, Err(LexiconError::Twice { .. })), "{twice:?}");
    }
}

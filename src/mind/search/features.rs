//! Features of a pair (query, FAQ entry), from which the ranker judges whether the entry answers the query.
//!
//! All are ratios between 0 and 1, so that weights trained on one shop's knowledge mean the same at another query length.
//! Where an entry has several phrasings in the candidates, each feature takes the best of them. Every feature stands
//! twice in a pair: as it is, and by how much it falls short of the best candidate of the same query. The first says
//! whether an entry answers at all, the second which of several does; a rare word that only one candidate has counts for
//! more than a share of the query can tell.

/// What a feature looks at; an ablation leaves out one group at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Words of jieba's search mode.
    Words,
    /// Single characters and pairs of them.
    Characters,
    /// Syllables of pinyin.
    Sounds,
    /// Order and length of the whole text.
    Order,
    /// The answer's text.
    Answer,
    /// All phrasings of an entry together.
    Entry,
    /// Distribution over the topics of shops.
    Topic,
    /// Cosine of the vectors that tell the topics.
    Meaning,
    /// Cosine of the senses, see [`crate::search::semantic::contrast`].
    Sense,
    /// Words in the sense of the company that they keep.
    Company,
    /// Negation and numbers.
    Agreement,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Words,
        Self::Characters,
        Self::Sounds,
        Self::Order,
        Self::Answer,
        Self::Entry,
        Self::Topic,
        Self::Meaning,
        Self::Sense,
        Self::Company,
        Self::Agreement,
    ];
}

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident: $group:ident, $words:literal;)*) => {
        /// One feature of a pair.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Feature {
            $($(#[$doc])* $name,)*
        }

        impl Feature {
            /// All of them, in the order of a pair's values.
            pub const ALL: [Self; FEATURES] = [$(Self::$name,)*];

            /// What it looks at.
            pub fn group(self) -> Group {
                match self {
                    $(Self::$name => Group::$group,)*
                }
            }
        }

        /// How many features there are.
        pub const FEATURES: usize = [$(stringify!($name)),*].len();

        /// Names of a pair's values as explanations show them, in order: each feature, then how far each falls short.
        pub const PAIR_VALUE_NAMES: [&str; PAIR_VALUES] =
            [$($words,)* $(concat!($words, "，与最好的候选相差"),)*];
    };
}

features! {
    /// BM25 share of the query.
    WordScore: Words, "词：BM25 占问句的份额";
    /// Query covered by the phrasing.
    QueryWordsCovered: Words, "词：问句被问法覆盖";
    /// Phrasing covered by the query.
    PhrasingWordsCovered: Words, "词：问法被问句覆盖";
    /// Distinct words of both by those of either.
    WordJaccard: Words, "词：相同的占全部的份额";
    /// BM25 share of the query.
    CharacterScore: Characters, "字：BM25 占问句的份额";
    /// Query covered by the phrasing.
    QueryCharactersCovered: Characters, "字：问句被问法覆盖";
    /// Phrasing covered by the query.
    PhrasingCharactersCovered: Characters, "字：问法被问句覆盖";
    /// Dice overlap by weight.
    CharacterOverlap: Characters, "字：重合的份额";
    /// Distinct characters and pairs of both by those of either.
    CharacterJaccard: Characters, "字：相同的占全部的份额";
    /// BM25 share of the query.
    SoundScore: Sounds, "音：BM25 占问句的份额";
    /// Query covered by the phrasing.
    QuerySoundsCovered: Sounds, "音：问句被问法覆盖";
    /// Dice overlap by weight.
    SoundOverlap: Sounds, "音：重合的份额";
    /// Same characters in the same order.
    Identical: Order, "全文：一字不差";
    /// Characters of the longer text that the shorter one has in the same order.
    SameOrder: Order, "顺序：较长的一句里顺序相同的字";
    /// Characters of both that stand in the same order.
    OrderOverlap: Order, "顺序：两句里顺序相同的字";
    /// Length of the shorter text by that of the longer one.
    LengthShare: Order, "长短：较短的一句占较长的份额";
    /// Query words covered.
    AnswerCovers: Answer, "答案：问句的词被答案覆盖";
    /// Query words covered by all phrasings together.
    EntryWordsCover: Entry, "词：问句被全部问法覆盖";
    /// Query characters covered by all phrasings together.
    EntryCharactersCover: Entry, "字：问句被全部问法覆盖";
    /// Query characters covered by the standard question.
    StandardQuestionCovers: Entry, "标准问：问句的字被覆盖";
    /// Share of the entry's phrasings among the candidates.
    PhrasingsFound: Entry, "问法：找到的占该条的份额";
    /// Query characters covered by the second-best phrasing.
    SecondPhrasing: Entry, "问法：第二好的一句覆盖问句";
    /// Agreement with the entry.
    TopicOfEntry: Topic, "话题：与该条一致";
    /// Agreement with the nearest phrasing.
    TopicOfPhrasing: Topic, "话题：与最近的问法一致";
    /// Cosine with the entry.
    AngleToEntry: Meaning, "话题方向：与该条的余弦";
    /// Cosine with the nearest phrasing.
    AngleToPhrasing: Meaning, "话题方向：与最近的问法的余弦";
    /// Cosine with the entry.
    SenseOfEntry: Sense, "同义：与该条的余弦";
    /// Cosine with the nearest phrasing.
    SenseOfPhrasing: Sense, "同义：与最近的问法的余弦";
    /// Query covered by the phrasing, see [`crate::search::likeness`].
    QueryWordsEchoed: Company, "近义：问句的词有呼应";
    /// Phrasing covered by the query.
    PhrasingWordsEchoed: Company, "近义：问法的词有呼应";
    /// Cosine of the whole.
    Direction: Company, "近义：整句的余弦";
    /// Both or neither negates.
    NegationAgrees: Agreement, "否定：两句一致";
    /// Both the same numbers or none.
    NumbersAgree: Agreement, "数字：两句一致";
}

/// How many values a pair has: each feature as it is, and how far it falls short of the best candidate.
pub const PAIR_VALUES: usize = 2 * FEATURES;

/// The values of all features for one pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairFeatures(pub [f64; PAIR_VALUES]);

impl Default for PairFeatures {
    fn default() -> Self {
        Self([0.0; PAIR_VALUES])
    }
}

impl PairFeatures {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> f64 {
        self.0[feature as usize]
    }

    /// Sets a feature.
    pub fn set(&mut self, feature: Feature, value: f64) {
        self.0[feature as usize] = value;
    }

    /// Raises a feature to a value, if it is lower: the best phrasing speaks for its entry.
    pub fn raise(&mut self, feature: Feature, value: f64) {
        let known = &mut self.0[feature as usize];
        *known = known.max(value);
    }

    /// Compares the candidates of one query: by how much each falls short of the best, feature by feature. Returns the
    /// best values; zeros where there is no candidate.
    pub fn stand_side_by_side<'a>(candidates: impl Iterator<Item = &'a mut Self>) -> [f64; FEATURES] {
        let mut candidates: Vec<&mut Self> = candidates.collect();
        if candidates.is_empty() {
            return [0.0; FEATURES];
        }
        let mut best = [f64::NEG_INFINITY; FEATURES];
        for candidate in &candidates {
            best.iter_mut().zip(candidate.0).for_each(|(best, value)| *best = best.max(value));
        }
        for candidate in &mut candidates {
            for (place, best) in best.iter().enumerate() {
                candidate.0[FEATURES + place] = candidate.0[place] - best;
            }
        }
        best
    }

    /// The same without what a group says.
    #[must_use]
    pub fn without(mut self, group: Group) -> Self {
        for feature in Feature::ALL.into_iter().filter(|feature| feature.group() == group) {
            self.0[feature as usize] = 0.0;
            self.0[FEATURES + feature as usize] = 0.0;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_candidate_falls_short_of_nothing() {
        let (mut one, mut other) = (PairFeatures::default(), PairFeatures::default());
        one.set(Feature::WordScore, 0.75);
        other.set(Feature::WordScore, 0.5);
        other.set(Feature::Direction, 0.25);
        let best = PairFeatures::stand_side_by_side([&mut one, &mut other].into_iter());
        assert_eq!((best[Feature::WordScore as usize], best[Feature::Direction as usize]), (0.75, 0.25));
        let short = |pair: &PairFeatures, feature: Feature| pair.0[FEATURES + feature as usize];
        assert_eq!((short(&one, Feature::WordScore), short(&other, Feature::WordScore)), (0.0, -0.25));
        assert_eq!((short(&one, Feature::Direction), short(&other, Feature::Direction)), (-0.25, 0.0));
    }

    #[test]
    fn every_value_has_a_name_and_every_group_a_feature() {
        assert_eq!(Feature::ALL.len() * 2, PAIR_VALUE_NAMES.len());
        for group in Group::ALL {
            assert!(Feature::ALL.iter().any(|feature| feature.group() == group), "{group:?}");
        }
    }
}

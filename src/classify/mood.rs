//! The shopper's mood: five levels for a message, and its course over a conversation.
//!
//! The reviews model alone would take every problem for anger: "我的快递怎么还没到" speaks ill of the parcel, not of
//! us. So it only shades what the words of a chat say plainly: insults, threats, reproaches, thanks, punctuation.

use crate::classify::sentiment::SentimentModel;
use crate::text::Text;
use serde::{Deserialize, Serialize};

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

/// The mood of one message.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MoodReading {
    /// The level.
    pub mood: Mood,
    /// The reviews model's probability that the text speaks well.
    pub positive: f64,
    /// Whether it is said to be urgent.
    pub urgent: bool,
    /// Words that make the matter serious: 12315, 起诉, 曝光.
    pub risk: Vec<String>,
    /// Words and marks that the level rests on.
    pub because: Vec<String>,
}

/// Moods of the last messages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Trajectory {
    /// The newest last.
    recent: Vec<Mood>,
}

/// Messages that the course looks back on.
const RECENT: usize = 6;

/// Reads moods.
pub struct MoodReader {
    sentiment: SentimentModel,
}

const INSULTS: [&str; 30] = [
    "骗子",
    "垃圾",
    "傻逼",
    "傻x",
    "sb",
    "tmd",
    "他妈",
    "妈的",
    "滚",
    "混蛋",
    "畜生",
    "无耻",
    "不要脸",
    "狗屁",
    "放屁",
    "骗人",
    "坑人",
    "黑店",
    "去死",
    "脑残",
    "智障",
    "废物",
    "王八蛋",
    "恶心",
    "流氓",
    "坑爹",
    "奸商",
    "欺诈",
    "诈骗",
    "忽悠人",
];

const REPROACHES: [&str; 44] = [
    "气死",
    "太气人",
    "太差",
    "差劲",
    "太慢了",
    "什么破",
    "什么态度",
    "态度差",
    "态度恶劣",
    "失望",
    "无语",
    "服了",
    "受不了",
    "忍无可忍",
    "过分",
    "离谱",
    "太坑",
    "敷衍",
    "没人管",
    "没人理",
    "不理人",
    "推卸",
    "踢皮球",
    "糊弄",
    "骗我",
    "坑我",
    "耍我",
    "玩我",
    "再也不买",
    "再也不来",
    "不会再来",
    "一肚子火",
    "火大",
    "烦死",
    "要疯了",
    "欺负人",
    "不负责任",
    "说话不算",
    "太让人",
    "什么垃圾",
    "差评",
    "等了半个月",
    "拖了",
    "生气",
];

const RISKS: [&str; 14] = [
    "12315",
    "工商局",
    "消协",
    "起诉",
    "法院",
    "律师",
    "曝光",
    "报警",
    "媒体",
    "黑猫",
    "市场监管",
    "消费者协会",
    "假一赔",
    "315",
];

const THANKS: [&str; 16] = [
    "谢谢",
    "感谢",
    "多谢",
    "辛苦",
    "太好了",
    "真好",
    "很满意",
    "挺满意",
    "非常满意",
    "好评",
    "喜欢",
    "不错",
    "棒",
    "赞",
    "给力",
    "贴心",
];

const DELIGHT: [&str; 8] = ["太棒", "超级喜欢", "爱了", "非常满意", "惊喜", "完美", "太赞", "太给力"];

/// Turns before a word that reverse it.
const NEGATIONS: [&str; 10] = ["不", "没", "没有", "别", "不是", "并不", "不太", "不怎么", "一点都不", "不算"];

const URGENT: [&str; 10] = ["急", "马上", "立刻", "赶紧", "尽快", "今天必须", "等着用", "快点", "来不及", "火速"];

const ANGRY_FACES: [&str; 6] = ["😡", "🤬", "😠", "💢", "👎", "😤"];
const HAPPY_FACES: [&str; 8] = ["😊", "😄", "❤", "🥰", "👍", "😍", "🌹", "🎉"];

/// Ironic thanks: praise in front of a reproach about waiting.
const IRONY: [&str; 5] = ["真是谢谢", "可真是", "真行啊", "真有你们的", "呵呵"];

impl MoodReader {
    /// A reader over the reviews model.
    pub fn new(sentiment: SentimentModel) -> Self {
        Self { sentiment }
    }

    /// Reads one message.
    pub fn read(&self, text: &Text) -> MoodReading {
        judge(&text.normal, self.sentiment.positive(text))
    }
}

/// The level from the words and the reviews model's shade.
fn judge(normal: &str, positive: f64) -> MoodReading {
    let found = |words: &[&str]| -> Vec<String> {
        words.iter().filter(|word| says(normal, word)).map(|word| (*word).to_owned()).collect()
    };
    let (insults, reproaches, irony) = (found(&INSULTS), found(&REPROACHES), found(&IRONY));
    let (thanks, delight) = (found(&THANKS), found(&DELIGHT));
    let angry = found(&ANGRY_FACES);
    let happy = found(&HAPPY_FACES);
    let shouts = normal.matches(['!', '?']).count() >= 3;

    let anger = insults.len() * 3 + reproaches.len() * 2 + angry.len() * 2 + irony.len() * 2;
    let insulted = !insults.is_empty() && (anger >= 5 || shouts || insults.len() > 1);
    let (mood, because) = if insulted || (anger >= 5 && positive < 0.5) {
        (Mood::Furious, [insults, reproaches, angry].concat())
    } else if anger >= 2 && (positive < 0.8 || anger >= 3) {
        (Mood::Upset, [insults, reproaches, angry, irony].concat())
    } else if !delight.is_empty() || (!thanks.is_empty() && !happy.is_empty()) {
        (Mood::Delighted, [delight, thanks, happy].concat())
    } else if anger == 0 && (!thanks.is_empty() || !happy.is_empty()) {
        (Mood::Content, [thanks, happy].concat())
    } else {
        (Mood::Neutral, Vec::new())
    };
    MoodReading { mood, positive, urgent: !found(&URGENT).is_empty(), risk: found(&RISKS), because }
}

/// Whether a text says a word without taking it back: 不生气 does not say 生气.
fn says(normal: &str, word: &str) -> bool {
    normal.match_indices(word).any(|(at, _)| {
        let before = &normal[..at];
        let inside_latin = word.is_ascii()
            && word.chars().all(|c| c.is_ascii_alphabetic())
            && (before.ends_with(|c: char| c.is_ascii_alphabetic())
                || normal[at + word.len()..].starts_with(|c: char| c.is_ascii_alphabetic()));
        // A number of the law is not part of a longer number.
        let inside_number = word.chars().all(|c| c.is_ascii_digit())
            && (before.ends_with(|c: char| c.is_ascii_digit())
                || normal[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()));
        !inside_latin && !inside_number && !NEGATIONS.iter().any(|negation| before.ends_with(negation))
    })
}

impl Trajectory {
    /// The course with one more message.
    #[must_use]
    pub fn after(&self, reading: &MoodReading) -> Self {
        let mut recent = self.recent.clone();
        recent.push(reading.mood);
        let surplus = recent.len().saturating_sub(RECENT);
        recent.drain(..surplus);
        Self { recent }
    }

    /// The level now: the newest message, held down by an upset one among the two before it, because anger does not
    /// end with the first polite sentence.
    pub fn level(&self) -> Mood {
        let newest = self.recent.last().copied().unwrap_or_default();
        let lately = self.recent.iter().rev().take(3).min().copied().unwrap_or_default();
        if lately <= Mood::Upset && newest == Mood::Neutral { Mood::Upset } else { newest }
    }

    /// Whether two of the last three messages were upset, or one furious before another upset one.
    pub fn stays_upset(&self) -> bool {
        self.recent.iter().rev().take(3).filter(|mood| **mood <= Mood::Upset).count() >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    fn mood(text: &str) -> Mood {
        judge(&normalize(text), 0.5).mood
    }

    #[test]
    fn a_question_about_a_problem_is_not_anger() {
        for text in [
            "我的快递怎么还没到",
            "退款多久到账",
            "收到的东西坏了怎么办",
            "尺码不合适可以换吗",
            "为什么还没发货",
            "少了一件怎么处理",
            "这个可以退吗",
            "运费谁出",
            "订单取消不了",
            "不是不满意，就是尺码大了",
            "发票抬头写错了",
            "你好",
            "优惠券用不了",
        ] {
            assert_eq!(mood(text), Mood::Neutral, "{text}");
        }
    }

    #[test]
    fn reproaches_upset_and_insults_furious() {
        for text in [
            "等了半个月了还没发，太差劲了",
            "真是谢谢你们哦，等了半个月",
            "什么态度啊",
            "我很生气",
            "你们也太敷衍了吧",
            "没人管吗？太让人失望了",
            "再也不买了",
            "😡怎么还不发货",
        ] {
            assert_eq!(mood(text), Mood::Upset, "{text}");
        }
        for text in ["你们什么垃圾店，骗子！", "骗子！黑店！退钱！", "tmd太差劲了，滚", "一群骗子，气死我了"]
        {
            assert_eq!(mood(text), Mood::Furious, "{text}");
        }
    }

    #[test]
    fn thanks_and_negated_anger() {
        assert_eq!(mood("谢谢"), Mood::Content);
        assert_eq!(mood("太棒了，超级喜欢"), Mood::Delighted);
        assert_eq!(mood("我不生气"), Mood::Neutral);
        assert_eq!(mood("usb接口坏了"), Mood::Neutral);
    }

    #[test]
    fn risk_words_are_reported_apart() {
        assert_eq!(judge("我要打12315", 0.5).risk, ["12315", "315"].map(String::from)[..1]);
        assert!(judge("订单sg202612315042", 0.5).risk.is_empty());
        assert!(judge("急，等着用", 0.5).urgent);
    }

    #[test]
    fn anger_lasts_beyond_the_first_polite_sentence() {
        let read = |mood| MoodReading { mood, ..MoodReading::default() };
        let once = Trajectory::default().after(&read(Mood::Upset));
        assert_eq!(once.level(), Mood::Upset);
        assert!(!once.stays_upset());
        let calmer = once.after(&read(Mood::Neutral));
        assert_eq!(calmer.level(), Mood::Upset);
        assert!(calmer.after(&read(Mood::Furious)).stays_upset());
        let thanked = calmer.after(&read(Mood::Content));
        assert_eq!(thanked.level(), Mood::Content);
    }
}

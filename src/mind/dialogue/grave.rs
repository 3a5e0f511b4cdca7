//! Words that make a matter grave for the shop beyond those of the mood lexicon: a complaint that is announced, goods
//! that are said to be counterfeit. Whoever only asks whether goods are genuine is answered, not handed over.

/// Words that a person should answer.
const GRAVE: [&str; 6] = ["投诉", "假货", "卖假", "售假", "假冒", "举报"];

/// Questions that hold one of the words above.
const ASKED: [&str; 10] = [
    "是假货吗",
    "是假货吧",
    "是不是假货",
    "会不会是假货",
    "有没有假货",
    "有假货吗",
    "怕是假货",
    "怕买到假货",
    "假货怎么赔",
    "不投诉",
];

/// Whether a normalised message holds a grave word.
pub fn is_grave(normal: &str) -> bool {
    let mut rest: String = normal.chars().filter(|character| character.is_alphanumeric()).collect();
    for phrase in ASKED {
        if rest.contains(phrase) {
            rest = rest.replace(phrase, "");
        }
    }
    GRAVE.iter().any(|word| rest.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_announces_is_handed_over_and_who_asks_is_answered() {
        for text in ["我要投诉你们", "收到的是假货", "再不处理就举 报"] {
            assert!(is_grave(text), "{text}");
        }
        for text in ["这个是不是假货", "会不会是假货啊", "运费怎么算"] {
            assert!(!is_grave(text), "{text}");
        }
    }
}

//! Words that say that a life may be in danger. Nothing else counts then: no answer, no mood, no product, only care, the
//! numbers of those who help at once, and a person of the shop.
//!
//! A message that is taken for danger by mistake costs a caring sentence; one that is missed may cost a life. So the
//! lists are wide, and only figures of speech that shops hear every day are exempt.

/// Thoughts of ending one's life, and emergencies.
const DANGER: [&str; 43] = [
    "不想活",
    "不想活了",
    "活不下去",
    "活着没意思",
    "活着没意义",
    "活着好累",
    "活够了",
    "想死",
    "去死了算了",
    "死了算了",
    "自杀",
    "自尽",
    "轻生",
    "自残",
    "割腕",
    "跳楼",
    "跳河",
    "上吊",
    "烧炭",
    "想不开",
    "一了百了",
    "结束生命",
    "结束自己",
    "了结自己",
    "离开这个世界",
    "安眠药",
    "晕倒",
    "昏迷",
    "休克",
    "喘不上气",
    "呼吸困难",
    "大出血",
    "中毒",
    "触电了",
    "被电了",
    "着火",
    "起火",
    "火灾",
    "煤气泄漏",
    "燃气泄漏",
    "心脏病发",
    "没有呼吸",
    "要出人命",
];

/// Figures of speech that hold one of the words above.
const HARMLESS: [&str; 18] = [
    "想死你",
    "想死我",
    "想死它",
    "想死这",
    "跳楼价",
    "跳楼大",
    "跳楼甩",
    "跳楼清",
    "不会起火",
    "会不会起火",
    "会着火吗",
    "会起火吗",
    "防触电",
    "防起火",
    "防着火",
    "会中毒吗",
    "种草中毒",
    "消毒",
];

/// Whether a normalised message speaks of danger to life.
pub fn is_danger(normal: &str) -> bool {
    let mut rest: String = normal.chars().filter(|character| character.is_alphanumeric()).collect();
    for phrase in HARMLESS {
        if rest.contains(phrase) {
            rest = rest.replace(phrase, "");
        }
    }
    DANGER.iter().any(|word| rest.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danger_and_figures_of_speech() {
        for text in [
            "我不想活了",
            "活着没意思",
            "想 死",
            "孩子误食了中毒了怎么办",
            "充电宝起火了",
            "我晕倒了",
            "安眠药吃了一瓶",
        ] {
            assert!(is_danger(text), "{text}");
        }
        for text in
            ["想死你们家的坚果了", "跳楼价甩卖吗", "笑死", "气死我了", "充电宝会起火吗", "退款多久到账", "急死了"]
        {
            assert!(!is_danger(text), "{text}");
        }
    }
}

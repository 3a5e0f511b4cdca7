//! The small words of a message: courtesy, pointing words, question words. What is left when they are taken away is
//! what the message is about.
//!
//! Plain lists, not learned weights: these words are few, and a wrong guess about them changes what was asked.

/// Greetings and calls that stand in front of a question; a mark or space must follow.
const GREETINGS: [&str; 27] = [
    "你好",
    "您好",
    "你好呀",
    "你好啊",
    "您好呀",
    "哈喽",
    "哈啰",
    "hello",
    "hi",
    "嗨",
    "在吗",
    "在么",
    "在不在",
    "在不",
    "有人吗",
    "有人在吗",
    "亲",
    "亲亲",
    "客服",
    "客服你好",
    "老板",
    "掌柜",
    "店家",
    "小二",
    "早上好",
    "下午好",
    "晚上好",
];

/// Phrases in front of a question that need no mark after them.
const OPENINGS: [&str; 18] = [
    "请问一下",
    "请问下",
    "请问",
    "我想问一下",
    "我想问下",
    "想问一下",
    "想问下",
    "我想问",
    "想问问",
    "问一下",
    "问下",
    "咨询一下",
    "咨询下",
    "打扰一下",
    "打扰了",
    "不好意思",
    "麻烦问一下",
    "请教一下",
];

/// Thanks behind a question; a mark or space must stand before.
const CLOSINGS: [&str; 9] = ["谢谢啦", "谢谢了", "谢谢你", "谢谢", "多谢", "麻烦了", "感谢", "辛苦了", "thanks"];

/// Words that point to what was said before, so plainly that the message cannot stand alone; longer ones first.
const POINTING_BACK: [&str; 14] = [
    "上面说的那个",
    "上面说的",
    "上面那个",
    "刚才说的那个",
    "刚才说的",
    "刚刚说的那个",
    "刚刚说的",
    "刚才那个",
    "前面说的那个",
    "前面说的",
    "你说的那个",
    "您说的那个",
    "你说的",
    "您说的",
];

/// Words that point to a thing; longer ones first.
const POINTING: [&str; 15] = [
    "这个", "那个", "这款", "那款", "这件", "那件", "这双", "那双", "这种", "那种", "这台", "这包", "这条", "它们",
    "它",
];

/// How a message goes on from the one before.
const CONTINUING: [&str; 5] = ["那么", "那", "然后", "还有", "另外"];

/// Words that ask for a time, a price, a place, a person or a way, and so need a subject; longer ones first.
const ASKING: [&[&str]; 6] = [
    &["多长时间", "什么时候", "啥时候", "大概多久", "多久", "几天", "几时", "多会儿"],
    &["多少钱", "要钱吗", "收费吗", "贵不贵", "几块钱", "几块", "什么价", "价格", "怎么算", "咋算", "多少"],
    &["在哪里", "在哪儿", "在哪", "去哪里", "去哪", "哪里"],
    &["谁出", "找谁"],
    &["怎么弄", "怎么操作", "怎么申请", "怎么搞", "怎么用", "咋弄", "如何操作"],
    &["可以吗", "行吗"],
];

/// What is left of a sentence when its question is taken away; longer ones first.
const EMPTY: [&str; 68] = [
    "怎么回事",
    "什么情况",
    "怎么办",
    "怎么整",
    "怎么样",
    "怎么",
    "咋办",
    "咋整",
    "咋回事",
    "咋",
    "如何",
    "什么",
    "为什么",
    "为啥",
    "啥",
    "帮帮我",
    "帮帮忙",
    "帮个忙",
    "帮忙",
    "帮我",
    "帮",
    "出问题",
    "有问题",
    "问题",
    "事情",
    "有事",
    "事儿",
    "事",
    "情况",
    "麻烦",
    "我想",
    "我要",
    "我们",
    "你们",
    "我",
    "你",
    "您",
    "需要",
    "一般",
    "大概",
    "大约",
    "到底",
    "究竟",
    "可以",
    "知道",
    "一下",
    "请问",
    "问",
    "有点",
    "有个",
    "有",
    "要",
    "能",
    "会",
    "得",
    "是",
    "个",
    "还",
    "就",
    "都",
    "该",
    "急",
    "呢",
    "吗",
    "啊",
    "呀",
    "吧",
    "了",
];

/// Words of a question that its subject does not need; longer ones first.
const OF_QUESTIONS: [&str; 32] = [
    "多长时间",
    "什么时候",
    "为什么",
    "多少钱",
    "有没有",
    "是什么",
    "怎么办",
    "怎么样",
    "怎么",
    "多久",
    "几天",
    "多少",
    "哪里",
    "哪些",
    "如何",
    "什么",
    "可以",
    "能不能",
    "是不是",
    "是否",
    "一般",
    "谁出",
    "吗",
    "呢",
    "谁",
    "几折",
    "能",
    "会",
    "在",
    "去",
    "要",
    "我的",
];

/// A question, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phrases {
    /// Whether it points back to what was said: "上面说的", "那…呢".
    pub points_back: bool,
    /// Whether it points to a thing: 这个.
    pub points: bool,
    /// Whether it asks for a time, a price, a way, and names nothing that this could be of.
    pub bare: bool,
    /// The question without pointing words, marks and a closing 呢.
    pub rest: String,
    /// Whether anything was said but small words.
    says_something: bool,
}

impl Phrases {
    /// Takes a normalised question apart.
    pub fn read(question: &str) -> Self {
        let mut rest = without_marks(question);
        let mut points_back = remove(&mut rest, &POINTING_BACK);
        let asks_on = rest.ends_with('呢');
        let continues = CONTINUING.iter().find_map(|word| rest.strip_prefix(word)).map(str::to_owned);
        if let Some(after) = continues {
            let bare = is_only(&after, &[&POINTING, &ASKING.concat()]);
            if asks_on || (bare && question.starts_with('那')) {
                points_back = true;
                rest = after;
            }
        }
        let points = remove(&mut rest, &POINTING);
        let rest = rest.trim_end_matches('呢').to_owned();
        let names_nothing = is_only(&rest, &[&ASKING.concat()]);
        let bare = names_nothing && kind_of_asking(&rest).is_some();
        Self { points_back, points, bare, says_something: !names_nothing, rest }
    }

    /// Whether there is nothing in it that could be answered.
    pub fn is_vague(&self) -> bool {
        !self.says_something && !self.bare
    }
}

/// A normalised message without greeting and thanks; the message itself where nothing else would be left.
pub fn without_courtesy(normal: &str) -> &str {
    let mut rest = normal.trim_matches(is_mark);
    loop {
        let greeting =
            GREETINGS.iter().filter_map(|word| rest.strip_prefix(word)).filter(|after| after.starts_with(is_mark));
        let opening = OPENINGS.iter().filter_map(|word| rest.strip_prefix(word));
        match greeting.chain(opening).map(|after| after.trim_start_matches(is_mark)).find(|after| !after.is_empty()) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let closing = CLOSINGS.iter().filter_map(|word| rest.strip_suffix(word)).find(|before| before.ends_with(is_mark));
    let rest = closing.map_or(rest, |before| before.trim_end_matches(is_mark));
    if rest.is_empty() || rest == normal.trim_matches(is_mark) { normal } else { rest }
}

/// Whether a normalised message is a greeting or thanks and nothing else.
pub fn is_courtesy(normal: &str) -> bool {
    let rest = normal.trim_matches(is_mark);
    rest.is_empty() || GREETINGS.contains(&rest) || OPENINGS.contains(&rest) || CLOSINGS.contains(&rest)
}

/// What a standard question is about: "怎么开发票？" is about 开发票.
pub fn subject(question: &str) -> String {
    let mut rest = without_marks(question);
    remove(&mut rest, &OF_QUESTIONS);
    rest
}

fn is_mark(character: char) -> bool {
    !character.is_alphanumeric()
}

fn without_marks(text: &str) -> String {
    text.chars().filter(|character| !is_mark(*character)).collect()
}

fn remove(text: &mut String, words: &[&str]) -> bool {
    let mut found = false;
    for word in words {
        if text.contains(word) {
            *text = text.replace(word, "");
            found = true;
        }
    }
    found
}

/// Whether two questions ask for the same kind of thing: both for a time, both for a price.
pub fn ask_alike(one: &str, other: &str) -> bool {
    kind_of_asking(one).is_some_and(|kind| kind_of_asking(other) == Some(kind))
}

fn kind_of_asking(question: &str) -> Option<usize> {
    ASKING.iter().position(|words| words.iter().any(|word| question.contains(word)))
}

/// Whether nothing is left of a text without these words and the small ones.
pub fn is_only(text: &str, lists: &[&[&str]]) -> bool {
    let mut rest = text.to_owned();
    for words in lists {
        remove(&mut rest, words);
    }
    remove(&mut rest, &EMPTY);
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesy_is_no_part_of_the_question() {
        for (message, question) in [
            ("你好,退款多久到账", "退款多久到账"),
            ("在吗 亲,请问运费怎么算,谢谢", "运费怎么算"),
            ("请问一下怎么开发票", "怎么开发票"),
            ("客服态度不好怎么投诉", "客服态度不好怎么投诉"),
            ("你好贵啊", "你好贵啊"),
            ("你好", "你好"),
            ("谢谢", "谢谢"),
            ("你好,谢谢", "谢谢"),
            ("亲子装有吗", "亲子装有吗"),
        ] {
            assert_eq!(without_courtesy(message), question, "{message}");
        }
    }

    #[test]
    fn what_points_back_and_what_is_left() {
        for (question, points_back, points, bare, rest) in [
            ("那运费呢", true, false, false, "运费"),
            ("这个呢", false, true, false, ""),
            ("上面说的那个要几天", true, false, true, "要几天"),
            ("那要多久", true, false, true, "要多久"),
            ("那怎么弄呢?", true, false, true, "怎么弄"),
            ("这个多少钱", false, true, true, "多少钱"),
            ("要几天", false, false, true, "要几天"),
            ("那边的仓库在哪", false, false, false, "那边的仓库在哪"),
            ("还有货吗", false, false, false, "还有货吗"),
            ("退款多久到账", false, false, false, "退款多久到账"),
            ("会员呢", false, false, false, "会员"),
        ] {
            let read = Phrases::read(question);
            let parts = (read.points_back, read.points, read.bare, read.rest.as_str());
            assert_eq!(parts, (points_back, points, bare, rest), "{question}");
        }
    }

    #[test]
    fn nothing_that_could_be_answered() {
        for vague in ["怎么办", "有问题", "咋整", "帮帮我", "出问题了怎么办", "有个事", "怎么回事啊", "这个怎么办"]
        {
            assert!(Phrases::read(vague).is_vague(), "{vague}");
        }
        for clear in ["退款", "要几天", "坏了怎么办", "会员问题", "付款有问题", "转人工"] {
            assert!(!Phrases::read(clear).is_vague(), "{clear}");
        }
    }

    #[test]
    fn the_subject_of_a_question() {
        assert_eq!(subject("怎么开发票？"), "开发票");
        assert_eq!(subject("退款多久到账？"), "退款到账");
        assert_eq!(subject("怎么申请七天无理由退货？"), "申请七天无理由退货");
    }
}

//! From a message to what speaks for one mood or another: named numbers that the mood model weighs.
//!
//! | name | what it tells |
//! |---|---|
//! | `insult`, `praise`, … | words of a [`Group`], weighed by degree words |
//! | `praise-`, `praise=` | the same, denied once, denied twice |
//! | `fault?`, `fault if` | the same in a question, in a mere case |
//! | `turned` | praise or thanks beside waiting or blame: often irony |
//! | `!`, `??`, `?!`, `…` | repeated marks |
//! | `stretched` | a character three times in a row |
//! | `review`, `review?` | the reviews model's log-odds that the text speaks well, in a question |
//! | `w:…` | a word |

use crate::classify::mood::lexicon::{Group, Lexicon, Mark};
use crate::text::Text;

/// What the words of a message weigh together.
const WORDS: f64 = 1.0;

/// One named number.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The name.
    pub name: String,
    /// How much of it there is.
    pub value: f64,
    /// The words that it was read from.
    pub said: Vec<String>,
}

impl Evidence {
    fn plain(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, said: Vec::new() }
    }

    /// The evidence in Chinese, with the words it was read from.
    pub fn in_words(&self) -> String {
        let title = describe(&self.name);
        if self.said.is_empty() { title } else { format!("{title}“{}”", self.said.join("、")) }
    }
}

/// A name of evidence in Chinese.
fn describe(name: &str) -> String {
    if let Some(word) = name.strip_prefix("w:") {
        return format!("词“{word}”");
    }
    let fixed = match name {
        "turned" => "好话和抱怨放在一起",
        "!" => "感叹号",
        "??" => "连续问号",
        "?!" => "问号加感叹号",
        "…" => "省略号",
        "stretched" => "重复的字",
        "asks" => "是在提问",
        "length" => "长短",
        "review" => "整句的褒贬",
        "review?" => "提问里的褒贬",
        _ => "",
    };
    if !fixed.is_empty() {
        return fixed.to_owned();
    }
    let (base, turn) = [("-", "被否定的"), ("=", "双重否定的"), ("?", "提问里的"), (" if", "假设里的")]
        .into_iter()
        .find_map(|(end, turn)| Some((name.strip_suffix(end)?, turn)))
        .unwrap_or((name, ""));
    let group: Option<Group> = serde_json::from_value(serde_json::Value::String(base.to_owned())).ok();
    format!("{turn}{}", group.map_or(base.to_owned(), |group| group.title().to_owned()))
}

/// What a message says for its mood. `positive` is the reviews model's probability that the text speaks well.
pub fn evidence(text: &Text, lexicon: &Lexicon, positive: f64) -> Vec<Evidence> {
    let normal = text.normal.as_str();
    let marks = lexicon.marks(normal);
    let mut found = Vec::new();
    for mark in &marks {
        add(&mut found, mark, &marks, normal);
    }
    if contradicts_itself(&marks) {
        found.push(Evidence::plain("turned", 1.0));
    }
    found.extend(emphasis(normal));
    let asks = normal.contains('?') || marks.iter().any(|mark| mark.group == Group::Question);
    let review = (positive.clamp(1e-6, 1.0 - 1e-6) / (1.0 - positive).clamp(1e-6, 1.0)).ln().clamp(-4.0, 4.0) / 3.0;
    found.push(Evidence::plain("review", review));
    if asks {
        found.push(Evidence::plain("asks", 1.0));
        found.push(Evidence::plain("review?", review));
    }
    found.push(Evidence::plain("length", (1.0 + normal.chars().count() as f64).ln() / 4.0));
    found.extend(words(text));
    found
}

/// Adds a mark under its own name and under that of the clause it stands in.
fn add(found: &mut Vec<Evidence>, mark: &Mark, marks: &[Mark], normal: &str) {
    let name = name_of(mark.group);
    let turn = match mark.denied {
        0 => "",
        denied if denied % 2 == 1 => "-",
        _ => "=",
    };
    let said = &normal[mark.at.clone()];
    count(found, format!("{name}{turn}"), mark.weight, said);
    if matches!(mark.group, Group::Question | Group::Condition) {
        return;
    }
    let clause = clause_around(normal, mark.at.start);
    let beside = |group| marks.iter().any(|other| other.group == group && clause.contains(&other.at.start));
    if beside(Group::Question) || normal[clause.end..].starts_with('?') {
        count(found, format!("{name}?"), 1.0, said);
    }
    if beside(Group::Condition) {
        count(found, format!("{name} if"), 1.0, said);
    }
}

/// The first of a kind counts whole, further ones by half, up to twice the first.
fn count(found: &mut Vec<Evidence>, name: String, value: f64, said: &str) {
    match found.iter_mut().find(|known| known.name == name) {
        Some(known) => {
            known.value = (known.value + value / 2.0).min(2.0 * value.max(1.0));
            known.said.push(said.to_owned());
        }
        None => found.push(Evidence { name, value, said: vec![said.to_owned()] }),
    }
}

fn name_of(group: Group) -> String {
    let name = serde_json::to_value(group).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Whether good words stand beside waiting, blame or faults: "真是谢谢你们哦，等了半个月".
fn contradicts_itself(marks: &[Mark]) -> bool {
    let says = |groups: &[Group]| marks.iter().any(|mark| groups.contains(&mark.group) && mark.denied % 2 == 0);
    says(&[Group::Thanks, Group::Praise, Group::Delight, Group::Mild])
        && says(&[Group::Waiting, Group::Reproach, Group::Fault, Group::Irony])
}

fn emphasis(normal: &str) -> impl Iterator<Item = Evidence> {
    let times = |mark: char| normal.chars().filter(|c| *c == mark).count();
    let (shouts, asks) = (times('!'), times('?'));
    let both = normal.contains("?!") || normal.contains("!?");
    let characters: Vec<char> = normal.chars().collect();
    let stretched = characters
        .windows(3)
        .any(|three| three[0].is_alphabetic() && three.iter().all(|c| *c == three[0]) && !three[0].is_ascii_digit());
    let amount = |times: usize| times.min(3) as f64 / 3.0;
    [
        ("!", amount(shouts)),
        ("??", if asks > 1 { amount(asks) } else { 0.0 }),
        ("?!", f64::from(u8::from(both))),
        ("…", f64::from(u8::from(normal.contains('…') || normal.contains("...")))),
        ("stretched", f64::from(u8::from(stretched))),
    ]
    .into_iter()
    .filter(|(_, value)| *value > 0.0)
    .map(|(name, value)| Evidence::plain(name, value))
}

/// Each word once; together they have length [`WORDS`].
fn words(text: &Text) -> Vec<Evidence> {
    let mut words: Vec<&str> = text.words().filter(|word| word.chars().any(char::is_alphanumeric)).collect();
    words.sort_unstable();
    words.dedup();
    let value = WORDS / (words.len().max(1) as f64).sqrt();
    words.into_iter().map(|word| Evidence::plain(&format!("w:{word}"), value)).collect()
}

/// Byte range of the clause around a place.
fn clause_around(normal: &str, at: usize) -> std::ops::Range<usize> {
    let ends = |c: char| matches!(c, ',' | '。' | '!' | '?' | ';' | '…' | ' ');
    let start = normal[..at].rfind(ends).map_or(0, |end| end + 1);
    let end = normal[at..].find(ends).map_or(normal.len(), |end| at + end);
    // A mark of several bytes: the next character boundary.
    let start = (start..=at).find(|place| normal.is_char_boundary(*place)).unwrap_or(at);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn names(raw: &str) -> Vec<String> {
        let lexicon = Lexicon::parse(
            "thanks = ['谢谢']\nwaiting = ['等了']\nfault = ['坏了']\npraise = ['满意']\nquestion = ['怎么']\n\
             condition = ['如果']\nnegation = ['不', '不是']",
        )
        .unwrap();
        let text = Language::new(&[]).read(raw);
        evidence(&text, &lexicon, 0.5).into_iter().map(|one| one.name).filter(|name| !name.starts_with("w:")).collect()
    }

    fn has(raw: &str, name: &str) -> bool {
        names(raw).iter().any(|one| one == name)
    }

    #[test]
    fn words_are_told_apart_by_how_they_are_turned() {
        assert!(has("不满意", "praise-") && has("不是不满意", "praise=") && has("满意", "praise"));
        assert!(has("坏了怎么办", "fault?") && !has("坏了。怎么办", "fault?"));
        assert!(has("如果坏了", "fault if"));
        assert!(has("谢谢，等了好久", "turned") && !has("谢谢", "turned"));
    }

    #[test]
    fn emphasis_is_counted() {
        assert!(has("退钱!!!", "!") && has("为什么??", "??") && has("什么?!", "?!") && has("急急急", "stretched"));
        assert!(names("你好").iter().all(|name| matches!(name.as_str(), "review" | "length")));
    }

    #[test]
    fn evidence_reads_in_chinese() {
        let one = Evidence { name: "praise-".into(), value: 1.0, said: vec!["满意".into()] };
        assert_eq!(one.in_words(), "被否定的称赞“满意”");
        assert_eq!(describe("w:快递"), "词“快递”");
        assert_eq!(describe("angry_face"), "生气的表情");
    }
}

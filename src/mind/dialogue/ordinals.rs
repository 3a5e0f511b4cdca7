//! Which of the cards shown last a message means: "第一个和第三个", "前两个", "最后一款", "1和3".

use regex::Regex;
use std::sync::LazyLock;

/// Words after a number that count goods.
const COUNTED: &str = "(?:个|款|双|件|条|种|只|台|瓶|盒)";

static NUMBERED: LazyLock<Regex> =
    LazyLock::new(|| rule(&format!(r"第([一二三四五六七八九1-9])(?:{COUNTED}|和|跟|与|、|$)")));
static FIRST: LazyLock<Regex> = LazyLock::new(|| rule(&format!(r"前([一二两三四五六1-6]){COUNTED}")));
static LAST: LazyLock<Regex> = LazyLock::new(|| rule(&format!(r"(?:最后|后)(面)?([一二两三四五六1-6]){COUNTED}")));
static SHORT: LazyLock<Regex> = LazyLock::new(|| rule(r"^([1-9])(?:号)?(?:和|跟|与|、|还是)([1-9])(?:号)?"));
static ALL: LazyLock<Regex> = LazyLock::new(|| rule(&format!(r"(?:这|那|上面)(?:几|三|3|两|2|二){COUNTED}")));

fn rule(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is part of the program and covered by tests")
}

/// Places, from zero, of the cards that a normalised message means, in the order in which it names them; `shown` is how
/// many there were.
pub fn places(normal: &str, shown: usize) -> Vec<usize> {
    let mut places: Vec<usize> =
        NUMBERED.captures_iter(normal).filter_map(|found| number(&found[1])).map(before).collect();
    if let Some(found) = SHORT.captures(normal) {
        places.extend([&found[1], &found[2]].into_iter().filter_map(number).map(before));
    }
    if let Some(count) = FIRST.captures(normal).and_then(|found| number(&found[1])) {
        places.extend(0..count);
    }
    if let Some(count) = LAST.captures(normal).and_then(|found| number(&found[2])) {
        places.extend(shown.saturating_sub(count)..shown);
    }
    let mut known = Vec::with_capacity(places.len());
    for place in places {
        if place < shown && !known.contains(&place) {
            known.push(place);
        }
    }
    known
}

/// How many are meant by "这两款", "这三个", "这几个"; none where it is not said.
pub fn count(normal: &str) -> Option<usize> {
    let found = ALL.find(normal)?.as_str();
    Some(if found.contains(['三', '3', '几']) { 3 } else { 2 })
}

/// A normalised text without the words that name cards by their places.
pub fn without(normal: &str) -> String {
    [&NUMBERED, &FIRST, &LAST, &SHORT, &ALL]
        .into_iter()
        .fold(normal.to_owned(), |rest, rule| rule.replace_all(&rest, " ").into_owned())
}

fn before(number: usize) -> usize {
    number - 1
}

fn number(word: &str) -> Option<usize> {
    let numerals =
        [("一", 1), ("二", 2), ("两", 2), ("三", 3), ("四", 4), ("五", 5), ("六", 6), ("七", 7), ("八", 8), ("九", 9)];
    let known = numerals.iter().find(|(numeral, _)| *numeral == word).map(|(_, number)| *number);
    known.or_else(|| word.parse().ok()).filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_named_by_their_places() {
        for (message, expected) in [
            ("第一个和第三个哪个好", &[0, 2][..]),
            ("第三款跟第1款有什么区别", &[2, 0]),
            ("前两个哪个好", &[0, 1]),
            ("后两款呢", &[1, 2]),
            ("最后一个多少钱", &[2]),
            ("1和3哪个好", &[0, 2]),
            ("第九个", &[]),
            ("第一次买有优惠吗", &[]),
            ("最后几天", &[]),
            ("哪个好", &[]),
        ] {
            assert_eq!(places(message, 3), expected, "{message}");
        }
        assert_eq!((count("这两款哪个好"), count("这几个哪个好"), count("哪个好")), (Some(2), Some(3), None));
    }
}

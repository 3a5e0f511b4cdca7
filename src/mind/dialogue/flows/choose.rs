//! Which of several orders is meant: by its number or its end, its place in the list, its day, its amount, its goods.

use super::{Hint, Offered};
use crate::text::entity::number;

/// Digits at the end of a number that name an order among few.
const TAIL: usize = 4;

/// Characters of a title that name goods, at least.
const NAMED: usize = 2;

/// The one order that a hint fits; none where it fits several or says nothing.
pub fn choose<'a>(offered: &'a [Offered], hint: &Hint) -> Option<&'a Offered> {
    let by_place = place(&hint.text, offered.len()).and_then(|place| offered.get(place));
    let one = |fits: &dyn Fn(&Offered) -> bool| {
        let mut fitting = offered.iter().filter(|order| fits(order));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    let by_tail = || one(&|order: &Offered| ends_with(&hint.text, &order.number));
    let day_and_amount = || {
        let says_any = hint.day.is_some() || hint.amount.is_some();
        says_any.then(|| {
            one(&|order: &Offered| {
                hint.day.is_none_or(|day| day == order.placed_on)
                    && hint.amount.is_none_or(|amount| amount == order.total)
            })
        })?
    };
    let by_goods = || one(&|order: &Offered| names(&hint.text, &order.items));
    let by_status = || one(&|order: &Offered| hint.text.contains(&order.status));
    by_place.or_else(by_tail).or_else(day_and_amount).or_else(by_goods).or_else(by_status)
}

/// 第二个, 最后一个, 最近的; a single digit alone.
fn place(text: &str, count: usize) -> Option<usize> {
    if text.contains("最后一") {
        return count.checked_sub(1);
    }
    if text.contains("最新") || text.contains("最近") || text.contains("刚买") || text.contains("刚下") {
        return Some(0);
    }
    let ordinal = text.split_once('第').and_then(|(_, rest)| {
        let digits: String =
            rest.chars().take_while(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(*c)).collect();
        number(&digits).filter(|_| !digits.is_empty())
    });
    let alone = || text.parse::<f64>().ok().filter(|_| text.len() == 1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    ordinal
        .or_else(alone)
        .map(|place| place as usize)
        .filter(|place| (1..=count).contains(place))
        .map(|place| place - 1)
}

/// Whether the last digits that a text holds are the end of an order's number.
fn ends_with(text: &str, order: &str) -> bool {
    let tail: String = order.chars().rev().take(TAIL).collect::<Vec<_>>().into_iter().rev().collect();
    let is_digit = |c: char| c.is_ascii_digit();
    text.split(|c: char| !is_digit(c))
        .any(|digits| digits.len() >= TAIL && digits.ends_with(&tail) && order.ends_with(digits))
}

/// Whether a text names goods by two characters or more at the end of a word of their title: 跑步鞋, not 鞋子.
fn names(text: &str, items: &str) -> bool {
    // Without the variant and 等 2 件.
    let title = items.split('（').next().and_then(|title| title.split("等 ").next()).unwrap_or(items);
    title.split_whitespace().skip(1).chain(title.split_whitespace().take(1)).any(|word| {
        let characters: Vec<char> = word.chars().collect();
        let longest = characters.len().min(8);
        (NAMED..=longest).rev().any(|length| {
            let end: String = characters[characters.len() - length..].iter().collect();
            text.contains(&end)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use crate::model::date::Date;

    fn orders() -> Vec<Offered> {
        let order = |number: &str, items: &str, status: &str, day, yuan: i64| Offered {
            number: number.into(),
            items: items.into(),
            status: status.into(),
            placed_on: Date(day),
            total: Money(yuan * 100),
        };
        vec![
            order("SG202611250003", "拾光 云朵缓震跑步鞋（雾蓝 42 码）", "待发货", 20_782, 269),
            order("SG202611180042", "暖屋 保温杯等 2 件", "已签收", 20_775, 89),
            order("SG202611180077", "暖屋 羊毛围巾", "已签收", 20_775, 129),
        ]
    }

    #[test]
    fn orders_are_named_in_many_ways() {
        let orders = orders();
        let of = |text: &str, day: Option<i64>, yuan: Option<i64>| {
            let hint = Hint { text: text.into(), day: day.map(Date), amount: yuan.map(|yuan| Money(yuan * 100)) };
            choose(&orders, &hint).map(|order| order.number.as_str())
        };
        assert_eq!(of("第二个", None, None), Some("SG202611180042"));
        assert_eq!(of("3", None, None), Some("SG202611180077"));
        assert_eq!(of("最近那单", None, None), Some("SG202611250003"));
        assert_eq!(of("尾号0042的", None, None), Some("SG202611180042"));
        assert_eq!(of("昨天买的", Some(20_782), None), Some("SG202611250003"));
        assert_eq!(of("上周三买的", Some(20_775), None), None);
        assert_eq!(of("上周三买的129元的", Some(20_775), Some(129)), Some("SG202611180077"));
        assert_eq!(of("跑步鞋那个", None, None), Some("SG202611250003"));
        assert_eq!(of("买的保温杯", None, None), Some("SG202611180042"));
        assert_eq!(of("还没发货的那个", None, None), None);
        assert_eq!(of("待发货的", None, None), Some("SG202611250003"));
        assert_eq!(of("那个", None, None), None);
    }
}

//! The small words of a task: yes, no, not that one, never mind. Plain lists: a wrong guess about them would change an
//! order.

/// Particles and marks around a yes or a no.
const AROUND: [char; 14] = ['啊', '呀', '吧', '哦', '噢', '哈', '了', '的', '呢', '嘛', '啦', '~', '谢', '亲'];

const YES: [&str; 31] = [
    "是",
    "是这样",
    "是它",
    "对",
    "对对",
    "没错",
    "没问题",
    "确认",
    "确认提交",
    "确定",
    "好",
    "好好",
    "可以",
    "行",
    "行行",
    "嗯",
    "嗯嗯",
    "恩",
    "ok",
    "okay",
    "yes",
    "提交",
    "就这样",
    "就这么办",
    "办",
    "同意",
    "正确",
    "麻烦",
    "要",
    "对对对",
    "好,确认",
];

const NO: [&str; 16] = [
    "不",
    "不是",
    "不对",
    "错",
    "不行",
    "否",
    "no",
    "写错",
    "弄错",
    "填错",
    "有问题",
    "要修改",
    "不对,要修改",
    "我要修改",
    "修改",
    "改一下",
];

/// Phrases that end a task, in messages that say little else.
const GIVES_UP: [&str; 22] = [
    "算了",
    "不用了",
    "不办了",
    "不改了",
    "不退了",
    "不换了",
    "不查了",
    "不开了",
    "没事了",
    "不弄了",
    "先不",
    "下次再说",
    "以后再说",
    "别改了",
    "别办了",
    "别退了",
    "取消操作",
    "不提交",
    "不申请了",
    "停",
    "退出",
    "先这样",
];

/// Phrases that end a task as well, but may be said of the goods: 太大了，不要了.
const ENDS_OR_TELLS: [&str; 2] = ["不要了", "不需要了"];

/// Characters of a message that only gives up, at most.
const SHORT: usize = 12;

/// Phrases that correct what was understood.
const CORRECTS: [&str; 17] = [
    "不对",
    "错了",
    "不是这个",
    "不是这单",
    "不是它",
    "写错",
    "填错",
    "弄错",
    "搞错",
    "应该是",
    "应为",
    "改成",
    "改为",
    "换成",
    "另一个",
    "另外一个",
    "别的",
];

/// Words for an order.
const ORDER: [&str; 6] = ["订单", "那单", "这单", "另一单", "单子", "一单"];

/// Phrases that ask for a choice among all orders.
const ALL_ORDERS: [&str; 7] = ["全部订单", "所有订单", "我的订单", "订单列表", "有哪些订单", "不记得", "不知道订单号"];

/// Words that point at what was talked about.
const POINTS: [&str; 6] = ["这个订单", "这单", "这笔", "那个订单", "刚才那单", "上面那单"];

fn bare(normal: &str) -> &str {
    normal.trim_matches(|c: char| !c.is_alphanumeric() || AROUND.contains(&c))
}

/// Whether a normalised message agrees, and says nothing else.
pub fn is_yes(normal: &str) -> bool {
    YES.contains(&bare(normal))
}

/// Whether a normalised message disagrees, and says nothing else.
pub fn is_no(normal: &str) -> bool {
    NO.contains(&bare(normal))
}

/// Whether a normalised message gives the task up.
pub fn gives_up(normal: &str) -> bool {
    is_short_with(normal, &GIVES_UP)
}

/// Whether it gives the task up unless it answers what the task asks.
pub fn may_give_up(normal: &str) -> bool {
    is_short_with(normal, &ENDS_OR_TELLS)
}

fn is_short_with(normal: &str, phrases: &[&str]) -> bool {
    normal.chars().count() <= SHORT && phrases.iter().any(|phrase| normal.contains(phrase))
}

/// Whether a normalised message corrects what was understood.
pub fn corrects(normal: &str) -> bool {
    CORRECTS.iter().any(|phrase| normal.contains(phrase))
}

/// Whether a normalised message speaks of an order.
pub fn names_order(normal: &str) -> bool {
    ORDER.iter().any(|word| normal.contains(word))
}

/// Whether a normalised message asks for a choice among all orders.
pub fn wants_all_orders(normal: &str) -> bool {
    ALL_ORDERS.iter().any(|phrase| normal.contains(phrase))
}

/// Whether a normalised message points at the order that was talked about.
pub fn points_at_order(normal: &str) -> bool {
    POINTS.iter().any(|phrase| normal.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_are_told_apart() {
        for yes in ["是的", "对", "确认", "嗯嗯", "好的呀", "没错。", "ok"] {
            assert!(is_yes(yes) && !is_no(yes) && !gives_up(yes), "{yes}");
        }
        for no in ["不对", "不是的", "错了", "不,"] {
            assert!(is_no(no) && !is_yes(no), "{no}");
        }
        for end in ["算了", "算了吧,不改了", "不用了谢谢"] {
            assert!(gives_up(end) && !is_yes(end), "{end}");
        }
        assert!(!gives_up("算了一下,满减好像不对,帮我看看怎么回事"));
        assert!(corrects("不对,是另一个订单") && names_order("不对,是另一个订单"));
        assert!(!is_yes("可以改成货到付款吗"));
    }
}

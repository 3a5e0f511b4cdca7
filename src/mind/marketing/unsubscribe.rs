//! Whether a message wants no marketing messages any longer, or wants them.
//!
//! 退订 and TD are the words that short messages in China name; they work in whatever writing. Only a message that says
//! nothing else counts: 退订单 is an order, 订阅号 a noun.

use regex::Regex;
use std::sync::LazyLock;

static NO: LazyLock<Regex> = LazyLock::new(|| {
    let matter = "(?:营销|推广|优惠|活动|广告|促销|订阅|短信|邮件|推送|消息|通知|信息|的)*";
    let refuses = "(?:不要再?|别再?|不想再?|不用再?|停止|取消|拒收|拒绝|关闭|关掉)";
    let act = "(?:给我|向我|接收|收到?|发送?|推送)*";
    let words = format!("(?:td|unsubscribe|(?:我要|我想|请|帮我|给我)*退订{matter}(?:了|吧|谢谢)*)");
    let about = "(?:营销|推广|优惠|活动|广告|促销|订阅)";
    let wishes = format!("(?:请|我|帮我|以后|麻烦|想|要)*{refuses}{act}{about}{matter}(?:了|吧|谢谢)*");
    Regex::new(&format!("^(?:回复?)?(?:{words}|{wishes})$")).expect("covered by tests")
});

static YES: LazyLock<Regex> = LazyLock::new(|| {
    let matter = "(?:营销|推广|优惠|活动|促销|消息|通知|信息|推送|的)+";
    let wants = "(?:恢复|重新|继续|我要|我想|请|帮我|可以)*(?:订阅|恢复订阅|接收)";
    Regex::new(&format!("^(?:{wants}{matter}|重新订阅|恢复订阅|我要订阅)(?:吧|了|谢谢)*$")).expect("covered by tests")
});

/// Whether marketing messages are wanted from now on; nothing where the message is about something else.
pub fn read(normal: &str) -> Option<bool> {
    let said: String = normal.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    if said.chars().count() > 20 {
        None
    } else if NO.is_match(&said) {
        Some(false)
    } else {
        YES.is_match(&said).then_some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_wishes_are_read() {
        for no in [
            "退订",
            "TD",
            "td",
            "退订！",
            "我要退订",
            "回TD",
            "退订短信",
            "退订营销消息",
            "请帮我退订吧",
            "unsubscribe",
            "不要再给我发广告了",
            "别再发优惠信息",
            "取消订阅",
            "拒收营销短信",
            "停止推送活动消息",
            "关闭营销消息",
        ] {
            assert_eq!(read(no), Some(false), "{no}");
        }
        for yes in ["订阅优惠活动", "恢复订阅", "我要订阅优惠消息", "重新订阅", "接收活动通知"]
        {
            assert_eq!(read(yes), Some(true), "{yes}");
        }
    }

    #[test]
    fn other_matters_are_none() {
        for other in [
            "退订单",
            "退订的钱什么时候到",
            "T恤有吗",
            "TD-100 还有货吗",
            "不要广告款的",
            "取消订单",
            "有什么优惠活动",
            "订阅号是什么",
            "ok",
            "N",
            "T",
            "不要发顺丰",
            "别发错货了",
            "",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}

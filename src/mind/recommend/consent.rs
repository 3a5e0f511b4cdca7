//! Whether a message asks not to be recommended to any longer, or to be again.
//!
//! Only a message that says nothing else counts: "不要推荐太贵的" is a wish for goods.

use regex::Regex;
use std::sync::LazyLock;

static NO: LazyLock<Regex> = LazyLock::new(|| {
    let about = "(?:个性化|智能|商品|产品|任何)*(?:的)?(?:推荐|推销|推送)(?:商品|产品|东西|内容|功能|服务)?";
    let refuses = format!(
        "(?:不要|别|不用|不想|不需要|不许|停止|甭|不希望|不愿意)(?:你们?|再|总|老|一直|给我|向我|对我|为我|跟我|被|看到?|看见|做|搞|接收|收到|有)*{about}"
    );
    let switches =
        format!("(?:关闭|关掉|关了|取消|退出|停用|停掉|关一下)(?:你们?的?|我的|这个|那个|所有|一切)*{about}");
    let turned = format!("(?:把|将)?{about}(?:给我|帮我|都)*(?:关闭|关掉|关了|取消|停了|停掉|关一下)");
    let (before, after) = (
        "(?:请|麻烦|拜托|你们?|我|帮我|给我|能不能|可以|可不可以|怎么|如何|以后|想|要|就|都)*",
        "(?:给?我|了|啦|吧|吗|么|嘛|呢|好吗|行吗|可以吗|谢谢)*",
    );
    Regex::new(&format!("^{before}(?:{refuses}|{switches}|{turned}){after}$")).expect("covered by tests")
});

static YES: LazyLock<Regex> = LazyLock::new(|| {
    let about = "(?:个性化|智能)(?:的)?(?:推荐|推送)(?:功能|服务)?";
    let on = "(?:打开|开启|恢复|重新打开|重新开启|开通|启用|重启|开一下|开)";
    let again = "(?:恢复|重新开始|继续)(?:给我|向我|为我)*(?:个性化|商品)*推荐(?:商品|产品|东西)?";
    let (before, after) = (
        "(?:请|麻烦|你们?|我|还是|帮我|给我|能不能|可以|可不可以|怎么|如何|想|要|再)*",
        "(?:了|啦|吧|吗|么|嘛|呢|谢谢)*",
    );
    let pattern =
        format!("^{before}(?:{on}(?:我的)?{about}|(?:把|将){about}(?:再|重新|给我|帮我)*{on}|{again}){after}$");
    Regex::new(&pattern).expect("covered by tests")
});

/// Whether to recommend from now on; nothing where the message is about something else.
pub fn read(normal: &str) -> Option<bool> {
    let said: String = normal.chars().filter(|c| c.is_alphanumeric()).collect();
    if said.chars().count() > 30 {
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
            "不要给我推荐",
            "别再推荐了",
            "不要给我推荐东西了！",
            "关闭个性化推荐",
            "请帮我关掉个性化推荐",
            "别给我推荐商品了",
            "不用推荐了，谢谢",
            "我不想看到推荐",
            "把个性化推荐关掉",
            "怎么关闭个性化推荐？",
            "不要再给我推销了",
            "取消推荐",
            "以后别给我推荐了",
        ] {
            assert_eq!(read(no), Some(false), "{no}");
        }
        for yes in [
            "打开个性化推荐",
            "恢复推荐",
            "重新开启个性化推荐吧",
            "帮我把个性化推荐打开",
            "继续给我推荐",
            "开启个性化推荐",
        ] {
            assert_eq!(read(yes), Some(true), "{yes}");
        }
    }

    #[test]
    fn wishes_for_goods_are_none() {
        for other in [
            "不要推荐太贵的",
            "别推荐黑色的",
            "推荐一双跑步鞋",
            "有什么推荐",
            "给我推荐点零食",
            "不要辣的，推荐一个",
            "取消订单",
            "这个不要，换一个推荐",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}

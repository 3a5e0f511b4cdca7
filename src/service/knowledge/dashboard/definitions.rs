//! What the figures mean, in words for people.

use serde::Serialize;
use utoipa::ToSchema;

/// What a figure means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Definition {
    /// Its field.
    pub field: &'static str,
    /// Its name.
    pub title: &'static str,
    /// What is counted.
    pub definition: &'static str,
}

/// Every figure: field, name, definition.
const DEFINITIONS: [(&str, &str, &str); 24] = [
    ("conversations", "会话数", "这段时间里智能客服回复过的会话"),
    ("messages", "消息数", "所有人发的消息，包括顾客、智能客服、人工和系统"),
    ("questions", "提问数", "智能客服回复的次数"),
    ("answered", "答上的", "用问答里的条目回复的次数"),
    ("unknown", "答不上的", "智能客服承认不知道、并记下问题的次数"),
    ("bot_resolved", "独立解决", "顾客点了“已解决”、同一段时间里没有要求人工的会话"),
    ("bot_resolved_rate", "独立解决率", "独立解决的会话占会话数的比例；没有表态的不算解决"),
    ("handed_over", "转人工", "开始要求人工的会话次数"),
    ("handover_rate", "转人工率", "转人工次数占会话数的比例"),
    ("rating", "服务评分", "这段时间里开始的人工服务的平均星级，1 到 5"),
    ("rated", "评分数", "有星级的人工服务次数"),
    ("solved", "点赞", "顾客对答案点“已解决”的次数"),
    ("unsolved", "点踩", "顾客对答案点“未解决”的次数"),
    ("mood", "平均情绪", "顾客每句话的情绪平均值，-2（愤怒）到 2（惊喜）"),
    ("impressions", "推荐展示", "展示的商品卡片数，包括聊天和店铺页面"),
    ("clicks", "推荐点击", "展示后 7 天内被打开或加入购物车的卡片数，记在最近一次展示上"),
    ("click_rate", "点击率", "推荐点击占推荐展示的比例"),
    ("conversions", "推荐成交", "展示后 7 天内被购买的卡片数，记在最近一次展示上"),
    ("count", "次数", "这段时间里的次数"),
    ("share", "占比", "占这段时间里答上的次数的比例"),
    ("shown", "展示", "用这一条回复的次数"),
    ("solved_rate", "解决率", "点“已解决”的占表态的比例；没有表态的不计"),
    ("handover_rate_of_entry", "转人工率（条目）", "回复后 10 分钟内要求人工的次数占展示的比例"),
    ("stale", "陈旧", "90 天没有展示过，或者已经过了失效时间"),
];

/// The definitions of some fields.
pub fn definitions(fields: &[&str]) -> Vec<Definition> {
    (DEFINITIONS.iter().filter(|(field, ..)| fields.contains(field)))
        .map(|(field, title, definition)| Definition { field, title, definition })
        .collect()
}

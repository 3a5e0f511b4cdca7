//! Every table of the database, and what happens in it to a person who asks for their data or for its deletion.
//!
//! # Invariants
//! - The list names every table of the schema: a test fails when a migration adds one that is not here.
//! - Rows are deleted in the order of the list, those that refer to others first.
//! - What is kept says why.

/// How the rows of a person are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// A column holds the id of a browser.
    Shopper(&'static str),
    /// A column holds the id of a conversation.
    Conversation(&'static str),
    /// A column holds the id of a message.
    Message(&'static str),
    /// A column holds the id of a case.
    Case(&'static str),
    /// A column holds a key of the person: `c:NAME` or `v:UUID`.
    Key(&'static str),
    /// A column holds the shop's name of the customer.
    Customer(&'static str),
    /// A column holds the key of a request to the shop's system, which begins with the id of a conversation.
    Request(&'static str),
    /// A column names, among much else, ids and keys of the person.
    Subject(&'static str),
    /// Nobody's: the table is about the shop, its staff or the program.
    Nobody,
}

/// What becomes of the rows when everything about the person is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// They go.
    Deleted,
    /// They stay for the counts, without the person: these columns are set to these values. `$nobody` stands for an id
    /// that points to nothing, another one for every key.
    Unnamed(&'static str),
    /// Those that say yes go, those that say no stay under a customer's key.
    OnlyNoStays,
    /// They stay, and this is why.
    Kept(&'static str),
}

/// Which columns a person is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// All.
    All,
    /// These.
    Only(&'static str),
    /// None, and this is why.
    Nothing(&'static str),
}

/// What happens to a person in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub table: &'static str,
    /// What it holds, in Chinese.
    pub title: &'static str,
    /// How the rows of a person are found.
    pub link: Link,
    /// What a person is handed of it.
    pub handed: Handed,
    /// What becomes of it when everything about the person is deleted.
    pub fate: Fate,
}

const INTERNAL: &str = "店内协作记录，不是本人提供的信息";
const DERIVED: &str = "由消息推出来的索引，内容已在消息里";
const SAME: &str = "是本人问题的副本，内容已在消息里";

const fn of(table: &'static str, title: &'static str, link: Link, handed: Handed, fate: Fate) -> Policy {
    Policy { table, title, link, handed, fate }
}

const fn nobodys(table: &'static str, title: &'static str) -> Policy {
    let why = "不含个人信息";
    of(table, title, Link::Nobody, Handed::Nothing(why), Fate::Kept(why))
}

/// Every table. Requests to the shop's system go before the orders that an answer to one of them may bring.
pub const POLICIES: &[Policy] = {
    use Fate::{Deleted, Kept, OnlyNoStays, Unnamed};
    use Handed::{All, Nothing, Only};
    use Link::{Case, Conversation, Customer, Key, Message, Request, Shopper, Subject};
    &[
        of(
            "audit",
            "操作记录",
            Subject("subject"),
            Nothing("记的是员工的操作"),
            Unnamed("subject = 'erased', detail = '{}'"),
        ),
        of("message_token", "消息的搜索索引", Conversation("conversation_id"), Nothing(DERIVED), Deleted),
        of("message_indexed", "搜索索引的进度", Conversation("conversation_id"), Nothing(DERIVED), Deleted),
        of(
            "turn_trace",
            "每次回复的判断依据",
            Message("message_id"),
            Nothing("店铺的判断过程；其中关于本人的结论在“每次提问的要点”里"),
            Deleted,
        ),
        of(
            "turn_fact",
            "每次提问的要点",
            Conversation("conversation_id"),
            Only("at, act, entry_id, intent, mood, question"),
            Deleted,
        ),
        of("unknown_question", "没答上的问题", Conversation("conversation_id"), Only("question, created_at"), Deleted),
        of("inbox_signal", "待学习的问题", Conversation("conversation_id"), Nothing(SAME), Deleted),
        of("desk_lesson", "客服指出的错误回答", Conversation("conversation_id"), Nothing(SAME), Deleted),
        of("correction", "教给模型的例句", Conversation("conversation_id"), Nothing(SAME), Deleted),
        of("desk_suggestion", "给客服的建议回答", Conversation("conversation_id"), Nothing(INTERNAL), Deleted),
        of("desk_note", "客服之间的备注", Conversation("conversation_id"), Nothing(INTERNAL), Deleted),
        of("desk_score", "服务质检", Case("case_id"), Nothing(INTERNAL), Deleted),
        of("desk_part", "参与过的客服", Case("case_id"), Nothing(INTERNAL), Deleted),
        of(
            "desk_case",
            "人工服务记录",
            Conversation("conversation_id"),
            Only("state, reason, since, claimed_at, answered_at, ended_at, resolution, solved, stars, comment"),
            Deleted,
        ),
        of("verdict", "对回答的评价", Conversation("conversation_id"), Only("sequence, verdict, given_at"), Deleted),
        of("read_position", "已读位置", Conversation("conversation_id"), Only("reader, sequence, read_at"), Deleted),
        of("shop_request", "正在办理的请求", Conversation("conversation_id"), Only("request, created_at"), Deleted),
        of("demo_action", "演示店办过的事", Request("key"), Only("outcome, done_at"), Deleted),
        of("message", "消息", Conversation("conversation_id"), Only("sequence, author, body, created_at"), Deleted),
        of("impression", "展示过的推荐", Shopper("shopper_id"), Only("slot, sku, reason, shown_at"), Deleted),
        of("event", "浏览与购物行为", Shopper("shopper_id"), Only("at, sku, kind, value"), Deleted),
        of(
            "campaign_delivery",
            "营销消息",
            Key("person"),
            Only("occasion, channel, state, skus, order_number, decided_at, sent_at, clicked_at, unsubscribed_at"),
            Unnamed("person = $nobody, shopper_id = $id, link_hash = NULL, order_number = NULL, skus = '[]'"),
        ),
        of("campaign_refusal", "没有发送的营销消息", Key("person"), Only("occasion, reasons, at"), Deleted),
        of("marketing_contact", "营销决定的计数", Key("person"), Only("decisions"), Deleted),
        of("marketing_consent", "对营销消息的同意", Key("person"), Only("channel, granted, source, at"), OnlyNoStays),
        of("recommendation_opt_out", "关闭个性化推荐", Shopper("shopper_id"), Only("since, withdrawn"), Deleted),
        of("privacy_consent", "对隐私说明的答复", Shopper("shopper_id"), Only("granted, at"), Deleted),
        of("erasure_request", "删除请求", Shopper("shopper_id"), Only("asked_at, due_at"), Deleted),
        of("customer_order", "订单副本", Customer("customer"), All, Deleted),
        of(
            "demo_order",
            "演示店的订单",
            Customer("customer"),
            All,
            Kept("它代表店铺自己的订单系统；交易信息依《电子商务法》第三十一条至少保存三年"),
        ),
        of("demo_customer", "演示店的顾客", Customer("id"), All, Kept("它代表店铺自己的会员系统，由那里删除")),
        of("shopper_identity", "店铺告知的身份", Shopper("shopper_id"), All, Deleted),
        of(
            "conversation",
            "会话",
            Shopper("shopper_id"),
            Only("status, last_sequence, state, created_at, updated_at"),
            Deleted,
        ),
        of("shopper", "访客", Shopper("id"), Only("id, created_at"), Deleted),
        // What stays of the learning inbox is counted anew from the signals that are left.
        nobodys("sign_in_failure", "后台登录失败的次数"),
        nobodys("second_factor", "员工的第二重验证"),
        nobodys("recovery_code", "员工的恢复码"),
        nobodys("picture", "答案里的图片"),
        nobodys("inbox_cluster", "待学习问题的分组"),
        nobodys("model_version", "模型的版本"),
        nobodys("trained_model", "训练好的模型"),
        nobodys("knowledge_version", "知识库版本"),
        nobodys("knowledge_change", "知识库的修改"),
        nobodys("knowledge_document", "知识库文档"),
        nobodys("knowledge_draft", "知识库草稿"),
        nobodys("knowledge_setting", "设置"),
        nobodys("faq_entry", "问答"),
        nobodys("faq_phrasing", "问法"),
        nobodys("faq_draft", "问答草稿"),
        nobodys("faq_owner", "问法的归属"),
        nobodys("faq_tag", "问答标签"),
        nobodys("intent", "意图"),
        nobodys("utterance", "意图例句"),
        nobodys("category", "商品分类"),
        nobodys("product", "商品"),
        nobodys("goods_mark", "商品的价格与库存"),
        nobodys("goods_change", "价格与库存的变化"),
        nobodys("saved_test", "测试问题"),
        nobodys("test_run", "测试记录"),
        nobodys("test_result", "测试结果"),
        nobodys("segment", "人群"),
        nobodys("campaign", "营销活动"),
        nobodys("desk_group", "客服组"),
        nobodys("desk_member", "客服组成员"),
        nobodys("desk_agent", "客服的工作设置"),
        nobodys("desk_quick_reply", "快捷回复"),
        nobodys("desk_rule", "转人工规则"),
        nobodys("desk_settings", "人工服务设置"),
        nobodys("job", "后台任务"),
        nobodys("reading_mark", "读取进度"),
        nobodys("lease", "节点分工"),
        nobodys("staff", "员工账号"),
        nobodys("staff_session", "员工登录"),
        nobodys("api_key", "接口密钥"),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema;
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn line_44_every_table_has_a_policy() {
        let schema = schema::tables().await.expect("the schema");
        let known: BTreeSet<&str> = POLICIES.iter().map(|policy| policy.table).collect();
        assert_eq!(known.len(), POLICIES.len(), "no table is named twice");
        let there: BTreeSet<&str> = schema.iter().map(|table| table.name.as_str()).collect();
        let unnamed: Vec<&&str> = there.difference(&known).collect();
        assert!(unnamed.is_empty(), "say in POLICIES what happens to a person's data in {unnamed:?}");
        assert!(known.is_subset(&there), "no table that is gone");
    }

    #[tokio::test]
    async fn line_44_columns_that_point_to_a_person_belong_to_a_policy() {
        const POINTERS: [&str; 5] = ["shopper_id", "conversation_id", "person", "customer", "message_id"];
        for table in schema::tables().await.expect("the schema") {
            let policy = POLICIES.iter().find(|policy| policy.table == table.name).expect("a policy");
            let points = table.columns.iter().any(|(column, _)| POINTERS.contains(&column.as_str()));
            assert!(!points || policy.link != Link::Nobody, "{} points to a person", table.name);
            if let Handed::Only(columns) = policy.handed {
                for column in columns.split(", ") {
                    assert!(table.columns.iter().any(|(known, _)| known == column), "{}.{column}", table.name);
                }
            }
        }
    }

    #[test]
    fn line_44_requests_go_before_the_orders_that_they_bring() {
        let place = |table: &str| POLICIES.iter().position(|policy| policy.table == table).expect("a policy");
        assert!(place("shop_request") < place("customer_order"));
    }

    #[test]
    fn secrets_are_not_handed_out() {
        for policy in POLICIES {
            if let Handed::Only(columns) = policy.handed {
                assert!(!columns.contains("hash") && !columns.contains("token"), "{}", policy.table);
            }
        }
    }
}

//! What is deleted once it is old enough: the rules, table by table, and their work in portions.
//!
//! # Invariants
//! - A portion is one short transaction, so that the writer is never held for long.
//! - Rows that others refer to come after those others.
//! - What is still needed stays: an unfinished case, a message on its way.
//! - Every table with personal data has a rule, or a reason why it has none: a test looks.

use crate::clock::Timestamp;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

/// What is kept for its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Messages, cases, and what belongs to them.
    Conversations,
    /// Why the assistant said what it said.
    Traces,
    /// The assistant's turns in short, and verdicts.
    Figures,
    /// Questions that were not answered well.
    Questions,
    /// What shoppers did, and what was recommended to them.
    Behaviour,
    /// Messages of campaigns.
    Campaigns,
    /// Copies of orders.
    Orders,
    /// Requests to the shop's system.
    Requests,
    /// The record of who changed what.
    Audit,
    /// Ended sessions of staff, and ended jobs.
    Sessions,
    /// Browsers of which nothing else is left.
    Visitors,
}

impl Kind {
    /// The name in settings and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Traces => "traces",
            Self::Figures => "figures",
            Self::Questions => "questions",
            Self::Behaviour => "behaviour",
            Self::Campaigns => "campaigns",
            Self::Orders => "orders",
            Self::Requests => "requests",
            Self::Audit => "audit",
            Self::Sessions => "sessions",
            Self::Visitors => "visitors",
        }
    }

    /// Every kind with its title, in the order in which they are treated.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Conversations, "会话消息与人工服务记录"),
        (Self::Traces, "回复的判断依据"),
        (Self::Figures, "提问要点与评价"),
        (Self::Questions, "没答好的问题"),
        (Self::Behaviour, "浏览行为与推荐展示"),
        (Self::Campaigns, "营销消息"),
        (Self::Orders, "订单副本"),
        (Self::Requests, "办理请求"),
        (Self::Audit, "操作记录"),
        (Self::Sessions, "员工登录与后台任务"),
        (Self::Visitors, "空访客"),
    ];
}

/// Rows of one table that have had their time. `$1` is the moment before which they are old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Whose time counts.
    pub kind: Kind,
    /// The table.
    pub table: &'static str,
    keys: &'static str,
    is_old: &'static str,
    /// What is set instead of deleting the row.
    set: Option<&'static str>,
}

const fn rule(kind: Kind, table: &'static str, keys: &'static str, is_old: &'static str) -> Rule {
    Rule { kind, table, keys, is_old, set: None }
}

const OF_ENDED_CASE: &str = "EXISTS (SELECT 1 FROM desk_case WHERE desk_case.id = case_id AND desk_case.ended_at < $1)";
const IN_BOTS_HANDS: &str = "created_at < $1 AND conversation_id NOT IN (SELECT id FROM conversation \
    WHERE status IN ('waiting', 'agent'))";
const OF_EMPTY: &str = "EXISTS (SELECT 1 FROM conversation WHERE conversation.id = conversation_id \
    AND conversation.updated_at < $1 AND NOT EXISTS (SELECT 1 FROM message \
    WHERE message.conversation_id = conversation.id))";

/// That somebody was met in the audience of a campaign which is not over. This occasion never passes: whoever is forgotten
/// is met once more. It stays as long as anything else says who the person is, so that a deletion finds it.
macro_rules! met {
    () => {
        "occasion = 'entry' AND EXISTS (SELECT 1 FROM campaign WHERE campaign.id = campaign_id \
         AND campaign.state <> 'ended') AND ((person LIKE 'v:%' \
         AND EXISTS (SELECT 1 FROM shopper WHERE shopper.id = shopper_id)) \
         OR EXISTS (SELECT 1 FROM shopper_identity WHERE shopper_identity.customer = SUBSTR(person, 3)) \
         OR EXISTS (SELECT 1 FROM customer_order WHERE customer_order.customer = SUBSTR(person, 3)))"
    };
}

/// All rules, in the order in which they are applied.
pub const RULES: &[Rule] = &[
    rule(
        Kind::Conversations,
        "message_token",
        "token, conversation_id, sequence",
        "EXISTS (SELECT 1 FROM message WHERE message.conversation_id = message_token.conversation_id \
         AND message.sequence = message_token.sequence AND message.created_at < $1)",
    ),
    rule(Kind::Conversations, "message", "conversation_id, sequence", IN_BOTS_HANDS),
    rule(
        Kind::Conversations,
        "message_indexed",
        "conversation_id",
        "NOT EXISTS (SELECT 1 FROM message WHERE message.conversation_id = message_indexed.conversation_id) \
         AND $1 > 0",
    ),
    rule(Kind::Conversations, "desk_score", "case_id", OF_ENDED_CASE),
    rule(Kind::Conversations, "desk_part", "case_id, agent_id", OF_ENDED_CASE),
    rule(Kind::Conversations, "desk_note", "id", "created_at < $1"),
    rule(Kind::Conversations, "desk_suggestion", "id", "created_at < $1"),
    rule(
        Kind::Conversations,
        "desk_case",
        "id",
        "ended_at < $1 AND NOT EXISTS (SELECT 1 FROM desk_part WHERE case_id = desk_case.id) \
         AND NOT EXISTS (SELECT 1 FROM desk_score WHERE case_id = desk_case.id)",
    ),
    Rule {
        kind: Kind::Conversations,
        table: "conversation",
        keys: "id",
        is_old: "updated_at < $1 AND status IN ('bot', 'closed') AND CAST(state AS TEXT) <> '{}'",
        set: Some("state = '{}'"),
    },
    rule(Kind::Traces, "turn_trace", "message_id", "created_at < $1"),
    rule(Kind::Figures, "turn_fact", "message_id", "at < $1"),
    rule(Kind::Figures, "verdict", "conversation_id, sequence", "given_at < $1"),
    rule(Kind::Questions, "unknown_question", "id", "created_at < $1"),
    rule(Kind::Questions, "desk_lesson", "id", "created_at < $1"),
    rule(Kind::Questions, "inbox_signal", "id", "at < $1"),
    rule(
        Kind::Questions,
        "inbox_cluster",
        "id",
        "last_at < $1 AND NOT EXISTS (SELECT 1 FROM inbox_signal WHERE cluster_id = inbox_cluster.id)",
    ),
    rule(Kind::Questions, "correction", "id", "created_at < $1 AND state IN ('refused', 'withdrawn')"),
    rule(Kind::Behaviour, "event", "shopper_id, at, sku, kind", "at < $1"),
    rule(Kind::Behaviour, "impression", "id", "shown_at < $1"),
    Rule {
        kind: Kind::Campaigns,
        table: "campaign_delivery",
        keys: "id",
        is_old: concat!("decided_at < $1 AND state NOT IN ('claimed', 'past') AND ", met!()),
        set: Some(
            "state = 'past', variant = NULL, skus = '[]', order_number = NULL, link_hash = NULL, sent_at = NULL, \
             clicked_at = NULL, unsubscribed_at = NULL, fault = NULL",
        ),
    },
    rule(
        Kind::Campaigns,
        "campaign_delivery",
        "id",
        concat!("decided_at < $1 AND state <> 'claimed' AND NOT (", met!(), ")"),
    ),
    rule(Kind::Campaigns, "campaign_refusal", "campaign_id, person, occasion", "at < $1"),
    rule(Kind::Campaigns, "goods_change", "sku, at", "at < $1"),
    rule(Kind::Orders, "customer_order", "number", "updated_at < $1"),
    rule(Kind::Requests, "shop_request", "conversation_id, number", "created_at < $1"),
    rule(Kind::Requests, "demo_action", "key", "done_at < $1"),
    rule(Kind::Audit, "audit", "id", "at < $1"),
    rule(Kind::Sessions, "staff_session", "id", "expires_at < $1"),
    rule(Kind::Sessions, "job", "id", "ended_at < $1"),
    rule(Kind::Visitors, "read_position", "conversation_id, reader", OF_EMPTY),
    rule(
        Kind::Visitors,
        "conversation",
        "id",
        "updated_at < $1 AND status IN ('bot', 'closed') \
         AND NOT EXISTS (SELECT 1 FROM message WHERE message.conversation_id = conversation.id) \
         AND NOT EXISTS (SELECT 1 FROM read_position WHERE read_position.conversation_id = conversation.id) \
         AND NOT EXISTS (SELECT 1 FROM shop_request WHERE shop_request.conversation_id = conversation.id) \
         AND NOT EXISTS (SELECT 1 FROM desk_note WHERE desk_note.conversation_id = conversation.id) \
         AND NOT EXISTS (SELECT 1 FROM desk_case WHERE desk_case.conversation_id = conversation.id) \
         AND NOT EXISTS (SELECT 1 FROM event WHERE event.shopper_id = conversation.shopper_id)",
    ),
    rule(
        Kind::Visitors,
        "shopper_identity",
        "shopper_id",
        "expires_at < $1 AND NOT EXISTS (SELECT 1 FROM conversation \
         WHERE conversation.shopper_id = shopper_identity.shopper_id)",
    ),
    rule(
        Kind::Visitors,
        "privacy_consent",
        "shopper_id",
        "at < $1 AND NOT EXISTS (SELECT 1 FROM conversation \
         WHERE conversation.shopper_id = privacy_consent.shopper_id)",
    ),
    rule(
        Kind::Visitors,
        "recommendation_opt_out",
        "shopper_id",
        "since < $1 AND NOT EXISTS (SELECT 1 FROM conversation \
         WHERE conversation.shopper_id = recommendation_opt_out.shopper_id)",
    ),
    rule(
        Kind::Visitors,
        "shopper",
        "id",
        "created_at < $1 AND NOT EXISTS (SELECT 1 FROM conversation WHERE conversation.shopper_id = shopper.id) \
         AND NOT EXISTS (SELECT 1 FROM shopper_identity WHERE shopper_identity.shopper_id = shopper.id) \
         AND NOT EXISTS (SELECT 1 FROM privacy_consent WHERE privacy_consent.shopper_id = shopper.id) \
         AND NOT EXISTS (SELECT 1 FROM erasure_request WHERE erasure_request.shopper_id = shopper.id)",
    ),
];

/// Tables with personal data that have no time of their own, and why.
pub const WITHOUT_TIME: &[(&str, &str)] = &[
    ("marketing_consent", "本人的同意与拒绝一直有效，到本人另说为止"),
    ("marketing_contact", "只有一个计数，随本人的删除请求一起删除"),
    ("erasure_request", "办完就没有了"),
    ("demo_order", "它代表店铺自己的订单系统"),
    ("demo_customer", "它代表店铺自己的会员系统"),
];

impl Rule {
    /// How many rows have had their time.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn count(&self, db: &Db, before: Timestamp) -> Result<u64, StoreError> {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {} WHERE {}", self.table, self.is_old));
        let rows: i64 = reading!(db, pool => sqlx::query_scalar(sql).bind(before.0).fetch_one(pool).await?);
        Ok(u64::try_from(rows).unwrap_or_default())
    }

    /// Deletes one portion of them; returns how many.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails; then none of the portion was deleted.
    pub async fn delete(&self, db: &Db, before: Timestamp, portion: i64) -> Result<u64, StoreError> {
        let Self { table, keys, is_old, set, .. } = self;
        let deed = set.map_or_else(|| format!("DELETE FROM {table}"), |set| format!("UPDATE {table} SET {set}"));
        let sql = format!("{deed} WHERE ({keys}) IN (SELECT {keys} FROM {table} WHERE {is_old} LIMIT $2)");
        Ok(writing!(db, tx => {
            sqlx::query(AssertSqlSafe(sql)).bind(before.0).bind(portion).execute(&mut *tx).await?.rows_affected()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::personal::{Link, POLICIES};

    #[test]
    fn line_45_every_table_with_personal_data_has_its_time_or_a_reason() {
        for policy in POLICIES.iter().filter(|policy| policy.link != Link::Nobody) {
            let timed = RULES.iter().any(|rule| rule.table == policy.table);
            let reason = WITHOUT_TIME.iter().any(|(table, _)| *table == policy.table);
            assert!(timed != reason, "{} needs a rule or a reason, and not both", policy.table);
        }
    }
}

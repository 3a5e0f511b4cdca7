//! Orders and coupons as the shop's own system tells of them, what can be asked of that system, and what comes of it.

use crate::clock::Timestamp;
use crate::model::catalogue::{Money, Sku};
use crate::model::date::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Steps of a parcel that a reply shows, at most.
const STEPS: usize = 6;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// 待付款
    #[default]
    Unpaid,
    /// 待发货
    Paid,
    /// 运输中
    Shipped,
    /// 已签收
    Delivered,
    /// 已完成
    Completed,
    /// 已取消
    Cancelled,
}

impl OrderStatus {
    /// Every status with its name on the wire and in Chinese.
    pub const NAMES: [(Self, &'static str, &'static str); 6] = [
        (Self::Unpaid, "unpaid", "待付款"),
        (Self::Paid, "paid", "待发货"),
        (Self::Shipped, "shipped", "运输中"),
        (Self::Delivered, "delivered", "已签收"),
        (Self::Completed, "completed", "已完成"),
        (Self::Cancelled, "cancelled", "已取消"),
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The status in Chinese.
    pub fn title(self) -> &'static str {
        Self::NAMES.iter().find(|(known, ..)| *known == self).map_or("", |(.., title)| title)
    }
}

/// One thing in an order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct OrderItem {
    /// Which product.
    pub sku: Sku,
    /// Its title.
    pub name: String,
    /// Colour and size as chosen: `雾蓝 42 码`.
    #[serde(default)]
    pub variant: String,
    /// Pieces.
    #[serde(default = "one")]
    pub quantity: u32,
    /// What one piece cost, in fen.
    #[serde(default)]
    pub price: Money,
}

fn one() -> u32 {
    1
}

/// A place on a parcel's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelStep {
    /// When, in milliseconds since 1970 UTC.
    pub at: Timestamp,
    /// What happened.
    pub text: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub number: String,
    /// How far it has come.
    pub status: OrderStatus,
    /// When it was placed, in milliseconds since 1970 UTC.
    pub placed_at: Timestamp,
    /// What it cost, in fen.
    pub total: Money,
    /// What was bought.
    pub items: Vec<OrderItem>,
    /// The newest step of its parcel first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ParcelStep>,
    /// Everything else that wordings and checks may name: `carrier`, `tracking`, `receiver`, `address`, `refund`,
    /// `refund_amount`, `invoice`, `price_drop` and whatever the shop adds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: Facts,
}

/// Names and values that fill a wording.
pub type Facts = BTreeMap<String, String>;

/// What every order says of itself, whatever else the shop adds.
pub const ORDER_FACTS: [&str; 20] = [
    "number",
    "status",
    "status_text",
    "placed_on",
    "total",
    "items",
    "steps",
    "last_step",
    "carrier",
    "tracking",
    "receiver",
    "phone",
    "address",
    "expected",
    "refund",
    "refund_amount",
    "refund_text",
    "invoice",
    "invoice_title",
    "price_drop",
];

impl Order {
    /// Everything that a wording may name.
    pub fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        let mut put = |name: &str, value: String| {
            if !value.is_empty() {
                facts.insert(name.to_owned(), value);
            }
        };
        put("number", self.number.clone());
        put("status", self.status.name().to_owned());
        put("status_text", self.status.title().to_owned());
        put("placed_on", Date::of(self.placed_at).in_words());
        put("total", self.total.to_string());
        put("items", self.items_in_words());
        let steps: Vec<String> = self.steps.iter().take(STEPS).map(ParcelStep::in_words).collect();
        put("last_step", steps.first().cloned().unwrap_or_default());
        put("steps", steps.iter().map(|step| format!("- {step}")).collect::<Vec<_>>().join("\n"));
        facts
    }

    /// `拾光 云朵缓震跑步鞋（雾蓝 42 码）等 2 件`.
    pub fn items_in_words(&self) -> String {
        let Some(first) = self.items.first() else { return String::new() };
        let pieces: u32 = self.items.iter().map(|item| item.quantity).sum();
        let variant = if first.variant.is_empty() { String::new() } else { format!("（{}）", first.variant) };
        let others = if pieces > 1 { format!("等 {pieces} 件") } else { String::new() };
        format!("{}{variant}{others}", first.name)
    }
}

impl ParcelStep {
    fn in_words(&self) -> String {
        let (date, clock) = (Date::of(self.at), self.at.0 + 8 * 3_600_000);
        let minutes = clock.rem_euclid(86_400_000) / 60_000;
        format!("{} {:02}:{:02} {}", date.in_words(), minutes / 60, minutes % 60, self.text)
    }
}

/// A coupon that a customer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// `满 200 减 30`.
    pub title: String,
    /// Where it is good: `全店`, `运动鞋`.
    pub scope: String,
    /// Its last day.
    pub until: Date,
}

/// Something to ask of the shop's system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its place among the requests of its conversation, from 1; with the conversation it names the request for ever.
    pub number: u32,
    /// What to do: `list_orders`, `get_order`, `change_address`, or a name of the shop's own.
    pub action: String,
    /// With which values.
    pub arguments: Facts,
}

/// Asks for the newest orders of the customer.
pub const LIST_ORDERS: &str = "list_orders";

/// Asks for one order by its `number`.
pub const GET_ORDER: &str = "get_order";

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done(Done),
    /// The shopper is not signed in, or no longer.
    NotSignedIn,
    /// The customer has no such order.
    NotFound,
    /// The shop's rules are against it.
    Refused {
        /// Which rule, for the wording: `already_shipped`.
        code: String,
        /// In Chinese, where the flow has no wording for the code.
        #[serde(default)]
        message: String,
    },
    /// The shop's system cannot be reached, or does not understand.
    Unavailable,
    /// The shop's system did not answer in time; whether it was done is not known.
    TimedOut,
}

/// What was found or done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// Orders, the newest first.
    pub orders: Vec<Order>,
    /// Coupons.
    pub coupons: Vec<Coupon>,
    /// Values for the wording: `service_number`, `amount`.
    pub values: Facts,
}

impl Outcome {
    /// The name in wordings: `done`, `not_found`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::NotSignedIn => "not_signed_in",
            Self::NotFound => "not_found",
            Self::Refused { .. } => "refused",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_in_words() {
        let order = Order {
            number: "SG202611250001".into(),
            status: OrderStatus::Shipped,
            placed_at: "2026-11-25".parse::<Date>().unwrap().begin(),
            total: Money(26_900),
            items: vec![OrderItem {
                name: "云朵跑鞋".into(),
                variant: "雾蓝 42 码".into(),
                quantity: 2,
                ..OrderItem::default()
            }],
            steps: vec![ParcelStep { at: Timestamp(1_795_449_599_999), text: "到达杭州".into() }],
            facts: Facts::from([("carrier".to_owned(), "顺丰".to_owned())]),
        };
        let facts = order.facts();
        assert_eq!(facts["items"], "云朵跑鞋（雾蓝 42 码）等 2 件");
        assert_eq!(facts["steps"], "- 11月23日 23:59 到达杭州");
        assert_eq!((facts["placed_on"].as_str(), facts["total"].as_str()), ("11月25日", "269"));
        assert_eq!((facts["status_text"].as_str(), facts["carrier"].as_str()), ("运输中", "顺丰"));
    }

    #[test]
    fn outcomes_read_as_documented() {
        let done: Outcome = serde_json::from_str(r#"{"outcome":"done","values":{"amount":"12"}}"#).unwrap();
        assert!(matches!(done, Outcome::Done(Done { values, .. }) if values["amount"] == "12"));
        let refused: Outcome = serde_json::from_str(r#"{"outcome":"refused","code":"already_shipped"}"#).unwrap();
        assert_eq!(refused.name(), "refused");
    }
}

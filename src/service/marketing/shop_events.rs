//! What the shop's system tells by itself, signed with a key of the settings: orders that were placed, paid or
//! cancelled, and answers of people to its gateway.

use super::{Marketing, MarketingRefused};
use crate::clock::Timestamp;
use crate::marketing::traces::OrderHead;
use crate::model::order::{Order, OrderStatus};
use crate::service::Failure;
use crate::service::orders::sign;
use crate::store::marketing::consent::{self, Given};
use crate::store::marketing::{delivery, order};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// How far the clocks of the shop and of this machine may be apart, in seconds.
const LEEWAY: i64 = 300;

/// How long a reminder stands for which a payment is worth a word.
const REMINDED: i64 = 86_400_000;

/// Something that the shop's system tells.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ShopEvent {
    /// An order was placed, or is another than before.
    Order {
        /// Whose.
        customer: String,
        /// The order.
        order: Order,
    },
    /// Somebody answered TD to the gateway.
    Unsubscribe {
        /// Who.
        customer: String,
    },
}

impl Marketing {
    /// Takes what the shop's system tells, if its signature is right and not old.
    ///
    /// # Errors
    /// [`MarketingRefused::BadSignature`], [`MarketingRefused::Bad`] for what cannot be read.
    pub async fn told(&self, timestamp: &str, signature: &str, body: &[u8]) -> Result<(), MarketingRefused> {
        let seconds: i64 = timestamp.parse().map_err(|_| MarketingRefused::BadSignature)?;
        let now = self.clock.now();
        let secrets = &self.settings.hook_secrets;
        let right = secrets.iter().any(|secret| {
            let expected = sign(std::slice::from_ref(secret), seconds, body).signature;
            signature.split(',').any(|one| bool::from(one.trim().as_bytes().ct_eq(expected.as_bytes())))
        });
        if !right || (now.0 / 1_000 - seconds).abs() > LEEWAY {
            return Err(MarketingRefused::BadSignature);
        }
        let event: ShopEvent =
            serde_json::from_slice(body).map_err(|error| MarketingRefused::Bad(format!("内容无法识别：{error}")))?;
        match event {
            ShopEvent::Order { customer, order } => {
                // When it was signed, not when it arrived: what failed is sent again.
                let told = Timestamp(seconds * 1_000).min(now);
                self.order_changed(&customer, &OrderHead::of(&order), told).await?;
            }
            ShopEvent::Unsubscribe { customer } => {
                consent::put_for(&self.db, &format!("c:{customer}"), None, false, Given::Gateway, now).await?;
            }
        }
        Ok(())
    }

    /// An order was another than before at a moment. A payment withdraws the reminders of it that are not out yet, and says
    /// under those that are that they no longer matter.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn order_changed(&self, customer: &str, order: &OrderHead, told: Timestamp) -> Result<(), Failure> {
        let settled = order::put(&self.db, customer, order, told).await?;
        if !settled {
            return Ok(());
        }
        let text = match order.status {
            OrderStatus::Cancelled => format!("订单 {} 已取消，刚才的付款提醒不用理会了。", order.number),
            _ => format!("订单 {} 已收到付款，刚才的付款提醒不用理会了，谢谢您。", order.number),
        };
        let since = Timestamp(self.clock.now().0 - REMINDED);
        for conversation in delivery::shown_of_order(&self.db, &order.number, since).await? {
            self.notify(conversation, &text).await?;
        }
        Ok(())
    }
}

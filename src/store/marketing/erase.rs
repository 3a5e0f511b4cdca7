//! Forgetting what is known of a person: behaviour, orders, what the shop told, what was sent. A no to marketing stays
//! under its key and nothing else does, so that nobody is written to again because they asked to be forgotten.

use super::facts::Recipient;
use crate::store::audit::{Deed, record};
use crate::store::db::writing;
use crate::store::{Db, StoreError};

/// How many rows went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Acts in the shop.
    pub events: u64,
    /// Orders.
    pub orders: u64,
    /// Recommendations that were shown.
    pub impressions: u64,
    /// Messages of campaigns; their counts stay in the reports, without the person.
    pub deliveries: u64,
}

/// Statements that forget a browser.
const OF_BROWSER: [&str; 3] = [
    "DELETE FROM event WHERE shopper_id = $1",
    "DELETE FROM impression WHERE shopper_id = $1",
    "UPDATE shopper_identity SET profile = '{}' WHERE shopper_id = $1",
];

/// Statements that forget a key.
const OF_KEY: [&str; 3] = [
    "DELETE FROM campaign_refusal WHERE person = $1",
    "DELETE FROM marketing_contact WHERE person = $1",
    "DELETE FROM marketing_consent WHERE person = $1 AND granted",
];

/// Forgets a person, with who did it, in one transaction.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was forgotten.
pub async fn erase(db: &Db, person: &Recipient, deed: &Deed<'_>) -> Result<Erased, StoreError> {
    // Rows of reports lose the person, each its own way, so that persons are still counted apart.
    const UNNAME: &str = "UPDATE campaign_delivery SET person = 'erased:' || $2, shopper_id = $3, link_hash = NULL, \
        order_number = NULL, skus = '[]' WHERE person = $1";
    const ORDERS: &str = "DELETE FROM customer_order WHERE customer = $1";
    let nobody = uuid::Uuid::now_v7();
    Ok(writing!(db, tx => {
        let mut gone = Erased::default();
        for shopper in &person.shoppers {
            for (place, sql) in OF_BROWSER.into_iter().enumerate() {
                let rows = sqlx::query(sql).bind(shopper.0).execute(&mut *tx).await?.rows_affected();
                match place {
                    0 => gone.events += rows,
                    1 => gone.impressions += rows,
                    _ => {}
                }
            }
        }
        let mut keys: Vec<String> = person.shoppers.iter().map(|shopper| format!("v:{shopper}")).collect();
        keys.extend(person.customer.as_ref().map(|customer| format!("c:{customer}")));
        for (place, key) in keys.iter().enumerate() {
            gone.deliveries += sqlx::query(UNNAME).bind(key).bind(format!("{nobody}-{place}")).bind(nobody)
                .execute(&mut *tx).await?.rows_affected();
            for sql in OF_KEY {
                sqlx::query(sql).bind(key).execute(&mut *tx).await?;
            }
        }
        if let Some(customer) = &person.customer {
            gone.orders = sqlx::query(ORDERS).bind(customer).execute(&mut *tx).await?.rows_affected();
        }
        record!(tx, deed);
        gone
    }))
}

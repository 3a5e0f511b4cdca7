//! Orders as the shop's system tells of them. A payment withdraws the reminders of its order in the same transaction.

use crate::clock::Timestamp;
use crate::marketing::traces::OrderHead;
use crate::model::catalogue::Money;
use crate::model::id::ConversationId;
use crate::model::order::OrderStatus;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;

const PUT: &str = "INSERT INTO customer_order (number, customer, status, placed_at, total, skus, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number) DO UPDATE SET status = excluded.status, \
    total = excluded.total, skus = excluded.skus, updated_at = excluded.updated_at \
    WHERE customer_order.customer = excluded.customer AND customer_order.updated_at <= excluded.updated_at";

const WITHDRAW: &str = "UPDATE campaign_delivery SET state = 'withdrawn' WHERE order_number = $1 AND state = 'claimed'";

/// Keeps an order in a transaction. Tells whether it counts now as no longer unpaid.
macro_rules! put {
    ($tx:ident, $customer:expr, $order:expr, $now:expr) => {{
        let kept = sqlx::query(PUT)
            .bind(&$order.number)
            .bind($customer)
            .bind($order.status.name())
            .bind($order.placed_at.0)
            .bind($order.total.0)
            .bind(Json(&$order.skus))
            .bind($now.0)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
        let settled = kept > 0 && $order.status != OrderStatus::Unpaid;
        if settled {
            sqlx::query(WITHDRAW).bind(&$order.number).execute(&mut *$tx).await?;
        }
        settled
    }};
}

/// Keeps an order, if what is told is not older than what is known. Reminders that are on their way are withdrawn where
/// it is no longer unpaid. Returns whether it is news that it was paid, cancelled or the like.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put(db: &Db, customer: &str, order: &OrderHead, now: Timestamp) -> Result<bool, StoreError> {
    const BEFORE: &str = "SELECT status FROM customer_order WHERE number = $1";
    Ok(writing!(db, tx => {
        let before: Option<(String,)> = sqlx::query_as(BEFORE).bind(&order.number).fetch_optional(&mut *tx).await?;
        let settled = put!(tx, customer, order, now);
        settled && before.is_some_and(|(status,)| status == OrderStatus::Unpaid.name())
    }))
}

/// Keeps orders that were told in answer to a request, each as [`put`] does, as long as the request is there. It goes with
/// the data of its person: an answer that comes after a deletion must not bring anything back.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put_told(
    db: &Db,
    request: (ConversationId, u32),
    customer: &str,
    orders: &[OrderHead],
    now: Timestamp,
) -> Result<(), StoreError> {
    // Holds the row: a deletion, which takes requests before orders, either was before or waits and finds the orders.
    const HOLD: &str =
        "UPDATE shop_request SET claimed_until = claimed_until WHERE conversation_id = $1 AND number = $2";
    let (conversation, number) = request;
    writing!(db, tx => {
        let hold = sqlx::query(HOLD).bind(conversation.0).bind(i64::from(number));
        if hold.execute(&mut *tx).await?.rows_affected() > 0 {
            for order in orders {
                put!(tx, customer, order, now);
            }
        }
    });
    Ok(())
}

/// An order, and whose it is.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown status.
pub async fn by_number(db: &Db, number: &str) -> Result<Option<(String, OrderHead)>, StoreError> {
    const SQL: &str = "SELECT number, customer, status, placed_at, total, skus FROM customer_order WHERE number = $1";
    let row: Option<Row> = reading!(db, pool => sqlx::query_as(SQL).bind(number).fetch_optional(pool).await?);
    row.map(read).transpose()
}

/// All orders with their customers, in the order of time.
///
/// # Errors
/// [`StoreError`] where the database fails or holds an unknown status.
pub async fn all(db: &Db) -> Result<Vec<(String, OrderHead)>, StoreError> {
    const SQL: &str =
        "SELECT number, customer, status, placed_at, total, skus FROM customer_order ORDER BY placed_at, number";
    let rows: Vec<Row> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(read).collect()
}

type Row = (String, String, String, i64, i64, Json<Vec<String>>);

fn read((number, customer, status, placed_at, total, skus): Row) -> Result<(String, OrderHead), StoreError> {
    let known = OrderStatus::NAMES.iter().find(|(_, name, _)| *name == status).map(|(known, ..)| *known);
    let status = known.ok_or_else(|| StoreError::corrupt("order status")(status))?;
    let order = OrderHead { number, status, placed_at: Timestamp(placed_at), total: Money(total), skus: skus.0 };
    Ok((customer, order))
}

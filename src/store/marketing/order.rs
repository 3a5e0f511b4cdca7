//! Orders as the shop's system tells of them. A payment withdraws the reminders of its order in the same transaction.
//!
//! # Invariants
//! - An order only moves on: unpaid, paid, shipped, delivered, completed, and cancelled at the end. Words about it come late,
//!   twice and in any order, and clocks differ; so the one that is further on counts whenever it was said. Of two words
//!   about one status the later counts.
//! - A word that says nothing new changes nothing. So `updated_at` is the moment of the last change, and `paid_at` that of
//!   the first word that the order is paid.

use crate::clock::Timestamp;
use crate::marketing::traces::OrderHead;
use crate::model::catalogue::Money;
use crate::model::id::ConversationId;
use crate::model::order::OrderStatus;
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use sqlx::types::Json;

/// How far an order of this status has come.
macro_rules! way {
    ($status:literal) => {
        concat!(
            "CASE ",
            $status,
            " WHEN 'unpaid' THEN 0 WHEN 'paid' THEN 1 WHEN 'shipped' THEN 2 WHEN 'delivered' THEN 3 \
             WHEN 'completed' THEN 4 ELSE 5 END"
        )
    };
}

const PUT: &str = concat!(
    "INSERT INTO customer_order (number, customer, status, placed_at, total, skus, updated_at, paid_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (number) DO UPDATE SET status = excluded.status, \
     total = excluded.total, skus = excluded.skus, updated_at = excluded.updated_at, \
     paid_at = COALESCE(customer_order.paid_at, excluded.paid_at) \
     WHERE customer_order.customer = excluded.customer AND (",
    way!("excluded.status"),
    " > ",
    way!("customer_order.status"),
    " OR (excluded.status = customer_order.status AND excluded.updated_at >= customer_order.updated_at \
     AND (excluded.total <> customer_order.total OR excluded.skus <> customer_order.skus)))"
);

const WITHDRAW: &str = "UPDATE campaign_delivery SET state = 'withdrawn' WHERE order_number = $1 AND state = 'claimed' \
    AND EXISTS (SELECT 1 FROM customer_order WHERE number = $1 AND customer = $2 AND status <> 'unpaid')";

/// Keeps an order in a transaction, as of the moment at which it was so. Tells whether anything changed.
macro_rules! put {
    ($tx:ident, $customer:expr, $order:expr, $told:expr) => {{
        let changed = sqlx::query(PUT)
            .bind(&$order.number)
            .bind($customer)
            .bind($order.status.name())
            .bind($order.placed_at.0)
            .bind($order.total.0)
            .bind(Json(&$order.skus))
            .bind($told.0)
            .bind($order.is_paid().then_some($told.0))
            .execute(&mut *$tx)
            .await?
            .rows_affected()
            > 0;
        if $order.status != OrderStatus::Unpaid {
            sqlx::query(WITHDRAW).bind(&$order.number).bind($customer).execute(&mut *$tx).await?;
        }
        changed
    }};
}

/// Keeps what was told of an order at a moment, as far as it is news. Reminders that are on their way are withdrawn where
/// it is no longer unpaid. Returns whether it is news that it was paid, cancelled or the like.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put(db: &Db, customer: &str, order: &OrderHead, told: Timestamp) -> Result<bool, StoreError> {
    const BEFORE: &str = "SELECT status FROM customer_order WHERE number = $1";
    Ok(writing!(db, tx => {
        let before: Option<(String,)> = sqlx::query_as(BEFORE).bind(&order.number).fetch_optional(&mut *tx).await?;
        let changed = put!(tx, customer, order, told);
        let was_unpaid = before.is_some_and(|(status,)| status == OrderStatus::Unpaid.name());
        changed && was_unpaid && order.status != OrderStatus::Unpaid
    }))
}

/// Keeps orders that were told in answer to a request, each as [`put`] does, as long as the request is there. It goes with
/// the data of its person: an answer that comes after a deletion must not bring anything back. What the answer says held
/// when it was asked for, at `asked`; more is not certain.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing changed.
pub async fn put_told(
    db: &Db,
    request: (ConversationId, u32),
    customer: &str,
    orders: &[OrderHead],
    asked: Timestamp,
) -> Result<(), StoreError> {
    // Holds the row: a deletion, which takes requests before orders, either was before or waits and finds the orders.
    const HOLD: &str =
        "UPDATE shop_request SET claimed_until = claimed_until WHERE conversation_id = $1 AND number = $2";
    let (conversation, number) = request;
    writing!(db, tx => {
        let hold = sqlx::query(HOLD).bind(conversation.0).bind(i64::from(number));
        if hold.execute(&mut *tx).await?.rows_affected() > 0 {
            for order in orders {
                put!(tx, customer, order, asked);
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

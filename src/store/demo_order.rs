//! The orders of the demo shop.

use crate::clock::Timestamp;
use crate::model::order::{Coupon, Facts, Order, Outcome};
use crate::store::db::{reading, writing};
use crate::store::{Db, StoreError};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

/// Orders of a customer that are looked at, the newest first.
const ORDERS: i64 = 20;

/// Somebody who can sign in to the demo shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DemoCustomer {
    /// The shop's own name of the customer.
    pub id: String,
    /// What the token says of them: name, telephone, e-mail address.
    pub profile: Facts,
    /// What they hold.
    pub coupons: Vec<Coupon>,
}

/// Everybody who can sign in, in the shop's order.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn customers(db: &Db) -> Result<Vec<DemoCustomer>, StoreError> {
    const SQL: &str = "SELECT detail FROM demo_customer ORDER BY position";
    let rows: Vec<(Json<DemoCustomer>,)> = reading!(db, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(customer,)| customer.0).collect())
}

/// The newest orders of a customer.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn of_customer(db: &Db, customer: &str) -> Result<Vec<Order>, StoreError> {
    const SQL: &str = "SELECT detail FROM demo_order WHERE customer = $1 ORDER BY placed_at DESC, number DESC LIMIT $2";
    let rows: Vec<(Json<Order>,)> =
        reading!(db, pool => sqlx::query_as(SQL).bind(customer).bind(ORDERS).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(order,)| order.0).collect())
}

/// Fills the tables of the demo shop, where they are empty. Returns whether they were.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was written then.
pub async fn fill(db: &Db, customers: &[DemoCustomer], orders: &[(String, Order)]) -> Result<bool, StoreError> {
    const ANY: &str = "SELECT COUNT(*) FROM demo_customer";
    const CUSTOMER: &str = "INSERT INTO demo_customer (id, position, detail) VALUES ($1, $2, $3)";
    const ORDER: &str = "INSERT INTO demo_order (number, customer, placed_at, detail) VALUES ($1, $2, $3, $4)";
    Ok(writing!(db, tx => {
        let known: i64 = sqlx::query_scalar(ANY).fetch_one(&mut *tx).await?;
        if known == 0 {
            for (position, customer) in (0_i64..).zip(customers) {
                sqlx::query(CUSTOMER).bind(&customer.id).bind(position).bind(Json(customer)).execute(&mut *tx).await?;
            }
            for (customer, order) in orders {
                sqlx::query(ORDER)
                    .bind(&order.number).bind(customer).bind(order.placed_at.0).bind(Json(order))
                    .execute(&mut *tx).await?;
            }
        }
        known == 0
    }))
}

/// Empties the tables of the demo shop, so that they can be filled anew.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was written then.
pub async fn clear(db: &Db) -> Result<(), StoreError> {
    const CLEAR: [&str; 3] = ["DELETE FROM demo_action", "DELETE FROM demo_order", "DELETE FROM demo_customer"];
    writing!(db, tx => {
        for statement in CLEAR {
            sqlx::query(statement).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// Changes an order of a customer, once for each key: `decide` changes the order, or says why not. A second try with the
/// same key gets the outcome of the first.
///
/// # Errors
/// [`StoreError`] where the database fails; nothing was changed then.
pub async fn act(
    db: &Db,
    key: &str,
    customer: &str,
    number: &str,
    now: Timestamp,
    mut decide: impl FnMut(&mut Order) -> Outcome,
) -> Result<Outcome, StoreError> {
    const KNOWN: &str = "SELECT outcome FROM demo_action WHERE key = $1";
    // Takes the row, so that two actions on one order follow each other.
    const ORDER: &str =
        "UPDATE demo_order SET customer = customer WHERE number = $1 AND customer = $2 RETURNING detail";
    const CHANGE: &str = "UPDATE demo_order SET detail = $1 WHERE number = $2";
    const KEEP: &str = "INSERT INTO demo_action (key, outcome, done_at) VALUES ($1, $2, $3)";
    Ok(writing!(db, tx => {
        let known: Option<(Json<Outcome>,)> = sqlx::query_as(KNOWN).bind(key).fetch_optional(&mut *tx).await?;
        if let Some((outcome,)) = known {
            outcome.0
        } else {
            let order: Option<(Json<Order>,)> =
                sqlx::query_as(ORDER).bind(number).bind(customer).fetch_optional(&mut *tx).await?;
            let outcome = match order {
                None => Outcome::NotFound,
                Some((mut order,)) => {
                    let outcome = decide(&mut order.0);
                    if matches!(outcome, Outcome::Done(_)) {
                        sqlx::query(CHANGE).bind(&order).bind(number).execute(&mut *tx).await?;
                    }
                    outcome
                }
            };
            sqlx::query(KEEP).bind(key).bind(Json(&outcome)).bind(now.0).execute(&mut *tx).await?;
            outcome
        }
    }))
}

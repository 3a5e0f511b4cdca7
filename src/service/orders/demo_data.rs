//! The customers and orders of the demo shop from `orders.toml`, written into the database where it has none yet.

use crate::clock::Timestamp;
use crate::marketing::traces::OrderHead;
use crate::model::catalogue::Money;
use crate::model::date::Date;
use crate::model::knowledge::Knowledge;
use crate::model::order::{Coupon, Facts, Order, OrderItem, OrderStatus, ParcelStep};
use crate::store::demo_order::{self, DemoCustomer};
use crate::store::marketing::order;
use crate::store::{Db, StoreError};
use crate::text::mask::mask;
use serde::Deserialize;
use std::path::Path;

/// The file inside the knowledge folder; a shop without it has no demo customers.
const FILE: &str = "orders.toml";

/// Why the demo shop has no orders.
#[derive(Debug, thiserror::Error)]
pub enum DemoDataError {
    /// The file cannot be read.
    #[error("{FILE}：{0}")]
    File(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrdersFile {
    customer: Vec<CustomerPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerPart {
    id: String,
    name: String,
    phone: String,
    email: String,
    address: String,
    birthday: Option<String>,
    #[serde(default)]
    coupon: Vec<CouponPart>,
    #[serde(default)]
    order: Vec<OrderPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CouponPart {
    title: String,
    scope: String,
    days_left: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderPart {
    serial: u32,
    days_ago: i64,
    status: OrderStatus,
    items: Vec<ItemPart>,
    delivered_days_ago: Option<i64>,
    expected_in: Option<i64>,
    carrier: Option<String>,
    tracking: Option<String>,
    refund: Option<String>,
    refund_text: Option<String>,
    invoice: Option<String>,
    invoice_title: Option<String>,
    #[serde(default)]
    steps: Vec<StepPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemPart {
    sku: String,
    #[serde(default)]
    variant: String,
    price: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepPart {
    days_ago: i64,
    time: String,
    text: String,
}

/// Fills the demo shop. Returns whether anything was written: nothing is where the folder has no such file, or the
/// database has customers already.
///
/// # Errors
/// [`DemoDataError`]; nothing was written then.
pub async fn fill(db: &Db, folder: &Path, knowledge: &Knowledge, now: Timestamp) -> Result<bool, DemoDataError> {
    let Ok(text) = tokio::fs::read_to_string(folder.join(FILE)).await else { return Ok(false) };
    let file: OrdersFile = toml::from_str(&text).map_err(|error| DemoDataError::File(error.message().to_owned()))?;
    let today = Date::of(now);
    let mut customers = Vec::new();
    let mut orders = Vec::new();
    for part in file.customer {
        for order in &part.order {
            orders.push((part.id.clone(), read_order(order, &part, knowledge, today)?));
        }
        customers.push(read_customer(part, today));
    }
    let filled = demo_order::fill(db, &customers, &orders).await?;
    if filled {
        for (customer, order) in &orders {
            order::put(db, customer, &OrderHead::of(order), now).await?;
        }
    }
    Ok(filled)
}

fn read_customer(part: CustomerPart, today: Date) -> DemoCustomer {
    let coupon =
        |coupon: CouponPart| Coupon { title: coupon.title, scope: coupon.scope, until: today.plus(coupon.days_left) };
    let birthday = part.birthday.map(|birthday| ("birthday", birthday));
    let profile = [("name", part.name), ("phone", part.phone), ("email", part.email)].into_iter().chain(birthday);
    DemoCustomer {
        id: part.id,
        profile: profile.map(|(name, value)| (name.to_owned(), value)).collect(),
        coupons: part.coupon.into_iter().map(coupon).collect(),
    }
}

fn read_order(
    part: &OrderPart,
    customer: &CustomerPart,
    knowledge: &Knowledge,
    today: Date,
) -> Result<Order, DemoDataError> {
    let placed = today.plus(-part.days_ago);
    let items: Vec<OrderItem> = (part.items.iter())
        .map(|item| {
            let product = knowledge.products.iter().find(|product| product.sku == item.sku);
            let name = product.map(|product| product.name.clone());
            let name = name.ok_or_else(|| DemoDataError::File(format!("商品里没有 {}", item.sku)))?;
            let (sku, variant, price) = (item.sku.clone(), item.variant.clone(), Money::from_yuan(item.price));
            Ok(OrderItem { sku, name, variant, quantity: 1, price })
        })
        .collect::<Result<_, DemoDataError>>()?;
    let total = Money(items.iter().map(|item| item.price.0 * i64::from(item.quantity)).sum());
    let steps = part.steps.iter().map(|step| read_step(step, today)).collect::<Result<_, _>>()?;
    let number = format!("SG{}{:04}", placed.to_string().replace('-', ""), part.serial);
    let facts = facts(part, customer, total, today);
    // In the middle of its day.
    let placed_at = Timestamp(placed.begin().0 + 12 * 3_600_000);
    Ok(Order { number, status: part.status, placed_at, total, items, steps, facts })
}

fn facts(part: &OrderPart, customer: &CustomerPart, total: Money, today: Date) -> Facts {
    let surname = customer.name.chars().next().map(|first| format!("{first}*"));
    let refund_amount = part.refund.as_ref().map(|_| total.to_string());
    let delivered = part.delivered_days_ago.map(|days| today.plus(-days).to_string());
    let expected = part.expected_in.map(|days| today.plus(days).in_words());
    let known = [
        ("receiver", surname),
        ("phone", Some(mask(&customer.phone).into_owned())),
        ("address", Some(customer.address.clone())),
        ("delivered_on", delivered),
        ("expected", expected),
        ("carrier", part.carrier.clone()),
        ("tracking", part.tracking.clone()),
        ("refund", part.refund.clone()),
        ("refund_amount", refund_amount),
        ("refund_text", part.refund_text.clone()),
        ("invoice", part.invoice.clone()),
        ("invoice_title", part.invoice_title.clone()),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn read_step(part: &StepPart, today: Date) -> Result<ParcelStep, DemoDataError> {
    let wrong = || DemoDataError::File(format!("time 应当形如 08:30，现在是 {:?}", part.time));
    let (hours, minutes) = part.time.split_once(':').ok_or_else(wrong)?;
    let minutes = hours.parse::<i64>().map_err(|_| wrong())? * 60 + minutes.parse::<i64>().map_err(|_| wrong())?;
    let at = Timestamp(today.plus(-part.days_ago).begin().0 + minutes * 60_000);
    Ok(ParcelStep { at, text: part.text.clone() })
}

//! The demo shop's order service: what a shop's own system does behind the webhook, in small.

use super::Call;
use crate::clock::{Clock, Timestamp};
use crate::model::catalogue::Money;
use crate::model::date::Date;
use crate::model::order::{Done, Facts, GET_ORDER, LIST_ORDERS, Order, OrderStatus, Outcome};
use crate::service::Failure;
use crate::service::publish::Published;
use crate::store::demo_order::{self, DemoCustomer};
use crate::store::{Db, StoreError};
use crate::text::mask::mask;

/// Days after the delivery in which things can be returned.
const RETURN_DAYS: i64 = 7;

/// Days after the order in which a reduction is paid back.
const PRICE_DAYS: i64 = 15;

/// Where things are sent back to.
const RETURN_ADDRESS: &str = "浙江省嘉兴市南湖区仓前路 18 号 拾光小铺退货组（收）400-820-0571";

/// The demo shop's orders; clones share them.
#[derive(Clone)]
pub struct DemoShop {
    db: Db,
    clock: Clock,
    published: Published,
}

impl DemoShop {
    /// Of a database that [`super::fill`] has filled.
    pub(super) fn new(db: Db, clock: Clock, published: Published) -> Self {
        Self { db, clock, published }
    }

    /// Who can sign in.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn customers(&self) -> Result<Vec<DemoCustomer>, Failure> {
        Ok(demo_order::customers(&self.db).await?)
    }

    pub(super) async fn perform(&self, call: &Call) -> Outcome {
        self.try_to_perform(call).await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the demo shop's orders failed");
            Outcome::Unavailable
        })
    }

    async fn try_to_perform(&self, call: &Call) -> Result<Outcome, StoreError> {
        let arguments = &call.request.arguments;
        let number = arguments.get("number").map(String::as_str);
        let now = self.clock.now();
        let act: fn(&Self, &mut Order, &Facts, Timestamp) -> Outcome = match call.request.action.as_str() {
            LIST_ORDERS => return self.list(&call.customer, |_| true).await,
            GET_ORDER => {
                let found = self.list(&call.customer, |order| Some(order.number.as_str()) == number).await?;
                let known = matches!(&found, Outcome::Done(done) if !done.orders.is_empty());
                return Ok(if known { found } else { Outcome::NotFound });
            }
            "list_coupons" => return self.coupons(&call.customer).await,
            "change_address" => Self::change_address,
            "request_return" => Self::request_return,
            "request_invoice" => Self::request_invoice,
            "claim_price_protection" => Self::claim_price_protection,
            _ => return Ok(Outcome::Unavailable),
        };
        let Some(number) = number else { return Ok(Outcome::NotFound) };
        let decide = |order: &mut Order| {
            self.complete(order, now);
            act(self, order, arguments, now)
        };
        demo_order::act(&self.db, &call.key(), &call.customer, number, now, decide).await
    }

    async fn list(&self, customer: &str, wanted: impl Fn(&Order) -> bool) -> Result<Outcome, StoreError> {
        let mut orders = demo_order::of_customer(&self.db, customer).await?;
        orders.retain(wanted);
        let now = self.clock.now();
        orders.iter_mut().for_each(|order| self.complete(order, now));
        Ok(Outcome::Done(Done { orders, ..Done::default() }))
    }

    async fn coupons(&self, customer: &str) -> Result<Outcome, StoreError> {
        let today = Date::of(self.clock.now());
        let mut customers = demo_order::customers(&self.db).await?.into_iter();
        let held = customers.find(|known| known.id == customer).map(|known| known.coupons).unwrap_or_default();
        let coupons = held.into_iter().filter(|coupon| coupon.until >= today).collect();
        Ok(Outcome::Done(Done { coupons, ..Done::default() }))
    }

    /// What depends on the day and on today's prices.
    fn complete(&self, order: &mut Order, now: Timestamp) {
        let today = Date::of(now);
        let delivered = order.facts.get("delivered_on").and_then(|day| day.parse::<Date>().ok());
        let returnable = delivered.is_some_and(|day| today.0 - day.0 <= RETURN_DAYS);
        let untouched = order.facts.get("refund").is_none_or(|refund| refund == "none");
        let alive = !matches!(order.status, OrderStatus::Unpaid | OrderStatus::Cancelled);
        let protected = alive && untouched && today.0 - Date::of(order.placed_at).0 <= PRICE_DAYS;
        let drop = self.price_drop(order);
        let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
        let mut put = |name: &str, value: String| order.facts.insert(name.to_owned(), value);
        put("returnable", yes(returnable));
        put("price_protected", yes(protected));
        put("price_dropped", yes(drop.0 > 0));
        put("price_drop", drop.to_string());
        for name in ["refund", "invoice"] {
            order.facts.entry(name.to_owned()).or_insert_with(|| "none".to_owned());
        }
    }

    /// By how much the goods of an order are cheaper today.
    fn price_drop(&self, order: &Order) -> Money {
        let assistant = self.published.assistant();
        let drops = order.items.iter().filter_map(|item| {
            let now = assistant.knowledge.product(&item.sku)?.price;
            Some((item.price.0 - now.0).max(0) * i64::from(item.quantity))
        });
        Money(drops.sum())
    }

    fn change_address(&self, order: &mut Order, arguments: &Facts, _: Timestamp) -> Outcome {
        if !matches!(order.status, OrderStatus::Unpaid | OrderStatus::Paid) {
            return refused("already_shipped");
        }
        let Some(address) = arguments.get("new_address") else { return refused("no_address") };
        order.facts.insert("address".to_owned(), address.clone());
        if let Some(phone) = arguments.get("new_phone") {
            order.facts.insert("phone".to_owned(), mask(phone).into_owned());
        }
        done(order, &[])
    }

    fn request_return(&self, order: &mut Order, arguments: &Facts, now: Timestamp) -> Outcome {
        if order.facts.get("refund").is_some_and(|refund| refund != "none") || order.facts.contains_key("service") {
            return refused("already_requested");
        }
        if order.facts.get("returnable").is_none_or(|returnable| returnable != "yes") {
            return refused("not_returnable");
        }
        let assistant = self.published.assistant();
        let sizes =
            order.items.iter().filter_map(|item| assistant.knowledge.product(&item.sku)).map(|item| &item.sizes);
        let fits = |size: &String| sizes.clone().any(|sizes| sizes.contains(size));
        if arguments.get("size").is_some_and(|size| !fits(size)) {
            return refused("out_of_stock");
        }
        let number = service_number("SH", order, now);
        order.facts.insert("service".to_owned(), number.clone());
        if arguments.get("kind").is_none_or(|kind| kind != "换货") {
            order.facts.insert("refund".to_owned(), "returning".to_owned());
            order.facts.insert("refund_amount".to_owned(), order.total.to_string());
            order.facts.insert("refund_text".to_owned(), format!("服务单 {number}，等您寄回商品"));
        }
        done(order, &[("service_number", number), ("return_address", RETURN_ADDRESS.to_owned())])
    }

    fn request_invoice(&self, order: &mut Order, arguments: &Facts, now: Timestamp) -> Outcome {
        if order.facts.get("invoice").is_some_and(|invoice| invoice != "none") {
            return refused("already_issued");
        }
        let is_right =
            |number: &String| matches!(number.len(), 15 | 18 | 20) && number.bytes().all(|b| b.is_ascii_alphanumeric());
        if arguments.get("tax_number").is_some_and(|number| !is_right(number)) {
            return refused("bad_tax_number");
        }
        order.facts.insert("invoice".to_owned(), "issued".to_owned());
        let title = arguments.get("title").cloned().unwrap_or_default();
        order.facts.insert("invoice_title".to_owned(), title);
        done(order, &[("invoice_number", service_number("FP", order, now))])
    }

    fn claim_price_protection(&self, order: &mut Order, _: &Facts, now: Timestamp) -> Outcome {
        let drop = self.price_drop(order);
        if order.facts.contains_key("price_claimed") {
            return refused("already_claimed");
        }
        if drop.0 == 0 {
            return refused("no_drop");
        }
        let number = service_number("JB", order, now);
        order.facts.insert("price_claimed".to_owned(), drop.to_string());
        done(order, &[("amount", drop.to_string()), ("service_number", number)])
    }
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused { code: code.to_owned(), message: String::new() }
}

fn done(order: &Order, values: &[(&str, String)]) -> Outcome {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Outcome::Done(Done { orders: vec![order.clone()], values, ..Done::default() })
}

/// One of a kind for an order and a day: `SH202611260077`.
fn service_number(kind: &str, order: &Order, now: Timestamp) -> String {
    let serial = order.number.get(order.number.len().saturating_sub(4)..).unwrap_or_default();
    format!("{kind}{}{serial}", Date::of(now).to_string().replace('-', ""))
}

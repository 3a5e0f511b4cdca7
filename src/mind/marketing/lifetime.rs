//! What a customer is likely to spend in a coming time.
//!
//! Purchases of one customer come as a Poisson process, and customers differ in their rate by a gamma distribution (the
//! negative binomial model of Ehrenberg, 1959): so the expected rate of somebody with `x` repeat purchases in `t` days is
//! `(r + x) / (α + t)`, which holds a single lucky week back to what customers of the shop are like. What a purchase is
//! worth is pulled towards the shop's average in the same way, by `PRIOR_ORDERS` purchases. Both are estimates of an
//! active customer; nothing is assumed about when customers leave.

use super::rfm::Rfm;
use crate::model::catalogue::Money;
use serde::{Deserialize, Serialize};

/// Purchases that the shop's average counts for, against those of a customer.
const PRIOR_ORDERS: f64 = 2.0;

/// Days that a rate is told apart in, at least: somebody of yesterday has no rate yet.
const SHORTEST_DAYS: f64 = 1.0;

/// What customers of a shop are like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lifetime {
    /// Shape of the gamma distribution of rates.
    pub shape: f64,
    /// Its scale in days.
    pub days: f64,
    /// What a purchase is worth on average, in yuan.
    pub average: f64,
}

impl Lifetime {
    /// Learns from all customers by the method of moments; none where there are fewer than two.
    pub fn fit(customers: &[Rfm]) -> Option<Self> {
        if customers.len() < 2 {
            return None;
        }
        let count = customers.len() as f64;
        let orders: f64 = customers.iter().map(|rfm| f64::from(rfm.orders)).sum();
        let spent: f64 = customers.iter().map(|rfm| rfm.spent.yuan()).sum();
        let exposure: f64 = customers.iter().map(days).sum();
        let repeats: f64 = customers.iter().map(repeats).sum();
        let rate = (repeats / exposure).max(1e-9);
        // Var x = rate · t + rate² · t² / r, summed over customers.
        let over: f64 = customers.iter().map(|rfm| (repeats_over(rfm, rate)).powi(2) - rate * days(rfm)).sum();
        let squares: f64 = customers.iter().map(|rfm| (rate * days(rfm)).powi(2)).sum();
        let shape = if over > 0.0 { squares / over } else { count };
        let shape = shape.clamp(0.01, 1e6);
        Some(Self { shape, days: shape / rate, average: spent / orders.max(1.0) })
    }

    /// What a customer is likely to spend in so many days.
    pub fn expects(&self, customer: &Rfm, horizon_days: f64) -> Money {
        let rate = (self.shape + repeats(customer)) / (self.days + days(customer));
        let own = customer.spent.yuan() + PRIOR_ORDERS * self.average;
        let worth = own / (f64::from(customer.orders) + PRIOR_ORDERS);
        Money::from_yuan(rate * horizon_days * worth)
    }
}

fn days(customer: &Rfm) -> f64 {
    (customer.age_days as f64).max(SHORTEST_DAYS)
}

fn repeats(customer: &Rfm) -> f64 {
    f64::from(customer.orders.saturating_sub(1))
}

fn repeats_over(customer: &Rfm, rate: f64) -> f64 {
    repeats(customer) - rate * days(customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(orders: u32, age_days: i64, yuan: i64) -> Rfm {
        Rfm { recency_days: 0, age_days, orders, spent: Money(yuan * 100) }
    }

    #[test]
    fn more_purchases_promise_more_and_one_week_is_no_year() {
        let many: Vec<Rfm> =
            (1..=40).map(|place| customer(1 + place % 8, 200, i64::from(1 + place % 8) * 100)).collect();
        let shop = Lifetime::fit(&many).unwrap();
        assert!((shop.average - 100.0).abs() < 1e-9);
        let year = |rfm: &Rfm| shop.expects(rfm, 365.0).0;
        assert!(year(&customer(8, 200, 800)) > year(&customer(2, 200, 200)));
        // Two purchases within a week are no hundred a year.
        let eager = year(&customer(2, 7, 200));
        assert!(eager < 365 / 7 * 100 * 100 / 2, "{eager}");
        assert!(Lifetime::fit(&many[..1]).is_none());
    }

    #[test]
    fn equal_customers_are_expected_to_go_on_as_they_did() {
        let shop = Lifetime::fit(&[customer(5, 100, 500); 20]).unwrap();
        let next = shop.expects(&customer(5, 100, 500), 100.0).yuan();
        assert!((next - 400.0).abs() < 5.0, "{next}");
    }
}

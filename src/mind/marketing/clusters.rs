//! Customers who are alike, found by k-means (Lloyd, 1982) with k-means++ seeds (Arthur and Vassilvitskii, 2007).
//!
//! Alike means: in the logarithms of recency, orders and spending, each brought to mean 0 and deviation 1, because ten
//! orders differ from twenty as one does from two. The best of several starts is taken, and the clusters are numbered by
//! what their customers spend, so that the same customers give the same clusters. Each comes with a sentence.

use super::rfm::Rfm;
use crate::model::catalogue::Money;
use serde::{Deserialize, Serialize};
use smartcore::cluster::kmeans::{KMeans, KMeansParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use std::collections::{BTreeMap, BTreeSet};

/// Starts, of which the best is taken.
const STARTS: u64 = 8;

/// Rounds of one start, at most.
const ROUNDS: usize = 100;

/// A group of customers who are alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// How many.
    pub customers: usize,
    /// Days since the last purchase of the one in the middle.
    pub recency_days: i64,
    /// Purchases of the one in the middle.
    pub orders: u32,
    /// What the one in the middle has spent, in fen.
    pub spent: Money,
    /// What they are like, in a sentence.
    pub description: String,
}

/// Customers by clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters<C> {
    /// The clusters; who spends most comes first.
    pub clusters: Vec<Cluster>,
    /// The cluster of each customer.
    pub of: BTreeMap<C, usize>,
}

/// Why there are no clusters; the text is for the admin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoClusters {
    /// Fewer customers that differ than clusters.
    #[error("不同的客户只有 {0} 种，分不出 {1} 群")]
    TooFew(usize, usize),
    /// One cluster is no division.
    #[error("至少要分 2 群")]
    One,
    /// The library refused.
    #[error("聚类没有成功：{0}")]
    Failed(String),
}

/// Divides customers into `count` clusters.
///
/// # Errors
/// [`NoClusters`].
pub fn divide<C: Copy + Ord>(customers: &BTreeMap<C, Rfm>, count: usize) -> Result<Clusters<C>, NoClusters> {
    if count < 2 {
        return Err(NoClusters::One);
    }
    let distinct: BTreeSet<(i64, u32, i64)> =
        customers.values().map(|rfm| (rfm.recency_days, rfm.orders, rfm.spent.0)).collect();
    if distinct.len() < count {
        return Err(NoClusters::TooFew(distinct.len(), count));
    }
    let all: Vec<Rfm> = customers.values().copied().collect();
    let points = points(&all);
    let failed = |error: smartcore::error::Failed| NoClusters::Failed(error.to_string());
    let matrix = DenseMatrix::from_2d_vec(&points).map_err(failed)?;
    let mut best: Option<(f64, Vec<usize>)> = None;
    for seed in 0..STARTS {
        let parameters = KMeansParameters { k: count, max_iter: ROUNDS, seed: Some(seed) };
        let model = KMeans::<f64, i64, _, Vec<i64>>::fit(&matrix, parameters).map_err(failed)?;
        let labels = model.predict(&matrix).map_err(failed)?;
        let labels: Vec<usize> = labels.into_iter().map(|label| usize::try_from(label).unwrap_or(0)).collect();
        let spread = spread(&points, &labels, count);
        if best.as_ref().is_none_or(|(least, _)| spread < *least) {
            best = Some((spread, labels));
        }
    }
    let labels = best.map(|(_, labels)| labels).unwrap_or_default();
    Ok(describe(customers, &all, &labels, count))
}

/// The customers as points: logarithms, each brought to mean 0 and deviation 1.
fn points(customers: &[Rfm]) -> Vec<Vec<f64>> {
    let values = |rfm: &Rfm| {
        [(rfm.recency_days.max(0) as f64).ln_1p(), f64::from(rfm.orders).ln_1p(), rfm.spent.yuan().max(0.0).ln_1p()]
    };
    let mut points: Vec<Vec<f64>> = customers.iter().map(|rfm| values(rfm).to_vec()).collect();
    let count = points.len() as f64;
    for place in 0..3 {
        let mean = points.iter().map(|point| point[place]).sum::<f64>() / count;
        let variance = points.iter().map(|point| (point[place] - mean).powi(2)).sum::<f64>() / count;
        let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        points.iter_mut().for_each(|point| point[place] = (point[place] - mean) / deviation);
    }
    points
}

/// Sum of the squared distances to the centres.
fn spread(points: &[Vec<f64>], labels: &[usize], count: usize) -> f64 {
    let mut centres = vec![[0.0; 3]; count];
    let mut sizes = vec![0.0_f64; count];
    for (point, label) in points.iter().zip(labels) {
        sizes[*label] += 1.0;
        (0..3).for_each(|place| centres[*label][place] += point[place]);
    }
    let centre = |label: usize, place: usize| centres[label][place] / sizes[label].max(1.0);
    let distance = |(point, label): (&Vec<f64>, &usize)| -> f64 {
        (0..3).map(|place| (point[place] - centre(*label, place)).powi(2)).sum()
    };
    points.iter().zip(labels).map(distance).sum()
}

fn describe<C: Copy + Ord>(customers: &BTreeMap<C, Rfm>, all: &[Rfm], labels: &[usize], count: usize) -> Clusters<C> {
    let whole = Middle::of(all);
    let mut groups: Vec<(usize, Cluster)> = (0..count)
        .filter_map(|label| {
            let members: Vec<Rfm> =
                all.iter().zip(labels).filter(|(_, own)| **own == label).map(|(rfm, _)| *rfm).collect();
            (!members.is_empty()).then(|| (label, Middle::of(&members).cluster(&whole, members.len())))
        })
        .collect();
    groups.sort_by_key(|(label, cluster)| (std::cmp::Reverse(cluster.spent), *label));
    let place = |label: usize| groups.iter().position(|(known, _)| *known == label).unwrap_or(0);
    let of = customers.keys().zip(labels).map(|(customer, label)| (*customer, place(*label))).collect();
    Clusters { of, clusters: groups.into_iter().map(|(_, cluster)| cluster).collect() }
}

/// The customer in the middle, value by value.
struct Middle {
    recency_days: i64,
    orders: u32,
    spent: Money,
}

impl Middle {
    fn of(customers: &[Rfm]) -> Self {
        fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
            let middle = values.len() / 2;
            *values.select_nth_unstable(middle).1
        }
        Self {
            recency_days: median(customers.iter().map(|rfm| rfm.recency_days).collect()),
            orders: median(customers.iter().map(|rfm| rfm.orders).collect()),
            spent: median(customers.iter().map(|rfm| rfm.spent).collect()),
        }
    }

    fn cluster(self, whole: &Self, customers: usize) -> Cluster {
        let Self { recency_days, orders, spent } = self;
        let when = word(recency_days as f64, whole.recency_days as f64, ["近来买过", "有一阵没来", "很久没来"]);
        let often = word(f64::from(orders), f64::from(whole.orders), ["买得少", "次数一般", "买得勤"]);
        let much = word(spent.yuan(), whole.spent.yuan(), ["花得少", "花费一般", "花得多"]);
        let description = format!(
            "{when}、{often}、{much}：中间的一位 {recency_days} 天前买过，共 {orders} 单，累计 {} 元",
            spent.yuan().round()
        );
        Cluster { customers, recency_days, orders, spent, description }
    }
}

/// Much less than the shop's middle, like it, or much more.
fn word(value: f64, middle: f64, words: [&'static str; 3]) -> &'static str {
    if value <= middle / 1.5 {
        words[0]
    } else if value >= middle * 1.5 {
        words[2]
    } else {
        words[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(recency_days: i64, orders: u32, yuan: i64) -> Rfm {
        Rfm { recency_days, age_days: 400, orders, spent: Money(yuan * 100) }
    }

    fn shop() -> BTreeMap<u32, Rfm> {
        let regular = (0..30).map(|place| (place, customer(5 + i64::from(place % 7), 20 + place % 5, 5_000)));
        let gone = (30..90).map(|place| (place, customer(300 + i64::from(place % 9), 1, 80 + i64::from(place % 4))));
        regular.chain(gone).collect()
    }

    #[test]
    fn who_is_alike_comes_together() {
        let clusters = divide(&shop(), 2).unwrap();
        assert_eq!(clusters.clusters.iter().map(|cluster| cluster.customers).collect::<Vec<_>>(), [30, 60]);
        assert!((0..30).all(|place| clusters.of[&place] == 0) && (30..90).all(|place| clusters.of[&place] == 1));
        let regulars = &clusters.clusters[0].description;
        assert!(regulars.starts_with("近来买过、买得勤、花得多：") && regulars.ends_with("累计 5000 元"), "{regulars}");
        assert_eq!(divide(&shop(), 2).unwrap(), clusters, "the same customers give the same clusters");
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        assert_eq!(divide(&shop(), 1), Err(NoClusters::One));
        let alike: BTreeMap<u32, Rfm> = (0..10).map(|place| (place, customer(5, 1, 50))).collect();
        assert_eq!(divide(&alike, 3), Err(NoClusters::TooFew(1, 3)));
        assert_eq!(divide::<u32>(&BTreeMap::new(), 2), Err(NoClusters::TooFew(0, 2)));
    }
}

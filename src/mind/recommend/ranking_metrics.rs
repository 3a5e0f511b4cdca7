//! How good lists of recommendations are.
//!
//! `hits` are the places, counted from zero, of the items of a list that the shopper really dealt with later.

/// Hits among the first `k`, by `k`.
pub fn precision(hits: &[usize], k: usize) -> f64 {
    hits.iter().filter(|place| **place < k).count() as f64 / k as f64
}

/// Hits among the first `k`, by the number of items that could have been hit.
pub fn recall(hits: &[usize], k: usize, relevant: usize) -> f64 {
    hits.iter().filter(|place| **place < k).count() as f64 / relevant.max(1) as f64
}

/// Discounted cumulative gain of the first `k` by that of the best list: `Σ_hits 1/log2(place + 2)`, divided by the
/// same sum over the first `min(k, relevant)` places (Järvelin and Kekäläinen, 2002, with gains of one).
pub fn ndcg(hits: &[usize], k: usize, relevant: usize) -> f64 {
    let gain = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let ideal: f64 = (0..relevant.min(k)).map(gain).sum();
    let reached: f64 = hits.iter().filter(|place| **place < k).map(|place| gain(*place)).sum();
    if ideal > 0.0 { reached / ideal } else { 0.0 }
}

/// Gini coefficient of how often items are shown: 0 where all are shown alike, near 1 where one takes all.
pub fn gini(counts: &[usize]) -> f64 {
    let mut sorted: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    sorted.sort_by(f64::total_cmp);
    let (n, total) = (sorted.len() as f64, sorted.iter().sum::<f64>());
    if total == 0.0 {
        return 0.0;
    }
    let weighted: f64 =
        sorted.iter().enumerate().map(|(place, count)| (2.0 * (place as f64 + 1.0) - n - 1.0) * count).sum();
    weighted / (n * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_worked_out_by_hand() {
        // Places 0 and 2 of ten are hits, three items were relevant.
        let hits = [0, 2];
        assert!((precision(&hits, 10) - 0.2).abs() < 1e-12);
        assert!((recall(&hits, 10, 3) - 2.0 / 3.0).abs() < 1e-12);
        // (1 + 1/2) / (1 + 1/log2(3) + 1/2)
        assert!((ndcg(&hits, 10, 3) - 1.5 / (1.5 + 1.0 / 3.0_f64.log2())).abs() < 1e-12);
        assert!((ndcg(&[0, 1, 2], 10, 3) - 1.0).abs() < 1e-12);
        assert_eq!((precision(&[12], 10), ndcg(&[], 10, 0)), (0.0, 0.0));
    }

    #[test]
    fn gini_of_even_and_of_one_sided_lists() {
        assert!(gini(&[5, 5, 5, 5]).abs() < 1e-12);
        assert!((gini(&[0, 0, 0, 8]) - 0.75).abs() < 1e-12);
    }
}

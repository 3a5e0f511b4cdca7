//! `xiaoer evaluate recommend`: every method of the engine on a log of one's own.
//!
//! Settings are chosen on the validation part alone (or on the newest acts of the training part, where there is none);
//! then each method is fitted on training and validation part together and measured on the test part, once.

use crate::command::evaluate::live::{self, LiveFigures};
use crate::command::evaluate::recommend_data::{
    Known, Names, interactions, sampled, split_off_newest, targets, traits,
};
use crate::command::print_figures;
use crate::recommend::interactions::{Act, Interactions};
use crate::recommend::measure::{Figures, Ranking, Target};
use crate::recommend::method::Method;
use crate::recommend::recipe::{HybridRecipe, Recipe};
use crate::recommend::relation::Material;
use crate::recommend::scorer::Scratch;
use crate::recommend::selection::Chooser;
use anyhow::bail;
use indicatif::ProgressBar;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Users that settings are chosen on, at most.
const CHOSEN_ON: usize = 5_000;

/// Users whose waiting time is measured, at most.
const TIMED: usize = 500;

/// The files.
pub struct Data<'a> {
    /// What is learned from.
    pub train: &'a Path,
    /// What is chosen on, and learned from in the end.
    pub valid: Option<&'a Path>,
    /// What is measured on.
    pub test: &'a Path,
    /// What the items are.
    pub items: Option<&'a Path>,
}

/// Figures of one method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MethodFigures {
    /// How good.
    #[serde(flatten)]
    pub figures: Figures,
    /// NDCG@20 on the part that settings were chosen on.
    pub valid_ndcg20: f64,
    /// Seconds that the final fit took.
    pub train_seconds: f64,
    /// Seconds that choosing took.
    pub choose_seconds: f64,
    /// Microseconds from a user's number to ten items: the median.
    pub p50_us: f64,
    /// The 95th percentile.
    pub p95_us: f64,
    /// The 99th percentile.
    pub p99_us: f64,
    /// What was chosen.
    pub chosen: String,
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecommendFigures {
    /// Users in the fitting data.
    pub users: usize,
    /// Items in the fitting data.
    pub items: usize,
    /// Pairs in the fitting data.
    pub interactions: usize,
    /// Users measured on.
    pub scored_users: usize,
    /// Largest memory of this process so far, in mebibytes; only where the system tells.
    pub peak_memory_mib: Option<f64>,
    /// The waiting time in the running shop, where the hybrid was asked for.
    pub live: Option<LiveFigures>,
    /// By method; a method that the shop is too large for is missing.
    pub methods: BTreeMap<String, MethodFigures>,
}

/// Measures and prints. `method` is a method's name or `all`.
///
/// # Errors
/// Unreadable files and bad rows, by line; unknown methods.
pub fn run(data: &Data<'_>, method: &str, json: bool) -> anyhow::Result<()> {
    let methods = match method {
        "all" => Method::ALL.to_vec(),
        one => vec![one.parse::<Method>().map_err(anyhow::Error::msg)?],
    };
    let figures = Parts::read(data)?.measure(&methods);
    if figures.methods.is_empty() {
        bail!("这份数据太大或缺少商品属性，{method} 无法训练");
    }
    print_figures(&figures, json, print_table)
}

/// The parts as they were read.
struct Parts {
    train: Vec<Act>,
    valid: Vec<Act>,
    test: Vec<Act>,
    known_in_train: Known,
    known_in_both: Known,
    item_traits: Option<Vec<Vec<String>>>,
}

impl Parts {
    fn read(data: &Data<'_>) -> anyhow::Result<Self> {
        let mut names = Names::default();
        let train = names.read(data.train)?;
        let known_in_train = names.known();
        let (train, valid) = match data.valid {
            Some(path) => (train, names.read(path)?),
            None => split_off_newest(train),
        };
        let known_in_both = names.known();
        let test = names.read(data.test)?;
        let item_traits = data.items.map(|path| names.read_traits(path)).transpose()?;
        Ok(Self { train, valid, test, known_in_train, known_in_both, item_traits })
    }

    fn measure(&self, methods: &[Method]) -> RecommendFigures {
        let known = self.known_in_train;
        let material = Material::new(interactions(&self.train, known), traits(self.item_traits.as_ref(), known));
        let chosen_on = sampled(&targets(&self.valid, known), CHOSEN_ON);
        let bar = ProgressBar::new_spinner().with_message("选择参数");
        let go_on = || {
            bar.tick();
            true
        };
        let mut chooser = Chooser::new(&material, &chosen_on, &go_on);
        let test = targets(&self.test, self.known_in_both);
        let both: Vec<Act> = self.train.iter().chain(&self.valid).copied().collect();
        let log = interactions(&both, self.known_in_both);
        let (mut results, mut live) = (BTreeMap::new(), None);
        for method in methods {
            let begun = Instant::now();
            bar.set_message(format!("{method}：选择参数"));
            let Some((recipe, valid_ndcg20)) = chooser.choose(*method) else { continue };
            let choose_seconds = begun.elapsed().as_secs_f64();
            if let (Method::Hybrid, Recipe::Hybrid(recipe)) = (method, &recipe) {
                live = self.live(recipe, &material, &test);
            }
            let material = Material::new(log.clone(), traits(self.item_traits.as_ref(), self.known_in_both));
            let begun = Instant::now();
            let Some(ranking) = recipe.fit(&material) else { continue };
            let train_seconds = begun.elapsed().as_secs_f64();
            let [p50_us, p95_us, p99_us] = waiting_times(&ranking, &log, &test);
            let figures = ranking.measure(&log, &test);
            let chosen = recipe.to_string();
            let result =
                MethodFigures { figures, valid_ndcg20, train_seconds, choose_seconds, p50_us, p95_us, p99_us, chosen };
            results.insert(method.to_string(), result);
        }
        bar.finish_and_clear();
        RecommendFigures {
            users: log.users(),
            items: log.items(),
            interactions: log.len(),
            scored_users: test.len(),
            peak_memory_mib: peak_memory(),
            live,
            methods: results,
        }
    }

    fn live(&self, recipe: &HybridRecipe, material: &Material, test: &[Target]) -> Option<LiveFigures> {
        let parts = [&self.train[..], &self.valid[..]];
        live::measure(recipe, material, parts, self.known_in_train.items, &sampled(test, TIMED))
    }
}

/// Percentiles of the time from a user's number to ten items, in microseconds: one thread, one user at a time.
fn waiting_times(ranking: &Ranking, log: &Interactions, test: &[Target]) -> [f64; 3] {
    let users: Vec<u32> = sampled(test, TIMED).iter().filter_map(|target| target.user).collect();
    let (mut scratch, mut list) = (Scratch::default(), Vec::with_capacity(11));
    let mut ask = |user: u32| {
        let begun = Instant::now();
        ranking.top(log.past(user as usize), 10, &mut scratch, &mut list);
        std::hint::black_box(&list);
        begun.elapsed()
    };
    // The first ones grow the buffers and warm the caches.
    users.iter().take(20).for_each(|user| {
        ask(*user);
    });
    let mut times: Vec<Duration> = users.iter().map(|user| ask(*user)).collect();
    times.sort_unstable();
    let at = |share: f64| {
        let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    [at(0.5), at(0.95), at(0.99)]
}

/// The largest resident size of this process, where the system has `/proc`.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}

fn print_table(figures: &RecommendFigures) {
    println!(
        "{} 个用户，{} 件商品，{} 次互动；测试 {} 个用户",
        figures.users, figures.items, figures.interactions, figures.scored_users
    );
    println!(
        "{:<14}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}{:>9}",
        "method",
        "ndcg10",
        "recall10",
        "recall20",
        "prec10",
        "cover10",
        "gini10",
        "train s",
        "p50 us",
        "p95 us",
        "p99 us"
    );
    for (method, row) in &figures.methods {
        let f = &row.figures;
        println!(
            "{method:<14}{:>8.4}{:>8.4}{:>8.4}{:>8.4}{:>8.3}{:>8.3}{:>9.2}{:>9.1}{:>9.1}{:>9.1}",
            f.ndcg10,
            f.recall10,
            f.recall20,
            f.precision10,
            f.coverage10,
            f.gini10,
            row.train_seconds,
            row.p50_us,
            row.p95_us,
            row.p99_us
        );
    }
    for (method, row) in &figures.methods {
        println!(
            "{method}：{}（选择用时 {:.1} 秒，验证 ndcg20 {:.4}）",
            row.chosen, row.choose_seconds, row.valid_ndcg20
        );
    }
    if let Some(live) = &figures.live {
        println!("运行中的推荐，装入混合模型之后又学了 {} 次互动，每次 {:.1} us：", live.fresh_acts, live.learn_us);
        for (when, waits) in [("学之前", &live.settled), ("学之后", &live.fresh)] {
            println!(
                "  {when}：ndcg10 {:.4}；全部得分 p50 {:.1} us、p95 {:.1} us；十件带理由的列表 p50 {:.1} us、p95 {:.1} us",
                waits.ndcg10, waits.taste_p50_us, waits.taste_p95_us, waits.list_p50_us, waits.list_p95_us
            );
        }
    }
    if let Some(memory) = figures.peak_memory_mib {
        println!("内存峰值 {memory:.0} MiB");
    }
}

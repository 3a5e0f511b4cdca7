//! `xiaoer bench search`: many phrasings in the index, on one thread, with the memory they take.
//!
//! The knowledge base is generated from a seed: each entry is about one topic and one product, its phrasings are
//! sentences of that topic with the product's name, each retyped with noise. The queries are made alike and are not in
//! the index. So words, characters and sounds are spread as in real messages, and many entries resemble each other.

use crate::command::bench::times::{Part, Rounds, Spread, Stopwatch, print_rows};
use crate::command::print_figures;
use crate::command::train::material::read_topics;
use crate::model::catalogue::Product;
use crate::model::knowledge::FaqEntry;
use crate::search::analyser::Analyser;
use crate::search::faq::FaqIndex;
use crate::search::semantic::noise::Noise;
use crate::service::import;
use crate::service::shipped::ShippedModels;
use crate::text::Language;
use anyhow::bail;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// Phrasings of an entry.
const PHRASINGS: usize = 5;

/// Times that each query is asked; the median counts.
const ROUNDS: usize = 5;

/// How much is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Phrasings in the index.
    pub phrasings: usize,
    /// Questions asked.
    pub queries: usize,
    /// Everything is drawn from it.
    pub seed: u64,
}

/// What a query costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct SearchFigures {
    entries: usize,
    phrasings: usize,
    queries: usize,
    /// Reading, finding and ranking.
    #[serde(flatten)]
    whole: Spread,
    parts: Vec<Part>,
    build_seconds: f64,
    /// Memory of the process after building; nothing where the system does not say.
    resident_megabytes: Option<u64>,
    /// Most memory at any time.
    peak_megabytes: Option<u64>,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files.
pub fn run(size: &Size, knowledge: &Path, json: bool) -> anyhow::Result<()> {
    let content = import::read_folder(knowledge).map_err(import::ImportError::Problems)?;
    let mut material = Material::new(knowledge, &content.products, size.seed)?;
    let entries: Vec<FaqEntry> = (0..size.phrasings.div_ceil(PHRASINGS)).map(|number| material.entry(number)).collect();
    let shipped = ShippedModels::load(None)?;
    let language = Language::new(&content.dictionary).with_vectors(shipped.vectors()?);
    let common = shipped.common(language.segmenter())?;
    let begun = Instant::now();
    let index = FaqIndex::build(Analyser::new(language.clone(), &content.synonyms), &entries, common)?;
    let build_seconds = begun.elapsed().as_secs_f64();
    let phrasings = entries.iter().map(|entry| entry.phrasings().count()).sum();
    drop(entries);
    let resident_megabytes = memory("VmRSS:");
    let (whole, parts) = ask(&index, &language, &mut material, size.queries)?;
    let figures = SearchFigures {
        entries: index.len(),
        phrasings,
        queries: size.queries,
        whole,
        parts,
        build_seconds,
        resident_megabytes,
        peak_megabytes: memory("VmHWM:"),
    };
    print_figures(&figures, json, print_table)
}

fn ask(
    index: &FaqIndex,
    language: &Language,
    material: &mut Material,
    queries: usize,
) -> anyhow::Result<(Spread, Vec<Part>)> {
    let queries: Vec<String> = (0..queries).map(|_| material.phrasing()).collect();
    let mut rounds = Rounds::new(queries.len());
    for _ in 0..ROUNDS {
        for (place, query) in queries.iter().enumerate() {
            let mut watch = Stopwatch::start();
            index.watched_ask(&language.read(query), &mut watch)?;
            rounds.add(place, watch);
        }
    }
    Ok(rounds.spreads())
}

/// What phrasings are made of.
struct Material {
    topics: Vec<Vec<String>>,
    goods: Vec<String>,
    noise: Noise,
    random: ChaCha8Rng,
}

impl Material {
    fn new(knowledge: &Path, products: &[Product], seed: u64) -> anyhow::Result<Self> {
        let lessons = read_topics(&knowledge.join("topics"))?;
        let noise = Noise::new(lessons.iter().map(|lesson| lesson.text.as_str()));
        let mut topics: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for lesson in lessons {
            topics.entry(lesson.topic).or_default().push(lesson.text);
        }
        let goods: Vec<String> = products.iter().map(|product| product.name.clone()).collect();
        if goods.is_empty() {
            bail!("{} 里没有商品", knowledge.display());
        }
        Ok(Self { topics: topics.into_values().collect(), goods, noise, random: ChaCha8Rng::seed_from_u64(seed) })
    }

    fn entry(&mut self, number: usize) -> FaqEntry {
        let topic = self.random.random_range(0..self.topics.len());
        let goods = self.goods.choose(&mut self.random).cloned().unwrap_or_default();
        let mut phrasings = (0..PHRASINGS).map(|_| self.about(topic, &goods)).collect::<Vec<_>>().into_iter();
        FaqEntry {
            id: number.to_string(),
            question: phrasings.next().unwrap_or_default(),
            similar: phrasings.collect(),
            answer: self.about(topic, &goods),
            ..FaqEntry::default()
        }
    }

    fn phrasing(&mut self) -> String {
        let topic = self.random.random_range(0..self.topics.len());
        let goods = self.goods.choose(&mut self.random).cloned().unwrap_or_default();
        self.about(topic, &goods)
    }

    fn about(&mut self, topic: usize, goods: &str) -> String {
        let sentence = self.topics[topic].choose(&mut self.random).cloned().unwrap_or_default();
        self.noise.retype(&format!("{goods}，{sentence}"), &mut self.random)
    }
}

/// A line of what Linux says about this process, in megabytes.
fn memory(line: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|found| found.strip_prefix(line))?.trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes / 1_024)
}

fn print_table(figures: &SearchFigures) {
    println!("{} 条问答共 {} 个问法，{} 次查询，单线程，微秒", figures.entries, figures.phrasings, figures.queries);
    print_rows(&figures.parts, "whole query", &figures.whole);
    let megabytes = |memory: Option<u64>| memory.map_or("?".to_owned(), |megabytes| megabytes.to_string());
    println!(
        "建索引 {:.1} 秒，内存 {} MB，最高 {} MB",
        figures.build_seconds,
        megabytes(figures.resident_megabytes),
        megabytes(figures.peak_megabytes)
    );
}

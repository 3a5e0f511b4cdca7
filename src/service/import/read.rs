//! Reading the files. Each value keeps the file and line it came from until it has been checked.

use super::{Problem, catalogue_csv, flow_file};
use crate::model::catalogue::{Category, Money, Product};
use crate::model::flow::Flow;
use crate::model::knowledge::{DictionaryWord, FaqEntry, Intent, Knowledge, Lane, Replies, Shop};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The catalogue as a table.
const CATALOGUE_CSV: &str = "products.csv";

/// The catalogue with one JSON object a line.
const CATALOGUE_JSON: &str = "products.jsonl";

/// The folder with one file a flow.
const FLOWS: &str = "flows";

/// A value with the place it was read from.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) value: T,
}

impl<T> Located<T> {
    pub(super) fn problem(&self, reason: impl Into<String>) -> Problem {
        Problem { file: self.file.clone(), line: self.line, reason: reason.into() }
    }
}

/// An intent whose utterances still know their lines.
#[derive(Debug, Clone)]
pub(super) struct IntentFile {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) lane: Lane,
    pub(super) utterances: Vec<Located<String>>,
}

/// A whole folder, unchecked.
pub(super) struct Folder {
    pub(super) shop: Shop,
    pub(super) faq: Vec<Located<FaqEntry>>,
    pub(super) intents: Vec<IntentFile>,
    pub(super) synonyms: Vec<Located<Vec<String>>>,
    pub(super) dictionary: Vec<Located<DictionaryWord>>,
    pub(super) stop_words: Vec<Located<String>>,
    pub(super) replies: Replies,
    pub(super) categories: Vec<Category>,
    pub(super) products: Vec<Located<Product>>,
    pub(super) flows: Vec<Located<Flow>>,
}

impl Folder {
    pub(super) fn into_knowledge(self) -> Knowledge {
        let intents = self.intents.into_iter().map(|intent| Intent {
            name: intent.name,
            title: intent.title,
            lane: intent.lane,
            utterances: intent.utterances.into_iter().map(|utterance| utterance.value).collect(),
        });
        Knowledge {
            shop: self.shop,
            faq: values(self.faq),
            intents: intents.collect(),
            synonyms: values(self.synonyms),
            dictionary: values(self.dictionary),
            stop_words: values(self.stop_words),
            replies: self.replies,
            categories: self.categories,
            products: values(self.products),
            flows: values(self.flows),
        }
    }
}

fn values<T>(located: Vec<Located<T>>) -> Vec<T> {
    located.into_iter().map(|one| one.value).collect()
}

/// Reads a folder; every unreadable row is reported, not only the first.
pub(super) fn folder(folder: &Path) -> Result<Folder, Vec<Problem>> {
    let mut reader = Reader { folder: folder.to_owned(), problems: Vec::new() };
    let shop = reader.toml::<Shop>("shop.toml");
    let replies = reader.toml::<Replies>("replies.toml");
    let categories = reader.toml::<CategoriesFile>("categories.toml");
    let titles = reader.toml::<IntentsFile>("intents.toml");
    let faq = reader.json_lines("faq");
    let products = reader.products();
    let synonyms = reader.word_groups("synonyms.txt");
    let dictionary = reader.dictionary("user_dictionary.txt");
    // A shop needs none.
    let has_stop_words = folder.join("stop_words.txt").exists();
    let stop_words = if has_stop_words { reader.lines("stop_words.txt") } else { Vec::new() };
    let intents = titles.map(|titles| reader.intents(titles)).unwrap_or_default();
    let flows = reader.flows();
    match (shop, replies, categories) {
        (Some(shop), Some(replies), Some(categories)) if reader.problems.is_empty() => Ok(Folder {
            shop,
            faq,
            intents,
            synonyms,
            dictionary,
            stop_words,
            replies,
            categories: categories.category,
            products: products
                .into_iter()
                .map(|row| Located { file: row.file, line: row.line, value: row.value.into() })
                .collect(),
            flows,
        }),
        _ => Err(reader.problems),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoriesFile {
    category: Vec<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentsFile {
    intent: BTreeMap<String, IntentHead>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IntentHead {
    title: String,
    lane: Lane,
}

/// A product as shops write it: prices in yuan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductRow {
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) category: String,
    pub(super) brand: String,
    pub(super) price: f64,
    pub(super) original_price: f64,
    pub(super) stock: i64,
    pub(super) colors: Vec<String>,
    pub(super) sizes: Vec<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Vec<String>,
    pub(super) persons: Vec<String>,
    pub(super) occasions: Vec<String>,
    pub(super) season: String,
    pub(super) description: String,
    pub(super) image_color: String,
    #[serde(default)]
    pub(super) picture: String,
    pub(super) rating: f64,
    pub(super) sold: i64,
    pub(super) listed_on: String,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        Self {
            sku: row.sku,
            name: row.name,
            category: row.category,
            brand: row.brand,
            price: Money::from_yuan(row.price),
            original_price: Money::from_yuan(row.original_price),
            stock: row.stock,
            colors: row.colors,
            sizes: row.sizes,
            attributes: row.attributes,
            tags: row.tags,
            persons: row.persons,
            occasions: row.occasions,
            season: row.season,
            description: row.description,
            image_color: row.image_color,
            picture: row.picture,
            rating: row.rating,
            sold: row.sold,
            listed_on: row.listed_on,
        }
    }
}

struct Reader {
    folder: PathBuf,
    problems: Vec<Problem>,
}

impl Reader {
    fn report(&mut self, file: &str, line: usize, reason: impl Into<String>) {
        self.problems.push(Problem { file: file.to_owned(), line, reason: reason.into() });
    }

    fn text(&mut self, file: &str) -> Option<String> {
        match std::fs::read(self.folder.join(file)) {
            Err(error) => {
                self.report(file, 0, format!("读不到文件：{error}"));
                None
            }
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Some(text.trim_start_matches('\u{feff}').to_owned()),
                Err(error) => {
                    let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
                        .iter()
                        .filter(|b| **b == b'\n')
                        .count();
                    self.report(file, line, "不是 UTF-8 编码");
                    None
                }
            },
        }
    }

    fn toml<T: DeserializeOwned>(&mut self, file: &str) -> Option<T> {
        let text = self.text(file)?;
        match toml::from_str(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
                self.report(file, line, error.message().to_owned());
                None
            }
        }
    }

    /// Lines of a text file with their numbers, without empty ones and `#` comments.
    fn lines(&mut self, file: &str) -> Vec<Located<String>> {
        let text = self.text(file).unwrap_or_default();
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        numbered
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, value)| Located { file: file.to_owned(), line, value: value.to_owned() })
            .collect()
    }

    /// From `products.csv` where there is one, from `products.jsonl`, or from both.
    fn products(&mut self) -> Vec<Located<ProductRow>> {
        let has = |file: &str| self.folder.join(file).exists();
        let (csv, json) = (has(CATALOGUE_CSV), has(CATALOGUE_JSON));
        let mut rows = if json || !csv { self.json_lines_of_file(CATALOGUE_JSON) } else { Vec::new() };
        if csv {
            let text = self.text(CATALOGUE_CSV).unwrap_or_default();
            rows.extend(catalogue_csv::products(CATALOGUE_CSV, &text, &mut self.problems));
        }
        rows
    }

    fn json_lines_of_file<T: DeserializeOwned>(&mut self, file: &str) -> Vec<Located<T>> {
        let mut rows = Vec::new();
        for line in self.lines(file) {
            match serde_json::from_str(&line.value) {
                Ok(value) => rows.push(Located { file: line.file, line: line.line, value }),
                Err(error) => self.report(file, line.line, format!("这一行不是有效的 JSON 条目：{error}")),
            }
        }
        rows
    }

    /// All `.jsonl` files of a folder, in the order of their names.
    fn json_lines<T: DeserializeOwned>(&mut self, folder: &str) -> Vec<Located<T>> {
        let mut rows = Vec::new();
        for file in self.files(folder, "jsonl") {
            rows.extend(self.json_lines_of_file(&file));
        }
        rows
    }

    fn files(&mut self, folder: &str, extension: &str) -> Vec<String> {
        let entries = match std::fs::read_dir(self.folder.join(folder)) {
            Ok(entries) => entries,
            Err(error) => {
                self.report(folder, 0, format!("读不到文件夹：{error}"));
                return Vec::new();
            }
        };
        let mut files: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(&format!(".{extension}")))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        files.sort();
        files
    }

    /// The files of `flows/`; a shop without the folder has no tasks.
    fn flows(&mut self) -> Vec<Located<Flow>> {
        if !self.folder.join(FLOWS).is_dir() {
            return Vec::new();
        }
        let mut flows = Vec::new();
        for file in self.files(FLOWS, "toml") {
            let Some(text) = self.text(&file) else { continue };
            let name = file.trim_start_matches(FLOWS).trim_matches('/').trim_end_matches(".toml").to_owned();
            match flow_file::read(&file, &name, &text) {
                Ok(value) => flows.push(Located { line: 0, file, value }),
                Err(problems) => self.problems.extend(problems),
            }
        }
        flows
    }

    fn word_groups(&mut self, file: &str) -> Vec<Located<Vec<String>>> {
        let split = |line: Located<String>| Located {
            value: line.value.split_whitespace().map(str::to_owned).collect(),
            file: line.file,
            line: line.line,
        };
        self.lines(file).into_iter().map(split).collect()
    }

    fn dictionary(&mut self, file: &str) -> Vec<Located<DictionaryWord>> {
        let mut words = Vec::new();
        for line in self.lines(file) {
            let mut parts = line.value.split_whitespace();
            let word = parts.next().unwrap_or_default().to_owned();
            let frequency = parts.next().map(str::parse).transpose();
            let tag = parts.next().map(str::to_owned);
            match frequency {
                Ok(frequency) => {
                    let value = DictionaryWord { word, frequency, tag };
                    words.push(Located { file: line.file, line: line.line, value });
                }
                Err(_) => self.report(file, line.line, "词频应当是整数，格式是：词 词频 词性"),
            }
        }
        words
    }

    fn intents(&mut self, titles: IntentsFile) -> Vec<IntentFile> {
        let mut intents = Vec::new();
        for (name, head) in titles.intent {
            let utterances = self.lines(&format!("intents/{name}.txt"));
            intents.push(IntentFile { name, title: head.title, lane: head.lane, utterances });
        }
        for file in self.files("intents", "txt") {
            let known = intents.iter().any(|intent: &IntentFile| file == format!("intents/{}.txt", intent.name));
            if !known {
                self.report(&file, 0, "intents.toml 里没有这个意图");
            }
        }
        intents
    }
}

//! `xiaoer evaluate rfm`: what the customers of a shop are to it, from its own order lines.
//!
//! Several lines of one order count as one purchase. The reference day is the day after the newest line, in China.

use crate::clock::Timestamp;
use crate::command::evaluate::table::Table;
use crate::marketing::assemble::{People, appraise, grounds};
use crate::marketing::clusters::Cluster;
use crate::marketing::profile::{Field, Profile, Source, Value};
use crate::marketing::rfm::{Purchase, Rfm, Scores, measure, score};
use crate::marketing::segment::Rule;
use crate::model::catalogue::Money;
use crate::model::date::Date;
use anyhow::Context as _;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

/// The figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmFigures {
    /// Lines that were read.
    pub lines: usize,
    /// Orders they belong to.
    pub orders: usize,
    /// Customers.
    pub customers: usize,
    /// The reference day.
    pub today: String,
    /// Customers by group.
    pub groups: BTreeMap<String, usize>,
    /// Rules with how many customers they mean.
    pub segments: Vec<(String, usize)>,
    /// Customers who are alike, the biggest spenders first.
    pub clusters: Vec<Cluster>,
    /// Yuan that all customers together are expected to spend within a year.
    pub next_year: f64,
    /// Seconds from the rows in memory to all of this.
    pub seconds: f64,
}

/// The file and its columns.
pub struct Data<'a> {
    /// Order lines.
    pub lines: &'a Path,
    /// Names of the columns: order, customer, pieces, price of a piece in yuan, second since 1970 UTC.
    pub columns: [&'a str; 5],
    /// Segments to count.
    pub rules: &'a [Rule],
    /// Where to write all customers to.
    pub out: Option<&'a Path>,
}

/// Measures and prints.
///
/// # Errors
/// Unreadable files, missing columns and bad rows, by line.
pub fn run(data: &Data<'_>, json: bool) -> anyhow::Result<()> {
    let table = Table::read(data.lines)?;
    let begun = Instant::now();
    let (names, purchases, lines) = purchases(&table, data)?;
    let newest = purchases.iter().map(|purchase| purchase.at).max().unwrap_or_default();
    let today = Date::of(newest).plus(1);
    let named: Vec<Purchase<&str>> = (purchases.iter())
        .map(|Purchase { customer, at, amount }| Purchase {
            customer: names[*customer].as_str(),
            at: *at,
            amount: *amount,
        })
        .collect();
    let customers = measure(&named, today);
    let mut people = People::default();
    people.profiles.extend(customers.keys().map(|name| ((*name).to_owned(), Profile::default())));
    appraise(&mut people, &customers, &grounds(&named, |_| Source::Orders));
    let next_year = |profile: &Profile| match profile.value(Field::NextYear) {
        Some(Value::Number(yuan)) => *yuan,
        _ => 0.0,
    };
    let mut groups = BTreeMap::new();
    for group in people.profiles.values().filter_map(|profile| profile.words(Field::Group)) {
        *groups.entry(group.to_owned()).or_default() += 1;
    }
    let members = |rule: &Rule| people.profiles.values().filter(|profile| rule.holds(profile)).count();
    let figures = RfmFigures {
        lines,
        orders: purchases.len(),
        customers: customers.len(),
        today: today.to_string(),
        groups,
        segments: data.rules.iter().map(|rule| (rule.to_string(), members(rule))).collect(),
        clusters: people.clusters.clone(),
        next_year: people.profiles.values().map(next_year).sum(),
        seconds: begun.elapsed().as_secs_f64(),
    };
    if let Some(out) = data.out {
        let written = write(&customers, &people, data.rules);
        std::fs::write(out, written).with_context(|| format!("writing {}", out.display()))?;
    }
    print(&figures, json)
}

/// Purchases by the number of their customer, the customers' names, and how many lines there were.
fn purchases(table: &Table, data: &Data<'_>) -> anyhow::Result<(Vec<String>, Vec<Purchase<usize>>, usize)> {
    let mut places = [0; 5];
    for (place, column) in places.iter_mut().zip(data.columns) {
        *place = table.column(column)?;
    }
    let [order, customer, pieces, price, second] = places;
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut names = Vec::new();
    let mut purchases: HashMap<(usize, &str), Purchase<usize>> = HashMap::new();
    for (line, row) in table.rows() {
        let customer = *numbers.entry(&row[customer]).or_insert_with(|| {
            names.push(row[customer].clone());
            names.len() - 1
        });
        #[allow(clippy::cast_possible_truncation)]
        let at = Timestamp((table.number(line, &row[second])? * 1_000.0) as i64);
        let amount = Money::from_yuan(table.number(line, &row[pieces])? * table.number(line, &row[price])?);
        let none = Purchase { customer, at, amount: Money(0) };
        let purchase = purchases.entry((customer, &row[order])).or_insert(none);
        purchase.amount.0 += amount.0;
        purchase.at = purchase.at.max(at);
    }
    Ok((names, purchases.into_values().collect(), table.len()))
}

/// One line a customer, in the order of their names; who is in a segment has a 1 in its column.
fn write(customers: &BTreeMap<&str, Rfm>, people: &People, rules: &[Rule]) -> String {
    let scores = score(customers);
    let columns: String = (1..=rules.len()).map(|number| format!("\tsegment{number}")).collect();
    let mut text = format!("user\trecency_days\tage_days\torders\tspent_fen\tr\tf\tm{columns}\n");
    for (name, rfm) in customers {
        let Rfm { recency_days, age_days, orders, spent } = rfm;
        let Scores { recency, frequency, monetary } = scores[name];
        let profile = &people.profiles[*name];
        let members: String = rules.iter().map(|rule| if rule.holds(profile) { "\t1" } else { "\t0" }).collect();
        let spent = spent.0;
        let _ = writeln!(
            text,
            "{name}\t{recency_days}\t{age_days}\t{orders}\t{spent}\t{recency}\t{frequency}\t{monetary}{members}"
        );
    }
    text
}

fn print(figures: &RfmFigures, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(figures)?);
        return Ok(());
    }
    let mut text = format!(
        "{} 行，{} 单，{} 位客户，到 {} 为止，用时 {:.2} 秒\n",
        figures.lines, figures.orders, figures.customers, figures.today, figures.seconds
    );
    for (group, count) in &figures.groups {
        let _ = writeln!(text, "{group}\t{count}");
    }
    for (rule, count) in &figures.segments {
        let _ = writeln!(text, "{rule}\t{count}");
    }
    for (place, cluster) in (1..).zip(&figures.clusters) {
        let _ = writeln!(text, "第 {place} 群\t{} 位\t{}", cluster.customers, cluster.description);
    }
    let _ = write!(text, "预计一年消费合计 {:.0} 元", figures.next_year);
    println!("{text}");
    Ok(())
}

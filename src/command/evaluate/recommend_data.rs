//! The files that recommendation is measured on: who dealt with what and when, and what the items are.
//!
//! Tab- or comma-separated with a header line. Users and items go by the names `user` and `item` or those of other
//! sources (`userId`, `movieId`, …); ids are texts. A bad row is named by file and line.

use crate::recommend::content::{Traits, price_band, words};
use crate::recommend::interactions::{Act, Interactions};
use crate::recommend::measure::Target;
use anyhow::{Context, bail};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

const USERS: [&str; 7] = ["user", "userId", "user_id", "userid", "uid", "shopper", "customer"];
const ITEMS: [&str; 9] = ["item", "itemId", "item_id", "itemid", "movieId", "movie_id", "sku", "product", "asin"];
const TIMES: [&str; 5] = ["timestamp", "time", "at", "ts", "date"];

/// Ids of users and items; their numbers follow the order of their first appearance.
#[derive(Debug, Default)]
pub struct Names {
    users: HashMap<Box<[u8]>, u32>,
    items: HashMap<Box<[u8]>, u32>,
}

/// How many users and items were known at some point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Users.
    pub users: usize,
    /// Items.
    pub items: usize,
}

impl Names {
    /// How many there are by now.
    pub fn known(&self) -> Known {
        Known { users: self.users.len(), items: self.items.len() }
    }

    /// Reads the rows of a file.
    ///
    /// # Errors
    /// The file and line of the first bad row.
    pub fn read(&mut self, path: &Path) -> anyhow::Result<Vec<Act>> {
        let (mut reader, header) = open(path)?;
        let user = column(&header, &USERS).with_context(|| missing(path, "user", &header))?;
        let item = column(&header, &ITEMS).with_context(|| missing(path, "item", &header))?;
        let time = column(&header, &TIMES);
        let mut acts = Vec::new();
        let mut row = ByteRecord::new();
        while next(&mut reader, &mut row, path)? {
            let at = time.map_or(Ok(0.0), |time| number(&row[time]).with_context(|| place(path, &row)))?;
            if row[user].is_empty() || row[item].is_empty() {
                bail!("{}：user 和 item 不能为空", place(path, &row));
            }
            acts.push(Act {
                user: numbered(&mut self.users, &row[user]),
                item: numbered(&mut self.items, &row[item]),
                at,
            });
        }
        if acts.is_empty() {
            bail!("{} 只有标题行", path.display());
        }
        Ok(acts)
    }

    /// Reads what the items are; rows of items that nobody dealt with are passed over.
    ///
    /// # Errors
    /// The file and line of the first bad row.
    pub fn read_traits(&self, path: &Path) -> anyhow::Result<Vec<Vec<String>>> {
        let (mut reader, header) = open(path)?;
        let item = column(&header, &ITEMS).with_context(|| missing(path, "item", &header))?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut row = ByteRecord::new();
        while next(&mut reader, &mut row, path)? {
            let text = |field: &[u8]| String::from_utf8(field.to_vec()).with_context(|| place(path, &row));
            rows.push(row.iter().map(text).collect::<anyhow::Result<_>>()?);
        }
        let kinds: Vec<Kind> = (0..header.len()).map(|place| Kind::of(&rows, place)).collect();
        let mut traits = vec![Vec::new(); self.items.len()];
        for row in rows {
            let Some(number) = self.items.get(row[item].as_bytes()) else { continue };
            for (place, value) in row.iter().enumerate().filter(|(place, _)| *place != item) {
                kinds[place].traits(&header[place], value, &mut traits[*number as usize]);
            }
        }
        Ok(traits)
    }
}

/// What a column of items holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// `a|b|c`, or a single id.
    Attributes,
    Text,
}

impl Kind {
    fn of(rows: &[Vec<String>], place: usize) -> Self {
        let filled = || rows.iter().map(|row| row[place].as_str()).filter(|value| !value.trim().is_empty());
        if filled().next().is_some() && filled().all(|value| value.trim().parse::<f64>().is_ok()) {
            Self::Number
        } else if filled().any(|value| value.contains('|')) {
            Self::Attributes
        } else {
            Self::Text
        }
    }

    fn traits(self, column: &str, value: &str, traits: &mut Vec<String>) {
        match self {
            Self::Number => {
                traits.extend(value.trim().parse().ok().and_then(price_band).map(|band| format!("{column}={band}")));
            }
            Self::Attributes => {
                traits.extend(value.split('|').filter(|part| !part.is_empty()).map(|part| format!("{column}={part}")));
            }
            Self::Text => traits.extend(words(value)),
        }
    }
}

/// The matrix of the first so many users and items.
pub fn interactions(acts: &[Act], known: Known) -> Interactions {
    Interactions::new(known.users, known.items, acts)
}

/// The traits of the first so many items.
pub fn traits(names: Option<&Vec<Vec<String>>>, known: Known) -> Traits {
    names.map_or_else(Traits::default, |names| Traits::new(&names[..known.items.min(names.len())]))
}

/// What each user of a later part dealt with, for a log that knows so many users and items.
pub fn targets(acts: &[Act], known: Known) -> Vec<Target> {
    let mut pairs: Vec<(u32, u32)> = acts.iter().map(|act| (act.user, act.item)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    (pairs.chunk_by(|a, b| a.0 == b.0))
        .map(|own| Target {
            user: Some(own[0].0).filter(|user| (*user as usize) < known.users),
            items: own.iter().map(|(_, item)| *item).filter(|item| (*item as usize) < known.items).collect(),
            relevant: own.len(),
        })
        .collect()
}

/// Every so many of a list, so that no more than `most` are left.
pub fn sampled(targets: &[Target], most: usize) -> Vec<Target> {
    targets.iter().step_by(targets.len().div_ceil(most).max(1)).cloned().collect()
}

/// The last tenth of each user's acts, at least one where there are three: what is chosen on without a file for it.
pub fn split_off_newest(mut acts: Vec<Act>) -> (Vec<Act>, Vec<Act>) {
    acts.sort_by(|a, b| a.user.cmp(&b.user).then(a.at.total_cmp(&b.at)));
    let (mut early, mut late) = (Vec::with_capacity(acts.len()), Vec::new());
    for own in acts.chunk_by(|a, b| a.user == b.user) {
        let held = if own.len() < 3 { 0 } else { (own.len() / 10).max(1) };
        early.extend_from_slice(&own[..own.len() - held]);
        late.extend_from_slice(&own[own.len() - held..]);
    }
    (early, late)
}

fn open(path: &Path) -> anyhow::Result<(Reader<BufReader<File>>, Vec<String>)> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    let mut first = String::new();
    input.read_line(&mut first).with_context(|| path.display().to_string())?;
    let tabs = first.contains('\t');
    input.rewind().with_context(|| path.display().to_string())?;
    let mut reader = ReaderBuilder::new().delimiter(if tabs { b'\t' } else { b',' }).quoting(!tabs).from_reader(input);
    let header = reader.headers().with_context(|| path.display().to_string())?;
    let header = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
    Ok((reader, header))
}

fn next(reader: &mut Reader<BufReader<File>>, row: &mut ByteRecord, path: &Path) -> anyhow::Result<bool> {
    reader.read_byte_record(row).map_err(|error| match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => anyhow::anyhow!(
            "{} 第 {} 行：应当有 {expected_len} 列，现在是 {len} 列",
            path.display(),
            pos.as_ref().map_or(0, csv::Position::line)
        ),
        _ => anyhow::anyhow!("{}：{error}", path.display()),
    })
}

fn column(header: &[String], names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| header.iter().position(|column| column.eq_ignore_ascii_case(name)))
}

fn missing(path: &Path, name: &str, header: &[String]) -> String {
    format!("{} 里没有 {name} 列，只有：{}", path.display(), header.join("、"))
}

fn number(field: &[u8]) -> anyhow::Result<f64> {
    let text = std::str::from_utf8(field)?.trim();
    text.parse().ok().filter(|number: &f64| number.is_finite()).with_context(|| format!("{text:?} 不是数字"))
}

fn place(path: &Path, row: &ByteRecord) -> String {
    format!("{} 第 {} 行", path.display(), row.position().map_or(0, csv::Position::line))
}

fn numbered(names: &mut HashMap<Box<[u8]>, u32>, name: &[u8]) -> u32 {
    if let Some(number) = names.get(name) {
        return *number;
    }
    let next = names.len() as u32;
    names.insert(name.into(), next);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn headers_of_other_sources_are_read() {
        let (_keep, path) = written("userId,movieId,rating,timestamp\n7,\"a,b\",4.0,12\n7,c,5.0,13\n");
        let mut names = Names::default();
        let acts = names.read(&path).unwrap();
        assert_eq!(names.known(), Known { users: 1, items: 2 });
        assert_eq!(acts[1], Act { user: 0, item: 1, at: 13.0 });
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        for (text, expected) in [
            ("user\titem\ttimestamp\na\tb\t1\na\tb\n", "第 3 行"),
            ("user\titem\ttimestamp\na\tb\tsoon\n", "第 2 行"),
            ("user\titem\ttimestamp\n\tb\t1\n", "第 2 行"),
            ("who\titem\na\tb\n", "没有 user 列"),
        ] {
            let (_keep, path) = written(text);
            let error = format!("{:#}", Names::default().read(&path).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn later_parts_name_what_the_log_does_not_know() {
        let act = |user, item| Act { user, item, at: 0.0 };
        let list = targets(&[act(0, 5), act(0, 1), act(0, 1), act(9, 0)], Known { users: 3, items: 4 });
        assert_eq!(list[0], Target { user: Some(0), items: vec![1], relevant: 2 });
        assert_eq!(list[1], Target { user: None, items: vec![0], relevant: 1 });
        assert_eq!(sampled(&list, 1).len(), 1);
    }

    #[test]
    fn the_newest_acts_of_each_user_are_split_off() {
        let act = |user, item, at| Act { user, item, at };
        let (early, late) = split_off_newest(vec![act(0, 0, 3.0), act(0, 1, 1.0), act(0, 2, 2.0), act(1, 0, 1.0)]);
        assert_eq!((early.len(), late), (3, vec![act(0, 0, 3.0)]));
    }
}

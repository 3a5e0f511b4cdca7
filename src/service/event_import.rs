//! Events from a CSV file: what shoppers did before this program was there. All or nothing; every bad row is named by
//! its line.
//!
//! Two layouts, told apart by the header:
//! - the shop's own: `shopper,sku,kind,value,at`, with `at` in milliseconds since 1970 UTC; `value` may be empty;
//! - that of rating collections: `userId,movieId,rating,timestamp`, with seconds since 1970 UTC; each row is a rating.
//!
//! A shopper's id may be any text. One that is no UUID becomes one by its SHA-256, so the same text is the same shopper
//! in every file.

use crate::clock::Timestamp;
use crate::model::customer::{Event, EventKind};
use crate::model::id::ShopperId;
use crate::service::Failure;
use crate::service::import::Problem;
use crate::store::{Db, event, knowledge};
use csv::StringRecord;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Problems that are listed, at most.
const LISTED: usize = 100;

/// How far ahead of this machine's clock another one may be. What lies further ahead is in a wrong unit, and would outweigh
/// for good whatever shoppers really do.
const AHEAD: Duration = Duration::from_hours(24);

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum EventImportError {
    /// Bad rows.
    #[error("有 {} 处问题，没有导入任何记录：\n{}", .0.len(), list(.0))]
    Problems(Vec<Problem>),
    /// Something failed inside.
    #[error(transparent)]
    Failed(#[from] Failure),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// Where the columns stand.
struct Layout {
    shopper: usize,
    sku: usize,
    kind: Option<usize>,
    value: usize,
    at: usize,
    milliseconds: i64,
}

/// Imports a file; returns how many events were new. A running server learns them within a second.
///
/// # Errors
/// [`EventImportError`]; nothing was imported then.
pub async fn import(db: &Db, name: &str, bytes: &[u8], now: Timestamp) -> Result<u64, EventImportError> {
    let stored = knowledge::newest(db).await.map_err(Failure::from)?;
    let products = stored.map(|stored| stored.knowledge.products).unwrap_or_default();
    let known: HashSet<&str> = products.iter().map(|product| product.sku.as_str()).collect();
    let events = parse(name, bytes, now, |sku| known.contains(sku)).map_err(EventImportError::Problems)?;
    let receipt = event::Receipt { written_by: Uuid::now_v7(), at: now };
    Ok(event::add(db, &events, receipt).await.map_err(Failure::from)?.len() as u64)
}

/// Reads and checks every row.
///
/// # Errors
/// Every bad row by line, up to a hundred.
pub fn parse(
    name: &str,
    bytes: &[u8],
    now: Timestamp,
    known: impl Fn(&str) -> bool,
) -> Result<Vec<Event>, Vec<Problem>> {
    let problem = |line: u64, reason: String| Problem { file: name.to_owned(), line: line as usize, reason };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let layout = match reader.headers() {
        Ok(header) => Layout::of(header).ok_or_else(|| {
            let reason = "标题行应当是 shopper,sku,kind,value,at 或 userId,movieId,rating,timestamp";
            vec![problem(1, reason.to_owned())]
        })?,
        Err(error) => return Err(vec![problem(1, error.to_string())]),
    };
    let latest = now.plus(AHEAD);
    let (mut events, mut problems) = (Vec::new(), Vec::new());
    for row in reader.records() {
        match row {
            Ok(row) => match layout.event(&row, latest, &known) {
                Ok(event) => events.push(event),
                Err(reason) => problems.push(problem(row.position().map_or(0, csv::Position::line), reason)),
            },
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                problems.push(problem(line, "列数和标题行不一样，或者不是 UTF-8".to_owned()));
            }
        }
        if problems.len() == LISTED {
            break;
        }
    }
    if problems.is_empty() && events.is_empty() {
        problems.push(problem(0, "一条记录也没有".to_owned()));
    }
    if problems.is_empty() { Ok(events) } else { Err(problems) }
}

impl Layout {
    fn of(header: &StringRecord) -> Option<Self> {
        let column = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        if let (Some(shopper), Some(sku), Some(value), Some(at)) =
            (column("userId"), column("movieId"), column("rating"), column("timestamp"))
        {
            return Some(Self { shopper, sku, kind: None, value, at, milliseconds: 1_000 });
        }
        Some(Self {
            shopper: column("shopper")?,
            sku: column("sku")?,
            kind: Some(column("kind")?),
            value: column("value")?,
            at: column("at")?,
            milliseconds: 1,
        })
    }

    fn event(&self, row: &StringRecord, latest: Timestamp, known: &impl Fn(&str) -> bool) -> Result<Event, String> {
        let field = |place: usize| row.get(place).unwrap_or_default();
        let (shopper, sku) = (field(self.shopper), field(self.sku));
        if shopper.is_empty() {
            return Err("缺少用户".to_owned());
        }
        if !known(sku) {
            return Err(format!("没有编号为 {sku} 的商品"));
        }
        let kind: EventKind = match self.kind {
            None => EventKind::Rate,
            Some(place) => field(place).parse().map_err(|_| {
                let kinds = EventKind::ALL.map(EventKind::name).join("、");
                format!("{:?} 不是行为，可以是 {kinds}", field(place))
            })?,
        };
        let value = match field(self.value) {
            "" if kind != EventKind::Rate => 1.0,
            text => text.parse().map_err(|_| format!("{text:?} 不是数字"))?,
        };
        let allowed = if kind == EventKind::Rate { 0.5..=5.0 } else { 0.0..=10_000.0 };
        if !allowed.contains(&value) {
            return Err(format!("数值 {value} 不在 {} 到 {} 之间", allowed.start(), allowed.end()));
        }
        let at = self.moment(field(self.at), latest)?;
        Ok(Event { shopper: shopper_id(shopper), sku: sku.to_owned(), kind, value, at })
    }

    fn moment(&self, text: &str, latest: Timestamp) -> Result<Timestamp, String> {
        let at: i64 = text.parse().map_err(|_| format!("{text:?} 不是时间戳"))?;
        let at = at.checked_mul(self.milliseconds).filter(|at| *at >= 0).map(Timestamp).ok_or("时间戳超出范围")?;
        if at > latest {
            let unit = if self.milliseconds == 1 { "毫秒" } else { "秒" };
            return Err(format!("时间戳 {text} 比现在晚一天以上，单位应当是{unit}"));
        }
        Ok(at)
    }
}

/// The shopper that an id of a file stands for: a UUID as it is, any other text by its SHA-256.
pub fn shopper_id(text: &str) -> ShopperId {
    text.parse().unwrap_or_else(|_| {
        let digest = Sha256::digest(text.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        ShopperId(uuid::Builder::from_random_bytes(bytes).into_uuid())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Event>, Vec<Problem>> {
        parse("events.csv", text.as_bytes(), Timestamp(1_790_000_000_000), |sku| sku.starts_with("SS-"))
    }

    #[test]
    fn both_layouts_are_read() {
        let own = parsed("shopper,sku,kind,value,at\nu1,SS-001,buy,2,1790000000000\nu1,SS-002,view,,1790000000001\n");
        let own = own.unwrap();
        assert_eq!((own[0].kind, own[0].value, own[1].value), (EventKind::Buy, 2.0, 1.0));
        assert_eq!(own[0].shopper, own[1].shopper);
        let ratings = parsed("\u{feff}userId,movieId,rating,timestamp\nu1,SS-001,4.5,1790000000\n").unwrap();
        assert_eq!((ratings[0].kind, ratings[0].at), (EventKind::Rate, Timestamp(1_790_000_000_000)));
        assert_eq!(ratings[0].shopper, own[0].shopper);
    }

    #[test]
    fn every_bad_row_is_named_by_its_line() {
        let problems = parsed(
            "shopper,sku,kind,value,at\nu,SS-1,buy,1,1\nu,XX-1,buy,1,1\nu,SS-1,eat,1,1\nu,SS-1,rate,9,1\n\
             u,SS-1,buy,1,soon\n,SS-1,buy,1,1\nu,SS-1\n",
        )
        .unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8]);
        assert!(problems[0].to_string().contains("events.csv 第 3 行：没有编号为 XX-1 的商品"));
        assert!(parsed("a,b\n1,2\n").unwrap_err()[0].reason.contains("标题行"));
        assert!(parsed("shopper,sku,kind,value,at\n").is_err());
    }

    #[test]
    fn a_moment_in_a_wrong_unit_is_a_bad_row() {
        let own = "shopper,sku,kind,value,at\nu,SS-1,buy,1,1790086400000\nu,SS-1,buy,1,1790086400001\n\
            u,SS-1,buy,1,1790000000000000\n";
        let problems = parsed(own).unwrap_err();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3, 4], "a day ahead is allowed");
        let told = "events.csv 第 4 行：时间戳 1790000000000000 比现在晚一天以上，单位应当是毫秒";
        assert!(problems[1].to_string().contains(told), "{}", problems[1]);
        let ratings = parsed("userId,movieId,rating,timestamp\nu,SS-1,5,1790000000000\n").unwrap_err();
        assert_eq!(ratings[0].reason, "时间戳 1790000000000 比现在晚一天以上，单位应当是秒");
    }
}

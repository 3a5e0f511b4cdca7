//! A file in.

use super::{MAX_FILE, Row, Sheet};
use crate::desk::report::neutral;
use crate::service::knowledge::{Problem, Refused};
use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use encoding_rs::GB18030;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// Largest content of a workbook once it is unpacked, in bytes.
const MAX_UNPACKED: u64 = 300 * 1024 * 1024;

const UNREADABLE: &str = "这不是能读的 Excel 文件（.xlsx）";

/// Rows and columns of a sheet, at most.
const MAX_ROWS: usize = 60_000;
const MAX_COLUMNS: u32 = 300;

/// Reads a file.
///
/// # Errors
/// [`Refused`] with every cell that cannot be read.
pub fn read(name: &str, bytes: &[u8]) -> Result<Sheet, Refused> {
    if bytes.len() > MAX_FILE {
        return Err(Refused::TooLarge);
    }
    let grid = if bytes.starts_with(b"PK") {
        // A reader of other people's files that trips over one is an unreadable file, not a broken program.
        let read = std::panic::catch_unwind(|| workbook(name, bytes));
        read.unwrap_or_else(|_| Err(Refused::Unsupported(UNREADABLE.to_owned())))?
    } else if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Refused::Unsupported("这是旧版 Excel（.xls）文件，请另存为 .xlsx 或 CSV".to_owned()));
    } else {
        text_table(name, bytes)?
    };
    table(name, grid)
}

/// Cells by row, rows by number.
type Grid = BTreeMap<i64, BTreeMap<u32, String>>;

fn table(name: &str, mut grid: Grid) -> Result<Sheet, Refused> {
    grid.retain(|_, cells| cells.values().any(|cell| !cell.trim().is_empty()));
    let Some((first, heading)) = grid.pop_first() else {
        return Err(Refused::Unsupported("文件是空的".to_owned()));
    };
    let width = heading.keys().next_back().map_or(0, |last| last + 1);
    let heading: Vec<String> =
        (0..width).map(|place| heading.get(&place).map(|cell| cell.trim().to_owned()).unwrap_or_default()).collect();
    let mut sheet = Sheet { name: name.to_owned(), heading, rows: Vec::with_capacity(grid.len()) };
    let mut problems = Vec::new();
    let mut known = std::collections::HashSet::new();
    for column in sheet.heading.iter().filter(|column| !column.is_empty()) {
        if !known.insert(column) {
            problems.push(sheet.problem(first, column, "这一列出现了两次"));
        }
    }
    for (number, mut cells) in grid {
        if let Some((place, _)) = cells.range(width..).find(|(_, cell)| !cell.trim().is_empty()) {
            problems.push(sheet.problem(number, &format!("第 {} 列", place + 1), "这一格没有列名"));
        }
        let cells = (0..width).map(|place| cells.remove(&place).map(plain).unwrap_or_default()).collect();
        sheet.rows.push(Row { number, cells });
    }
    if sheet.rows.len() > MAX_ROWS {
        return Err(Refused::Unsupported(format!("行数太多，一个文件最多 {MAX_ROWS} 行")));
    }
    Refused::unless_fine(problems)?;
    Ok(sheet)
}

/// A cell as it was before it was written by [`write`].
pub(super) fn plain(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if neutral(rest) != rest || rest.starts_with('\'') => rest.to_owned(),
        _ => cell,
    }
}

fn workbook(name: &str, bytes: &[u8]) -> Result<Grid, Refused> {
    let broken = |_| Refused::Unsupported(UNREADABLE.to_owned());
    check_size(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let first = book.sheet_names().into_iter().next();
    let first = first.ok_or_else(|| Refused::Unsupported("这个 Excel 文件里没有工作表".to_owned()))?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(broken)?;
    let mut grid = Grid::new();
    let mut problems = Vec::new();
    while let Some(cell) = cells.next_cell_with_formula().map_err(broken)? {
        let (row, column) = (i64::from(cell.pos.0) + 1, cell.pos.1);
        let mut wrong = |reason: &str| {
            let column = format!("第 {} 列", column + 1);
            problems.push(Problem { file: name.to_owned(), row, column, reason: reason.to_owned() });
        };
        let text = match &cell.value {
            _ if cell.formula.is_some() => {
                wrong("单元格里是公式，请改成文字");
                continue;
            }
            DataRef::Error(_) => {
                wrong("单元格里是错误值");
                continue;
            }
            value => in_text(value),
        };
        if !text.is_empty() && column >= MAX_COLUMNS {
            return Err(Refused::Unsupported(format!("列数太多，最多 {MAX_COLUMNS} 列")));
        }
        if !text.is_empty() {
            grid.entry(row).or_default().insert(column, text);
        }
        if grid.len() > MAX_ROWS + 1 {
            return Err(Refused::Unsupported(format!("行数太多，一个文件最多 {MAX_ROWS} 行")));
        }
    }
    Refused::unless_fine(problems)?;
    Ok(grid)
}

/// Unpacks to nowhere, counting: what is written in the headers may lie.
fn check_size(bytes: &[u8]) -> Result<(), Refused> {
    let broken = || Refused::Unsupported(UNREADABLE.to_owned());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut left = MAX_UNPACKED;
    for place in 0..archive.len() {
        let file = archive.by_index(place).map_err(|_| broken())?;
        let read = std::io::copy(&mut file.take(left + 1), &mut std::io::sink()).map_err(|_| broken())?;
        left = left.checked_sub(read).ok_or(Refused::TooLarge)?;
    }
    Ok(())
}

fn in_text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.replace("_x000D_", "").replace("\r\n", "\n"),
        DataRef::SharedString(text) => text.replace("_x000D_", "").replace("\r\n", "\n"),
        DataRef::Bool(is) => if *is { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => moment(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.replace('T', " "),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

fn moment(at: &ExcelDateTime) -> String {
    if !at.is_datetime() {
        return at.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn text_table(name: &str, bytes: &[u8]) -> Result<Grid, Refused> {
    let text = decode(name, bytes)?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut grid = Grid::new();
    // Rows are counted as a spreadsheet counts them: a cell with line breaks is still one row.
    for (number, record) in (1_i64..).zip(reader.records()) {
        let record = record.map_err(|error| {
            Refused::Invalid(vec![Problem {
                file: name.to_owned(),
                row: number,
                column: String::new(),
                reason: format!("这一行读不出来：{error}"),
            }])
        })?;
        if record.len() > MAX_COLUMNS as usize {
            return Err(Refused::Unsupported(format!("列数太多，最多 {MAX_COLUMNS} 列")));
        }
        let cells = (0_u32..).zip(record.iter()).filter(|(_, cell)| !cell.is_empty());
        grid.insert(number, cells.map(|(place, cell)| (place, cell.replace("\r\n", "\n"))).collect());
        if grid.len() > MAX_ROWS + 1 {
            return Err(Refused::Unsupported(format!("行数太多，一个文件最多 {MAX_ROWS} 行")));
        }
    }
    Ok(grid)
}

/// UTF-8 where it is, else GBK with everything that came after it.
fn decode(name: &str, bytes: &[u8]) -> Result<String, Refused> {
    let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(body) {
        return Ok(text.to_owned());
    }
    let problem = |reason: &str| {
        let (file, column) = (name.to_owned(), String::new());
        Refused::Invalid(vec![Problem { file, row: 0, column, reason: reason.to_owned() }])
    };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(problem("文件开头说是 UTF-8，里面却有不是 UTF-8 的字节"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(problem("文件是 UTF-16 编码，请另存为 UTF-8 或 GBK"));
    }
    let text = GB18030.decode_without_bom_handling_and_without_replacement(body);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| problem("文件既不是 UTF-8 也不是 GBK 编码"))
}

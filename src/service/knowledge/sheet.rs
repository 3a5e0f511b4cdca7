//! Tables in and out: Excel and CSV, as Chinese shops have them.
//!
//! In: an Excel workbook is told by its bytes, never by its name; everything else is CSV in UTF-8, with or without byte
//! order mark, or GBK. What unpacks to more than it should is refused before it is read, and cells are taken one by one:
//! a sheet that claims a million columns costs nothing. A formula is an error of its cell.
//!
//! Out: no cell begins like a formula (OWASP, "CSV Injection"): such a text gets an apostrophe, which reading takes away
//! again. So what was written comes back as it was.

use super::{Problem, Refused};
use crate::desk::report::neutral;
use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use encoding_rs::{GB18030, GBK};
use rust_xlsxwriter::{Format, Workbook};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// Largest file, in bytes.
pub const MAX_FILE: usize = 20 * 1024 * 1024;

/// Largest content of a workbook once it is unpacked, in bytes.
const MAX_UNPACKED: u64 = 300 * 1024 * 1024;

/// Rows and columns of a sheet, at most.
const MAX_ROWS: usize = 60_000;
const MAX_COLUMNS: u32 = 300;

/// Longest text of an Excel cell, in characters.
const MAX_CELL: usize = 32_767;

/// A table as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// Name of the file.
    pub(super) name: String,
    /// Names of the columns.
    pub(super) heading: Vec<String>,
    /// Rows that are not empty.
    pub(super) rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number in the sheet, from 1; the heading is 1.
    pub(super) number: i64,
    /// As many as the heading has.
    pub(super) cells: Vec<String>,
}

impl Sheet {
    /// A problem of a cell.
    pub(super) fn problem(&self, row: i64, column: &str, reason: impl Into<String>) -> Problem {
        Problem { file: self.name.clone(), row, column: column.to_owned(), reason: reason.into() }
    }

    /// The place of a column under one of its names.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.heading.iter().position(|heading| names.contains(&heading.as_str()))
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// A workbook.
    Xlsx,
    /// UTF-8 with byte order mark, which Excel needs to see that it is UTF-8.
    Csv,
    /// GBK, for older programs.
    CsvGbk,
}

impl FileFormat {
    /// By its name in the interface.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "xlsx" | "" => Some(Self::Xlsx),
            "csv" => Some(Self::Csv),
            "csv_gbk" => Some(Self::CsvGbk),
            _ => None,
        }
    }

    /// Ending of the file's name.
    pub fn ending(self) -> &'static str {
        if self == Self::Xlsx { "xlsx" } else { "csv" }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
            Self::CsvGbk => "text/csv; charset=gbk",
        }
    }
}

/// Reads a file.
///
/// # Errors
/// [`Refused`] with every cell that cannot be read.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Sheet, Refused> {
    if bytes.len() > MAX_FILE {
        return Err(Refused::TooLarge);
    }
    let grid = if bytes.starts_with(b"PK") {
        workbook(name, bytes)?
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
fn plain(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if neutral(rest) != rest || rest.starts_with('\'') => rest.to_owned(),
        _ => cell,
    }
}

/// A text that no program takes for a formula; the reverse of [`plain`].
fn guarded(text: &str) -> String {
    let begins_like_one = text.starts_with('\'') && plain(text.to_owned()) != text;
    if begins_like_one { format!("'{text}") } else { neutral(text) }
}

fn workbook(name: &str, bytes: &[u8]) -> Result<Grid, Refused> {
    let broken = |_| Refused::Unsupported("这不是能读的 Excel 文件（.xlsx）".to_owned());
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
    let broken = || Refused::Unsupported("这不是能读的 Excel 文件（.xlsx）".to_owned());
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

/// Writes a table.
///
/// # Errors
/// [`Refused`] with the cells that the format cannot hold.
pub fn write(name: &str, heading: &[&str], rows: &[Vec<String>], format: FileFormat) -> Result<Vec<u8>, Refused> {
    match format {
        FileFormat::Xlsx => write_workbook(name, heading, rows),
        FileFormat::Csv => Ok([b"\xef\xbb\xbf".as_slice(), write_csv(heading, rows)?.as_bytes()].concat()),
        FileFormat::CsvGbk => {
            let mut problems = Vec::new();
            for (number, row) in (2_i64..).zip(rows) {
                for (column, cell) in heading.iter().zip(row) {
                    if GBK.encode(cell).2 {
                        let reason = "有 GBK 里没有的字，请导出为 UTF-8 或 Excel".to_owned();
                        let (file, column) = (name.to_owned(), (*column).to_owned());
                        problems.push(Problem { file, row: number, column, reason });
                    }
                }
            }
            Refused::unless_fine(problems)?;
            Ok(GBK.encode(&write_csv(heading, rows)?).0.into_owned())
        }
    }
}

fn write_csv(heading: &[&str], rows: &[Vec<String>]) -> Result<String, Refused> {
    let failed = |error: String| Refused::Failed(crate::service::Failure::Model(error));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(heading).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell))).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn write_workbook(name: &str, heading: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, Refused> {
    let failed = |error: rust_xlsxwriter::XlsxError| Refused::Failed(crate::service::Failure::Model(error.to_string()));
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    for (place, column) in (0_u16..).zip(heading) {
        sheet.write_string_with_format(0, place, *column, &bold).map_err(failed)?;
        sheet.set_column_width(place, 24).map_err(failed)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    let mut problems = Vec::new();
    for (number, row) in (1_u32..).zip(rows) {
        for (place, cell) in (0_u16..).zip(row) {
            if cell.chars().count() >= MAX_CELL {
                let column = heading.get(usize::from(place)).copied().unwrap_or_default().to_owned();
                let reason = "太长了，Excel 的一格放不下，请导出为 CSV".to_owned();
                problems.push(Problem { file: name.to_owned(), row: i64::from(number) + 1, column, reason });
            } else if !cell.is_empty() {
                sheet.write_string(number, place, guarded(cell)).map_err(failed)?;
            }
        }
    }
    Refused::unless_fine(problems)?;
    book.save_to_buffer().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const FORMATS: [FileFormat; 3] = [FileFormat::Xlsx, FileFormat::Csv, FileFormat::CsvGbk];

    fn rows() -> Vec<Vec<String>> {
        let texts =
            ["=1+1", "+8613800138000", "-3", "@x", "'=1", "'引号", "多\n行", "逗号,和\"引号\"", "0012", "a|b", " x "];
        texts.iter().map(|text| vec![(*text).to_owned(), "答".to_owned()]).collect()
    }

    #[test]
    fn what_is_written_comes_back_in_every_format() {
        for format in FORMATS {
            let bytes = write("a", &["问", "答"], &rows(), format).expect("written");
            let sheet = read("a", &bytes).expect("read");
            assert_eq!(sheet.heading, ["问", "答"]);
            let back: Vec<Vec<String>> = sheet.rows.into_iter().map(|row| row.cells).collect();
            assert_eq!(back, rows(), "{format:?}");
        }
    }

    #[test]
    fn no_cell_of_a_file_begins_like_a_formula() {
        let bytes = write("a", &["问", "答"], &rows(), FileFormat::Csv).expect("written");
        let text = String::from_utf8(bytes).expect("UTF-8");
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            assert!(!record.expect("a row")[0].starts_with(['=', '+', '-', '@']));
        }
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "问,答\n退货,七天\n";
        let gbk = GBK.encode(text).0.into_owned();
        let bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for bytes in [text.as_bytes(), &gbk, &bom] {
            assert_eq!(read("a", bytes).expect("read").rows[0].cells, ["退货", "七天"]);
        }
        assert!(matches!(read("a", b"\xff\xfe\x00"), Err(Refused::Invalid(_))));
        assert!(matches!(read("a", b"\xef\xbb\xbf\xff\xff"), Err(Refused::Invalid(_))));
        let unknown = write("a", &["问"], &[vec!["😀".to_owned()]], FileFormat::CsvGbk);
        let Err(Refused::Invalid(problems)) = unknown else { panic!("{unknown:?}") };
        assert_eq!((problems[0].row, problems[0].column.as_str()), (2, "问"));
    }

    #[test]
    fn formulas_are_named_by_their_cell() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "标准问").expect("written");
        sheet.write_formula(2, 0, "=HYPERLINK(\"http://evil\")").expect("written");
        let read = read("a.xlsx", &book.save_to_buffer().expect("saved"));
        let Err(Refused::Invalid(problems)) = read else { panic!("{read:?}") };
        assert_eq!((problems[0].row, problems[0].column.as_str()), (3, "第 1 列"));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_read() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file("xl/workbook.xml", options).expect("begun");
        let zeros = vec![0_u8; 1024 * 1024];
        for _ in 0..310 {
            archive.write_all(&zeros).expect("written");
        }
        let bytes = archive.finish().expect("finished").into_inner();
        assert!(bytes.len() < MAX_FILE);
        assert!(matches!(read("a.xlsx", &bytes), Err(Refused::TooLarge)));
    }

    #[test]
    fn what_is_no_table_is_said() {
        for bytes in [&b""[..], b"\n\n", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0old"] {
            assert!(matches!(read("a", bytes), Err(Refused::Unsupported(_))), "{bytes:?}");
        }
        let wide = read("a", "问,答\na,b,c\n".as_bytes());
        let Err(Refused::Invalid(problems)) = wide else { panic!("{wide:?}") };
        assert_eq!((problems[0].row, problems[0].column.as_str()), (2, "第 3 列"));
    }
}

//! A file out.

use super::FileFormat;
use super::reading::plain;
use crate::desk::report::neutral;
use crate::service::Failure;
use crate::service::knowledge::{Problem, Refused};
use encoding_rs::GBK;
use rust_xlsxwriter::{Format, Workbook};

/// Longest text of an Excel cell, in characters.
const MAX_CELL: usize = 32_767;

/// A text that no program takes for a formula; the reverse of [`plain`].
fn guarded(text: &str) -> String {
    let begins_like_one = text.starts_with('\'') && plain(text.to_owned()) != text;
    if begins_like_one { format!("'{text}") } else { neutral(text) }
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
    let failed = |reason: String| Refused::Failed(Failure::Inside { what: "csv", reason });
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(heading).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| guarded(cell))).map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

fn write_workbook(name: &str, heading: &[&str], rows: &[Vec<String>]) -> Result<Vec<u8>, Refused> {
    let failed = |error: rust_xlsxwriter::XlsxError| Refused::Failed(Failure::inside("xlsx", &error));
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

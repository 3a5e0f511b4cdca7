//! Tables in and out: Excel and CSV, as Chinese shops have them.
//!
//! In: an Excel workbook is told by its bytes, never by its name; everything else is CSV in UTF-8, with or without byte
//! order mark, or GBK. What unpacks to more than it should is refused before it is read, and cells are taken one by one:
//! a sheet that claims a million columns costs nothing. A formula is an error of its cell.
//!
//! Out: no cell begins like a formula (OWASP, "CSV Injection"): such a text gets an apostrophe, which reading takes away
//! again. So what was written comes back as it was.

mod reading;
mod writing;

pub use reading::read;
pub use writing::write;

use super::Problem;

/// Largest file, in bytes.
pub const MAX_FILE: usize = 20 * 1024 * 1024;

/// A table as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Name of the file.
    pub name: String,
    /// Names of the columns.
    pub heading: Vec<String>,
    /// Rows that are not empty.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the sheet, from 1; the heading is 1.
    pub number: i64,
    /// As many as the heading has.
    pub cells: Vec<String>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::knowledge::Refused;
    use encoding_rs::GBK;
    use rust_xlsxwriter::Workbook;
    use std::io::{Cursor, Write};

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

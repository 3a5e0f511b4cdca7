//! Tab-separated files with a header line: the form in which all figures take their data. There is no quoting; a bad
//! row is named by file and line.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// A table that was read.
#[derive(Debug, Clone)]
pub struct Table {
    path: PathBuf,
    header: Vec<String>,
    /// Rows with the number of their line, counted from one.
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Reads a file. Every row must have as many columns as the header.
    ///
    /// # Errors
    /// The file and the line of the first row that does not.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = read_text(path)?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
        let Some((_, header)) = lines.next() else { bail!("{} 是空的", path.display()) };
        let header: Vec<String> = header.split('\t').map(str::to_owned).collect();
        let mut rows = Vec::new();
        for (index, line) in lines {
            let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
            if columns.len() != header.len() {
                bail!(
                    "{} 第 {} 行：应当有 {} 列，现在是 {} 列",
                    path.display(),
                    index + 1,
                    header.len(),
                    columns.len()
                );
            }
            rows.push((index + 1, columns));
        }
        if rows.is_empty() {
            bail!("{} 只有标题行", path.display());
        }
        Ok(Self { path: path.to_owned(), header, rows })
    }

    /// Reads one column of a file whose header may be missing.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read_single(path: &Path, name: &str) -> anyhow::Result<Vec<String>> {
        let text = read_text(path)?;
        let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
        let header: Vec<&str> = lines.peek().map(|line| line.split('\t').collect()).unwrap_or_default();
        let place = header.iter().position(|column| *column == name);
        if place.is_some() {
            lines.next();
        }
        let place = place.unwrap_or(0);
        Ok(lines.filter_map(|line| line.split('\t').nth(place)).map(str::to_owned).collect())
    }

    /// Place of a column.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn column(&self, name: &str) -> anyhow::Result<usize> {
        let place = self.header.iter().position(|column| column == name);
        place.with_context(|| format!("{} 里没有 {name} 列，只有：{}", self.path.display(), self.header.join("、")))
    }

    /// One column, row by row.
    ///
    /// # Errors
    /// Where it is missing.
    pub fn values(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let place = self.column(name)?;
        Ok(self.rows.iter().map(|(_, columns)| columns[place].clone()).collect())
    }

    /// Names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Rows with the number of their line.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[String])> {
        self.rows.iter().map(|(line, columns)| (*line, columns.as_slice()))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none; a table that was read always has some.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Two columns by name.
    ///
    /// # Errors
    /// Where one of them is missing.
    pub fn pairs(&self, first: &str, second: &str) -> anyhow::Result<Vec<(String, String)>> {
        let (first, second) = (self.column(first)?, self.column(second)?);
        Ok(self.rows.iter().map(|(_, row)| (row[first].clone(), row[second].clone())).collect())
    }

    /// A number in a row.
    ///
    /// # Errors
    /// The file and the line where it is none.
    pub fn number(&self, line: usize, text: &str) -> anyhow::Result<f64> {
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => bail!("{} 第 {line} 行：{text:?} 不是数字", self.path.display()),
        }
    }

    /// Names a row for a message.
    pub fn place(&self, line: usize) -> String {
        format!("{} 第 {line} 行", self.path.display())
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} 不是 UTF-8", path.display()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.tsv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        let (_keep, path) = written("a\tb\n1\t2\n3\n");
        assert!(Table::read(&path).unwrap_err().to_string().contains("第 3 行"));
    }

    #[test]
    fn columns_are_found_by_name_and_numbers_checked() {
        let (_keep, path) = written("\u{feff}a\tb\n1\tx\n");
        let table = Table::read(&path).unwrap();
        assert_eq!(table.column("b").unwrap(), 1);
        assert!(table.column("c").is_err() && table.number(2, "x").is_err() && table.number(2, "nan").is_err());
    }

    #[test]
    fn a_single_column_may_lack_its_header() {
        let (_keep, path) = written("你好\n天气\n");
        assert_eq!(Table::read_single(&path, "query").unwrap(), ["你好", "天气"]);
    }
}

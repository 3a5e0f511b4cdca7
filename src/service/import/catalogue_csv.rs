//! The catalogue from `products.csv`: one product a row, lists separated by `|`, attributes as `名=值|名=值`.
//! Required are sku, name, category and price; what is missing otherwise has a plain default.

use super::Problem;
use super::read::{Located, ProductRow};
use csv::StringRecord;
use std::collections::BTreeMap;

/// The columns that may be there.
const COLUMNS: [&str; 20] = [
    "sku",
    "name",
    "category",
    "brand",
    "price",
    "original_price",
    "stock",
    "colors",
    "sizes",
    "attributes",
    "tags",
    "persons",
    "occasions",
    "season",
    "description",
    "image_color",
    "picture",
    "rating",
    "sold",
    "listed_on",
];

/// Columns that must be there.
const REQUIRED: usize = 3;

/// Reads all rows; every bad one is reported.
pub(super) fn products(file: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Located<ProductRow>> {
    let mut report = |line: usize, reason: String| problems.push(Problem { file: file.to_owned(), line, reason });
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            report(1, error.to_string());
            return Vec::new();
        }
    };
    for column in header.iter().filter(|column| !COLUMNS.contains(column)) {
        report(1, format!("没有 {column} 这一列，可用的有：{}", COLUMNS.join("、")));
    }
    for column in COLUMNS[..REQUIRED].iter().chain(&["price"]).filter(|column| header.iter().all(|h| h != **column)) {
        report(1, format!("缺少 {column} 列"));
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        match row {
            Ok(row) => {
                let line = row.position().map_or(0, |position| position.line() as usize);
                match product(&header, &row) {
                    Ok(value) => rows.push(Located { file: file.to_owned(), line, value }),
                    Err(reason) => report(line, reason),
                }
            }
            Err(error) => {
                let line = error.position().map_or(0, |position| position.line() as usize);
                report(line, "列数和标题行不一样".to_owned());
            }
        }
    }
    rows
}

fn product(header: &StringRecord, row: &StringRecord) -> Result<ProductRow, String> {
    let text = |name: &str| {
        let place = header.iter().position(|column| column == name);
        place.and_then(|place| row.get(place)).unwrap_or_default().to_owned()
    };
    let or = |name: &str, default: &str| Some(text(name)).filter(|own| !own.is_empty()).unwrap_or(default.to_owned());
    let number = |name: &str, default: f64| match text(name).as_str() {
        "" => Ok(default),
        own => own.parse::<f64>().map_err(|_| format!("{name} 应当是数字，现在是 {own:?}")),
    };
    let whole = |name: &str| match text(name).as_str() {
        "" => Ok(0),
        own => own.parse::<i64>().map_err(|_| format!("{name} 应当是整数，现在是 {own:?}")),
    };
    let list = |name: &str| -> Vec<String> {
        text(name).split('|').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let mut attributes = BTreeMap::new();
    for part in list("attributes") {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("attributes 里的 {part:?} 应当形如 名=值"))?;
        attributes.insert(name.to_owned(), value.to_owned());
    }
    let price = number("price", 0.0)?;
    let name = text("name");
    Ok(ProductRow {
        sku: text("sku"),
        category: text("category"),
        brand: text("brand"),
        price,
        original_price: number("original_price", price)?,
        stock: whole("stock")?,
        colors: list("colors"),
        sizes: list("sizes"),
        attributes,
        tags: list("tags"),
        persons: list("persons"),
        occasions: list("occasions"),
        season: or("season", "四季"),
        description: or("description", &name),
        image_color: or("image_color", "#8a9ba8"),
        picture: text("picture"),
        rating: number("rating", 0.0)?,
        sold: whole("sold")?,
        listed_on: text("listed_on"),
        name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_attributes_and_defaults() {
        let mut problems = Vec::new();
        let text =
            "sku,name,category,price,stock,colors,attributes\nA-1,\"杯子, 大号\",home,39.9,7,白色|黑色,容量=500ml\n";
        let rows = products("products.csv", text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let row = &rows[0].value;
        assert_eq!((row.name.as_str(), row.stock, row.colors.len()), ("杯子, 大号", 7, 2));
        assert_eq!((row.original_price, row.description.as_str()), (39.9, "杯子, 大号"));
        assert_eq!(row.attributes["容量"], "500ml");
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        let mut problems = Vec::new();
        products("products.csv", "sku,name,category,price,stock\nA,a,c,cheap,1\nB,b,c,1,many\nC,c\n", &mut problems);
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 3, 4]);
        problems.clear();
        products("products.csv", "sku,title\nA,a\n", &mut problems);
        assert!(problems.iter().all(|problem| problem.line == 1) && problems.len() == 4, "{problems:?}");
    }
}

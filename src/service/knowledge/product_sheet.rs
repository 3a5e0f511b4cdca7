//! Products as rows of a sheet, in the columns that Chinese shops know, and what is wrong with a product.

use super::Refused;
use super::sheet::Sheet;
use crate::model::catalogue::{Money, Product};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Field, the name of its column, other names it goes by.
pub(super) const COLUMNS: [(&str, &[&str]); 19] = [
    ("sku", &["编号", "sku", "SKU", "货号"]),
    ("name", &["名称", "name", "商品名", "标题"]),
    ("category", &["分类", "category", "类目"]),
    ("brand", &["品牌", "brand"]),
    ("price", &["价格", "price"]),
    ("original_price", &["原价", "original_price"]),
    ("stock", &["库存", "stock"]),
    ("colors", &["颜色", "colors"]),
    ("sizes", &["尺码", "sizes"]),
    ("attributes", &["属性", "attributes"]),
    ("tags", &["标签", "tags"]),
    ("persons", &["适合人群", "persons"]),
    ("occasions", &["场合", "occasions"]),
    ("season", &["季节", "season"]),
    ("description", &["描述", "description"]),
    ("image_color", &["图片颜色", "image_color"]),
    ("rating", &["评分", "rating"]),
    ("sold", &["销量", "sold"]),
    ("listed_on", &["上架日期", "listed_on"]),
];

/// Largest amount, in fen, and largest count.
const MOST: i64 = 1_000_000_000_000;

/// Longest text of a product, in characters.
const LONGEST: usize = 5_000;

fn title(field: &str) -> &str {
    COLUMNS.iter().find(|(known, _)| *known == field).map_or(field, |(_, names)| names[0])
}

/// What is wrong with a product: field and reason.
pub(super) fn mistakes(product: &Product, categories: &HashSet<String>) -> Vec<(&'static str, String)> {
    let is_color = product
        .image_color
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let lists = [&product.colors, &product.sizes, &product.tags, &product.persons, &product.occasions];
    let mut texts =
        [&product.sku, &product.name, &product.brand, &product.description, &product.season, &product.listed_on]
            .into_iter()
            .chain(lists.into_iter().flatten())
            .chain(product.attributes.iter().flat_map(|(name, value)| [name, value]));
    let unkept = texts.any(|text| text.contains('\0') || text.chars().count() > LONGEST);
    let is_plain = !product.sku.chars().any(|c| c.is_whitespace() || c.is_control() || c == '/');
    let wrong = [
        (
            product.sku.trim().is_empty() || !is_plain || product.sku.len() > 64,
            "sku",
            "编号不能为空，不能有空格和斜线，最多 64 个字节",
        ),
        (product.name.trim().is_empty(), "name", "不能为空"),
        (!categories.contains(&product.category), "category", "没有这个分类"),
        (!(1..=MOST).contains(&product.price.0), "price", "必须大于 0"),
        (product.original_price < product.price || product.original_price.0 > MOST, "original_price", "不能低于价格"),
        (!(0..=MOST).contains(&product.stock), "stock", "不能是负数"),
        (!(0..=MOST).contains(&product.sold), "sold", "不能是负数"),
        (product.description.trim().is_empty(), "description", "不能为空"),
        (!(0.0..=5.0).contains(&product.rating), "rating", "应在 0 到 5 之间"),
        (!is_color, "image_color", "应当形如 #7a9e9f"),
        (unkept, "description", "有太长的文字或空字符"),
    ];
    wrong.into_iter().filter(|(is, ..)| *is).map(|(_, field, reason)| (field, reason.to_owned())).collect()
}

/// The products of a sheet, each laid over the one that it is about; what the sheet has no column for stays.
pub(super) fn of_sheet(sheet: &Sheet, live: &[Product], categories: &HashSet<String>) -> Result<Vec<Product>, Refused> {
    let column =
        |field: &str| COLUMNS.iter().find(|(known, _)| *known == field).and_then(|(_, names)| sheet.column(names));
    let Some(sku) = column("sku") else {
        return Err(Refused::Invalid(vec![sheet.problem(1, title("sku"), "缺少这一列")]));
    };
    let is_known = |name: &String| name.is_empty() || COLUMNS.iter().any(|(_, names)| names.contains(&name.as_str()));
    let unknown = sheet.heading.iter().filter(|name| !is_known(name));
    Refused::unless_fine(unknown.map(|name| sheet.problem(1, name, "不认识这一列")).collect())?;
    let known: HashMap<&str, &Product> = live.iter().map(|product| (product.sku.as_str(), product)).collect();
    let mut names: HashMap<String, String> =
        live.iter().map(|product| (product.name.clone(), product.sku.clone())).collect();
    let (mut found, mut problems, mut rows) = (Vec::new(), Vec::new(), HashMap::new());
    for row in &sheet.rows {
        let id = row.cells[sku].trim().to_owned();
        let mut product = known.get(id.as_str()).map_or_else(|| blank(&id), |known| (*known).clone());
        let had_price = column("original_price").is_some_and(|place| !row.cells[place].trim().is_empty());
        for (field, _) in COLUMNS.iter().filter(|(field, _)| *field != "sku") {
            if let Some(place) = column(field)
                && let Err(reason) = take(&mut product, field, row.cells[place].trim())
            {
                problems.push(sheet.problem(row.number, title(field), reason));
            }
        }
        if !had_price {
            product.original_price = product.original_price.max(product.price);
        }
        if product.description.is_empty() {
            product.description.clone_from(&product.name);
        }
        if let Some(first) = rows.insert(id.clone(), row.number) {
            problems.push(sheet.problem(row.number, title("sku"), format!("和第 {first} 行重复")));
        }
        if let Some(owner) = names.insert(product.name.clone(), id.clone()).filter(|owner| *owner != id) {
            problems.push(sheet.problem(row.number, title("name"), format!("和 {owner} 同名")));
        }
        let wrong = mistakes(&product, categories);
        problems.extend(wrong.into_iter().map(|(field, reason)| sheet.problem(row.number, title(field), reason)));
        found.push(product);
    }
    Refused::unless_fine(problems)?;
    Ok(found)
}

fn blank(sku: &str) -> Product {
    Product {
        sku: sku.to_owned(), season: "四季".to_owned(), image_color: "#8a9ba8".to_owned(), ..Product::default()
    }
}

/// A cell into its field; an empty one leaves numbers, season and colour as they are.
fn take(product: &mut Product, field: &str, cell: &str) -> Result<(), String> {
    let number =
        || cell.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(|| format!("“{cell}”不是数字"));
    let whole = || {
        let number = number()?;
        #[allow(clippy::cast_possible_truncation)]
        if number.fract() == 0.0 && number.abs() < 1e15 {
            Ok(number as i64)
        } else {
            Err(format!("“{cell}”不是整数"))
        }
    };
    let amount = || number().map(|yuan| Money::from_yuan(yuan.clamp(-1e12, 1e12)));
    let list = || -> Vec<String> {
        cell.split(['|', '\n']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    match field {
        "name" => cell.clone_into(&mut product.name),
        "category" => cell.clone_into(&mut product.category),
        "brand" => cell.clone_into(&mut product.brand),
        "description" => cell.clone_into(&mut product.description),
        "listed_on" => cell.clone_into(&mut product.listed_on),
        "colors" => product.colors = list(),
        "sizes" => product.sizes = list(),
        "tags" => product.tags = list(),
        "persons" => product.persons = list(),
        "occasions" => product.occasions = list(),
        "attributes" => product.attributes = attributes(&list())?,
        _ if cell.is_empty() => {}
        "season" => cell.clone_into(&mut product.season),
        "image_color" => cell.clone_into(&mut product.image_color),
        "price" => product.price = amount()?,
        "original_price" => product.original_price = amount()?,
        "stock" => product.stock = whole()?,
        "sold" => product.sold = whole()?,
        "rating" => product.rating = number()?,
        _ => {}
    }
    Ok(())
}

fn attributes(parts: &[String]) -> Result<BTreeMap<String, String>, String> {
    let pair = |part: &String| {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("“{part}”应当形如 名=值"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    parts.iter().map(pair).collect()
}

pub(super) fn row_of(product: &Product) -> Vec<String> {
    let attributes: Vec<String> = product.attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        product.sku.clone(),
        product.name.clone(),
        product.category.clone(),
        product.brand.clone(),
        product.price.to_string(),
        product.original_price.to_string(),
        product.stock.to_string(),
        product.colors.join("|"),
        product.sizes.join("|"),
        attributes.join("|"),
        product.tags.join("|"),
        product.persons.join("|"),
        product.occasions.join("|"),
        product.season.clone(),
        product.description.clone(),
        product.image_color.clone(),
        product.rating.to_string(),
        product.sold.to_string(),
        product.listed_on.clone(),
    ]
}

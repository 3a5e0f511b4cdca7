//! The catalogue: products by file and one by one, stock and prices.
//!
//! Stock and prices change at once and without a version: they are facts of the moment, not knowledge. Everything else of
//! a product is knowledge, and its change is a version like any other.

use super::draft_build::Overlay;
use super::jobs::Progress;
use super::publishing::Release;
use super::sheet::{self, FileFormat, Sheet};
use super::transfer::{ImportOrder, ImportResult, Mode};
use super::{Keeper, Problem, Refused};
use crate::model::catalogue::{Money, Product};
use crate::model::publication::{Change, Part, Source};
use crate::service::Failure;
use crate::store::audit::Deed;
use crate::store::knowledge;
use crate::store::product::{self, StockChange};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;
use uuid::Uuid;

/// Field, the name of its column, other names it goes by.
const COLUMNS: [(&str, &[&str]); 19] = [
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

/// Products of a change of stock, at most.
const AT_ONCE: usize = 5_000;

/// Longest text of a product, in characters.
const LONGEST: usize = 5_000;

fn title(field: &str) -> &str {
    COLUMNS.iter().find(|(known, _)| *known == field).map_or(field, |(_, names)| names[0])
}

impl Keeper {
    /// Puts a product into the catalogue, or another in its place.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed then.
    pub async fn put_product(&self, by: &str, product: Product) -> Result<Product, Refused> {
        let categories = self.category_ids();
        let wrong = mistakes(&product, &categories);
        Refused::unless_fine(wrong.into_iter().map(|(field, reason)| Problem::field(field, reason)).collect())?;
        let changed = product.clone();
        self.change_catalogue(by, "商品修改", move |products| {
            match products.iter_mut().find(|one| one.sku == changed.sku) {
                Some(known) => *known = changed,
                None => products.push(changed),
            }
        })
        .await?;
        Ok(product)
    }

    /// Takes a product out of the catalogue.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is none.
    pub async fn remove_product(&self, by: &str, sku: &str) -> Result<(), Refused> {
        if self.publisher.published().assistant().knowledge.product(sku).is_none() {
            return Err(Refused::NotFound(format!("编号为 {sku} 的商品")));
        }
        let sku = sku.to_owned();
        self.change_catalogue(by, "商品删除", move |products| products.retain(|product| product.sku != sku)).await?;
        Ok(())
    }

    /// Publishes the catalogue after a change; returns the version, or none where nothing is different.
    async fn change_catalogue(
        &self,
        by: &str,
        note: &str,
        change: impl FnOnce(&mut Vec<Product>),
    ) -> Result<Option<i64>, Refused> {
        let begun = Instant::now();
        let _turn = self.publisher.turn().await;
        let stored = knowledge::newest(&self.db).await?.ok_or_else(|| Refused::NotFound("知识库".to_owned()))?;
        let mut products = stored.knowledge.products.clone();
        change(&mut products);
        let changes = differences(&stored.knowledge.products, &products)?;
        if changes.is_empty() {
            return Ok(None);
        }
        let overlay = Overlay { stored, changes, mark: String::new() };
        let new = Release {
            source: Source::Catalogue,
            by,
            note,
            rolled_back_to: None,
            taken: Vec::new(),
            words: Vec::new(),
            built: None,
        };
        Ok(Some(self.release(&overlay, new, begun).await?.version))
    }

    /// Changes stock and prices at once, all or none. Returns how many products are different.
    ///
    /// # Errors
    /// [`Refused`] with every product that is not known and every number that makes no sense.
    pub async fn change_stock(&self, by: &str, changes: &[StockChange]) -> Result<usize, Refused> {
        if changes.len() > AT_ONCE {
            return Err(Refused::Bad(format!("一次最多改 {AT_ONCE} 件商品")));
        }
        let _turn = self.publisher.turn().await;
        let assistant = self.publisher.published().assistant();
        let known: HashMap<&str, &Product> =
            assistant.knowledge.content.products.iter().map(|product| (product.sku.as_str(), product)).collect();
        let categories = self.category_ids();
        let (mut problems, mut products, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            let Some(product) = known.get(change.sku.as_str()) else {
                problems.push(Problem::field("sku", format!("没有编号为 {} 的商品", change.sku)));
                continue;
            };
            let changed = changed(product, change);
            let wrong = mistakes(&changed, &categories);
            problems.extend(
                wrong.into_iter().map(|(field, reason)| Problem::field(field, format!("{}：{reason}", change.sku))),
            );
            if changed != **product {
                before.push(facts(product));
                products.push(changed);
            }
        }
        Refused::unless_fine(problems)?;
        if products.is_empty() {
            return Ok(0);
        }
        let now = self.clock.now();
        let after: Vec<serde_json::Value> = products.iter().map(facts).collect();
        let deed = Deed::new(by, "stock_changed", "products", now)
            .from_to(Some(serde_json::json!({ "products": before })), Some(serde_json::json!({ "products": after })));
        product::change_stock(&self.db, &products, &deed, now).await?;
        self.publisher.restock(&products, now);
        self.forget_build().await;
        Ok(products.len())
    }

    /// Begins to take a file of products in.
    ///
    /// # Errors
    /// [`Refused`] where the job cannot be begun.
    pub async fn import_products(&self, by: &str, order: ImportOrder) -> Result<Uuid, Refused> {
        let actor = by.to_owned();
        self.begin("products_import", by, move |keeper, progress| async move {
            let (result, version) = keeper.take_products(&actor, order, &progress).await?;
            let mut result = serde_json::to_value(result)?;
            result["version"] = serde_json::json!(version);
            Ok(result)
        })
        .await
    }

    async fn take_products(
        &self,
        by: &str,
        order: ImportOrder,
        progress: &Progress,
    ) -> Result<(ImportResult, Option<i64>), Refused> {
        progress.tell("reading", 0, 0);
        let ImportOrder { name, bytes, mode, dry_run } = order;
        let sheet = tokio::task::spawn_blocking(move || sheet::read(&name, &bytes));
        let sheet = sheet.await.map_err(|error| Failure::Model(error.to_string()))??;
        let assistant = self.publisher.published().assistant();
        let live = &assistant.knowledge.content.products;
        progress.tell("checking", 0, sheet.rows.len());
        let found = of_sheet(&sheet, live, &self.category_ids())?;
        let known: HashMap<&str, &Product> = live.iter().map(|product| (product.sku.as_str(), product)).collect();
        let named: HashSet<&str> = found.iter().map(|product| product.sku.as_str()).collect();
        let mut result = ImportResult { rows: found.len(), dry_run, ..ImportResult::default() };
        for product in &found {
            match known.get(product.sku.as_str()) {
                None => result.added += 1,
                Some(known) if *known == product => result.unchanged += 1,
                Some(_) => result.changed += 1,
            }
        }
        if mode == Mode::Replace {
            result.removed = live.iter().filter(|product| !named.contains(product.sku.as_str())).count();
        }
        if dry_run {
            return Ok((result, None));
        }
        progress.tell("building", 0, found.len());
        let version = self
            .change_catalogue(by, &format!("导入 {}", sheet.name), |products| {
                let mut new: BTreeMap<String, Product> =
                    found.iter().map(|product| (product.sku.clone(), product.clone())).collect();
                for product in products.iter_mut() {
                    if let Some(changed) = new.remove(&product.sku) {
                        *product = changed;
                    }
                }
                if mode == Mode::Replace {
                    products.retain(|product| named.contains(product.sku.as_str()));
                }
                // In the order of the file.
                products.extend(found.iter().filter(|product| new.contains_key(&product.sku)).cloned());
            })
            .await?;
        progress.tell("saving", result.rows, result.rows);
        Ok((result, version))
    }

    /// All products as a file.
    ///
    /// # Errors
    /// [`Refused`] with the cells that the format cannot hold.
    pub fn export_products(&self, format: FileFormat) -> Result<Vec<u8>, Refused> {
        let assistant = self.publisher.published().assistant();
        let rows: Vec<Vec<String>> = assistant.knowledge.content.products.iter().map(row_of).collect();
        let heading: Vec<&str> = COLUMNS.iter().map(|(_, names)| names[0]).collect();
        sheet::write("products", &heading, &rows, format)
    }

    /// An empty file with one row as an example.
    ///
    /// # Errors
    /// [`Refused`] where it cannot be written.
    pub fn product_template(&self, format: FileFormat) -> Result<Vec<u8>, Refused> {
        let heading: Vec<&str> = COLUMNS.iter().map(|(_, names)| names[0]).collect();
        let assistant = self.publisher.published().assistant();
        let rows: Vec<Vec<String>> = assistant.knowledge.content.products.iter().take(1).map(row_of).collect();
        sheet::write("products-template", &heading, &rows, format)
    }

    fn category_ids(&self) -> HashSet<String> {
        let assistant = self.publisher.published().assistant();
        assistant.knowledge.content.categories.iter().map(|category| category.id.clone()).collect()
    }
}

fn changed(product: &Product, change: &StockChange) -> Product {
    let mut changed = product.clone();
    if let Some(stock) = change.stock {
        changed.stock = stock;
    }
    if let Some(price) = change.price {
        changed.price = Money(price);
        // A price that rises above the former one leaves nothing reduced.
        changed.original_price = changed.original_price.max(changed.price);
    }
    if let Some(price) = change.original_price {
        changed.original_price = Money(price);
    }
    changed
}

/// What of a product changes from hour to hour.
fn facts(product: &Product) -> serde_json::Value {
    serde_json::json!({ "sku": product.sku, "stock": product.stock, "price": product.price,
        "original_price": product.original_price })
}

fn differences(before: &[Product], after: &[Product]) -> Result<Vec<Change>, Refused> {
    let known: HashMap<&str, &Product> = before.iter().map(|product| (product.sku.as_str(), product)).collect();
    let kept: HashSet<&str> = after.iter().map(|product| product.sku.as_str()).collect();
    let mut changes = Vec::new();
    let value = |product: &Product| serde_json::to_value(product);
    for product in after {
        let former = known.get(product.sku.as_str());
        if former != Some(&product) {
            let before = former.map(|former| value(former)).transpose()?;
            let (subject, after) = (product.sku.clone(), Some(value(product)?));
            changes.push(Change { part: Part::Products, subject, before, after });
        }
    }
    for product in before.iter().filter(|product| !kept.contains(product.sku.as_str())) {
        let (subject, before) = (product.sku.clone(), Some(value(product)?));
        changes.push(Change { part: Part::Products, subject, before, after: None });
    }
    Ok(changes)
}

/// What is wrong with a product: field and reason.
fn mistakes(product: &Product, categories: &HashSet<String>) -> Vec<(&'static str, String)> {
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
fn of_sheet(sheet: &Sheet, live: &[Product], categories: &HashSet<String>) -> Result<Vec<Product>, Refused> {
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

fn row_of(product: &Product) -> Vec<String> {
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

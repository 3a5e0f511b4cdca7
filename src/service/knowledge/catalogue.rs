//! The catalogue: products by file and one by one, stock and prices.
//!
//! Stock and prices change at once and without a version: they are facts of the moment, not knowledge. Everything else of
//! a product is knowledge, and its change is a version like any other.

use super::draft_build::Overlay;
use super::jobs::Progress;
use super::product_sheet::{COLUMNS, mistakes, of_sheet, row_of};
use super::publishing::Release;
use super::sheet::{self, FileFormat};
use super::transfer::{ImportOrder, ImportResult, Mode};
use super::{Keeper, Problem, Refused};
use crate::model::catalogue::{Money, Product};
use crate::model::publication::{Change, Part, Source};
use crate::service::apart::apart;
use crate::store::audit::Deed;
use crate::store::knowledge;
use crate::store::product::{self, StockChange};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;
use uuid::Uuid;

/// Products of a change of stock, at most.
const AT_ONCE: usize = 5_000;

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
        let sheet = apart(move || sheet::read(&name, &bytes)).await??;
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

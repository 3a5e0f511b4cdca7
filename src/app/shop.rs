//! The shop as the database has it: what it knows, and what was learned from that.

use crate::clock::Clock;
use crate::config::Config;
use crate::service::behaviour::Behaviour;
use crate::service::demo;
use crate::service::import::{self, ImportError, Imported};
use crate::service::publish::{self, Published, Publisher};
use crate::service::shipped::ShippedModels;
use crate::service::trained::TrainedBefore;
use crate::store::{Db, correction, knowledge, setting};
use anyhow::Context as _;

/// What answers, what recommends, and what puts another knowledge in the place of this one.
pub(super) struct Shop {
    pub(super) published: Published,
    pub(super) behaviour: Behaviour,
    /// It tells nobody else yet.
    pub(super) publisher: Publisher,
}

impl Shop {
    /// Imports the folder, where it is new, reads what shoppers did, builds models and index.
    pub(super) async fn open(db: &Db, config: &Config, clock: &Clock) -> anyhow::Result<Self> {
        let content = knowledge_in_force(db, config, clock).await?;
        let added = demo::generate_behaviour(db, &config.knowledge.folder, &content.knowledge).await?;
        if added > 0 {
            tracing::info!(events = added, "behaviour of the demo shop generated");
        }
        let consumable = content.knowledge.consumable();
        let products = &content.knowledge.products;
        let behaviour = Behaviour::load(db.clone(), clock.clone(), products, &consumable, &config.recommend).await?;
        let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
        let next_change = publish::next_change(&content.knowledge.faq, clock.now());
        let thresholds = publish::thresholds(db, config.thresholds).await?;
        let learned = setting::changed_at(db, correction::LEARNED).await?;
        let trained = TrainedBefore::of(&config.knowledge.folder);
        let assistant = publish::build(db, clock, content, &shipped, &trained, thresholds).await?;
        tracing::info!(version = assistant.version, "the assistant is ready");
        let published = Published::new(assistant);
        let publisher = Publisher::new(
            db.clone(),
            clock.clone(),
            shipped,
            thresholds,
            published.clone(),
            behaviour.clone(),
            next_change,
        )
        .having_learned(learned);
        Ok(Self { published, behaviour, publisher })
    }
}

/// The knowledge in force: the folder's, where it is new and may be imported without being asked for, else the
/// database's.
///
/// # Errors
/// What stands in the way of either.
pub async fn knowledge_in_force(db: &Db, config: &Config, clock: &Clock) -> anyhow::Result<knowledge::Published> {
    // What the console has published is no folder's to replace; `xiaoer import` still is a way.
    if config.knowledge.import_at_start && import::belongs_to_the_folder(db).await? {
        match import::import(db, &config.knowledge.folder, clock.now()).await {
            Ok(Imported::Published(version)) => tracing::info!(version, "knowledge imported"),
            Ok(Imported::Unchanged(version)) => tracing::debug!(version, "knowledge unchanged"),
            // A shop that was open stays open with what it knew.
            Err(error @ ImportError::Problems(_)) if knowledge::newest(db).await?.is_some() => {
                tracing::error!(%error, "the folder is broken; what was published before stays in force");
            }
            Err(error) => return Err(error.into()),
        }
    }
    knowledge::newest(db).await?.context("数据库里还没有知识库，请先运行 xiaoer import")
}

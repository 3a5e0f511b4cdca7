//! `xiaoer ask`: what the assistant would say, and why. Several texts are the messages of one conversation.
//!
//! Knowledge and lines are those of `xiaoer serve`: the newest version in the database, after an import of the folder
//! where a start would import it. Nothing that was said is kept.

use crate::app::{ensure_folder, knowledge_in_force};
use crate::clock::Clock;
use crate::config::Config;
use crate::dialogue::explain::explain;
use crate::dialogue::state::State;
use crate::dialogue::{Assistant, Context, Knowledge, Turn};
use crate::model::chat::PageContext;
use crate::service::publish;
use crate::service::shipped::ShippedModels;
use crate::service::trained::TrainedBefore;
use crate::store::Db;

/// Options of `xiaoer ask`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 顾客说的话；写几句就当作连着说的几句
    #[arg(required = true)]
    pub texts: Vec<String>,
    /// 顾客正在看的商品编号
    #[arg(long)]
    pub sku: Option<String>,
    /// 打印判断依据
    #[arg(long)]
    pub explain: bool,
    /// 输出 JSON，一句一行
    #[arg(long)]
    pub json: bool,
}

/// Asks.
///
/// # Errors
/// What stands in the way of answering.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let assistant = assistant(config).await?;
    let page = arguments.sku.clone().map(|sku| PageContext { sku: Some(sku), ..PageContext::default() });
    let about = Context { page, ..Context::default() };
    let mut state = State::default();
    for text in &arguments.texts {
        let turn = assistant.turn(&state, text, &about)?;
        print(text, &turn, &assistant.knowledge, arguments)?;
        state = turn.state;
    }
    Ok(())
}

async fn assistant(config: &Config) -> anyhow::Result<Assistant> {
    ensure_folder(&config.database)?;
    let (db, clock) = (Db::connect(&config.database).await?, Clock::system());
    let newest = knowledge_in_force(&db, config, &clock).await?;
    let thresholds = publish::thresholds(&db, config.thresholds).await?;
    let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
    let trained = TrainedBefore::of(&config.knowledge.folder);
    let assistant = publish::build(&db, &clock, newest, &shipped, &trained, thresholds).await?;
    db.close().await;
    Ok(assistant)
}

fn print(text: &str, turn: &Turn, knowledge: &Knowledge, arguments: &Arguments) -> anyhow::Result<()> {
    let why = explain(&turn.trace, knowledge);
    if arguments.json {
        let said = serde_json::json!({ "said": text, "reply": turn.reply, "act": turn.trace.decision.act, "why": why });
        println!("{said}");
        return Ok(());
    }
    println!("顾客：{text}");
    let reply = turn.reply.clone().unwrap_or_default();
    println!("小二：{}", reply.text);
    for question in &reply.questions {
        println!("      [{question}]");
    }
    for card in &reply.products {
        println!("      {}  {} 元  {}", card.name, card.price, card.reason);
    }
    if arguments.explain {
        println!("\n{why}");
    }
    Ok(())
}

//! `xiaoer bench`: what the program costs, measured on the code that answers.

pub mod search;
pub mod times;
pub mod turn;

use std::path::PathBuf;

/// What to measure.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Target {
    /// 一条消息从读懂到答复的时间，单线程，分段
    Turn {
        /// 店铺的知识库文件夹
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
        /// 问店铺的话，一行一句；没有就用意图里的例句
        #[arg(long)]
        messages: Option<PathBuf>,
        /// 每句话问几遍；每句取各遍的中位数，免得把机器上别的活算进来
        #[arg(long, default_value_t = 9)]
        rounds: usize,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 许多问法时的检索时间和内存，单线程
    Search {
        /// 索引里的问法
        #[arg(long, default_value_t = 100_000)]
        phrasings: usize,
        /// 问多少次
        #[arg(long, default_value_t = 2_000)]
        queries: usize,
        /// 问法和查询都由它生成
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 店铺的知识库文件夹：商品名和话题里的问法是生成的材料
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
}

/// Measures.
///
/// # Errors
/// Unreadable files.
pub fn run(target: Target) -> anyhow::Result<()> {
    match target {
        Target::Turn { knowledge, messages, rounds, json } => turn::run(&knowledge, messages.as_deref(), rounds, json),
        Target::Search { phrasings, queries, seed, knowledge, json } => {
            search::run(&search::Size { phrasings, queries, seed }, &knowledge, json)
        }
    }
}

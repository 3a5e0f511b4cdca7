//! `xiaoer bench`: what the program costs, measured on the code that answers.

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
        #[arg(long, default_value_t = 5)]
        rounds: usize,
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
    }
}

//! `xiaoer evaluate`: a shop measures its own FAQ, its own labels and its own sales with the same code that answers.
//! Files that were never seen before go in, a table comes out, or with `--json` one JSON object.

pub mod faq;
pub mod retrieval;
pub mod table;

use std::path::PathBuf;

/// What to measure.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Target {
    /// FAQ 命中：问答文件和问法文件
    Faq {
        /// JSONL：{id, category, question, similar[], answer}
        #[arg(long)]
        faq: PathBuf,
        /// TSV：两列 问法、faq_id，OOS 表示超出范围
        #[arg(long)]
        queries: PathBuf,
        /// 超出范围的问法，一行一句
        #[arg(long)]
        oos: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 检索：索引一种问法，用另一种来问
    Retrieval {
        /// TSV：faq_id、question
        #[arg(long)]
        corpus: PathBuf,
        /// TSV：query、faq_id
        #[arg(long)]
        queries: PathBuf,
        /// TSV：faq_id、base，把语料分成小知识库
        #[arg(long)]
        bases: Option<PathBuf>,
        /// 超出范围的问法，一行一句
        #[arg(long)]
        oos: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
}

/// Measures.
///
/// # Errors
/// Bad rows by line.
pub fn run(target: Target) -> anyhow::Result<()> {
    match target {
        Target::Faq { faq, queries, oos, json } => faq::run(&faq, &queries, oos.as_deref(), json),
        Target::Retrieval { corpus, queries, bases, oos, json } => {
            retrieval::run(&corpus, &queries, bases.as_deref(), oos.as_deref(), json)
        }
    }
}

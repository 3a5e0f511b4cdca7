//! `xiaoer train`: makes the models that come with the program. A shop never needs it; its own models are trained
//! when it publishes. Only [`intents`] is about one shop: it trains before the first start what that would train.

pub mod confidence;
pub mod faq;
pub mod intents;
pub(crate) mod material;
pub mod mood;
pub mod sentiment;
pub mod words;

use std::path::PathBuf;

/// What to train.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Target {
    /// 情感模型：用商品评论训练
    Sentiment {
        /// TSV：三列 label、cat、text，label 是 0 或 1
        #[arg(long)]
        data: PathBuf,
        /// 写到这个文件夹：tokenizer.json、weights.bin、card.md
        #[arg(long, default_value = "knowledge_base/models/sentiment")]
        out: PathBuf,
    },
    /// 情绪模型：用标注好的聊天句子和词表训练
    Mood {
        /// 文件夹：sentences.tsv（level、urgent、text）和 lexicon.toml
        #[arg(long, default_value = "knowledge_base/mood")]
        data: PathBuf,
        /// 写到这个文件夹：model.json、card.md、reliability.svg
        #[arg(long, default_value = "knowledge_base/models/mood")]
        out: PathBuf,
    },
    /// 问答模型：用各种话题的问法训练语义模型和排序模型
    Faq {
        /// 话题文件夹：每个文件里 `# 话题` 之后一行一句问法
        #[arg(long, default_value = "knowledge_base/topics")]
        topics: PathBuf,
        /// TSV：q1、q2、label，某一行业的同义问句对，用来训练行业排序模型
        #[arg(long)]
        pairs: Option<PathBuf>,
        /// 文件夹：corpus.tsv（faq_id、question）和 queries.tsv（query、faq_id），什么都问的问句，用来训练日常排序模型
        #[arg(long)]
        questions: Option<PathBuf>,
        /// 词向量文件（xiaoer train words 写的）
        #[arg(long, default_value = "knowledge_base/models/words/vectors.bin")]
        words: PathBuf,
        /// 写到这个文件夹：semantic/、rankers.json
        #[arg(long, default_value = "knowledge_base/models")]
        out: PathBuf,
    },
    /// 置信度：用真人问过的话校准出厂排序模型
    Confidence {
        /// 模型文件夹，里面的 rankers.json 会被改写
        #[arg(long, default_value = "knowledge_base/models")]
        models: PathBuf,
        /// JSONL 文件或文件夹：问答条目
        #[arg(long, default_value = "knowledge_base/faq")]
        faq: PathBuf,
        /// TSV：两列 问法、faq_id，OOS 表示超出范围
        #[arg(long)]
        queries: PathBuf,
    },
    /// 意图模型：用知识库里的说法训练，写进知识库文件夹，店铺首次启动就不用再训练
    Intents {
        /// 知识库文件夹，模型写到里面的 trained/intents.bin
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
    },
    /// 词向量：从没有标注的中文里学哪些词意思相近
    Words {
        /// 文本文件或 TSV：每一格带中文的内容算一句
        #[arg(long, required = true, num_args = 1..)]
        texts: Vec<PathBuf>,
        /// 写到这个文件夹：vectors.bin、card.md
        #[arg(long, default_value = "knowledge_base/models/words")]
        out: PathBuf,
    },
}

/// Trains.
///
/// # Errors
/// Unreadable files and bad rows, by line.
pub fn run(target: Target) -> anyhow::Result<()> {
    match target {
        Target::Sentiment { data, out } => sentiment::run(&data, &out),
        Target::Mood { data, out } => mood::run(&data, &out),
        Target::Confidence { models, faq, queries } => confidence::run(&models, &faq, &queries),
        Target::Intents { knowledge } => intents::run(&knowledge),
        Target::Words { texts, out } => words::run(&texts, &out),
        Target::Faq { topics, pairs, questions, words, out } => {
            let files =
                faq::Files { topics: &topics, pairs: pairs.as_deref(), questions: questions.as_deref(), words: &words };
            faq::run(&files, &out)
        }
    }
}

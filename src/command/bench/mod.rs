//! `xiaoer bench`: what the program costs, measured on the code that answers.

pub mod classify;
pub mod fit;

use std::path::PathBuf;

/// What to measure.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Target {
    /// 读懂一句话的时间，单线程，分段：读、特征、打分
    Classify {
        /// 店铺的知识库文件夹
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
        /// 一句话
        #[arg(long, default_value = "上周买的那双跑鞋开胶了能不能给我换双新的")]
        text: String,
        /// 量几遍，取中位数
        #[arg(long, default_value_t = 5_000)]
        rounds: usize,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 训练的时间和达到的目标值
    Fit {
        /// TSV：训练数据，有标题行
        #[arg(long)]
        data: PathBuf,
        /// 标签列的名字
        #[arg(long, default_value = "label")]
        label_column: String,
        /// 文本列的名字
        #[arg(long, default_value = "text")]
        text_column: String,
        /// 惩罚的倒数
        #[arg(long, default_value_t = 16.0)]
        c: f64,
        /// 梯度小到多少为止
        #[arg(long, default_value_t = 1e-5)]
        tolerance: f64,
        /// 把特征矩阵写到这个文件夹，给别的程序用
        #[arg(long)]
        export: Option<PathBuf>,
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
        Target::Classify { knowledge, text, rounds, json } => classify::run(&knowledge, &text, rounds, json),
        Target::Fit { data, label_column, text_column, c, tolerance, export, json } => {
            let (label_column, text_column) = (&label_column, &text_column);
            fit::run(&fit::Data { data: &data, label_column, text_column, c, tolerance }, export.as_deref(), json)
        }
    }
}

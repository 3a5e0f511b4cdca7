//! `xiaoer bench`: what the program costs, measured on the code that answers.
//!
//! Of the wire, servers and load generators are processes of their own: this program started again, the server with
//! `serve` and the others with hidden subcommands. So their memory and their time are told apart, and the server can
//! be killed.

pub mod chat;
pub mod classify;
mod client;
mod cluster;
pub mod delivery;
pub mod desk;
mod echo;
pub mod fit;
mod idle;
mod load;
pub mod nodes;
mod process;
pub mod search;
mod texts;
pub mod times;
pub mod turn;

use crate::config::Config;
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
    /// 完整的聊天服务与一个只会回声的 axum 服务，在同一次运行里比较吞吐、延迟和每条空闲连接的内存
    Chat(chat::Arguments),
    /// 投递账本：随机切断连接、反复 SIGKILL 服务端，然后清点丢失、重复和乱序的消息
    Delivery(delivery::Arguments),
    /// 一到几个节点在这台机器上各做多少轮对话，时间花在哪里；自带 PostgreSQL 和 NATS
    Nodes(nodes::Arguments),
    /// 人工客服：许多客服和顾客，量分配延迟、等待和结束时的数字
    Desk(desk::Arguments),
    /// The parts that are started as processes of their own.
    #[command(hide = true)]
    Echo(echo::Arguments),
    /// Sends messages and waits for their answers.
    #[command(hide = true)]
    Load(load::Arguments),
    /// Holds connections open.
    #[command(hide = true)]
    Idle(idle::Arguments),
}

/// Measures, or plays a part in it.
///
/// # Errors
/// What stands in the way, for the operator.
pub async fn run(config: &Config, target: Target) -> anyhow::Result<()> {
    match target {
        Target::Chat(arguments) => chat::run(config, &arguments).await,
        Target::Delivery(arguments) => delivery::run(config, &arguments).await,
        Target::Nodes(arguments) => nodes::run(config, &arguments).await,
        Target::Desk(arguments) => desk::run(config, &arguments).await,
        Target::Echo(arguments) => echo::run(&arguments).await,
        Target::Load(arguments) => load::run(&arguments).await,
        Target::Idle(arguments) => idle::run(&arguments).await,
        Target::Turn { knowledge, messages, rounds, json } => turn::run(&knowledge, messages.as_deref(), rounds, json),
        Target::Search { phrasings, queries, seed, knowledge, json } => {
            search::run(&search::Size { phrasings, queries, seed }, &knowledge, json)
        }
        Target::Classify { knowledge, text, rounds, json } => classify::run(&knowledge, &text, rounds, json),
        Target::Fit { data, label_column, text_column, c, tolerance, export, json } => {
            let (label_column, text_column) = (&label_column, &text_column);
            fit::run(&fit::Data { data: &data, label_column, text_column, c, tolerance }, export.as_deref(), json)
        }
    }
}

/// The value below which this share of the sorted values lies; zero of nothing.
fn percentile(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().map_or(0.0, f64::from)
}

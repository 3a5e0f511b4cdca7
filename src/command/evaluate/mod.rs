//! `xiaoer evaluate`: a shop measures its own FAQ, its own labels and its own sales with the same code that answers.
//! Files that were never seen before go in, a table comes out, or with `--json` one JSON object.

pub mod ablation;
pub mod classify;
pub mod faq;
pub mod intents;
pub mod live;
pub mod mood;
pub mod parts;
pub mod purchase;
pub mod recommend;
pub mod recommend_data;
pub mod reliability;
pub mod retrieval;
pub mod rfm;
pub mod table;
pub mod transfer;

use crate::config::Config;
use crate::marketing::segment::Rule;
use crate::service::shipped::ShippedModels;
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
    /// 消融：排序模型少了一组特征会怎样
    Ablation {
        /// 话题文件夹：每个文件里 `# 话题` 之后一行一句问法
        #[arg(long, default_value = "knowledge_base/topics")]
        topics: PathBuf,
        /// TSV：q1、q2、label，某一行业的同义问句对
        #[arg(long)]
        pairs: PathBuf,
        /// JSONL 文件或文件夹：问答条目
        #[arg(long, default_value = "knowledge_base/faq")]
        faq: PathBuf,
        /// TSV：两列 问法、faq_id，OOS 表示超出范围
        #[arg(long, default_value = "tests/evaluation/faq/dev.tsv")]
        queries: PathBuf,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 分类：自己的标签和文本
    Classify {
        /// TSV：训练数据，有标题行
        #[arg(long)]
        train: PathBuf,
        /// TSV：用来选参数；没有就用交叉验证
        #[arg(long)]
        dev: Option<PathBuf>,
        /// TSV：测试数据
        #[arg(long)]
        test: PathBuf,
        /// 标签列的名字
        #[arg(long, default_value = "label")]
        label_column: String,
        /// 文本列的名字
        #[arg(long, default_value = "text")]
        text_column: String,
        /// 组的列名，比如品类：每组都用别的组训练、在这一组上测
        #[arg(long)]
        group_column: Option<String>,
        /// 把可靠性图画到这个 SVG 文件
        #[arg(long)]
        plot: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 意图：用店铺自己的例句交叉验证
    Intents {
        /// 店铺的知识库文件夹
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
        /// 把可靠性图画到这个 SVG 文件
        #[arg(long)]
        plot: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 情绪：五档和着急
    Mood {
        /// TSV：三列 level、urgent、text
        #[arg(long)]
        sentences: PathBuf,
        /// 自己的模型文件夹；没有就用程序自带的
        #[arg(long)]
        models: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 一句话里的几个问题：该分的分开了吗，不该分的没有分吧
    Parts {
        /// 店铺的知识库文件夹
        #[arg(long, default_value = "knowledge_base")]
        knowledge: PathBuf,
        /// TSV：两列 query、faq_ids，几个问题的编号用 + 连起来
        #[arg(long)]
        queries: PathBuf,
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
    /// 商品推荐：自己的浏览和购买记录
    Recommend {
        /// 训练数据，有标题行：user、item、timestamp（制表符或逗号分隔）
        #[arg(long)]
        train: PathBuf,
        /// 用来选参数，最后一起训练；没有就用每个人最新的记录
        #[arg(long)]
        valid: Option<PathBuf>,
        /// 测试数据
        #[arg(long)]
        test: PathBuf,
        /// 商品属性：item 和任意几列
        #[arg(long)]
        items: Option<PathBuf>,
        /// 方法的名字，或者 all
        #[arg(long, default_value = "auto")]
        method: String,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 客户分层：最近购买、次数、金额
    Rfm {
        /// TSV：订单明细，有标题行
        #[arg(long)]
        lines: PathBuf,
        /// 列名，逗号分隔：订单号、客户、件数、单价（元）、时间（1970 年以来的秒）
        #[arg(long, value_delimiter = ',', default_value = "order,user,quantity,price,timestamp")]
        columns: Vec<String>,
        /// 分群规则，例如：距上次购买 <= 30 且 订单数 >= 3；可以写几个
        #[arg(long = "segment")]
        segments: Vec<Rule>,
        /// 把每位客户的结果写到这个 TSV 文件
        #[arg(long)]
        out: Option<PathBuf>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
    /// 购买预测：一次访问会不会下单
    Purchase {
        /// TSV：训练数据，有标题行
        #[arg(long)]
        train: PathBuf,
        /// TSV：用来选参数，最后一起训练
        #[arg(long)]
        valid: PathBuf,
        /// TSV：测试数据
        #[arg(long)]
        test: PathBuf,
        /// 是否下单的那一列，0 或 1
        #[arg(long)]
        target: String,
        /// 不看的列，可以写多次
        #[arg(long)]
        drop: Vec<String>,
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
}

/// Measures with the models that the settings name.
///
/// # Errors
/// Bad rows by line.
pub fn run(config: &Config, target: Target) -> anyhow::Result<()> {
    let shipped = ShippedModels::load(config.knowledge.models.as_deref())?;
    match target {
        Target::Faq { faq, queries, oos, json } => faq::run(config, &faq, &queries, oos.as_deref(), json),
        Target::Ablation { topics, pairs, faq, queries, json } => {
            let files = ablation::Files { topics: &topics, pairs: &pairs, faq: &faq, queries: &queries };
            ablation::run(&shipped, &files, json)
        }
        Target::Classify { train, dev, test, label_column, text_column, group_column, plot, json } => {
            let data = classify::Data {
                train: &train,
                dev: dev.as_deref(),
                test: &test,
                label_column: &label_column,
                text_column: &text_column,
                group_column: group_column.as_deref(),
            };
            classify::run(&shipped, &data, plot.as_deref(), json)
        }
        Target::Intents { knowledge, plot, json } => intents::run(&knowledge, plot.as_deref(), json),
        Target::Mood { sentences, models, json } => mood::run(&sentences, models.as_deref(), json),
        Target::Parts { knowledge, queries, json } => parts::run(&knowledge, &queries, json),
        Target::Retrieval { corpus, queries, bases, oos, json } => {
            let (bases, oos) = (bases.as_deref(), oos.as_deref());
            let files = retrieval::Files { corpus: &corpus, queries: &queries, bases, oos };
            retrieval::run(&shipped, &files, json)
        }
        Target::Recommend { train, valid, test, items, method, json } => {
            let data = recommend::Data { train: &train, valid: valid.as_deref(), test: &test, items: items.as_deref() };
            recommend::run(&data, &method, json)
        }
        Target::Rfm { lines, columns, segments, out, json } => {
            let [order, user, quantity, price, timestamp] = &columns[..] else {
                anyhow::bail!("--columns 要写五个列名：订单号、客户、件数、单价、时间");
            };
            let columns = [order.as_str(), user, quantity, price, timestamp];
            rfm::run(&rfm::Data { lines: &lines, columns, rules: &segments, out: out.as_deref() }, json)
        }
        Target::Purchase { train, valid, test, target, drop, json } => {
            let data = purchase::Data { train: &train, valid: &valid, test: &test, target: &target, drop: &drop };
            purchase::run(&data, json)
        }
    }
}

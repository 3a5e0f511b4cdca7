//! `xiaoer doctor`: looks at everything that a start depends on, and says what to do about what is wrong. It changes
//! nothing, and may run beside the server.

mod reach;
mod surroundings;

use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::service::import::read_folder;
use crate::service::shipped::ShippedModels;
use crate::store::StoreError;
use crate::store::health::{self, Health};
use anyhow::bail;
use serde::Serialize;

/// Options of `xiaoer doctor`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, and will not for long.
    Doubtful,
    /// A start or the shop fails by it.
    Bad,
}

/// What one look has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, in Chinese.
    pub about: String,
    /// How it is.
    pub grade: Grade,
    /// What was seen, in Chinese.
    pub seen: String,
    /// What to do, in Chinese; empty where nothing is to be done.
    pub advice: String,
}

impl Finding {
    fn good(about: &str, seen: impl Into<String>) -> Self {
        Self { about: about.to_owned(), grade: Grade::Good, seen: seen.into(), advice: String::new() }
    }

    fn doubtful(about: &str, seen: impl Into<String>, advice: &str) -> Self {
        Self { about: about.to_owned(), grade: Grade::Doubtful, seen: seen.into(), advice: advice.to_owned() }
    }

    fn bad(about: &str, seen: impl Into<String>, advice: &str) -> Self {
        Self { about: about.to_owned(), grade: Grade::Bad, seen: seen.into(), advice: advice.to_owned() }
    }
}

/// Looks at everything and tells; fails where something is bad.
///
/// # Errors
/// How many things are bad.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let findings = examine(config, Clock::system().now()).await;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            let mark = match finding.grade {
                Grade::Good => "✓",
                Grade::Doubtful => "!",
                Grade::Bad => "✗",
            };
            println!("{mark} {}：{}", finding.about, finding.seen);
            if !finding.advice.is_empty() {
                println!("    → {}", finding.advice);
            }
        }
    }
    match findings.iter().filter(|finding| finding.grade == Grade::Bad).count() {
        0 => Ok(()),
        bad => bail!("{bad} 项不正常"),
    }
}

/// Everything that a start depends on, in the order in which a start meets it.
pub async fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![Finding::good("配置", "可以读取，没有矛盾")];
    findings.extend(surroundings::disk(config));
    findings.extend(database(config, now).await);
    findings.push(seal(config));
    findings.push(surroundings::clock(now));
    findings.push(surroundings::file_handles());
    findings.extend(knowledge(config));
    findings.extend(surroundings::ports(config).await);
    findings.extend(reach::all(config).await);
    findings
}

async fn database(config: &Config, now: Timestamp) -> Vec<Finding> {
    const ABOUT: &str = "数据库";
    let health = match health::health(&config.database).await {
        Ok(health) => health,
        Err(error) => {
            let advice = error.advice().unwrap_or("检查 database.url 的地址、用户名和密码，以及数据库服务是否在运行");
            return vec![Finding::bad(ABOUT, cause(&error), advice)];
        }
    };
    let Health { exists, damage, writable, behind, newest } = health;
    if !exists {
        return vec![Finding::good(ABOUT, "还没有，首次启动时会创建")];
    }
    let mut findings = vec![match damage.first() {
        None => Finding::good(ABOUT, "能打开，结构完好"),
        Some(first) => Finding::bad(ABOUT, format!("文件损坏：{first}"), StoreError::RESTORE),
    }];
    if !writable {
        let advice = "检查文件和所在文件夹的权限；另一个程序长时间占着数据库时请先结束它";
        findings.push(Finding::bad("数据库写入", "不能写入", advice));
    }
    if behind > 0 {
        findings.push(Finding::doubtful(
            "数据库结构",
            format!("还有 {behind} 个升级没有执行"),
            "下次启动会自动执行；之前先做一次 xiaoer backup",
        ));
    }
    if newest.is_some_and(|newest| newest > now.0 + 300_000) {
        let advice =
            "系统时间比数据库里最新的会话早：检查时钟同步（timedatectl）。消息的顺序不受影响，期限和统计会不准";
        findings.push(Finding::doubtful("时钟与数据", "系统时间倒退了", advice));
    }
    findings
}

/// Whether secrets in the database are sealed. A SQLite shop makes itself a key.
fn seal(config: &Config) -> Finding {
    const ABOUT: &str = "两步验证的密钥";
    if config.seal.key.is_empty() && config.database.file().is_none() {
        let advice = "设置 seal.key 或 seal.key_file（32 个字符以上，每台机器相同），已有的在下次使用时加密";
        Finding::doubtful(ABOUT, "没有加密，能读数据库的人就能算出验证码", advice)
    } else {
        Finding::good(ABOUT, "加密保存")
    }
}

/// The whole way from the folder to an assistant that answers.
fn knowledge(config: &Config) -> Vec<Finding> {
    const ABOUT: &str = "知识库文件夹";
    let folder = &config.knowledge.folder;
    let mut findings = Vec::new();
    match read_folder(folder) {
        Ok(content) => {
            let seen = format!("{} 条问答，{} 件商品", content.faq.len(), content.products.len());
            findings.push(Finding::good(ABOUT, seen));
            findings.push(match super::evaluate::parts::assistant(folder) {
                Ok(_) => Finding::good("索引", "可以建好"),
                Err(error) => Finding::bad("索引", format!("{error:#}"), "按提示修改知识库后再试"),
            });
        }
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            let seen = format!("{} 处有误，第一处：{first}", problems.len());
            findings.push(Finding::bad(ABOUT, seen, "按提示修改；已发布过的知识库会继续使用"));
        }
    }
    findings.push(match ShippedModels::load(config.knowledge.models.as_deref()) {
        Ok(_) => Finding::good("模型", "可以读取"),
        Err(error) => Finding::bad("模型", error.to_string(), "检查 knowledge.models 文件夹；留空就用程序自带的模型"),
    });
    findings
}

/// An error with what led to it.
fn cause(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}：{inner_text}");
        }
        source = inner.source();
    }
    text
}

//! The command line: parse, set up tracing, hand over.

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use xiaoer::command::{
    self, ask, backup, bench, doctor, evaluate, import, migrate_database, restore, retain, serve, train, user,
};
use xiaoer::config::{Config, LogFormat};

/// Gives pages that are free back to the system; the C library's keeps a seventh of an idle shop's memory as holes.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// 小二：网店自己的智能客服
#[derive(Parser)]
#[command(name = "xiaoer", version)]
struct Arguments {
    /// 配置文件（默认读当前目录或最近的上级目录里的 xiaoer.toml，没有也可以）
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动服务：店铺页面、聊天和后台
    Serve(serve::Arguments),
    /// 把 knowledge_base 文件夹导入数据库，有一行错就什么都不导入
    Import(import::Arguments),
    /// 问一句，看看小二怎么答、为什么这样答
    Ask(ask::Arguments),
    /// 训练模型
    #[command(subcommand)]
    Train(train::Target),
    /// 用自己的数据测量效果
    #[command(subcommand)]
    Evaluate(evaluate::Target),
    /// 测量速度、内存和投递的可靠性
    #[command(subcommand)]
    Bench(bench::Target),
    /// 把数据库的一个时刻备份成一个文件，服务可以照常运行
    Backup(backup::Arguments),
    /// 把备份恢复到空的数据库
    Restore(restore::Arguments),
    /// 把店铺从一个数据库搬到另一个（例如从 SQLite 到 PostgreSQL），逐表核对行数
    MigrateDatabase(migrate_database::Arguments),
    /// 检查配置、数据库、磁盘、知识库、端口和外部系统，说明怎么修
    Doctor(doctor::Arguments),
    /// 删除到期的数据（服务每天自动做一次）
    Retain(retain::Arguments),
    /// 后台人员
    #[command(subcommand)]
    User(user::Action),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn,sqlx=warn"));
    // At its lowest level the WebSocket library logs whole frames, and a token is in the first one.
    let quiet =
        ["tungstenite=info", "tokio_tungstenite=info"].into_iter().filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    // What is wrong with the settings is said by whatever command needs them.
    let settings = Config::load(arguments.config.as_deref()).map(|config| config.log).unwrap_or_default();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.format {
        LogFormat::Text => lines.compact().boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines).init();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("错误：{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = || Config::load(arguments.config.as_deref());
    match arguments.command {
        Command::Serve(options) => command::block_on(serve::run(&config()?, &options)),
        Command::Import(options) => command::block_on(import::run(&config()?, &options)),
        Command::Ask(options) => command::block_on(ask::run(&config()?, &options)),
        Command::Backup(options) => command::block_on(backup::run(&config()?, &options)),
        Command::Restore(options) => command::block_on(restore::run(&config()?, &options)),
        Command::MigrateDatabase(options) => command::block_on(migrate_database::run(&options)),
        Command::Doctor(options) => command::block_on(doctor::run(&config()?, &options)),
        Command::Retain(options) => command::block_on(retain::run(&config()?, &options)),
        Command::User(action) => command::block_on(user::run(&config()?, action)),
        Command::Bench(target) => command::block_on(bench::run(&config()?, target)),
        Command::Train(target) => train::run(target),
        Command::Evaluate(target) => evaluate::run(&config()?, target),
    }
}

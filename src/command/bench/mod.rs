//! `xiaoer bench`: what the wire is worth, measured on this machine.
//!
//! Servers and load generators are processes of their own: this program started again, the server with `serve` and
//! the others with hidden subcommands. So their memory and their time are told apart, and the server can be killed.

pub mod chat;
mod client;
pub mod delivery;
mod echo;
mod idle;
mod load;
mod process;
mod texts;

use crate::config::Config;

/// What to measure.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Target {
    /// 完整的聊天服务与一个只会回声的 axum 服务，在同一次运行里比较吞吐、延迟和每条空闲连接的内存
    Chat(chat::Arguments),
    /// 投递账本：随机切断连接、反复 SIGKILL 服务端，然后清点丢失、重复和乱序的消息
    Delivery(delivery::Arguments),
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
        Target::Echo(arguments) => echo::run(&arguments).await,
        Target::Load(arguments) => load::run(&arguments).await,
        Target::Idle(arguments) => idle::run(&arguments).await,
    }
}

/// The value below which this share of the sorted values lies; zero of nothing.
fn percentile(sorted: &[u32], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().map_or(0.0, f64::from)
}

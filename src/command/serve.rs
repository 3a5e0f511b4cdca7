//! `xiaoer serve`

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use std::io::IsTerminal;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Options of `xiaoer serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// 每次回复都把判断依据打印到日志
    #[arg(long)]
    pub explain: bool,
}

/// Serves until Ctrl-C or SIGTERM.
///
/// # Errors
/// What stands in the way of starting.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let mut config = config.clone();
    config.chat.explain |= arguments.explain;
    // Heard from here on: whoever is asked to stop while it starts stops as well as later.
    let stop = StopSignal::listen()?;
    let mut app = App::build(&config, Clock::system()).await?;
    let address = app.address()?;
    let host =
        if config.server.host.is_unspecified() { "127.0.0.1".to_owned() } else { config.server.host.to_string() };
    let base = format!("http://{host}:{}", address.port());
    let strong =
        |text: &str| if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() };
    println!();
    println!("  小二已经开门");
    println!("  店铺页面  {}", strong(&format!("{base}/")));
    println!("  管理后台  {}", strong(&format!("{base}/console")));
    println!("  接口说明  {}", strong(&format!("{base}/api/docs")));
    if let Some(password) = app.first_password.take() {
        println!();
        println!("  首次启动，已创建管理员 {}，密码 {}（只显示这一次）", strong("admin"), strong(&password));
        println!("  之后可以用 xiaoer user set admin --role admin 修改");
    }
    println!();
    app.serve(stop.given()).await
}

/// Ctrl-C, and SIGTERM where there is one. One that comes before somebody waits for it is kept.
#[cfg(unix)]
struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn listen() -> std::io::Result<Self> {
        let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Ok(Self { interrupt: interrupt?, terminate: terminate? })
    }

    async fn given(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn given(self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

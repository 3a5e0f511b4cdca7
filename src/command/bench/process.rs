//! Processes of this program: the server, the echo server, the load generators.

use crate::config::Config;
use crate::live::limits::Limits;
use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::Instant;

/// How long a server may take to start.
const START_WITHIN: Duration = Duration::from_secs(180);

/// How long a server may take to stop: ten seconds are for its shoppers, the rest for its writers.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Time between two looks at whether it has started.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A folder for one measurement, beside the shop's data so that it lies on the same disk. It goes with this value.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(config: &Config) -> anyhow::Result<Self> {
        let database = config.database.file();
        let data = database.as_deref().and_then(Path::parent).unwrap_or(Path::new("data"));
        let folder = data.join(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        Ok(Self(folder.canonicalize()?))
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies in a folder that names its process.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where servers keep their data, and how they reach each other.
pub(super) struct Shared {
    pub(super) database: String,
    pub(super) bus: Option<String>,
}

/// A server in a process of its own; it is killed with this value.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts the complete server with a database of its own and without limits, and waits until it answers.
    pub(super) async fn complete(config: &Config, folder: &Folder, port: u16) -> anyhow::Result<Self> {
        let url = format!("sqlite://{}", folder.file("bench.db").display());
        Self::on(config, folder, port, &Shared { database: url, bus: None }).await
    }

    /// Starts the complete server as a node on what nodes share, without limits, and waits until it answers.
    pub(super) async fn on(config: &Config, folder: &Folder, port: u16, shared: &Shared) -> anyhow::Result<Self> {
        let mut config = config.clone();
        config.server.host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        config.server.port = port;
        config.database.url.clone_from(&shared.database);
        config.bus.url.clone_from(&shared.bus);
        config.knowledge.folder = config.knowledge.folder.canonicalize().context("the knowledge folder")?;
        config.limits = Limits::none();
        let file = folder.file(&format!("bench-{port}.toml"));
        std::fs::write(&file, toml::to_string(&config)?)?;
        let mut command = this_program()?;
        command.arg("serve").arg("--config").arg(&file);
        Self::start(command, port).await
    }

    /// Starts the bare echo server.
    pub(super) async fn echo(port: u16) -> anyhow::Result<Self> {
        let mut command = this_program()?;
        command.args(["bench", "echo", "--port", &port.to_string()]);
        Self::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let give_up = Instant::now() + START_WITHIN;
        while TcpStream::connect(address).await.is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("the server ended with {status} before it answered");
            }
            if Instant::now() > give_up {
                bail!("the server did not answer within {} s", START_WITHIN.as_secs());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(Self { child, address })
    }

    /// Kills it at once, as a crash would (SIGKILL), and waits until it is gone.
    pub(super) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, as a service manager does (SIGTERM), and waits until it has ended well.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())).context("the server has ended")?;
        rustix::process::kill_process(id, Signal::TERM)?;
        let ended =
            tokio::time::timeout(STOP_WITHIN, self.child.wait()).await.context("the server does not stop")??;
        ensure!(ended.success(), "the server ended with {ended}");
        Ok(())
    }

    /// Processor time that it has spent so far.
    pub(super) fn processor_time(&self) -> anyhow::Result<Duration> {
        let id = self.child.id().context("the server has ended")?;
        let text = std::fs::read_to_string(format!("/proc/{id}/stat")).context("reading the server's times")?;
        Ok(spent(&text, false))
    }

    /// Bytes of memory that it holds at the moment.
    pub(super) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let id = self.child.id().context("the server has ended")?;
        let text =
            std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).context("reading the server's memory")?;
        let kilobytes =
            text.lines().find_map(|line| line.strip_prefix("Rss:")?.split_whitespace().next()?.parse().ok());
        kilobytes.map(|kilobytes: u64| kilobytes * 1_024).context("no resident size in smaps_rollup")
    }
}

/// Processor time of all running programs of a name, and of those that they have outlived.
pub(super) fn processor_time_of(name: &str) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in std::fs::read_dir("/proc")? {
        // Programs that end while they are looked at are no longer counted.
        let Ok(text) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        if text.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).is_some_and(|(found, _)| found == name) {
            sum += spent(&text, true);
        }
    }
    Ok(sum)
}

/// User and system time in a line of `/proc/*/stat`, with or without that of children that have ended. They are the
/// 12th to 15th fields after the name, which may hold spaces, in hundredths of a second.
fn spent(stat: &str, with_children: bool) -> Duration {
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11);
    let hundredths: u64 =
        fields.take(if with_children { 4 } else { 2 }).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(hundredths * 10)
}

/// This program, to be started again. It logs warnings alone, and its own environment does not change what is measured.
pub(super) fn this_program() -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("XIAOER_")) {
        command.env_remove(name);
    }
    command.env("RUST_LOG", "warn");
    Ok(command)
}

/// A port that nobody listens on at the moment.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// How many files, and so sockets, a process may have open.
pub(super) fn open_files_limit() -> usize {
    let text = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1_024)
}

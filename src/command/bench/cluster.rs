//! A PostgreSQL cluster and a NATS server of the measurement's own, from Debian's packages, which can be stopped and
//! started as accidents do. Both go with the value.

use super::process::{Folder, free_port};
use anyhow::{Context as _, ensure};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Where Debian puts PostgreSQL.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Time between two looks at whether NATS answers.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How often it is looked.
const LOOKS: usize = 1_000;

/// What nodes share.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    postgres_port: u16,
    nats_port: u16,
    nats: Option<Child>,
}

impl Cluster {
    /// Makes and starts both.
    ///
    /// # Errors
    /// Where a program is missing or does not start.
    pub(super) async fn start(folder: &Folder) -> anyhow::Result<Self> {
        let cluster = Self {
            programs: newest_programs()?,
            folder: folder.file("cluster"),
            postgres_port: free_port()?,
            nats_port: free_port()?,
            nats: None,
        };
        std::fs::create_dir_all(&cluster.folder)?;
        if is_root() {
            // initdb refuses root; its owner has to reach the folder.
            open_the_way(&cluster.folder)?;
            run(Command::new("chown").arg("postgres").arg(&cluster.folder)).await?;
        }
        let data = cluster.data();
        run(cluster.owner("initdb").args(["-U", "xiaoer", "-A", "trust", "-E", "UTF8", "--no-locale", "-D"]).arg(data))
            .await?;
        cluster.pg_ctl("start").await?;
        let mut cluster = cluster;
        cluster.start_nats().await?;
        Ok(cluster)
    }

    /// Address of a fresh database.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub(super) async fn database(&self, name: &str) -> anyhow::Result<String> {
        let port = self.postgres_port.to_string();
        run(self.owner("createdb").args(["-h", "127.0.0.1", "-p", &port, "-U", "xiaoer", name])).await?;
        Ok(format!("postgres://xiaoer@127.0.0.1:{port}/{name}"))
    }

    /// Address of the bus.
    pub(super) fn bus(&self) -> String {
        format!("nats://127.0.0.1:{}", self.nats_port)
    }

    /// Restarts PostgreSQL: all its connections break.
    ///
    /// # Errors
    /// Where it does not come back.
    pub(super) async fn restart_postgres(&self) -> anyhow::Result<()> {
        self.pg_ctl("restart").await
    }

    /// Kills NATS.
    ///
    /// # Errors
    /// The operating system's.
    pub(super) async fn stop_nats(&mut self) -> anyhow::Result<()> {
        if let Some(mut nats) = self.nats.take() {
            nats.kill().await?;
        }
        Ok(())
    }

    /// Starts NATS and waits until it answers.
    ///
    /// # Errors
    /// Where it does not.
    pub(super) async fn start_nats(&mut self) -> anyhow::Result<()> {
        let mut command = Command::new("nats-server");
        command.args(["-a", "127.0.0.1", "-p", &self.nats_port.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.nats = Some(command.kill_on_drop(true).spawn().context("nats-server（Debian 包 nats-server）")?);
        for _ in 0..LOOKS {
            if TcpStream::connect(("127.0.0.1", self.nats_port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        anyhow::bail!("nats-server does not answer")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    async fn pg_ctl(&self, deed: &str) -> anyhow::Result<()> {
        let port = self.postgres_port;
        let options =
            format!("-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=300", self.folder.display());
        let log = self.folder.join("postgres.log");
        let mut command = self.owner("pg_ctl");
        command.arg("-D").arg(self.data()).args(["-w", "-m", "fast", "-o", &options, "-l"]).arg(log).arg(deed);
        run(&mut command).await
    }

    /// A program of PostgreSQL, run by somebody whom it accepts.
    fn owner(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = self.owner("pg_ctl").into_std();
        // What is left lies in a folder that names its process.
        let _ = stop.arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]).status();
    }
}

async fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().await.with_context(|| format!("{:?}", command.as_std().get_program()))?;
    ensure!(status.success(), "{:?} ended with {status}", command.as_std().get_program());
    Ok(())
}

fn newest_programs() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(PROGRAMS).with_context(|| format!("{PROGRAMS}（Debian 包 postgresql）"))?;
    let newest = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok()).max();
    Ok(Path::new(PROGRAMS).join(newest.context("no version of PostgreSQL")?.to_string()).join("bin"))
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Lets others step through the folders above.
fn open_the_way(folder: &Path) -> anyhow::Result<()> {
    for above in folder.ancestors().skip(1).take_while(|above| above.parent().is_some()) {
        let mut permissions = std::fs::metadata(above)?.permissions();
        if permissions.mode() & 0o001 == 0 {
            permissions.set_mode(permissions.mode() | 0o001);
            std::fs::set_permissions(above, permissions)?;
        }
    }
    Ok(())
}

//! The machine around the program: disk, clock, file handles, ports.

use super::Finding;
use crate::clock::Timestamp;
use crate::config::Config;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const GIB: u64 = 1 << 30;

/// Free space below which there is trouble soon.
const LITTLE: u64 = 2 * GIB;

/// Free space below which there is trouble at once.
const NEARLY_NONE: u64 = GIB / 4;

/// File handles below which a busy shop runs out: each socket takes one.
const FEW_HANDLES: u64 = 4_096;

/// 2024-01-01: no machine that runs this program is older.
const PROGRAM_IS_NOT_OLDER: i64 = 1_704_067_200_000;

/// 2100-01-01.
const NOBODY_LIVES_THEN: i64 = 4_102_444_800_000;

/// Space where the database lies. A database elsewhere looks after its own.
pub(super) fn disk(config: &Config) -> Option<Finding> {
    const ABOUT: &str = "磁盘空间";
    let file = config.database.file()?;
    let folder = file.ancestors().skip(1).find(|folder| folder.exists() && !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let Ok(space) = rustix::fs::statvfs(folder) else {
        return Some(Finding::doubtful(ABOUT, format!("看不到 {}", folder.display()), "检查这个文件夹的权限"));
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let seen = format!("{} 还有 {:.1} GB", folder.display(), free as f64 / GIB as f64);
    Some(match free {
        0..NEARLY_NONE => Finding::bad(ABOUT, seen, "马上腾出空间：磁盘写满后新消息会被拒绝（已确认的不会丢）"),
        NEARLY_NONE..LITTLE => Finding::doubtful(ABOUT, seen, "尽快腾出空间，或缩短 [retention] 里的天数"),
        _ => Finding::good(ABOUT, seen),
    })
}

/// Whether the clock can be right.
pub(super) fn clock(now: Timestamp) -> Finding {
    if (PROGRAM_IS_NOT_OLDER..NOBODY_LIVES_THEN).contains(&now.0) {
        Finding::good("时钟", "合理")
    } else {
        Finding::bad("时钟", "系统时间不可能对", "打开时钟同步（timedatectl set-ntp true）")
    }
}

/// How many files and sockets may be open.
pub(super) fn file_handles() -> Finding {
    const ABOUT: &str = "文件句柄";
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit < FEW_HANDLES {
        let advice = "每个聊天窗口占一个：用 ulimit -n 65536，或在服务文件里写 LimitNOFILE=65536";
        Finding::doubtful(ABOUT, format!("最多 {limit} 个"), advice)
    } else {
        Finding::good(ABOUT, format!("最多 {limit} 个"))
    }
}

/// The addresses that the program listens on.
pub(super) async fn ports(config: &Config) -> Vec<Finding> {
    let own = SocketAddr::new(config.server.host, config.server.port);
    let mut findings = vec![port("端口", own).await];
    if let Some(address) = config.metrics.listen {
        findings.push(port("监控端口", address).await);
    }
    findings
}

async fn port(about: &str, address: SocketAddr) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Finding::good(about, format!("{address} 空着")),
        Err(_) if is_this_program(address).await => Finding::good(about, format!("{address} 上小二正在运行")),
        Err(error) => {
            let advice = "换一个端口（server.port），或结束占用它的程序";
            Finding::bad(about, format!("{address} 不能用：{error}"), advice)
        }
    }
}

/// Whether whoever listens there answers as this program does.
async fn is_this_program(address: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok"))
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), ask).await, Ok(Ok(true)))
}

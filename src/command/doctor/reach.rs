//! Other systems that the program talks to: whether somebody listens there. Nothing is sent.

use super::Finding;
use crate::config::Config;
use crate::service::orders::System;
use hyper::Uri;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Everybody that the settings name.
pub(super) async fn all(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for url in config.bus.url.iter().flat_map(|urls| urls.split(',')) {
        findings.push(address("消息总线", url.trim(), 4_222).await);
    }
    if config.orders.system == System::Webhook {
        findings.push(address("店铺系统", &config.orders.webhook.url, 0).await);
    }
    if let Some(smtp) = &config.marketing.smtp {
        findings.push(connect("邮件服务器", &smtp.host, smtp.port()).await);
    }
    if let Some(gateway) = &config.marketing.gateway {
        findings.push(address("短信网关", &gateway.url, 0).await);
    }
    if let Some(collector) = &config.tracing.otlp {
        findings.push(address("链路追踪", collector, 0).await);
    }
    findings
}

/// `usual` is the port where the address has none and its scheme says nothing.
async fn address(about: &str, url: &str, usual: u16) -> Finding {
    let Some((host, port)) = url.parse::<Uri>().ok().and_then(|uri| {
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            Some("http") => 80,
            _ => usual,
        });
        Some((uri.host()?.trim_matches(['[', ']']).to_owned(), port))
    }) else {
        return Finding::bad(about, "地址不对", "检查配置里的地址");
    };
    connect(about, &host, port).await
}

async fn connect(about: &str, host: &str, port: u16) -> Finding {
    // An address may hold a password; host and port do not.
    let seen = format!("{host}:{port}");
    match tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => Finding::good(about, format!("{seen} 连得上")),
        Ok(Err(error)) => {
            Finding::bad(about, format!("{seen} 连不上：{error}"), "检查地址、防火墙和对方服务是否在运行")
        }
        Err(_) => Finding::bad(about, format!("{seen} 三秒内没有回应"), "检查地址、防火墙和对方服务是否在运行"),
    }
}

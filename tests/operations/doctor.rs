//! The doctor finds what is wrong, says what to do, and changes nothing.

use crate::support::{copy_of_shop, shop};
use std::net::TcpListener;
use tempfile::TempDir;
use xiaoer::app::App;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::command::doctor::{Finding, Grade, examine};
use xiaoer::config::Config;

fn config(folder: &TempDir) -> Config {
    let mut config = Config::default();
    config.server.port = 0;
    config.database.url = format!("sqlite://{}/test.db", folder.path().display());
    config.knowledge.folder = shop();
    config
}

fn about<'a>(findings: &'a [Finding], about: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.about == about).unwrap_or_else(|| panic!("{about} in {findings:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_shop_is_well_before_and_after_its_first_start() {
    let folder = TempDir::new().expect("a folder");
    let config = config(&folder);
    let now = Clock::system().now();
    let findings = examine(&config, now).await;
    assert!(findings.iter().all(|finding| finding.grade != Grade::Bad), "{findings:?}");
    assert!(!folder.path().join("test.db").exists(), "nothing was made");
    drop(App::build(&config, Clock::system()).await.expect("it starts"));
    let findings = examine(&config, now).await;
    assert!(findings.iter().all(|finding| finding.grade != Grade::Bad), "{findings:?}");
    assert_eq!(about(&findings, "数据库").seen, "能打开，结构完好");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_with_what_to_do() {
    let (folder, knowledge) = (TempDir::new().expect("a folder"), copy_of_shop());
    std::fs::write(folder.path().join("test.db"), "this was a database once ".repeat(500)).expect("written");
    std::fs::write(knowledge.path().join("products.jsonl"), "not JSON\n").expect("written");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let mut config = config(&folder);
    config.knowledge.folder = knowledge.path().to_owned();
    config.server.port = taken.local_addr().expect("an address").port();
    config.tracing.otlp = Some(format!("http://{gone}/v1/traces"));
    let findings = examine(&config, Timestamp(0)).await;
    for name in ["数据库", "知识库文件夹", "端口", "链路追踪", "时钟"] {
        let finding = about(&findings, name);
        assert_eq!(finding.grade, Grade::Bad, "{finding:?}");
        assert!(!finding.advice.is_empty(), "{finding:?}");
    }
    assert!(about(&findings, "知识库文件夹").seen.contains("products.jsonl"), "the file is named");
    let json = serde_json::to_value(&findings).expect("JSON");
    assert!(json[0]["grade"] == "good" && json[0]["about"] == "配置", "{json}");
}

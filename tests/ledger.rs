//! The delivery ledger in small: the program itself is killed and the sockets of its clients are cut. Lines 33 and 34
//! of the checklist of trust.

use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn line_33_what_was_acknowledged_survives_kill_9() {
    let folder = TempDir::new().expect("a temporary folder");
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_xiaoer"))
        .args(["bench", "delivery", "--kills", "3", "--connections", "4", "--messages", "200", "--json"])
        .env("XIAOER_DATABASE__URL", format!("sqlite://{}/test.db", folder.path().display()))
        .env("XIAOER_KNOWLEDGE__FOLDER", crate::support::shop())
        .output()
        .await
        .expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert!(report["acknowledged"].as_u64().is_some_and(|count| count >= 200), "{report}");
    assert_eq!(report["kills"], 3);
    for fault in ["lost", "duplicated", "reordered", "unequal_transcripts"] {
        assert_eq!(report[fault], 0, "{report}");
    }
}

/// Three nodes on PostgreSQL and NATS of the command's own: nodes are killed, all are restarted in turn, NATS goes away,
/// PostgreSQL restarts.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_on_three_nodes() {
    if !crate::support::is_cluster() {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let options = [
        "--nodes",
        "3",
        "--kills",
        "4",
        "--connections",
        "6",
        "--messages",
        "400",
        "--bus-down",
        "2",
        "--rolling",
        "1",
    ];
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_xiaoer"))
        .args(["bench", "delivery", "--json"])
        .args(options)
        .env("XIAOER_DATABASE__URL", format!("sqlite://{}/test.db", folder.path().display()))
        .env("XIAOER_KNOWLEDGE__FOLDER", crate::support::shop())
        .output()
        .await
        .expect("the program runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert!(report["acknowledged"].as_u64().is_some_and(|count| count >= 400), "{report}");
    for fault in ["lost", "duplicated", "reordered", "unequal_transcripts"] {
        assert_eq!(report[fault], 0, "{report}");
    }
}

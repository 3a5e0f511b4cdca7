//! What is asked every second, or every ten, costs as much in a shop with a long history as in a new one. Counted in
//! instructions of SQLite's virtual machine, which are the same on every machine: nothing here is timed.

use sqlx::SqlitePool;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use uuid::Uuid;
use xiaoer::clock::Timestamp;
use xiaoer::model::id::{ConversationId, ShopperId};
use xiaoer::store::desk::{case, queue};
use xiaoer::store::inbox::{self, NewSignal, PlacedSignal, SignalKind};
use xiaoer::store::{DatabaseSettings, Db};

/// Cases that have ended long ago, and signals of as long ago.
const HISTORY: i64 = 5_000;

/// A moment before all of it, and one after.
const BEGINNING: Timestamp = Timestamp(0);
const NOW: Timestamp = Timestamp(100_000_000_000);

const SHOPPER: &str = "INSERT INTO shopper (id, token_hash, created_at) VALUES ($1, $2, 0)";
const CONVERSATION: &str = "INSERT INTO conversation (id, shopper_id, status, last_sequence, state, created_at, updated_at) \
    VALUES ($1, $2, 'bot', 0, '{}', 0, 0)";
const CASES: &str = "WITH RECURSIVE past (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < $3) \
    INSERT INTO desk_case (id, conversation_id, shopper_id, revision, state, ticket, reason, agent_id, known_until, \
    rank_at, since, queued_at, claimed_at, ended_at, first_warn_at, first_due_at, resolve_warn_at, resolve_due_at, mood, \
    urgent, spent, tags, transfers, started_sequence) SELECT randomblob(16), $1, $2, 1, 'resolved', FALSE, 'asked', \
    randomblob(16), 0, n, n, n, n, n + 1, 0, 0, 0, 0, 0.0, FALSE, 0, '[]', 0, 1 FROM past";
const CLUSTER: &str = "INSERT INTO inbox_cluster (id, question, state, unknowns, downvoted, corrections, handed_over, cost, \
    first_at, last_at) VALUES ($1, '', 'open', 0, 0, 0, 0, 0, 0, 0)";
const SIGNALS: &str = "WITH RECURSIVE past (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM past WHERE n < $3) \
    INSERT INTO inbox_signal (id, cluster_id, kind, question, essence, conversation_id, sequence, handed_over, at) \
    SELECT randomblob(16), $1, 'unknown', '', '', $2, n, FALSE, n FROM past";

/// Counts the instructions of a pool's only connection.
async fn count(pool: &SqlitePool, instructions: &Arc<AtomicU64>) {
    let mut connection = pool.acquire().await.expect("a connection");
    let instructions = Arc::clone(instructions);
    let mut handle = connection.lock_handle().await.expect("its handle");
    handle.set_progress_handler(1, move || {
        instructions.fetch_add(1, Ordering::Relaxed);
        true
    });
}

/// Somebody with a conversation.
async fn somebody(write: &SqlitePool) -> (ShopperId, ConversationId) {
    let (shopper, conversation) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query(SHOPPER).bind(shopper).bind(shopper.to_string()).execute(write).await.expect("a shopper");
    sqlx::query(CONVERSATION).bind(conversation).bind(shopper).execute(write).await.expect("a conversation");
    (ShopperId(shopper), ConversationId(conversation))
}

async fn long_history(write: &SqlitePool) {
    let (shopper, conversation) = somebody(write).await;
    let cases = sqlx::query(CASES).bind(conversation.0).bind(shopper.0).bind(HISTORY);
    cases.execute(write).await.expect("cases");
    let cluster = Uuid::now_v7();
    sqlx::query(CLUSTER).bind(cluster).execute(write).await.expect("a cluster");
    let signals = sqlx::query(SIGNALS).bind(cluster).bind(conversation.0).bind(HISTORY);
    signals.execute(write).await.expect("signals");
}

/// What the desk asks in a round, and for a new case of somebody.
async fn a_round(db: &Db, (shopper, conversation): (ShopperId, ConversationId)) {
    queue::resolved_since(db, NOW).await.expect("resolved today");
    queue::owners(db).await.expect("owners");
    queue::queued(db, 10).await.expect("the queue");
    queue::standing(db, conversation).await.expect("a standing");
    queue::handling_times(db, BEGINNING, 50).await.expect("handling times");
    case::known_agent(db, shopper, BEGINNING).await.expect("the agent");
}

/// What one gathering of the learning inbox asks, and keeps.
async fn a_gathering(db: &Db, conversation: ConversationId) {
    for kind in [SignalKind::Unknown, SignalKind::Downvoted, SignalKind::Correction] {
        inbox::newest(db, kind).await.expect("the newest");
    }
    inbox::of_essence(db, "你们招人吗").await.expect("its cluster");
    let signal = NewSignal::new(SignalKind::Unknown, "你们招人吗".to_owned(), (conversation.0, 1), NOW);
    let placed = PlacedSignal { signal, essence: String::new(), cluster: Uuid::now_v7(), is_first: true };
    inbox::add(db, &[placed], NOW).await.expect("kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_again_and_again_reads_no_history() {
    let folder = TempDir::new().expect("a folder");
    let settings = DatabaseSettings { connections: 1, ..crate::support::database(&folder).await };
    let db = Db::connect(&settings).await.expect("a database");
    let Db::Sqlite { read, write, .. } = &db else { return };
    let instructions = Arc::new(AtomicU64::new(0));
    count(read, &instructions).await;
    count(write, &instructions).await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        let somebody = somebody(write).await;
        // A connection reads the schema when it is first asked.
        a_round(&db, somebody).await;
        instructions.store(0, Ordering::Relaxed);
        a_round(&db, somebody).await;
        let round = instructions.swap(0, Ordering::Relaxed);
        a_gathering(&db, somebody.1).await;
        costs.push([round, instructions.swap(0, Ordering::Relaxed)]);
        long_history(write).await;
    }
    let [young, old] = costs[..] else { unreachable!("two shops") };
    assert!(young.iter().all(|cost| *cost > 50), "nothing was counted: {young:?}");
    for (young, old) in young.into_iter().zip(old) {
        let more = old.saturating_sub(young);
        assert!(more < HISTORY.unsigned_abs() / 2, "{young} instructions in a new shop, {old} after {HISTORY} rows");
    }
    println!("a round and a gathering: {young:?} instructions in a new shop, {old:?} after {HISTORY} rows");
}

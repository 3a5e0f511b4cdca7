//! What is kept of a decision has no digit of a personal number, however it was written.

use crate::support::TestApp;
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::id::ConversationId;
use xiaoer::store::{Db, conversation};

#[tokio::test(flavor = "multi_thread")]
async fn line_43_a_decision_keeps_no_piece_of_a_number_that_was_written_in_groups() {
    let app = TestApp::start().await;
    let (mut shopper, welcome) = app.shopper(None, 0).await;
    let ServerFrame::Welcome { conversation_id, .. } = welcome else { panic!("a welcome") };
    let id = ConversationId(conversation_id.parse().expect("an id"));
    shopper.ask("0", "运费怎么算").await;
    let db = Db::connect(&app.database).await.expect("the database");
    for (client_id, text) in [
        ("1", "我的电话 138 0246 7915 运费怎么算"),
        ("2", "那 138-0246-7915 呢"),
        ("3", "我的电话 幺三八 零二四六 七九幺五 运费怎么算"),
    ] {
        let (_, answer) = shopper.ask(client_id, text).await;
        let trace = conversation::trace(&db, id, answer.sequence).await.expect("read").expect("a trace").to_string();
        assert!(trace.contains("138****7915"), "{text}: {trace}");
        for piece in ["0246", "零二四六"] {
            assert!(!trace.contains(piece), "{text}: {trace}");
        }
    }
    db.close().await;
}

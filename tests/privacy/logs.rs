//! No log line has the text of a message, a personal number or a token, at whatever level.

use crate::support::{Client, Program, http, token};
use xiaoer::live::protocol::ClientFrame;

#[tokio::test(flavor = "multi_thread")]
async fn line_43_logs_of_a_whole_conversation_have_no_text_no_number_and_no_token() {
    for format in ["text", "json"] {
        let program = Program::start(&[("RUST_LOG", "trace"), ("XIAOER_LOG__FORMAT", format)]).await;
        let mut client = Client::connect(program.address, Some(&program.origin()), "/ws/chat").await.expect("a socket");
        client.send(&ClientFrame::Hello { token: None, jwt: None, last_sequence: 0, page: None }).await;
        let token = token(&client.next().await);
        for (id, text) in
            [("1", "蓝鲸牌量子纺车几点开门"), ("2", "我的电话是13912345678，卡号6222021234567890128"), ("3", "转人工")]
        {
            client.ask(id, text).await;
        }
        let paths = [
            "/m/u/of-a-mail",
            "/m/c/of-a-mail?to=/product/of-a-query",
            "/api/admin/profiles/c:13800138000",
            "/nowhere/13800138000",
        ];
        for path in paths {
            http(program.address, "GET", path, &[], "").await;
        }
        let log = program.stop().await;
        assert!(log.lines().count() > 50, "the level is low enough to see anything");
        assert!(log.contains("/m/u/{token}"), "a request is named by its route");
        let in_paths = ["of-a-mail", "of-a-query", "13800138000"];
        let in_messages = ["蓝鲸牌", "13912345678", "6222021234567890128", "转人工", token.as_str()];
        for private in in_messages.into_iter().chain(in_paths) {
            let line = log.lines().find(|line| line.contains(private));
            assert_eq!(line, None, "{private} is in no line");
        }
        if format == "json" {
            let first = log.lines().find(|line| line.starts_with('{')).expect("a line");
            let line: serde_json::Value = serde_json::from_str(first).expect("JSON");
            assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        }
    }
}

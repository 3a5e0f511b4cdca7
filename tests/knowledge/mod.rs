//! Keeping the knowledge over the REST interface: drafts, review, publish, the way back, files, trying, learning.

mod editing;
mod figures;
mod files;
mod inbox;
mod naughty;
mod publishing;
mod rights;
mod trying;

use crate::rest::sign_in;
use crate::support::{PATIENCE, TestApp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use xiaoer::clock::Clock;
use xiaoer::model::customer::Role;
use xiaoer::service::sign_in::SignIn;

/// Somebody signed in to the console.
pub(crate) struct Console<'a> {
    app: &'a TestApp,
    pub(crate) cookie: String,
}

impl<'a> Console<'a> {
    /// The first admin.
    pub(crate) async fn admin(app: &'a TestApp) -> Self {
        Self { app, cookie: sign_in(app).await }
    }

    /// Somebody new.
    pub(crate) async fn hire(app: &'a TestApp, name: &str, role: Role) -> Self {
        let password = "correct horse";
        SignIn::new(app.chat.db.clone(), Clock::system()).put(name, password, role).await.expect("hired");
        Self::enter(app, name, password).await
    }

    /// Somebody known.
    pub(crate) async fn enter(app: &'a TestApp, name: &str, password: &str) -> Self {
        let body = json!({ "name": name, "password": password }).to_string();
        let answer = app.http("POST", "/api/staff/sign-in", &[], &body).await;
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        Self { app, cookie: cookie.split(';').next().expect("a value").to_owned() }
    }

    /// A request; returns status and body.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let headers = [("Cookie", self.cookie.as_str()), ("X-Xiaoer-Csrf", "1")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.app.http(method, path, &headers, &body).await;
        (answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, body).await
    }

    /// A request that must succeed.
    pub(crate) async fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The entry with another answer, as a draft.
    pub(crate) async fn answer_with(&self, id: &str, answer: &str) -> Value {
        let entry = self.get(&format!("/api/admin/faq/entries/{id}")).await;
        let mut content = entry["content"].clone();
        content["answer"] = json!(answer);
        let form = json!({ "revision": entry["revision"], "content": content });
        self.done("PUT", &format!("/api/admin/faq/entries/{id}"), &form).await
    }

    /// Sends bytes or gets them; returns status and body.
    pub(crate) async fn bytes(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(self.app.address).await.expect("a connection");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\nX-Xiaoer-Csrf: 1\r\n\
             Content-Length: {}\r\n\r\n",
            self.app.address,
            self.cookie,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        // A server that refuses may not read to the end.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("read");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
        (status, answer[end + 4..].to_vec())
    }

    /// Sends a file and waits for its job.
    pub(crate) async fn upload(&self, path: &str, file: &[u8]) -> Value {
        let (status, body) = self.bytes("POST", path, file).await;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(status, 202, "{path}: {body}");
        self.finished(&body).await
    }

    /// Waits for a job that was begun.
    async fn finished(&self, begun: &Value) -> Value {
        let path = format!("/api/admin/jobs/{}", begun["job"].as_str().expect("a job"));
        let ended = async {
            loop {
                let job = self.get(&path).await;
                if job["state"] != "running" {
                    return job;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE * 6, ended).await.expect("the job ends")
    }

    pub(crate) async fn publish(&self) -> Value {
        self.done("POST", "/api/admin/knowledge/publish", &json!({ "note": "测试" })).await
    }
}

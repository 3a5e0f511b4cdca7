//! What is for admins is for admins: every route of the description is tried.

use super::Console;
use crate::support::TestApp;
use serde_json::json;
use xiaoer::model::customer::Role;

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_account_gets_403_on_every_admin_route() {
    let app = TestApp::start().await;
    let agent = Console::hire(&app, "wang", Role::Agent).await;
    let boss = Console::hire(&app, "boss", Role::Supervisor).await;
    let description = app.http("GET", "/api/openapi.json", &[], "").await.json();
    let paths = description["paths"].as_object().expect("paths");
    let mut tried = 0;
    for (path, operations) in paths.iter().filter(|(path, _)| path.starts_with("/api/admin/")) {
        // Whatever stands in for the path's parts: rights are checked before anything is looked at.
        let concrete: String =
            (path.split('/')).map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/");
        for method in
            ["get", "post", "put", "patch", "delete"].into_iter().filter(|method| operations.get(method).is_some())
        {
            let method = method.to_uppercase();
            for person in [&agent, &boss] {
                let (status, body) = person.call(&method, &concrete, &json!({})).await;
                assert_eq!((status, body["code"].as_str()), (403, Some("forbidden")), "{method} {path}: {body}");
            }
            let bare = app.http(&method, &concrete, &[("X-Xiaoer-Csrf", "1")], "{}").await;
            assert_eq!(bare.status, 401, "{method} {path}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried} routes");
}

//! Files that people upload.

use crate::knowledge::Console;
use crate::support::TestApp;
use serde_json::Value;
use xiaoer::model::customer::Role;

/// The smallest PNG: one grey pixel (PNG specification, 8-bit greyscale).
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

const PATH: &str = "/api/admin/faq/pictures";

async fn upload(console: &Console<'_>, file: &[u8]) -> (u16, Value) {
    let (status, body) = console.bytes("POST", PATH, file).await;
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread")]
async fn line_29_an_upload_is_known_by_its_bytes_written_anew_and_served_as_an_attachment() {
    let app = TestApp::start().await;
    let admin = Console::admin(&app).await;
    let mut file = PNG.to_vec();
    file.extend_from_slice(b"<script>alert(1)</script>");
    let (status, kept) = upload(&admin, &file).await;
    assert_eq!((status, kept["width"].as_u64()), (201, Some(1)), "{kept}");
    let path = kept["path"].as_str().expect("a path");
    let other = app.beside().await;
    let shown = other.http("GET", path, &[], "").await;
    assert_eq!(shown.status, 200, "every node has it");
    for known in [
        "content-type: image/png",
        "content-disposition: attachment; filename=",
        "x-content-type-options: nosniff",
        "default-src 'none'",
        "sandbox",
    ] {
        assert!(shown.head.contains(known), "{known}: {}", shown.head);
    }
    assert!(shown.body.contains("PNG") && !shown.body.contains("script"), "{}", shown.body);
    // An answer may show it.
    let entry = admin.get("/api/admin/faq/entries").await["items"][0]["id"].as_str().expect("an entry").to_owned();
    admin.answer_with(&entry, &format!("尺码表：![尺码表]({path})")).await;

    let large = [PNG, &vec![0; 4 * 1024 * 1024]].concat();
    for (what, file, expected) in [
        ("another kind", b"GIF89a".as_slice(), 415),
        ("a page", b"<html><script>alert(1)</script>", 415),
        ("a drawing", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415),
        ("a cut picture", &PNG[..40], 400),
        ("nothing", b"", 415),
        ("a huge one", &large, 413),
    ] {
        assert_eq!(upload(&admin, file).await.0, expected, "{what}");
    }
    let wang = Console::hire(&app, "wang", Role::Agent).await;
    assert_eq!(upload(&wang, PNG).await.0, 403);
    assert_eq!(app.http("GET", "/pictures/00000000-0000-4000-8000-000000000000", &[], "").await.status, 404);
}

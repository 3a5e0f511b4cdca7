//! What `docs/flows.md` shows is true.

use super::knowledge_base;
use crate::support::copy_of;
use std::path::Path;
use xiaoer::service::import;
use xiaoer::service::orders::sign;

fn documentation() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/flows.md")).expect("the documentation")
}

/// The first block of this language after a heading.
fn block(text: &str, heading: &str, language: &str) -> String {
    let (_, rest) = text.split_once(heading).expect("the heading");
    let (_, rest) = rest.split_once(&format!("```{language}\n")).expect("a block");
    rest.split("```").next().expect("its end").to_owned()
}

#[test]
fn the_flow_that_is_shown_is_imported_and_its_mistake_is_named() {
    let folder = copy_of(&knowledge_base());
    let file = folder.path().join("flows/urge.toml");
    let flow = block(&documentation(), "## Writing a flow", "toml");
    std::fs::write(&file, &flow).expect("written");
    let knowledge = import::read_folder(folder.path()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let names: Vec<&str> = knowledge.flows.iter().map(|flow| flow.name.as_str()).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    std::fs::write(&file, flow.replacen("{items}", "{pirce}", 1)).expect("written");
    let problems = import::read_folder(folder.path()).expect_err("refused");
    let shown = block(&documentation(), "one mistake, and nothing", "text");
    assert_eq!(problems.iter().map(|problem| format!("{problem}\n")).collect::<String>(), shown);
}

#[test]
fn the_signature_that_is_shown_is_right() {
    let request = block(&documentation(), "## Your own system", "http");
    let (head, body) = request.split_once("\n\n").expect("head and body");
    let header =
        |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).expect("the header").trim().to_owned();
    let seconds = header("x-xiaoer-timestamp:").parse().expect("seconds");
    let secret = "an example key of at least 32 bytes".into();
    let signed = sign(&[secret], seconds, body.trim_end().as_bytes());
    assert_eq!(signed.signature, header("x-xiaoer-signature:"));
}

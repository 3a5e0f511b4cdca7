//! `docs/settings.md` lists every setting with its default, and no other; what it shows as examples can be read.

use serde_json::Value;
use std::collections::BTreeMap;
use xiaoer::config::Config;

fn page() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    std::fs::read_to_string(path).expect("the page")
}

/// All settings that there can be. Sections of which there may be none, or many, stand there once.
fn everything() -> Value {
    let mut config = Config::default();
    config.identity.keys = vec![Default::default()];
    config.marketing.smtp = Some(Default::default());
    config.marketing.gateway = Some(Default::default());
    // Defaults hold no secret; where there is one, `***` is written in its place.
    serde_json::to_value(&config).expect("settings can be written")
}

/// Dotted names with their defaults as the page writes them: `server.port`, and `identity.keys[].id` in a list.
fn flat(name: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                flat(&if name.is_empty() { field.clone() } else { format!("{name}.{field}") }, value, found);
            }
        }
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            flat(&format!("{name}[]"), &items[0], found);
        }
        other => {
            let nothing = [Value::Null, Value::String(String::new()), Value::Array(Vec::new())].contains(other);
            found.insert(name.to_owned(), if nothing { "–".to_owned() } else { format!("`{other}`") });
        }
    }
}

/// The first two columns of all tables. A bar would end a cell, and none of these holds one.
fn listed(page: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let (name, default) = (cells.next().expect("a name"), cells.next().expect("a default"));
        let before = found.insert(name.trim_matches('`').to_owned(), default.to_owned());
        assert!(before.is_none(), "{name} stands there twice");
    }
    found
}

/// The blocks of the page in TOML.
fn examples(page: &str) -> Vec<&str> {
    page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn the_page_lists_every_setting_with_its_default_and_no_other() {
    let mut settings = BTreeMap::new();
    flat("", &everything(), &mut settings);
    assert!(settings.len() > 60, "{} settings", settings.len());
    let listed = listed(&page());
    let missing: Vec<_> = settings.iter().filter(|(name, _)| !listed.contains_key(*name)).collect();
    let unknown: Vec<_> = listed.keys().filter(|name| !settings.contains_key(*name)).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "docs/settings.md\nno row for, with the default: {missing:#?}\na row, but no such setting: {unknown:#?}"
    );
    for (name, default) in settings {
        assert_eq!(listed[&name], default, "the default of {name} in docs/settings.md");
    }
}

#[test]
fn the_examples_of_the_page_can_be_read() {
    let page = page();
    let examples = examples(&page);
    for example in &examples {
        let read: Result<Config, _> = toml::from_str(example);
        assert!(read.is_ok(), "{}\n{example}", read.expect_err("an error"));
    }
    let usual: Config = toml::from_str(examples.first().expect("an example")).expect("it was read");
    usual.validate().expect("the first example makes sense as it is");
}

#[test]
fn a_setting_in_a_section_and_in_a_list_is_seen() {
    let settings = serde_json::json!({ "a": { "b": null, "c": [], "d": [{ "e": 1.0 }], "f": "x" }, "g": true });
    let mut found = BTreeMap::new();
    flat("", &settings, &mut found);
    let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, [("a.b", "–"), ("a.c", "–"), ("a.d[].e", "`1.0`"), ("a.f", "`\"x\"`"), ("g", "`true`")]);
    let listed = listed("| name | default |\n|---|---|\n| `a.b` | – | text |\n");
    assert_eq!((listed.len(), listed["a.b"].as_str()), (1, "–"));
}

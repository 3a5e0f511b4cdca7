//! What the program is made of may be passed on with it: every crate has a licence that `deny.toml` allows, and so has
//! every package of the web faces. Neither needs the network; `tests/audit.sh` asks for advisories as well.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Licences of tools that build and test the web faces and are not passed on.
const OF_TOOLS: [&str; 1] = ["MPL-2.0"];

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file")
}

fn allowed() -> BTreeSet<String> {
    let settings: toml::Table = file("deny.toml").parse().expect("deny.toml");
    let allow = settings["licenses"]["allow"].as_array().expect("a list");
    allow.iter().map(|one| one.as_str().expect("a name").to_owned()).collect()
}

/// What cargo says; only crates for this machine, because others need not be here.
fn cargo(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let run = run.expect("cargo runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("UTF-8")
}

/// Whether an SPDX expression can be satisfied with these licences. The old way to write OR is a slash.
fn is_satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (fine, rest) = either(&words, allowed);
    assert!(rest.is_empty(), "{expression} is no SPDX expression");
    fine
}

fn either<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut fine, mut rest) = both(words, allowed);
    while let Some((&"OR", after)) = rest.split_first() {
        let (other, left) = both(after, allowed);
        (fine, rest) = (fine || other, left);
    }
    (fine, rest)
}

fn both<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut fine, mut rest) = one(words, allowed);
    while let Some((&"AND", after)) = rest.split_first() {
        let (other, left) = one(after, allowed);
        (fine, rest) = (fine && other, left);
    }
    (fine, rest)
}

fn one<'a>(words: &'a [&'a str], allowed: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => {
            let (fine, rest) = either(inner, allowed);
            (fine, rest.strip_prefix(&[")"]).expect("a closing bracket"))
        }
        [name, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{name} WITH {exception}")), rest),
        [name, rest @ ..] => (allowed.contains(*name), rest),
        [] => (false, words),
    }
}

#[test]
fn every_crate_has_a_licence_that_is_allowed() {
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = cargo(&["metadata", "--format-version=1", "--offline", "--locked", "--filter-platform", host]);
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let (packages, allowed) = (metadata["packages"].as_array().expect("packages"), allowed());
    let foreign: Vec<String> = (packages.iter())
        .filter(|package| !package["license"].as_str().is_some_and(|licence| is_satisfied(licence, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(packages.len() > 100 && foreign.is_empty(), "{foreign:#?}");
}

#[test]
fn every_package_of_the_web_faces_has_a_licence_that_is_allowed() {
    let lock: Value = serde_json::from_str(&file("web/package-lock.json")).expect("JSON");
    let (packages, allowed) = (lock["packages"].as_object().expect("packages"), allowed());
    let installed = packages.iter().filter(|(path, package)| path.contains("node_modules/") && package["link"] != true);
    let foreign: Vec<String> = (installed.clone())
        .filter(|(_, package)| {
            let is_tool = package["dev"] == true || package["devOptional"] == true;
            let fine = |licence: &str| is_satisfied(licence, &allowed) || is_tool && OF_TOOLS.contains(&licence);
            !package["license"].as_str().is_some_and(fine)
        })
        .map(|(path, package)| format!("{path}: {}", package["license"]))
        .collect();
    assert!(installed.count() > 50 && foreign.is_empty(), "{foreign:#?}");
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    for (expression, fine) in [
        ("MIT", true),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND ISC", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("GPL-3.0 OR MIT AND ISC", true),
        ("MIT WITH something", false),
        ("", false),
    ] {
        assert_eq!(is_satisfied(expression, &allowed), fine, "{expression}");
    }
}

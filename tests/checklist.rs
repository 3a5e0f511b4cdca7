//! `docs/checklist.md` says of each line which tests prove it: all that carry its number, and no others. A test says so
//! by its name: `line_17_…` in Rust, `"line 17: …"` in TypeScript and in the browser's scripts.
//! `UPDATE_CHECKLIST=1 cargo test --test suite checklist` writes the names anew.

use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How many lines the checklist has.
const LINES: usize = 46;

/// Below each line the names stand as items of a list of their own.
const ITEM: &str = "    - ";

/// The names of the tests by line, each with its file.
type Tests = BTreeMap<usize, Vec<(String, String)>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder with one of these endings, but not what was built or installed.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["node_modules", "dist"].contains(&name) {
                files(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
}

/// Everything in the sources that proves a line. What is ignored proves nothing.
fn tests() -> Tests {
    let rust = Regex::new(r"#\[(?:tokio::)?test[^\]]*\]\s*(?:async )?fn (line_(\d{2})_\w+)").expect("a pattern");
    let web = Regex::new(r#"["'`](line (\d+): [^"'`]+)["'`]"#).expect("a pattern");
    let mut found = Tests::new();
    for (folder, endings, pattern) in
        [("src", &[".rs"][..], &rust), ("tests", &[".rs"], &rust), ("web", &[".test.ts", ".mjs"], &web)]
    {
        let mut paths = Vec::new();
        files(&root().join(folder), endings, &mut paths);
        for path in paths {
            let source = fs::read_to_string(&path).expect("a source");
            let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            for test in pattern.captures_iter(&source) {
                let line = test[2].parse().expect("a number");
                found.entry(line).or_default().push((path.clone(), test[1].to_owned()));
            }
        }
    }
    found
}

/// The number at the beginning of a line of the checklist.
fn number(line: &str) -> Option<usize> {
    line.split_once(". ").and_then(|(number, _)| number.parse().ok())
}

/// The document with the names of these tests below its lines.
fn with_tests(document: &str, tests: &Tests) -> String {
    let mut written = String::new();
    let mut open = None;
    for line in document.lines().filter(|line| !line.starts_with(ITEM)) {
        // A line goes on as long as it is indented.
        if !line.starts_with("   ") {
            open.take().into_iter().for_each(|number| name(&mut written, tests.get(&number)));
            open = number(line);
        }
        written.push_str(line);
        written.push('\n');
    }
    open.into_iter().for_each(|number| name(&mut written, tests.get(&number)));
    written
}

fn name(written: &mut String, tests: Option<&Vec<(String, String)>>) {
    for (file, test) in tests.into_iter().flatten() {
        written.push_str(&format!("{ITEM}{file}: `{test}`\n"));
    }
}

#[test]
fn the_checklist_names_its_tests() {
    let path = root().join("docs/checklist.md");
    let document = fs::read_to_string(&path).expect("the checklist");
    let expected = with_tests(&document, &tests());
    if std::env::var_os("UPDATE_CHECKLIST").is_some() {
        fs::write(&path, &expected).expect("written");
    } else {
        let old: Vec<&str> = document.lines().filter(|line| !expected.contains(line)).collect();
        let new: Vec<&str> = expected.lines().filter(|line| !document.contains(line)).collect();
        assert!(
            document == expected,
            "docs/checklist.md is out of date; run: UPDATE_CHECKLIST=1 cargo test --test suite checklist\n\
             no such test: {old:#?}\nnot named: {new:#?}"
        );
    }
}

#[test]
fn the_checklist_has_all_lines_in_order_and_no_test_has_another() {
    let document = fs::read_to_string(root().join("docs/checklist.md")).expect("the checklist");
    let numbers: Vec<usize> = document.lines().filter_map(number).collect();
    assert_eq!(numbers, (1..=LINES).collect::<Vec<_>>());
    let others: Vec<usize> = tests().into_keys().filter(|line| !(1..=LINES).contains(line)).collect();
    assert_eq!(others, [0; 0], "numbers that no line has");
}

#[test]
fn every_line_has_a_test() {
    let tests = tests();
    let open: Vec<usize> = (1..=LINES).filter(|line| !tests.contains_key(line)).collect();
    assert_eq!(open, [0; 0], "lines that nothing proves");
}

#[test]
fn a_line_that_nothing_proves_and_a_name_that_no_test_has_are_seen() {
    let tests = Tests::from([(1, vec![("tests/a.rs".to_owned(), "line_01_a".to_owned())])]);
    let document = "# Title\n\n1. One\n   goes on.\n    - tests/a.rs: `line_01_gone`\n2. Two.\n\nEnd.\n";
    let expected = "# Title\n\n1. One\n   goes on.\n    - tests/a.rs: `line_01_a`\n2. Two.\n\nEnd.\n";
    assert_eq!(with_tests(document, &tests), expected);
    assert_eq!(with_tests(expected, &tests), expected);
}

//! The floors hold: a file imports only from floors below its own, or from its own room.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Rooms by floor. Rooms of one floor do not know each other, but for the exceptions below.
const FLOORS: [&[&str]; 7] = [
    &["model", "clock", "text"],
    &["classify", "search", "recommend", "marketing"],
    &["dialogue", "desk"],
    &["store", "live"],
    &["service"],
    &["api"],
    &["config", "app", "command", "main", "lib"],
];

/// Rooms that may look sideways: text and model know each other's plain data, and ranking is done by the project's
/// own logistic regression. At the top, commands start the program.
const SIDEWAYS: [(&str, &str); 8] = [
    ("text", "model"),
    ("model", "clock"),
    ("search", "classify"),
    ("recommend", "classify"),
    ("marketing", "classify"),
    ("app", "config"),
    ("command", "app"),
    ("command", "config"),
];

/// What the pure floors must not touch.
const EFFECTS: [&str; 6] = ["tokio", "axum", "sqlx", "std::fs", "std::net", "SystemTime::now"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The folder a file stands in, or its own name. The rooms of the pure floors stand together in `mind/`.
fn room(path: &Path, root: &Path) -> String {
    let inside = path.strip_prefix(root).expect("inside src");
    let inside = inside.strip_prefix("mind").unwrap_or(inside);
    inside.iter().next().expect("a name").to_string_lossy().trim_end_matches(".rs").to_owned()
}

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| panic!("{room} stands on no floor"))
}

/// Room names after `crate::`, also in groups such as `use crate::{a, b::c}`.
fn imported_rooms(source: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, found) in source.match_indices("crate::") {
        let rest = &source[at + found.len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if FLOORS.iter().any(|rooms| rooms.contains(&name.as_str())) {
                rooms.push(name);
            }
        }
    }
    rooms
}

#[test]
fn files_import_only_from_the_floors_below() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 40, "the sources were found");
    let mut wrong = Vec::new();
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let own = room(&file, &root);
        let source = std::fs::read_to_string(&file).expect("a source file");
        // Documentation may point anywhere.
        let code: String =
            source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for other in imported_rooms(&code) {
            let sideways = SIDEWAYS.contains(&(own.as_str(), other.as_str()));
            if other != own && !sideways && floor(&other) >= floor(&own) {
                wrong.push(format!("{} imports from {other}", file.display()));
            }
            if other != own {
                edges.entry(own.clone()).or_default().push(other);
            }
        }
    }
    assert!(wrong.is_empty(), "upward imports:\n{}", wrong.join("\n"));
    for start in edges.keys() {
        assert!(!reaches(&edges, start, start, &mut Vec::new()), "{start} stands in a circle");
    }
}

fn reaches(edges: &BTreeMap<String, Vec<String>>, from: &str, goal: &str, seen: &mut Vec<String>) -> bool {
    edges.get(from).into_iter().flatten().any(|next| {
        next == goal
            || (!seen.contains(next) && {
                seen.push(next.clone());
                reaches(edges, next, goal, seen)
            })
    })
}

#[test]
fn the_lower_floors_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files.into_iter().filter(|file| floor(&room(file, &root)) <= 2 && room(file, &root) != "clock") {
        let source = std::fs::read_to_string(&file).expect("a source file");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if EFFECTS
                .iter()
                .any(|effect| line.contains(&format!("{effect}::")) || (effect.contains("::") && line.contains(effect)))
            {
                wrong.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "effects on a pure floor:\n{}", wrong.join("\n"));
}

//! Texts that break programs. They lie in `tests/naughty`, where the browser's test finds them too.

/// All texts.
pub(crate) fn strings() -> Vec<String> {
    let lines = lines(include_str!("../naughty/strings.txt"));
    lines.into_iter().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// What stands where a JSON string should, and is none.
pub(crate) fn no_strings() -> Vec<&'static str> {
    lines(include_str!("../naughty/no_strings.txt"))
}

fn lines(file: &'static str) -> Vec<&'static str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A text as part of an address.
pub(crate) fn in_address(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

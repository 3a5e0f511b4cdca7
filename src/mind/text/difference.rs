//! The difference of two texts, for people to read: what stayed, what went, what came.

use serde::Serialize;
use similar::{Algorithm, ChangeTag, TextDiff};
use std::time::Duration;

/// From this length on, lines are compared instead of characters.
const LONG: usize = 3_000;

/// How long the best difference is looked for; then a coarser one does.
const PATIENCE: Duration = Duration::from_millis(100);

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It stands in both.
    Same,
    /// It stands in the former text only.
    Removed,
    /// It stands in the later text only.
    Added,
}

/// A piece of a text with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// What became of it.
    pub kind: Kind,
    /// The piece.
    pub text: String,
}

/// The pieces in reading order. Those that are not added make the former text, those that are not removed the later.
pub fn pieces(before: &str, after: &str) -> Vec<Piece> {
    let mut settings = TextDiff::configure();
    let settings = settings.algorithm(Algorithm::Patience).timeout(PATIENCE);
    let difference = if before.len().max(after.len()) > LONG {
        settings.diff_lines(before, after)
    } else {
        settings.diff_chars(before, after)
    };
    let mut pieces: Vec<Piece> = Vec::new();
    for change in difference.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => Kind::Same,
            ChangeTag::Delete => Kind::Removed,
            ChangeTag::Insert => Kind::Added,
        };
        match pieces.last_mut() {
            Some(last) if last.kind == kind => last.text.push_str(change.value()),
            _ => pieces.push(Piece { kind, text: change.value().to_owned() }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_changed_is_named() {
        let piece = |kind, text: &str| Piece { kind, text: text.to_owned() };
        let expected = [
            piece(Kind::Same, "满 "),
            piece(Kind::Removed, "59"),
            piece(Kind::Added, "99"),
            piece(Kind::Same, " 元包邮"),
        ];
        let found = pieces("满 59 元包邮", "满 99 元包邮");
        let whole = |without: Kind| -> String {
            found.iter().filter(|piece| piece.kind != without).map(|piece| piece.text.as_str()).collect()
        };
        assert_eq!((whole(Kind::Added).as_str(), whole(Kind::Removed).as_str()), ("满 59 元包邮", "满 99 元包邮"));
        assert_eq!((found.first(), found.last().map(|piece| piece.kind)), (expected.first(), Some(Kind::Same)));
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_pieces(before in ".{0,60}", after in ".{0,60}") {
            let found = pieces(&before, &after);
            let whole = |without: Kind| -> String {
                found.iter().filter(|piece| piece.kind != without).map(|piece| piece.text.as_str()).collect()
            };
            prop_assert_eq!(whole(Kind::Added), before);
            prop_assert_eq!(whole(Kind::Removed), after);
        }
    }
}

//! What is remembered of questions: what comes again, and not what one turn looks at twice.

use crate::support::DEMO;
use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use xiaoer::dialogue::memo::{Memo, Searched, Searcher};

#[test]
fn a_question_is_looked_up_once_in_a_turn_and_kept_only_where_another_turn_asks_it_too() {
    let (memo, looked_up) = (Memo::default(), Cell::new(0));
    let ask = |searcher: &Searcher<'_>| -> Arc<Searched> {
        let read = || {
            looked_up.set(looked_up.get() + 1);
            Cow::Owned(DEMO.models.language.read("开发票"))
        };
        searcher.ask("开发票", None, read).expect("an answer")
    };
    // The first turn only notes it, the second keeps it.
    for (turn, expected) in [1, 2, 2].into_iter().enumerate() {
        let searcher = Searcher::new(&DEMO.knowledge.faq, Some(&memo));
        assert!(Arc::ptr_eq(&ask(&searcher), &ask(&searcher)));
        assert_eq!(looked_up.get(), expected, "turn {turn}");
    }
}

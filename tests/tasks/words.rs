//! What a colleague reads of a task.

use super::knowledge_base;
use xiaoer::dialogue::flows::Step;

/// Names of outcomes are the program's; a colleague reads Chinese.
#[test]
fn every_outcome_of_the_flows_that_come_along_has_words() {
    let mut named = 0;
    for file in std::fs::read_dir(knowledge_base().join("flows")).expect("a folder") {
        let path = file.expect("a file").path();
        let flow: toml::Table = std::fs::read_to_string(&path).expect("a text").parse().expect("TOML");
        for outcome in flow["outcomes"].as_table().expect("a table").keys() {
            let words = Step::Finish { outcome: outcome.clone() }.in_words(None);
            let told = words.strip_prefix("告知结果：").expect("what comes first");
            assert!(!told.is_ascii(), "{}: {outcome} is told as {told}", path.display());
            named += 1;
        }
    }
    assert!(named > 20, "{named} outcomes");
}

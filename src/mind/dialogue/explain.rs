//! A decision as a tree, like a search engine's explanation: which words, which view, which weight, which line.
//!
//! The numbers are those of the stored [`Trace`], so it says tomorrow what it says today; only names are looked up. Where a node claims that
//! its parts sum to it, they do; a test holds it to that.

use crate::dialogue::Knowledge;
use crate::dialogue::act_in_words::act_in_words;
use crate::dialogue::trace::{Trace, TracedEntry};
use serde::Serialize;
use std::fmt::{self, Write as _};

/// One statement with what it rests on.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Node {
    /// In words.
    pub text: String,
    /// The number that it states, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Whether the values below sum to this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sums: bool,
    /// What it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Node>,
}

impl Node {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    fn value(text: impl Into<String>, value: f64) -> Self {
        Self { text: text.into(), value: Some(value), ..Self::default() }
    }

    fn sum(text: impl Into<String>, because: Vec<Self>) -> Self {
        let value = because.iter().filter_map(|node| node.value).sum();
        Self { text: text.into(), value: Some(value), sums: true, because }
    }

    fn with(mut self, because: Vec<Self>) -> Self {
        self.because = because;
        self
    }
}

/// Explains a decision; `knowledge` says what entries and products are called.
pub fn explain(trace: &Trace, knowledge: &Knowledge) -> Node {
    let mut because = vec![Node::text(format!("听到的词：{}", trace.reading.words.join(" ")))];
    because.extend(trace.decision.context.as_ref().map(|carried| {
        Node::text(format!(
            "接着上文（{}）：带上“{}”，当作“{}”来问",
            knowledge.called(&carried.entry),
            carried.subject,
            carried.question
        ))
    }));
    because.push(confidence(trace));
    because
        .extend(trace.search.entries.iter().enumerate().map(|(rank, entry)| candidate(trace, rank, entry, knowledge)));
    because.push(intents(trace));
    because.push(mood(trace));
    because.push(Node::text(format!("知识库版本 {}", trace.reading.knowledge_version)));
    Node::text(act_in_words(&trace.decision.act, knowledge)).with(because)
}

fn confidence(trace: &Trace) -> Node {
    let (decision, lines) = (&trace.decision, trace.decision.thresholds);
    let verdict = if decision.confidence >= lines.answer {
        "达到回答线"
    } else if decision.confidence < lines.clarify {
        "不到反问线"
    } else if decision.answerable < lines.answerable {
        "不到回答线，也不像有条目能答，不反问"
    } else {
        "不到回答线，达到反问线"
    };
    Node::value(format!("第一个候选就是答案的概率：{verdict}"), decision.confidence).with(vec![
        Node::value("回答线", lines.answer),
        Node::value("反问线", lines.clarify),
        Node::value("有条目能答的概率", decision.answerable),
    ])
}

fn candidate(trace: &Trace, rank: usize, entry: &TracedEntry, knowledge: &Knowledge) -> Node {
    let mut parts = vec![Node::value("起点", entry.bias)];
    parts.extend(entry.because.iter().map(|(feature, part)| Node::value(feature.clone(), *part)));
    let mut because = vec![Node::sum("对数几率", parts)];
    if rank == 0 {
        because.extend(trace.search.matched.iter().map(|found| {
            let terms = found.terms.iter().map(|(term, score)| Node::value(term.clone(), *score)).collect();
            Node::sum(format!("{}：与“{}”相同的部分，BM25", view_name(&found.view), found.phrasing), terms)
        }));
    }
    Node::value(format!("候选 {}：{}，排序模型给的概率", rank + 1, knowledge.called(&entry.id)), entry.probability)
        .with(because)
}

fn view_name(view: &str) -> &str {
    match view {
        "words" => "词",
        "characters" => "字",
        "sounds" => "音",
        other => other,
    }
}

fn intents(trace: &Trace) -> Node {
    let heard = trace.reading.intents.iter().map(|intent| Node::value(intent.name.clone(), intent.probability));
    Node::text("意图").with(heard.collect())
}

fn mood(trace: &Trace) -> Node {
    let mood = &trace.reading.mood;
    let mut because = vec![Node::value("像好评的概率", mood.positive)];
    if let Some(moved) = &trace.reading.mood_because {
        because.push(Node::text(format!("依据：{}", moved.in_words())));
    }
    if !mood.risk.is_empty() {
        because.push(Node::text(format!("风险词：{}", mood.risk.join("、"))));
    }
    let level = serde_json::to_value(mood.mood).ok();
    let level = level.as_ref().and_then(|level| level.as_str()).unwrap_or_default();
    Node::text(format!("情绪：{level}{}", if mood.urgent { "，着急" } else { "" })).with(because)
}

/// One line a node, indented by branches.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.line())?;
        self.branches(f, "")
    }
}

impl Node {
    fn line(&self) -> String {
        let mut line = self.text.clone();
        if let Some(value) = self.value {
            let _ = write!(line, " = {value:.3}");
        }
        if self.sums {
            line.push_str("（下面各项之和）");
        }
        line
    }

    fn branches(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        for (place, node) in self.because.iter().enumerate() {
            let last = place + 1 == self.because.len();
            writeln!(f, "{indent}{}{}", if last { "└─ " } else { "├─ " }, node.line())?;
            node.branches(f, &format!("{indent}{}", if last { "   " } else { "│  " }))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_reads_as_indented_lines() {
        let sum = Node::sum("和", vec![Node::value("甲", 0.25), Node::value("乙", 0.5)]);
        let tree = Node::text("根").with(vec![sum, Node::text("尾")]);
        let lines = "根\n├─ 和 = 0.750（下面各项之和）\n│  ├─ 甲 = 0.250\n│  └─ 乙 = 0.500\n└─ 尾\n";
        assert_eq!(tree.to_string(), lines);
    }
}

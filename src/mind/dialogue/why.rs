//! A trace in Chinese words and numbers: "why did it say that?" for an agent or an admin.

use crate::classify::intent::Verdict;
use crate::classify::mood::Mood;
use crate::dialogue::Knowledge;
use crate::dialogue::act_in_words::act_in_words;
use crate::dialogue::trace::Trace;

/// Features of the FAQ ranker that a line names.
const NAMED: usize = 3;

/// One line for each thing that the decision rests on.
pub fn lines(trace: &Trace, knowledge: &Knowledge) -> Vec<String> {
    let mut lines = vec![intents(trace, knowledge)];
    lines.extend(
        trace
            .reading
            .intent_because
            .as_ref()
            .map(|because| format!("“{}”的依据：{}", title(knowledge, &because.label), because.in_words())),
    );
    lines.push(mood(trace));
    lines.extend(trace.reading.mood_because.as_ref().map(|because| format!("情绪的依据：{}", because.in_words())));
    lines.extend(trace.decision.parts.iter().map(|part| match &part.entry {
        Some(entry) => {
            format!("其中一问“{}”：最像“{}”，把握 {}", part.said, knowledge.called(entry), percent(part.confidence))
        }
        None => format!("其中一问“{}”：问答里没有相近的", part.said),
    }));
    lines.push(faq(trace, knowledge));
    lines.extend(trace.decision.outcome.as_ref().map(|outcome| format!("店铺系统的答复：{outcome}")));
    if trace.decision.reminded {
        lines.push("还有一件事没办完，答复后再问一次".to_owned());
    }
    lines.push(format!("决定：{}", act_in_words(&trace.decision.act, knowledge)));
    lines
}

fn intents(trace: &Trace, knowledge: &Knowledge) -> String {
    let heard: Vec<String> = (trace.reading.intents.iter())
        .map(|intent| format!("{} {}", title(knowledge, &intent.name), percent(intent.probability)))
        .collect();
    let verdict = match trace.reading.verdict {
        Verdict::Sure => "听清了",
        Verdict::Ambiguous => "前两个难分",
        Verdict::Rejected => "没有听出店里的意图",
    };
    format!("意图：{}（{verdict}）", heard.join("，"))
}

fn mood(trace: &Trace) -> String {
    let mood = &trace.reading.mood;
    let levels: Vec<String> = (mood.probabilities.iter().zip(Mood::ALL))
        .map(|(probability, level)| format!("{} {}", level.title(), percent(*probability)))
        .collect();
    let urgent = if mood.urgent { "，着急" } else { "" };
    let risk = if mood.risk.is_empty() { String::new() } else { format!("，风险词 {}", mood.risk.join("、")) };
    format!("情绪：{}{urgent}{risk}（{}）", mood.mood.title(), levels.join("，"))
}

fn faq(trace: &Trace, knowledge: &Knowledge) -> String {
    let Some(first) = trace.search.entries.first() else { return "问答：没有相近的".to_owned() };
    let because: Vec<String> =
        first.because.iter().take(NAMED).map(|(feature, score)| format!("{feature} {score:+.2}")).collect();
    format!(
        "问答：最像“{}”，把握 {}，答复线 {}；依据：{}",
        knowledge.called(&first.id),
        percent(trace.decision.confidence),
        percent(trace.decision.thresholds.answer),
        because.join("，"),
    )
}

fn title(knowledge: &Knowledge, intent: &str) -> String {
    let known = knowledge.content.intents.iter().find(|known| known.name == intent);
    known.map_or_else(|| intent.to_owned(), |known| known.title.clone())
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

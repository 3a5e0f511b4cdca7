//! A trace in Chinese words and numbers: "why did it say that?" for an agent or an admin.

use crate::classify::intent::Verdict;
use crate::classify::mood::Mood;
use crate::dialogue::Knowledge;
use crate::dialogue::policy::Act;
use crate::dialogue::trace::Trace;
use crate::model::chat::HandoverReason;

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
            format!("其中一问“{}”：最像“{}”，把握 {}", part.said, question(knowledge, entry), percent(part.confidence))
        }
        None => format!("其中一问“{}”：问答里没有相近的", part.said),
    }));
    lines.push(faq(trace, knowledge));
    lines.push(format!("决定：{}", act(&trace.decision.act, knowledge)));
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
        question(knowledge, &first.id),
        percent(trace.decision.confidence),
        percent(trace.decision.thresholds.answer),
        because.join("，"),
    )
}

fn act(act: &Act, knowledge: &Knowledge) -> String {
    let named = |ids: &mut dyn Iterator<Item = &String>| -> String {
        ids.map(|id| format!("“{}”", question(knowledge, id))).collect::<Vec<_>>().join("、")
    };
    match act {
        Act::Silent => "不说话，有人工在接待".to_owned(),
        Act::Answer { entry, with_care, .. } => {
            let care = if *with_care { "先安抚，再" } else { "" };
            format!("{care}答复“{}”", question(knowledge, entry))
        }
        Act::AnswerSeveral { answers, open, .. } => {
            let answered = named(&mut answers.iter().map(|answered| &answered.entry));
            let left = if open.is_empty() { "" } else { "；有一问不会答，已记下" };
            format!("分别答复{answered}{left}")
        }
        Act::Clarify { entries } => format!("请顾客在{}里选", named(&mut entries.iter())),
        Act::AskForMore => "话太少，请顾客多说一点".to_owned(),
        Act::Suggest { suggestions, .. } => format!("推荐 {} 件商品", suggestions.products.len()),
        Act::Describe { sku, .. } => {
            let name = knowledge.product(sku).map_or(sku.as_str(), |product| product.name.as_str());
            format!("介绍商品“{name}”")
        }
        Act::Compare { skus } => format!("比较商品 {}", skus.join("、")),
        Act::CompareWith { sku, .. } => format!("问商品 {sku} 要和哪一款比"),
        Act::Variant { sku, asked, there, .. } => {
            format!("商品 {sku} {}{asked}", if *there { "有" } else { "没有" })
        }
        Act::AskForGift => "问礼物送给谁、花多少".to_owned(),
        Act::SetRecommendations { on: true } => "打开个性化推荐".to_owned(),
        Act::SetRecommendations { on: false } => "关闭个性化推荐".to_owned(),
        Act::PutOff => "服务器忙，商品稍后再推荐".to_owned(),
        Act::AskForWish => "先问想要什么样的".to_owned(),
        Act::HandOver { reason, .. } => {
            let reason = match reason {
                HandoverReason::Requested => "顾客要求",
                HandoverReason::Danger => "可能有人身危险",
                HandoverReason::Risk => "有风险词",
                HandoverReason::Mood => "情绪一直不好",
                HandoverReason::Unanswered => "连续答不上",
                HandoverReason::Rule => "店铺规则",
            };
            format!("转人工：{reason}")
        }
        Act::Comfort => "安抚，并请顾客选择转人工".to_owned(),
        Act::SmallTalk { wording } => format!("寒暄话术 {wording}"),
        Act::Unsure { nearest } => format!("承认不会，问题已记下；相近的有{}", named(&mut nearest.iter())),
    }
}

fn title(knowledge: &Knowledge, intent: &str) -> String {
    let known = knowledge.content.intents.iter().find(|known| known.name == intent);
    known.map_or_else(|| intent.to_owned(), |known| known.title.clone())
}

fn question(knowledge: &Knowledge, entry: &str) -> String {
    knowledge.entry(entry).map_or_else(|| entry.to_owned(), |entry| entry.question.clone())
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

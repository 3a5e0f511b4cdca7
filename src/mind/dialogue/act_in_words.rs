//! What was decided, in Chinese words.

use crate::dialogue::Knowledge;
use crate::dialogue::policy::Act;
use crate::model::catalogue::Sku;
use crate::model::chat::HandoverReason;

/// What was decided, in Chinese; entries and products by what they are called today.
pub fn act_in_words(act: &Act, knowledge: &Knowledge) -> String {
    let named = |ids: &mut dyn Iterator<Item = &String>| -> String {
        ids.map(|id| format!("“{}”", knowledge.called(id))).collect::<Vec<_>>().join("、")
    };
    let called = |sku: &Sku| knowledge.product(sku).map_or_else(|| sku.to_string(), |product| product.name.clone());
    match act {
        Act::Silent => "不说话，有人工在接待".to_owned(),
        Act::Answer { entry, with_care, .. } => {
            let care = if *with_care { "先安抚，再" } else { "" };
            format!("{care}答复“{}”", knowledge.called(entry))
        }
        Act::AnswerSeveral { answers, open, .. } => {
            let answered = named(&mut answers.iter().map(|answered| &answered.entry));
            let left = if open.is_empty() { "" } else { "；有一问不会答，已记下" };
            format!("分别答复{answered}{left}")
        }
        Act::Clarify { entries } => format!("请顾客在{}里选", named(&mut entries.iter())),
        Act::AskForMore => "话太少，请顾客多说一点".to_owned(),
        Act::Suggest { suggestions, .. } => format!("推荐 {} 件商品", suggestions.products.len()),
        Act::Describe { sku, .. } => format!("介绍商品“{}”", called(sku)),
        Act::Compare { skus } => {
            let names: Vec<String> = skus.iter().map(|sku| format!("“{}”", called(sku))).collect();
            format!("比较商品{}", names.join("、"))
        }
        Act::CompareWith { sku, .. } => format!("问商品“{}”要和哪一款比", called(sku)),
        Act::Variant { sku, asked, there, .. } => {
            format!("商品“{}”{}{asked}", called(sku), if *there { "有" } else { "没有" })
        }
        Act::AskForGift => "问礼物送给谁、花多少".to_owned(),
        Act::SetRecommendations { on: true } => "打开个性化推荐".to_owned(),
        Act::SetRecommendations { on: false } => "关闭个性化推荐".to_owned(),
        Act::SetMarketing { on: true } => "订阅优惠消息".to_owned(),
        Act::SetMarketing { on: false } => "退订优惠消息".to_owned(),
        Act::Privacy { word } => word.in_words().to_owned(),
        Act::PutOff => "服务器忙，商品稍后再推荐".to_owned(),
        Act::AskForWish => "先问想要什么样的".to_owned(),
        Act::Task { flow, step, .. } => {
            let known = knowledge.flow(flow);
            let title = known.map_or(flow.as_str(), |flow| flow.title.as_str());
            format!("办理“{title}”：{}", step.in_words(known))
        }
        Act::HandOver { reason, .. } => format!("转人工：{}", why_a_person(*reason)),
        Act::Comfort => "安抚，并请顾客选择转人工".to_owned(),
        Act::SmallTalk { wording } => format!("寒暄话术 {wording}"),
        Act::Unsure { nearest } if nearest.is_empty() => "承认不会，问题已记下".to_owned(),
        Act::Unsure { nearest } => format!("承认不会，问题已记下；相近的有{}", named(&mut nearest.iter())),
    }
}

fn why_a_person(reason: HandoverReason) -> &'static str {
    match reason {
        HandoverReason::Requested => "顾客要求",
        HandoverReason::Danger => "可能有人身危险",
        HandoverReason::Risk => "有风险词",
        HandoverReason::Mood => "情绪一直不好",
        HandoverReason::Unanswered => "连续答不上",
        HandoverReason::Rule => "店铺规则",
    }
}

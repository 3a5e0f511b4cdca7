//! What a shopper says about their own data: to read the notice, to agree or not, to take it along, to have it deleted.
//!
//! Only a message that says nothing else counts, as with 退订. The notice stands in the greeting, so it is seen before the
//! first word; the first question for something personal says once more what it is for. Whoever does not agree still
//! gets every answer that needs nothing personal, and a person; whoever takes an agreement back is treated the same
//! from then on (Personal Information Protection Law, articles 14 to 17).
//!
//! A deletion is asked for twice: the first word only leads to the question.

use crate::dialogue::act::Act;
use crate::dialogue::flows::Step;
use crate::model::flow::{Flow, SlotKind};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What is said about a shopper's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The notice.
    Notice,
    /// How to take everything along.
    Export,
    /// Whether everything is really to be deleted.
    ConfirmErasure,
    /// Everything will be deleted.
    Erase,
    /// Nothing will be deleted.
    KeepAll,
    /// The shopper agrees.
    Agree,
    /// The shopper does not agree, or no longer.
    Refuse,
    /// What was asked for cannot be done without something personal.
    Needed,
}

impl Word {
    /// Key of its wording.
    pub fn wording(self) -> &'static str {
        match self {
            Self::Notice => "privacy_notice",
            Self::Export => "privacy_export",
            Self::ConfirmErasure => "privacy_confirm_erasure",
            Self::Erase => "privacy_erase",
            Self::KeepAll => "privacy_keep_all",
            Self::Agree => "privacy_agreed",
            Self::Refuse => "privacy_refused",
            Self::Needed => "privacy_needed",
        }
    }

    /// What a shopper can tap after it.
    pub fn replies(self) -> &'static [&'static str] {
        match self {
            Self::Notice => &["导出我的数据", "删除我的数据", "不同意隐私说明"],
            Self::ConfirmErasure => &["确认删除我的数据", "取消删除"],
            Self::Erase => &["取消删除"],
            Self::Refuse | Self::Needed => &["同意隐私说明"],
            Self::Export | Self::KeepAll | Self::Agree => &[],
        }
    }

    /// In Chinese, for whoever asks why.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Notice => "说明怎样使用个人信息",
            Self::Export => "告诉顾客怎样拿到自己的数据",
            Self::ConfirmErasure => "问是否真的删除全部数据",
            Self::Erase => "记下删除数据的请求",
            Self::KeepAll => "撤回删除数据的请求",
            Self::Agree => "记下顾客同意隐私说明",
            Self::Refuse => "记下顾客不同意隐私说明",
            Self::Needed => "顾客不同意隐私说明，需要个人信息的事先不办",
        }
    }
}

/// What is remembered about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Privacy {
    /// Whether the shopper does not agree.
    pub refused: bool,
    /// Whether it was asked whether everything is to be deleted.
    pub erasing: bool,
    /// Whether a question for something personal has said what it is for.
    pub noted: bool,
}

impl Privacy {
    /// Whether nothing was said about it.
    pub fn is_untouched(&self) -> bool {
        *self == Self::default()
    }

    /// After an act.
    #[must_use]
    pub fn after(self, act: &Act) -> Self {
        let Act::Privacy { word } = act else { return Self { erasing: false, ..self } };
        let refused = match word {
            Word::Agree => false,
            Word::Refuse => true,
            _ => self.refused,
        };
        Self { refused, erasing: *word == Word::ConfirmErasure, ..self }
    }
}

/// What a message says about the shopper's data; nothing where it is about something else.
pub fn read(normal: &str, before: &Privacy) -> Option<Word> {
    let said: String = normal.chars().filter(|c| c.is_alphanumeric()).collect();
    if said.chars().count() > 24 {
        return None;
    }
    if before.erasing && matches!(said.as_str(), "确认" | "确认删除" | "是" | "是的" | "删除" | "确定") {
        return Some(Word::Erase);
    }
    let said = PATTERNS.iter().find(|(_, pattern)| pattern.is_match(&said)).map(|(word, _)| *word)?;
    // A confirmation without the question is a first word.
    Some(if said == Word::Erase && !before.erasing { Word::ConfirmErasure } else { said })
}

static PATTERNS: LazyLock<Vec<(Word, Regex)>> = LazyLock::new(|| {
    let polite = "(?:请|麻烦|我要|我想要?|帮我|给我|把|能不能|可以|怎么|如何)*";
    let data = "我的?(?:所有|全部|一切)?的?(?:个人)?(?:数据|信息|资料|隐私数据|聊天记录|对话记录)";
    let end = "(?:了|吧|吗|么|呢|谢谢)*";
    let notice = "(?:隐私|个人信息)(?:保护)?(?:说明|政策|声明|条款)";
    let patterns = [
        (Word::Notice, format!("^{polite}(?:查看|看看?|看一下)?{notice}{end}$")),
        (Word::Export, format!("^{polite}(?:导出|下载|带走|拷贝|复制)(?:一份|一下)?{data}{end}$")),
        (Word::Erase, format!("^(?:我)?确认(?:要)?(?:删除|清除){data}{end}$")),
        (Word::ConfirmErasure, format!("^{polite}(?:删除|删掉|清除|清空|抹掉|抹去)(?:一下)?{data}{end}$")),
        (
            Word::ConfirmErasure,
            format!("^{polite}{data}(?:都|全|全部|给我|帮我)*(?:删除|删掉|删了|清除|清空|抹掉){end}$"),
        ),
        (Word::KeepAll, format!("^{polite}(?:取消|撤回|停止|不要|先别|别)(?:删除|清除)(?:{data}|请求|申请)*{end}$")),
        (
            Word::Refuse,
            format!("^(?:我)?(?:不同意|不接受|拒绝)(?:你们的?|这个|本店)*(?:{notice}|(?:收集|使用|处理){data}){end}$"),
        ),
        (
            Word::Refuse,
            format!(
                "^{polite}(?:撤回|撤销|收回|取消)(?:我的?)?(?:对)?(?:{notice}的?)?(?:隐私|个人信息)?(?:的)?(?:同意|授权){end}$"
            ),
        ),
        (Word::Agree, format!("^(?:我)?(?:同意|接受)(?:你们的?|这个|本店)*{notice}{end}$")),
    ];
    let compiled = patterns.into_iter().map(|(word, pattern)| (word, Regex::new(&pattern).expect("covered by tests")));
    compiled.collect()
});

/// Whether a slot is filled with something personal.
pub fn is_personal(kind: SlotKind) -> bool {
    matches!(kind, SlotKind::Phone | SlotKind::Email | SlotKind::Address)
}

/// What a task needs that is personal is not asked of somebody who does not agree.
pub fn guard<'a>(act: Act, privacy: &Privacy, flow: impl Fn(&str) -> Option<&'a Flow>) -> Act {
    let Act::Task { flow: name, step, .. } = &act else { return act };
    let needs = |flow: &Flow| flow.slots.iter().any(|slot| is_personal(slot.kind) && !slot.optional);
    if privacy.refused && !step.ends() && flow(name).is_some_and(needs) {
        return Act::Privacy { word: Word::Needed };
    }
    act
}

/// Whether an act asks for something personal for the first time.
pub fn asks_first<'a>(act: &Act, privacy: &Privacy, flow: impl Fn(&str) -> Option<&'a Flow>) -> bool {
    let Act::Task { flow: name, step: Step::Ask { slot, .. }, .. } = act else { return false };
    let kind = flow(name).and_then(|flow| flow.slot(slot)).map(|slot| slot.kind);
    !privacy.noted && kind.is_some_and(is_personal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Privacy = Privacy { refused: false, erasing: false, noted: false };

    #[test]
    fn line_42_and_44_plain_words_about_data_are_read() {
        for (said, word) in [
            ("隐私说明", Word::Notice),
            ("看一下隐私政策", Word::Notice),
            ("导出我的数据", Word::Export),
            ("请帮我下载一份我的个人信息", Word::Export),
            ("删除我的数据", Word::ConfirmErasure),
            ("请把我的个人信息都删掉", Word::ConfirmErasure),
            ("清空我的聊天记录吧", Word::ConfirmErasure),
            ("取消删除", Word::KeepAll),
            ("不同意隐私说明", Word::Refuse),
            ("我不同意收集我的个人信息", Word::Refuse),
            ("撤回同意", Word::Refuse),
            ("撤回对隐私说明的同意", Word::Refuse),
            ("同意隐私说明", Word::Agree),
        ] {
            assert_eq!(read(said, &NOTHING), Some(word), "{said}");
        }
    }

    #[test]
    fn line_44_a_deletion_is_asked_for_twice() {
        assert_eq!(read("确认删除我的数据", &NOTHING), Some(Word::ConfirmErasure));
        assert_eq!(read("确认删除", &NOTHING), None);
        let asked = NOTHING.after(&Act::Privacy { word: Word::ConfirmErasure });
        assert_eq!(read("确认删除我的数据", &asked), Some(Word::Erase));
        assert_eq!(read("是的", &asked), Some(Word::Erase));
        assert!(!asked.after(&Act::AskForMore).erasing, "another subject ends the question");
    }

    #[test]
    fn other_matters_are_none() {
        for other in [
            "删除订单",
            "取消订单",
            "同意",
            "不同意",
            "我的数据线坏了",
            "确认收货",
            "删除地址",
            "导出发票",
            "你们怎么保护我的隐私",
        ] {
            assert_eq!(read(other, &NOTHING), None, "{other}");
        }
    }
}

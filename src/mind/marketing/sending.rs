//! The one decision whether a campaign may send somebody a message now. Nothing is sent without it, and it is made at the
//! moment of sending, on facts that are read in the same transaction that notes the message.
//!
//! It never says just no: it names every reason, so that a dry run can tell an admin what would have to be different.

use super::campaign::Cap;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Minutes of the day, in the shop's time zone, in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From this minute on …
    pub from: u16,
    /// … until this one; a night may lie in between. Equal ones mean never.
    pub until: u16,
}

impl Quiet {
    /// Whether a moment lies in it.
    pub fn holds(self, now: Timestamp) -> bool {
        let minute = minute_of_day(now);
        if self.from <= self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

/// The minute of the day in China Standard Time.
pub fn minute_of_day(at: Timestamp) -> u16 {
    u16::try_from((at.0 + 8 * 3_600_000).rem_euclid(86_400_000) / 60_000).unwrap_or(0)
}

/// What holds for all campaigns together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How often one person gets anything at most.
    pub cap: Cap,
    /// When nothing is sent.
    pub quiet: Quiet,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cap: Cap { times: 3, days: 7 }, quiet: Quiet { from: 21 * 60, until: 9 * 60 } }
    }
}

/// What is known of a person, a campaign and the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Whether the campaign runs.
    pub running: bool,
    /// What the person last said about this channel; nothing where they never did.
    pub consent: Option<bool>,
    /// Whether it is a quiet hour.
    pub quiet: bool,
    /// Messages of all campaigns within the days of the global cap.
    pub sent: u32,
    /// Messages of this campaign within the days of its own cap.
    pub sent_by_campaign: u32,
    /// Whether this occasion was noted before.
    pub noted: bool,
    /// Whether the person is upset.
    pub upset: bool,
    /// Whether a complaint is open.
    pub open_complaint: bool,
    /// Whether a person serves them, or is waited for.
    pub with_agent: bool,
    /// Whether what the message is about was bought or paid meanwhile.
    pub bought: bool,
    /// Whether there is an address, a number or a conversation to send it to.
    pub reachable: bool,
    /// Whether what it should show can be bought.
    pub on_sale: bool,
}

/// Why nothing may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The campaign does not run.
    NotRunning,
    /// They never agreed.
    NoConsent,
    /// They said no.
    OptedOut,
    /// It is a quiet hour.
    QuietHours,
    /// All campaigns together have sent enough.
    CapReached,
    /// This campaign has sent enough.
    CampaignCapReached,
    /// This occasion was noted before.
    AlreadyNoted,
    /// They are upset.
    Upset,
    /// A complaint is open.
    OpenComplaint,
    /// A person serves them, or is waited for.
    WithAgent,
    /// It was bought or paid meanwhile.
    AlreadyBought,
    /// Nothing to send it to.
    Unreachable,
    /// What it should show is sold out or gone.
    SoldOut,
}

impl Refusal {
    /// Every reason with its name in the database and in Chinese.
    pub const ALL: [(Self, &'static str, &'static str); 13] = [
        (Self::NotRunning, "not_running", "活动没有在进行"),
        (Self::NoConsent, "no_consent", "没有同意接收"),
        (Self::OptedOut, "opted_out", "已退订"),
        (Self::QuietHours, "quiet_hours", "现在是免打扰时段"),
        (Self::CapReached, "cap_reached", "已达到全店频次上限"),
        (Self::CampaignCapReached, "campaign_cap_reached", "已达到本活动频次上限"),
        (Self::AlreadyNoted, "already_noted", "这次已经处理过"),
        (Self::Upset, "upset", "情绪不好"),
        (Self::OpenComplaint, "open_complaint", "有未了结的投诉"),
        (Self::WithAgent, "with_agent", "人工正在接待或排队中"),
        (Self::AlreadyBought, "already_bought", "已经买了或付款了"),
        (Self::Unreachable, "unreachable", "没有可用的联系方式"),
        (Self::SoldOut, "sold_out", "商品已下架或缺货"),
    ];

    /// The name in the database and on the wire.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, name, _)| name)
    }

    /// The reason in Chinese.
    pub fn title(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(.., title)| title)
    }

    /// Whether the same message may be sent later: the hour passes, the mood too.
    pub fn passes(self) -> bool {
        matches!(self, Self::QuietHours | Self::Upset | Self::OpenComplaint | Self::WithAgent | Self::CapReached)
    }
}

/// Whether the message may be sent.
///
/// # Errors
/// Every reason why not.
pub fn may_send(moment: &Moment, limits: &Limits, cap: Cap) -> Result<(), Vec<Refusal>> {
    let reasons = [
        (!moment.running, Refusal::NotRunning),
        (moment.consent.is_none(), Refusal::NoConsent),
        (moment.consent == Some(false), Refusal::OptedOut),
        (moment.quiet, Refusal::QuietHours),
        (moment.sent >= limits.cap.times, Refusal::CapReached),
        (moment.sent_by_campaign >= cap.times, Refusal::CampaignCapReached),
        (moment.noted, Refusal::AlreadyNoted),
        (moment.upset, Refusal::Upset),
        (moment.open_complaint, Refusal::OpenComplaint),
        (moment.with_agent, Refusal::WithAgent),
        (moment.bought, Refusal::AlreadyBought),
        (!moment.reachable, Refusal::Unreachable),
        (!moment.on_sale, Refusal::SoldOut),
    ];
    let refusals: Vec<Refusal> = reasons.iter().filter(|(holds, _)| *holds).map(|(_, reason)| *reason).collect();
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::date::Date;
    use std::time::Duration;

    const GOOD: Moment = Moment {
        running: true,
        consent: Some(true),
        quiet: false,
        sent: 0,
        sent_by_campaign: 0,
        noted: false,
        upset: false,
        open_complaint: false,
        with_agent: false,
        bought: false,
        reachable: true,
        on_sale: true,
    };

    fn refusals(moment: Moment) -> Vec<Refusal> {
        may_send(&moment, &Limits::default(), Cap { times: 1, days: 30 }).err().unwrap_or_default()
    }

    #[test]
    fn each_reason_alone_is_enough_and_all_are_named() {
        assert_eq!(refusals(GOOD), []);
        for (moment, reason) in [
            (Moment { running: false, ..GOOD }, Refusal::NotRunning),
            (Moment { consent: None, ..GOOD }, Refusal::NoConsent),
            (Moment { consent: Some(false), ..GOOD }, Refusal::OptedOut),
            (Moment { quiet: true, ..GOOD }, Refusal::QuietHours),
            (Moment { sent: 3, ..GOOD }, Refusal::CapReached),
            (Moment { sent_by_campaign: 1, ..GOOD }, Refusal::CampaignCapReached),
            (Moment { noted: true, ..GOOD }, Refusal::AlreadyNoted),
            (Moment { upset: true, ..GOOD }, Refusal::Upset),
            (Moment { open_complaint: true, ..GOOD }, Refusal::OpenComplaint),
            (Moment { with_agent: true, ..GOOD }, Refusal::WithAgent),
            (Moment { bought: true, ..GOOD }, Refusal::AlreadyBought),
            (Moment { reachable: false, ..GOOD }, Refusal::Unreachable),
            (Moment { on_sale: false, ..GOOD }, Refusal::SoldOut),
        ] {
            assert_eq!(refusals(moment), [reason]);
            assert!(!reason.name().is_empty() && !reason.title().is_empty());
        }
        assert_eq!(refusals(Moment { upset: true, quiet: true, ..GOOD }), [Refusal::QuietHours, Refusal::Upset]);
        assert_eq!(refusals(Moment { sent: 2, ..GOOD }), []);
    }

    #[test]
    fn nights_are_quiet_in_china() {
        let quiet = Quiet { from: 21 * 60, until: 9 * 60 };
        let at = |hour: u64, minute: u64| Date(20_000).begin().plus(Duration::from_secs(hour * 3_600 + minute * 60));
        for (hour, minute, is_quiet) in [(0, 0, true), (8, 59, true), (9, 0, false), (20, 59, false), (21, 0, true)] {
            assert_eq!(quiet.holds(at(hour, minute)), is_quiet, "{hour}:{minute}");
        }
        assert!(!Quiet { from: 0, until: 0 }.holds(at(3, 0)));
        assert!(Quiet { from: 12 * 60, until: 14 * 60 }.holds(at(13, 0)));
        assert_eq!(minute_of_day(at(23, 59)), 1_439);
    }
}

//! The admin's rules: which of them hold for a shopper, and what they say of a case.

use crate::desk::customer::Value;
use crate::model::desk::HandoverRule;
use std::time::Duration;
use uuid::Uuid;

/// Whether what a rule asks of the shopper holds, intents aside.
pub fn fits(rule: &HandoverRule, value: &Value) -> bool {
    let rich = rule.min_order_value.is_none_or(|least| value.largest >= least);
    let segment = rule.segments.is_empty() || rule.segments.iter().any(|one| value.segments.contains(one));
    rule.enabled && rich && segment
}

/// Whether a rule has anything to ask of the shopper.
pub fn asks_for_value(rule: &HandoverRule) -> bool {
    rule.min_order_value.is_some() || !rule.segments.is_empty()
}

/// Skill group and head start of a case: those of the first rule that holds and names them.
pub fn route(rules: &[HandoverRule], value: &Value, intent: Option<&str>) -> (Option<Uuid>, Duration) {
    let meant = |rule: &&HandoverRule| {
        rule.intents.is_empty() || intent.is_some_and(|intent| rule.intents.iter().any(|one| one == intent))
    };
    let holding: Vec<&HandoverRule> = rules.iter().filter(|rule| fits(rule, value)).filter(meant).collect();
    let group = holding.iter().find_map(|rule| rule.group);
    let head_start = holding.iter().map(|rule| rule.head_start_s).find(|seconds| *seconds > 0).unwrap_or_default();
    (group, Duration::from_secs(u64::from(head_start)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalogue::Money;
    use crate::model::desk::Segment;

    #[test]
    fn all_conditions_must_hold_and_the_first_rule_wins() {
        let group = Uuid::from_u128(1);
        let vip = HandoverRule {
            enabled: true,
            min_order_value: Some(Money(50_000)),
            segments: vec![Segment::Loyal],
            group: Some(group),
            head_start_s: 300,
            ..HandoverRule::default()
        };
        let refunds = HandoverRule {
            enabled: true,
            intents: vec!["refund".into()],
            group: Some(Uuid::from_u128(2)),
            ..HandoverRule::default()
        };
        let rules = [vip, refunds];
        let rich = Value { largest: Money(60_000), segments: vec![Segment::Loyal], ..Value::default() };
        assert_eq!(route(&rules, &rich, Some("refund")), (Some(group), Duration::from_secs(300)));
        let poor = Value { largest: Money(40_000), ..rich.clone() };
        assert_eq!(route(&rules, &poor, Some("refund")), (Some(Uuid::from_u128(2)), Duration::ZERO));
        assert_eq!(route(&rules, &poor, None), (None, Duration::ZERO));
        let off = HandoverRule { enabled: false, ..rules[0].clone() };
        assert!(!fits(&off, &rich) && asks_for_value(&off) && !asks_for_value(&rules[1]));
    }
}

//! The one place that decides whether a shopper may be shown a product or a campaign now.
//!
//! An upset shopper is never sold to, not even on request of a campaign; a shopper who asked for products is never
//! told to wait; everything unasked keeps a distance.

use crate::model::knowledge::SuggestionLimits;
use serde::{Deserialize, Serialize};

/// What is known about the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Whether the shopper is upset in this message or has been over the last ones.
    pub upset: bool,
    /// Whether a complaint or a wait for a person is open.
    pub open_complaint: bool,
    /// Whether the shopper asked for products in this message.
    pub asked: bool,
    /// Turns since products were last shown unasked or asked; none where they never were.
    pub turns_since_last: Option<u32>,
}

/// Why nothing may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The shopper is upset.
    Upset,
    /// A complaint is open.
    OpenComplaint,
    /// Something was shown only a few turns ago.
    TooSoon,
}

/// Whether products may be shown in the reply.
///
/// # Errors
/// The reason why not.
pub fn may_suggest(moment: &Moment, limits: &SuggestionLimits) -> Result<(), Refusal> {
    if moment.upset {
        return Err(Refusal::Upset);
    }
    if moment.open_complaint {
        return Err(Refusal::OpenComplaint);
    }
    let too_soon = moment.turns_since_last.is_some_and(|turns| turns < limits.cooldown_turns);
    if too_soon && !moment.asked { Err(Refusal::TooSoon) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SuggestionLimits = SuggestionLimits { max_cards: 3, cooldown_turns: 2, category_cap: 2 };
    const CALM: Moment = Moment { upset: false, open_complaint: false, asked: false, turns_since_last: None };

    #[test]
    fn an_upset_shopper_is_never_sold_to_even_when_asking() {
        assert_eq!(may_suggest(&Moment { upset: true, asked: true, ..CALM }, &LIMITS), Err(Refusal::Upset));
        assert_eq!(
            may_suggest(&Moment { open_complaint: true, asked: true, ..CALM }, &LIMITS),
            Err(Refusal::OpenComplaint)
        );
    }

    #[test]
    fn unasked_suggestions_keep_their_distance() {
        assert_eq!(may_suggest(&CALM, &LIMITS), Ok(()));
        assert_eq!(may_suggest(&Moment { turns_since_last: Some(1), ..CALM }, &LIMITS), Err(Refusal::TooSoon));
        assert_eq!(may_suggest(&Moment { turns_since_last: Some(1), asked: true, ..CALM }, &LIMITS), Ok(()));
        assert_eq!(may_suggest(&Moment { turns_since_last: Some(2), ..CALM }, &LIMITS), Ok(()));
    }
}

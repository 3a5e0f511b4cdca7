//! What one connection has been sent, so that everything comes once, in order, and without a gap.

use crate::live::parcel::Parcel;
use crate::service::chat::{Chat, Refused, Visitor};
use std::sync::Arc;

/// The newest sequence that a connection has been sent.
pub(super) struct Delivery {
    newest: i64,
}

/// What to do with a parcel.
#[derive(Debug, PartialEq, Eq)]
enum Due {
    /// It is the next message, or has none in it.
    Now,
    /// It was among what the client had missed.
    Sent,
    /// It, or something before it, did not come this way: the database has it.
    AfterGap,
}

impl Delivery {
    /// A connection whose welcome went up to this sequence.
    pub(super) fn after(newest: i64) -> Self {
        Self { newest }
    }

    /// What has to be written for a parcel from the hub: itself, nothing, or all that a gap has swallowed.
    ///
    /// # Errors
    /// [`Refused::Failed`] where the database fails; the connection should then close and resume.
    pub(super) async fn take(
        &mut self,
        chat: &Chat,
        visitor: Visitor,
        parcel: Arc<Parcel>,
    ) -> Result<Parcels, Refused> {
        match self.due(&parcel) {
            Due::Now => {
                self.newest = parcel.sequence().unwrap_or(self.newest);
                Ok(Parcels::One(parcel))
            }
            Due::Sent => Ok(Parcels::None),
            Due::AfterGap => {
                let missed = chat.missed(visitor, self.newest).await?;
                self.newest = missed.last().and_then(|parcel| parcel.sequence()).unwrap_or(self.newest);
                Ok(Parcels::Many(missed))
            }
        }
    }

    fn due(&self, parcel: &Parcel) -> Due {
        match parcel {
            Parcel::MayBeLost { .. } => Due::Now,
            Parcel::Message { sequence, .. } | Parcel::Reached { sequence } if *sequence <= self.newest => Due::Sent,
            Parcel::Message { sequence, .. } if *sequence == self.newest + 1 => Due::Now,
            Parcel::Message { .. } | Parcel::Reached { .. } => Due::AfterGap,
        }
    }
}

/// Parcels to write.
pub(super) enum Parcels {
    None,
    One(Arc<Parcel>),
    Many(Vec<Arc<Parcel>>),
}

impl Parcels {
    /// In order.
    pub(super) fn as_slice(&self) -> &[Arc<Parcel>] {
        match self {
            Self::None => &[],
            Self::One(parcel) => std::slice::from_ref(parcel),
            Self::Many(parcels) => parcels,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_sent_again_and_a_gap_is_noticed() {
        let delivery = Delivery::after(4);
        let due = |sequence| delivery.due(&Parcel::Message { sequence, frame: "{}".into() });
        assert_eq!(due(3), Due::Sent);
        assert_eq!(due(4), Due::Sent);
        assert_eq!(due(5), Due::Now);
        assert_eq!(due(6), Due::AfterGap);
        assert_eq!(delivery.due(&Parcel::carried("{}".into())), Due::Now);
    }

    #[test]
    fn word_from_another_node_is_read_from_the_database_once() {
        let delivery = Delivery::after(4);
        assert_eq!(delivery.due(&Parcel::reached(4)), Due::Sent);
        assert_eq!(delivery.due(&Parcel::reached(5)), Due::AfterGap);
    }
}

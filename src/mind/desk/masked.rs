//! What the desk sees of numbers that are somebody's: telephone, identity card, bank card.
//!
//! # Invariant
//! No message reaches anybody at the desk but through [`masked`], whatever their role. The number itself comes one
//! message at a time, to whoever needs it for their work, and leaves a row in the record.

use crate::model::chat::Message;
use crate::text::mask::mask;
use std::borrow::Cow;

/// The message with the personal numbers in it masked, and marked where there are any.
#[must_use]
pub fn masked(mut message: Message) -> Message {
    let body = &mut message.body;
    for text in std::iter::once(&mut body.text).chain(&mut body.questions) {
        if let Cow::Owned(shown) = mask(text) {
            *text = shown;
            body.masked = true;
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::chat::{Author, Body};
    use crate::model::id::MessageId;
    use uuid::Uuid;

    fn shown(text: &str) -> Body {
        let (id, body) = (MessageId(Uuid::nil()), Body::text(text));
        masked(Message { id, sequence: 1, client_id: None, author: Author::Shopper, at: Timestamp(0), body }).body
    }

    #[test]
    fn line_43_the_desk_sees_no_personal_number_and_every_order_number() {
        let body = shown("我的电话13912345678");
        assert!(body.text == "我的电话139****5678" && body.masked);
        let body = shown("订单SG202611230042到哪了");
        assert!(body.text == "订单SG202611230042到哪了" && !body.masked);
    }
}

//! The statements of one batch: many rows each, the same on SQLite and PostgreSQL.

use crate::marketing::campaign::Channel;
use crate::model::chat::{Author, Status};
use crate::model::id::ConversationId;
use crate::store::conversation::{author_name, status_name};
use crate::store::db::writing;
use crate::store::journal::case::{CaseStep, apply_case};
use crate::store::journal::{
    Append, Appended, Batch, NewMessage, NewSuggestion, NewTrace, NewUnknownQuestion, NewWish, ReadMark, Step, Wish,
};
use crate::store::marketing::consent::{Given, keep_word};
use crate::store::marketing::delivery::{CREDIT, CREDITED_MS};
use crate::store::personal::{AGREE, ASK, TAKE_BACK, TIME_TO_TAKE_BACK};
use crate::store::portions::{insert_rows, portions};
use crate::store::recommendation::{OPT_IN, OPT_OUT};
use crate::store::shop_request::{self, ShopRequest};
use crate::store::{Db, StoreError};
use serde_json::value::RawValue;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Places of steps such that no two of one list are of the same conversation: the second one of a conversation has to
/// see what the first one did.
fn rounds(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut of_conversation: HashMap<ConversationId, usize> = HashMap::new();
    for (place, step) in steps.iter().enumerate() {
        let round = of_conversation.entry(step.append.conversation).or_default();
        if rounds.len() == *round {
            rounds.push(Vec::new());
        }
        rounds[*round].push(place);
        *round += 1;
    }
    rounds
}

/// Where products are shown that a reply suggests.
const CHAT_SLOT: &str = "chat";

/// Moves the conversations of a round on; returns those that were where the steps had found them.
macro_rules! advance {
    ($tx:ident, $steps:expr, $round:expr) => {{
        let mut advanced: HashSet<Uuid> = HashSet::with_capacity($round.len());
        for portion in portions($round) {
            let mut update = QueryBuilder::new(
                "UPDATE conversation SET last_sequence = v.column2, status = v.column3, state = v.column4, \
                 updated_at = v.column5 FROM (",
            );
            update.push_values(portion, |mut row, place| {
                let append = &$steps[*place].append;
                row.push_bind(append.conversation.0)
                    .push_bind(append.last_sequence())
                    .push_bind(status_name(append.status))
                    .push_bind(Json(&append.state))
                    .push_bind(append.at.0)
                    .push_bind(append.expected_sequence)
                    .push_bind(append.messages.first().and_then(|message| message.client_id.as_deref()))
                    .push_bind(status_name(append.expected_status));
            });
            update.push(
                ") AS v WHERE conversation.id = v.column1 AND conversation.last_sequence = v.column6 \
                 AND conversation.status = v.column8 AND NOT EXISTS (SELECT 1 FROM message AS known \
                 WHERE known.conversation_id = v.column1 AND known.client_id = v.column7) RETURNING conversation.id",
            );
            advanced.extend(update.build_query_scalar::<Uuid>().fetch_all(&mut *$tx).await?);
        }
        advanced
    }};
}

/// Writes what belongs to steps whose conversations have moved on.
macro_rules! insert_steps {
    ($tx:ident, $steps:expr) => {{
        let numbered: Vec<(&Append, i64, &NewMessage, &RawValue)> = $steps
            .iter()
            .flat_map(|step| {
                (step.append.expected_sequence + 1..)
                    .zip(step.append.messages.iter().zip(&step.bodies))
                    .map(|(sequence, (message, body))| (&step.append, sequence, message, &**body))
            })
            .collect();
        let head = "INSERT INTO message (conversation_id, sequence, id, client_id, author, body, created_at) ";
        insert_rows!($tx, head, &numbered, "", (row, one) => row
            .push_bind(one.0.conversation.0)
            .push_bind(one.1)
            .push_bind(one.2.id.0)
            .push_bind(one.2.client_id.as_deref())
            .push_bind(author_name(one.2.author))
            .push_bind(Json(one.3))
            .push_bind(one.0.at.0));

        let traces: Vec<(&Append, &NewMessage, &NewTrace)> = $steps
            .iter()
            .filter_map(|step| Some((&step.append, step.append.messages.last()?, step.append.trace.as_ref()?)))
            .collect();
        let head = "INSERT INTO turn_trace (message_id, knowledge_version, trace, created_at) ";
        insert_rows!($tx, head, &traces, "", (row, one) => row
            .push_bind(one.1.id.0)
            .push_bind(one.2.knowledge_version)
            .push_bind(Json(&one.2.trace))
            .push_bind(one.0.at.0));

        let unknown: Vec<(&Append, &NewUnknownQuestion)> =
            $steps.iter().filter_map(|step| Some((&step.append, step.append.unknown.as_ref()?))).collect();
        let head = "INSERT INTO unknown_question (id, conversation_id, sequence, question, nearest, created_at) ";
        insert_rows!($tx, head, &unknown, "", (row, one) => row
            .push_bind(one.1.id.0)
            .push_bind(one.0.conversation.0)
            .push_bind(one.0.last_sequence())
            .push_bind(&one.1.question)
            .push_bind(Json(&one.1.nearest))
            .push_bind(one.0.at.0));

        let suggestions: Vec<(&Append, i64, &NewSuggestion)> = $steps
            .iter()
            .flat_map(|step| (1..).zip(&step.append.suggestions).map(|(place, one)| (&step.append, place, one)))
            .collect();
        let head = "INSERT INTO impression (id, shopper_id, slot, position, sku, algorithm, arm, reason, shown_at, \
            conversation_id, sequence) ";
        insert_rows!($tx, head, &suggestions, "", (row, one) => row
            .push_bind(Uuid::now_v7())
            .push_bind(one.2.shopper.0)
            .push_bind(CHAT_SLOT)
            .push_bind(one.1)
            .push_bind(&one.2.sku)
            .push_bind(&one.2.source)
            .push_bind(&one.2.arm)
            .push_bind(&one.2.reason)
            .push_bind(one.0.at.0)
            .push_bind(one.0.conversation.0)
            .push_bind(one.0.last_sequence()));

        for (at, NewWish { shopper, wish }) in
            $steps.iter().filter_map(|step| Some((step.append.at, step.append.wish?)))
        {
            if let Wish::Notice { agreed } = wish {
                sqlx::query(AGREE).bind(shopper.0).bind(agreed).bind(at.0).execute(&mut *$tx).await?;
            }
            if let Some(wanted) = wish.recommending() {
                let word = sqlx::query(if wanted { OPT_IN } else { OPT_OUT }).bind(shopper.0).bind(at.0);
                word.execute(&mut *$tx).await?;
            }
            match wish {
                Wish::Marketing { wanted } => keep_wish!($tx, shopper, wanted, at),
                Wish::Notice { agreed: false } => keep_wish!($tx, shopper, false, at),
                Wish::Erasure { wanted: true } => {
                    let due = at.plus(TIME_TO_TAKE_BACK);
                    sqlx::query(ASK).bind(shopper.0).bind(at.0).bind(due.0).execute(&mut *$tx).await?;
                }
                Wish::Erasure { wanted: false } => {
                    sqlx::query(TAKE_BACK).bind(shopper.0).execute(&mut *$tx).await?;
                }
                Wish::Recommendations { .. } | Wish::Notice { agreed: true } => {}
            }
        }
    }};
}

/// Keeps a wish about messages of campaigns, and credits a no to the message that led to it.
macro_rules! keep_wish {
    ($tx:ident, $shopper:expr, $wanted:expr, $at:expr) => {{
        let (shopper, wanted, at) = ($shopper, $wanted, $at);
        // A no is about every channel; a yes in the chat about messages in the chat alone.
        let channel = wanted.then_some(Channel::Widget);
        keep_word!($tx, shopper, channel, wanted, Given::Chat, at);
        if !wanted {
            sqlx::query(CREDIT).bind(at.0).bind(shopper.0).bind(at.0 - CREDITED_MS).execute(&mut *$tx).await?;
        }
    }};
}

/// Begins and ends requests to the shop's system.
macro_rules! apply_requests {
    ($tx:ident, $append:expr) => {{
        let conversation = $append.conversation.0;
        if let Some(number) = $append.ends_request {
            sqlx::query(shop_request::END).bind(conversation).bind(i64::from(number)).execute(&mut *$tx).await?;
        }
        if let Some(new) = &$append.request {
            let ShopRequest { shopper, sequence, request, .. } = &new.request;
            sqlx::query(shop_request::BEGIN)
                .bind(conversation)
                .bind(i64::from(request.number))
                .bind(shopper.0)
                .bind(sequence)
                .bind(Json(request))
                .bind($append.at.0)
                .bind(new.claimed_until.0)
                .execute(&mut *$tx)
                .await?;
        }
    }};
}

/// Makes shoppers, each with an empty conversation.
macro_rules! insert_shoppers {
    ($tx:ident, $shoppers:expr) => {{
        let head = "INSERT INTO shopper (id, token_hash, created_at) ";
        insert_rows!($tx, head, $shoppers, "", (row, one) => row
            .push_bind(one.shopper.0)
            .push_bind(&one.token_hash)
            .push_bind(one.at.0));
        let head =
            "INSERT INTO conversation (id, shopper_id, status, last_sequence, state, created_at, updated_at) ";
        insert_rows!($tx, head, $shoppers, "", (row, one) => row
            .push_bind(one.conversation.0)
            .push_bind(one.shopper.0)
            .push_bind(status_name(Status::Bot))
            .push_bind(0_i64)
            .push_bind(Json(serde_json::Map::new()))
            .push_bind(one.at.0)
            .push_bind(one.at.0));
    }};
}

/// Keeps how far somebody has read; never back.
macro_rules! insert_reads {
    ($tx:ident, $reads:expr) => {{
        let tail = " ON CONFLICT (conversation_id, reader) DO UPDATE SET sequence = excluded.sequence, \
            read_at = excluded.read_at WHERE read_position.sequence < excluded.sequence";
        let head = "INSERT INTO read_position (conversation_id, reader, sequence, read_at) ";
        insert_rows!($tx, head, $reads, tail, (row, one) => row
            .push_bind(one.conversation.0)
            .push_bind(author_name(one.reader))
            .push_bind(one.sequence)
            .push_bind(one.at.0));
    }};
}

/// Writes a batch in one transaction: all of it, or nothing.
pub(super) async fn write_together(db: &Db, batch: &Batch) -> Result<Vec<Appended>, StoreError> {
    let rounds = rounds(&batch.steps);
    let committed = writing!(db, tx => {
        insert_shoppers!(tx, &batch.shoppers);
        let mut committed = vec![false; batch.steps.len()];
        for round in &rounds {
            let advanced = advance!(tx, &batch.steps, round);
            let won: Vec<&Step> = (round.iter())
                .filter(|place| advanced.contains(&batch.steps[**place].append.conversation.0))
                .inspect(|place| committed[**place] = true)
                .map(|place| &batch.steps[*place])
                .collect();
            insert_steps!(tx, &won);
            for step in &won {
                if let Some(case) = &step.append.case {
                    apply_case!(tx, step.append, case);
                }
                apply_requests!(tx, step.append);
            }
        }
        insert_reads!(tx, &newest_reads(&batch.reads));
        committed
    });
    let outcome = |committed| if committed { Appended::Committed } else { Appended::Conflict };
    Ok(committed.into_iter().map(outcome).collect())
}

/// The furthest mark of each reader: one statement must not touch a row twice.
fn newest_reads(reads: &[ReadMark]) -> Vec<ReadMark> {
    let mut newest: HashMap<(ConversationId, Author), ReadMark> = HashMap::new();
    for mark in reads {
        let kept = newest.entry((mark.conversation, mark.reader)).or_insert(*mark);
        if mark.sequence > kept.sequence {
            *kept = *mark;
        }
    }
    newest.into_values().collect()
}

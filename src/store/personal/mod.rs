//! Everything that is kept of one person: handed out, and deleted.
//!
//! Both go by one list of all tables ([`POLICIES`]), so that neither can forget one. A deletion is one transaction
//! with its row of the record, which names nobody.

mod request;
mod tables;

pub(super) use request::{AGREE, ASK, TAKE_BACK};
pub use request::{TIME_TO_TAKE_BACK, agreed, due};
pub use tables::{Fate, Handed, Link, POLICIES, Policy};

use crate::clock::Timestamp;
use crate::model::id::{ConversationId, ShopperId};
use crate::store::audit::{Deed, record};
use crate::store::db::{reading, snapshot, writing};
use crate::store::inbox;
use crate::store::marketing::Recipient;
use crate::store::schema::{read_row, tables as schema_tables};
use crate::store::{Db, StoreError};
use sqlx::{QueryBuilder, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Under which names a person is known in the tables.
#[derive(Debug, Clone, Default)]
pub struct Names {
    shoppers: Vec<Uuid>,
    /// Their conversations.
    pub conversations: Vec<ConversationId>,
    keys: Vec<String>,
    customer: Option<String>,
    /// Whatever rows of the record may be about.
    subjects: Vec<String>,
}

impl Names {
    /// Looks a person up.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn of(db: &Db, person: &Recipient) -> Result<Self, StoreError> {
        let shoppers: Vec<Uuid> = person.shoppers.iter().map(|shopper| shopper.0).collect();
        let mut keys: Vec<String> = person.shoppers.iter().map(|shopper| format!("v:{shopper}")).collect();
        keys.extend(person.customer.as_ref().map(|customer| format!("c:{customer}")));
        let mut names = Self { shoppers, keys, customer: person.customer.clone(), ..Self::default() };
        let conversations = ids(db, "SELECT id FROM conversation WHERE shopper_id", &names.shoppers).await?;
        let mut subjects: Vec<String> = conversations.iter().map(Uuid::to_string).collect();
        for table in ["desk_case", "desk_lesson", "correction", "message"] {
            let sql = format!("SELECT id FROM {table} WHERE conversation_id");
            subjects.extend(ids(db, &sql, &conversations).await?.iter().map(Uuid::to_string));
        }
        subjects.extend(names.keys.iter().cloned());
        names.conversations = conversations.into_iter().map(ConversationId).collect();
        names.subjects = subjects;
        Ok(names)
    }
}

/// Ids of rows whose column is one of these.
async fn ids(db: &Db, head: &str, of: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let mut found = Vec::new();
    for some in of.chunks(500) {
        let rows: Vec<Uuid> = reading!(db, pool => {
            let mut query = QueryBuilder::new(format!("{head} IN ("));
            let mut list = query.separated(", ");
            for id in some {
                list.push_bind(*id);
            }
            query.push(")");
            query.build_query_scalar().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// Adds a list of values between two texts; an empty one holds nothing on both databases.
macro_rules! within {
    ($query:ident, $head:expr, $values:expr, $tail:expr) => {{
        $query.push($head);
        let mut list = $query.separated(", ");
        let mut any = false;
        for value in $values {
            list.push_bind(value);
            any = true;
        }
        if !any {
            list.push("NULL");
        }
        $query.push($tail);
    }};
}

/// Adds the condition that a row is the person's: ` WHERE …`. Where the person has no such name, no row fits.
macro_rules! of_person {
    ($query:ident, $link:expr, $names:expr) => {{
        let conversations = || $names.conversations.iter().map(|one| one.0);
        match $link {
            Link::Shopper(column) => {
                within!($query, format!(" WHERE {column} IN ("), $names.shoppers.iter().copied(), ")")
            }
            Link::Conversation(column) => within!($query, format!(" WHERE {column} IN ("), conversations(), ")"),
            Link::Message(column) => within!(
                $query,
                format!(" WHERE {column} IN (SELECT id FROM message WHERE conversation_id IN ("),
                conversations(),
                "))"
            ),
            Link::Case(column) => within!(
                $query,
                format!(" WHERE {column} IN (SELECT id FROM desk_case WHERE conversation_id IN ("),
                conversations(),
                "))"
            ),
            Link::Key(column) => within!($query, format!(" WHERE {column} IN ("), $names.keys.iter().cloned(), ")"),
            Link::Customer(column) => {
                within!($query, format!(" WHERE {column} IN ("), $names.customer.iter().cloned(), ")");
            }
            Link::Request(column) => within!(
                $query,
                format!(" WHERE SUBSTR({column}, 1, 36) IN ("),
                conversations().map(|id| id.to_string()),
                ")"
            ),
            Link::Subject(column) => {
                within!($query, format!(" WHERE {column} IN ("), $names.subjects.iter().cloned(), ")");
            }
            Link::Nobody => {
                $query.push(" WHERE 1 = 0");
            }
        }
    }};
}

/// Everything of a person, table by table: the title of the table with its rows.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn export(db: &Db, names: &Names) -> Result<BTreeMap<&'static str, Exported>, StoreError> {
    let schema = schema_tables().await?;
    let mut all = BTreeMap::new();
    snapshot!(db, tx => for policy in POLICIES {
        let Some(mut table) = schema.iter().find(|table| table.name == policy.table).cloned() else { continue };
        match policy.handed {
            Handed::Nothing(_) => continue,
            Handed::Only(columns) => table.columns.retain(|(name, _)| columns.split(", ").any(|one| one == name)),
            Handed::All => {}
        }
        let mut query = QueryBuilder::new(format!("SELECT {} FROM {}", table.column_names(), table.name));
        of_person!(query, policy.link, names);
        let mut rows = Vec::new();
        for row in query.build().fetch_all(&mut *tx).await? {
            let values = read_row!(row, table);
            let fields = table.columns.iter().zip(&values).map(|((name, _), value)| (name.clone(), value.to_json()));
            rows.push(serde_json::Value::Object(fields.collect()));
        }
        all.insert(policy.table, Exported { title: policy.title, rows });
    });
    Ok(all)
}

/// The rows of a person in one table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Exported {
    /// What the table holds, in Chinese.
    pub title: &'static str,
    /// Each as an object.
    pub rows: Vec<serde_json::Value>,
}

/// How many rows of a table went, or stayed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Rows that are gone or no longer name the person, by table; tables without any are left out.
    pub gone: BTreeMap<&'static str, u64>,
    /// Rows that stay, by table, each for the reason that the list gives.
    pub kept: BTreeMap<&'static str, u64>,
}

/// Deletes everything about a person, with who did it, in one transaction. The deed gets the counts.
///
/// # Errors
/// [`StoreError`] where the database fails; then nothing was deleted.
pub async fn erase(db: &Db, names: &Names, deed: &Deed<'_>) -> Result<Erased, StoreError> {
    let clusters =
        ids(db, "SELECT DISTINCT cluster_id FROM inbox_signal WHERE conversation_id", &conversation_ids(names)).await?;
    Ok(writing!(db, tx => {
        let mut erased = Erased::default();
        for policy in POLICIES.iter().filter(|policy| policy.link != Link::Nobody) {
            let table = policy.table;
            if let Fate::Deleted | Fate::OnlyNoStays = policy.fate {
                let mut query = QueryBuilder::new(format!("DELETE FROM {table}"));
                of_person!(query, policy.link, names);
                if policy.fate == Fate::OnlyNoStays {
                    query.push(" AND (granted OR person LIKE 'v:%')");
                }
                let rows = query.build().execute(&mut *tx).await?.rows_affected();
                count(&mut erased.gone, table, rows);
            }
            if let Fate::Unnamed(set) = policy.fate {
                // Each key its own nobody, so that persons are still counted apart.
                for (place, names) in apart(policy.link, names).iter().enumerate() {
                    let nobody = Uuid::now_v7();
                    let mut query = QueryBuilder::new(format!("UPDATE {table} SET "));
                    for (number, part) in set.split('$').enumerate() {
                        match (number, part.strip_prefix("nobody"), part.strip_prefix("id")) {
                            (0, ..) => query.push(part),
                            (_, Some(rest), _) => query.push_bind(format!("erased:{nobody}-{place}")).push(rest),
                            (_, None, Some(rest)) => query.push_bind(nobody).push(rest),
                            _ => query.push(part),
                        };
                    }
                    of_person!(query, policy.link, names);
                    let rows = query.build().execute(&mut *tx).await?.rows_affected();
                    count(&mut erased.gone, table, rows);
                }
            }
            if let Fate::Kept(_) | Fate::OnlyNoStays = policy.fate {
                let mut query = QueryBuilder::new(format!("SELECT COUNT(*) FROM {table}"));
                of_person!(query, policy.link, names);
                let left: i64 = query.build_query_scalar().fetch_one(&mut *tx).await?;
                count(&mut erased.kept, table, u64::try_from(left).unwrap_or_default());
            }
        }
        for cluster in &clusters {
            inbox::recount!(tx, *cluster);
        }
        let deed = deed.clone().from_to(None, Some(serde_json::json!(&erased)));
        record!(tx, deed);
        erased
    }))
}

fn conversation_ids(names: &Names) -> Vec<Uuid> {
    names.conversations.iter().map(|one| one.0).collect()
}

fn count(rows: &mut BTreeMap<&'static str, u64>, table: &'static str, more: u64) {
    if more > 0 {
        *rows.entry(table).or_default() += more;
    }
}

/// The names of a person one by one, where rows are told apart by them.
fn apart(link: Link, names: &Names) -> Vec<Names> {
    match link {
        Link::Key(_) => names.keys.iter().map(|key| Names { keys: vec![key.clone()], ..Names::default() }).collect(),
        _ => vec![names.clone()],
    }
}

/// A person by a key of theirs, as far as they are known here.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_key(db: &Db, key: &str) -> Result<Option<Recipient>, StoreError> {
    use crate::store::marketing::traces;
    if let Some(customer) = key.strip_prefix("c:") {
        const ORDERS: &str = "SELECT COUNT(*) FROM customer_order WHERE customer = $1";
        let person = traces::by_customer(db, customer).await?;
        let orders: i64 = reading!(db, pool => sqlx::query_scalar(ORDERS).bind(customer).fetch_one(pool).await?);
        return Ok((!person.shoppers.is_empty() || orders > 0).then_some(person));
    }
    let Some(id) = key.strip_prefix("v:").and_then(|id| id.parse::<Uuid>().ok()) else { return Ok(None) };
    const ANY: &str = "SELECT (SELECT COUNT(*) FROM shopper WHERE id = $1) + \
        (SELECT COUNT(*) FROM event WHERE shopper_id = $1)";
    let rows: i64 = reading!(db, pool => sqlx::query_scalar(ANY).bind(id).fetch_one(pool).await?);
    if rows == 0 {
        return Ok(None);
    }
    Ok(Some(traces::person_of(db, ShopperId(id)).await?))
}

/// A person as far as somebody may speak for them who holds the token of a browser: the customer with all browsers
/// while the shop vouches for them, else this browser alone.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn by_holder(db: &Db, shopper: ShopperId, at: Timestamp) -> Result<Recipient, StoreError> {
    const VOUCHED: &str = "SELECT COUNT(*) FROM shopper_identity WHERE shopper_id = $1 AND expires_at > $2";
    let vouched: i64 = reading!(db, pool => {
        sqlx::query_scalar(VOUCHED).bind(shopper.0).bind(at.0).fetch_one(pool).await?
    });
    if vouched > 0 {
        return crate::store::marketing::traces::person_of(db, shopper).await;
    }
    Ok(Recipient { customer: None, shoppers: vec![shopper] })
}

/// How often everything about somebody was deleted: whoever sees it grow has something to forget.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn erasures(db: &Db) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM audit WHERE action = $1";
    Ok(reading!(db, pool => sqlx::query_scalar(SQL).bind(ERASED).fetch_one(pool).await?))
}

/// Action of the record of a deletion.
pub const ERASED: &str = "person_erased";

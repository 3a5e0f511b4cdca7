//! Who may call what: the one place that decides. Each route stands in [`TABLE`] with the people and the keys that may
//! call it; `guard::decide` stands before all handlers and refuses what has no row.
//!
//! # Invariants
//! - Denied by default: a route without a row is refused, also where its handler would let everybody in.
//! - Whoever asks is looked up once, before the handler; handlers read it from the request.
//! - `docs/routes.md` is this table, and a test compares the two.

pub(super) mod guard;
pub mod pace;
mod table;

use crate::model::access::Scope;
use crate::model::customer::Role;
use std::fmt::Write as _;
pub use table::TABLE;

/// The people that a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Whoever asks.
    Everybody,
    /// A shopper, by the visitor's token in the body, the first frame or the header; only what is theirs. Who opens a
    /// conversation without a token becomes a new visitor.
    Visitor,
    /// Whoever holds a link of a message: its token cannot be guessed.
    Link,
    /// The shop's system, by the signature of what it sends.
    ShopSystem,
    /// Whoever is signed in to the console.
    Agent,
    /// Supervisors and admins.
    Supervisor,
    /// Admins.
    Admin,
}

/// Who may call one route with one method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// In capitals; `GET` also stands for `HEAD`.
    pub method: &'static str,
    /// The path as the router has it.
    pub route: &'static str,
    /// The people.
    pub people: People,
    /// What a key needs, any one of them; empty where no key may.
    pub keys: &'static [Scope],
}

impl People {
    /// Whether somebody of this role is among them; none where the route does not ask for roles.
    pub fn has(self, role: Role) -> Option<bool> {
        match self {
            Self::Everybody | Self::Visitor | Self::Link | Self::ShopSystem => None,
            Self::Agent => Some(true),
            Self::Supervisor => Some(role != Role::Agent),
            Self::Admin => Some(role == Role::Admin),
        }
    }

    /// Nobody, shopper, agent, supervisor, admin: as the table in the docs has them.
    fn cells(self) -> [&'static str; 5] {
        match self {
            Self::Everybody => ["yes"; 5],
            Self::Visitor => ["–", "own", "–", "–", "–"],
            Self::Link => ["with the link", "with the link", "–", "–", "–"],
            Self::ShopSystem => ["signed", "–", "–", "–", "–"],
            Self::Agent => ["–", "–", "yes", "yes", "yes"],
            Self::Supervisor => ["–", "–", "–", "yes", "yes"],
            Self::Admin => ["–", "–", "–", "–", "yes"],
        }
    }
}

/// The row of a route; none where nobody may call it.
pub fn find(method: &str, route: &str) -> Option<&'static Rule> {
    let method = if method == "HEAD" { "GET" } else { method };
    TABLE.iter().find(|rule| rule.method == method && rule.route == route)
}

/// The methods of a route.
pub fn methods(route: &str) -> Vec<&'static str> {
    TABLE.iter().filter(|rule| rule.route == route).map(|rule| rule.method).collect()
}

/// The table as a chapter of the docs.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Who may call what\n\nMade from `src/api/access/table.rs` by `UPDATE_TYPES=1 cargo test --test suite \
         types`. What is not listed here is refused.\n\n- **own**: by the visitor's token, and only what is theirs\n- \
         **signed**: the shop's system, by its signature\n- **key**: the scopes of a key, any one of them; `–` where \
         no key may\n\n| route | nobody | shopper | agent | supervisor | admin | key |\n|---|---|---|---|---|---|---|\n",
    );
    for Rule { method, route, people, keys } in TABLE {
        let scopes: Vec<&str> = keys.iter().map(|scope| scope.name()).collect();
        let scopes = if scopes.is_empty() { "–".to_owned() } else { scopes.join(", ") };
        let _ = writeln!(page, "| `{method} {route}` | {} | {scopes} |", people.cells().join(" | "));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_not_named_is_for_nobody() {
        assert_eq!(find("GET", "/api/admin/audit").map(|rule| rule.keys), Some([Scope::AuditRead].as_slice()));
        assert!(find("GET", "/api/admin/auditors").is_none() && find("DELETE", "/api/admin/audit").is_none());
        for route in ["/api/admin/staff", "/api/admin/api-keys", "/api/admin/settings/widget", "/api/desk/cases"] {
            assert!(find("HEAD", route).is_some_and(|rule| rule.keys.is_empty()), "{route}");
        }
    }

    #[test]
    fn each_route_has_one_row_and_the_staffs_rooms_are_closed() {
        let rows: BTreeSet<(&str, &str)> = TABLE.iter().map(|rule| (rule.route, rule.method)).collect();
        assert_eq!(rows.len(), TABLE.len());
        for rule in TABLE.iter().filter(|rule| rule.route != "/api/staff/sign-in") {
            let is_room = ["/api/admin/", "/api/desk/", "/api/staff/"].iter().any(|room| rule.route.starts_with(room));
            assert!(!is_room || rule.people.has(Role::Admin) == Some(true), "{}", rule.route);
            assert!(rule.keys.is_empty() || rule.people.has(Role::Admin).is_some(), "{}", rule.route);
        }
    }
}

//! What a key reaches: each route by its path and method. A route that is not named here is for people alone.

use crate::model::access::Scope;
use axum::http::Method;

/// A route or a room of routes, and what a key needs for reading and for changing; none means that no key may.
type Rule = (&'static str, &'static [Scope], &'static [Scope]);

const READ: &[Scope] = &[Scope::KnowledgeRead, Scope::KnowledgeWrite];
const NOBODY: &[Scope] = &[];

/// The first rule that fits counts.
const RULES: &[Rule] = &[
    ("/api/admin/knowledge/publish", NOBODY, &[Scope::KnowledgePublish]),
    ("/api/admin/knowledge/rollback", NOBODY, &[Scope::KnowledgePublish]),
    ("/api/admin/knowledge/settings", READ, NOBODY),
    ("/api/admin/knowledge", READ, &[Scope::KnowledgeWrite]),
    // What only tries and checks is asked by POST and changes nothing.
    ("/api/admin/faq/check", READ, READ),
    ("/api/admin/words/preview", READ, READ),
    ("/api/admin/inbox/{id}/preview", READ, READ),
    ("/api/admin/try", READ, READ),
    ("/api/admin/faq", READ, &[Scope::KnowledgeWrite]),
    ("/api/admin/words", READ, &[Scope::KnowledgeWrite]),
    ("/api/admin/tests", READ, &[Scope::KnowledgeWrite]),
    ("/api/admin/inbox", READ, &[Scope::KnowledgeWrite]),
    ("/api/admin/products", &[Scope::CatalogueRead, Scope::CatalogueWrite], &[Scope::CatalogueWrite]),
    ("/api/admin/jobs", &[Scope::KnowledgeRead, Scope::KnowledgeWrite, Scope::CatalogueWrite], NOBODY),
    ("/api/admin/dashboard", &[Scope::FiguresRead], NOBODY),
    ("/api/admin/recommendations/report", &[Scope::FiguresRead], NOBODY),
    ("/api/desk/report", &[Scope::FiguresRead], NOBODY),
    ("/api/desk/report.csv", &[Scope::FiguresRead], NOBODY),
    ("/api/admin/events", NOBODY, &[Scope::EventsWrite]),
    ("/api/admin/audit", &[Scope::AuditRead], NOBODY),
];

/// What a key needs for a route, any one of them; empty where no key may.
pub fn needed(method: &Method, route: &str) -> &'static [Scope] {
    let inside = |room: &str| route.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let rule = RULES.iter().find(|(room, ..)| inside(room));
    let reads = matches!(*method, Method::GET | Method::HEAD);
    rule.map_or(NOBODY, |(_, reading, changing)| if reads { reading } else { changing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_for_people_alone() {
        let get = |route| needed(&Method::GET, route);
        assert_eq!(get("/api/admin/audit"), [Scope::AuditRead]);
        assert_eq!(get("/api/admin/auditors"), NOBODY);
        for route in ["/api/admin/staff", "/api/admin/api-keys", "/api/admin/settings/widget", "/api/desk/cases", "/"] {
            assert_eq!(get(route), NOBODY, "{route}");
        }
        assert_eq!(needed(&Method::POST, "/api/admin/knowledge/publish"), [Scope::KnowledgePublish]);
        assert_eq!(needed(&Method::PUT, "/api/admin/faq/entries/{id}"), [Scope::KnowledgeWrite]);
        assert_eq!(needed(&Method::PUT, "/api/admin/knowledge/settings"), NOBODY);
    }
}

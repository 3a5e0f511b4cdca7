//! The checked-in TypeScript types and the description of the REST interface are those of the Rust structs.
//! `make types` writes them anew.

use std::fs;
use std::path::Path;
use ts_rs::{Config, TS};
use xiaoer::live::desk_protocol::{CaseChange, DeskClientFrame, DeskServerFrame};
use xiaoer::live::protocol::{ClientFrame, ErrorCode, ServerFrame, ShopCard};
use xiaoer::model::chat::{
    Action, Author, Body, HandoverReason, Message, Notice, PageContext, ProductCard, Status, Verdict,
};
use xiaoer::model::desk;

fn typescript() -> String {
    let config = Config::default();
    let declarations = [
        Action::decl(&config),
        Author::decl(&config),
        Status::decl(&config),
        Verdict::decl(&config),
        Notice::decl(&config),
        HandoverReason::decl(&config),
        ErrorCode::decl(&config),
        PageContext::decl(&config),
        ProductCard::decl(&config),
        Body::decl(&config),
        Message::decl(&config),
        ShopCard::decl(&config),
        ClientFrame::decl(&config),
        ServerFrame::decl(&config),
        desk::CaseState::decl(&config),
        desk::Presence::decl(&config),
        desk::ClockState::decl(&config),
        desk::ServiceClock::decl(&config),
        desk::Target::decl(&config),
        desk::Named::decl(&config),
        desk::Preview::decl(&config),
        desk::ServiceRating::decl(&config),
        desk::CaseCard::decl(&config),
        desk::AgentCard::decl(&config),
        desk::Counters::decl(&config),
        desk::NoteKind::decl(&config),
        desk::Note::decl(&config),
        desk::SuggestedAnswer::decl(&config),
        desk::Adoption::decl(&config),
        desk::Viewer::decl(&config),
        desk::Segment::decl(&config),
        desk::HandoverRule::decl(&config),
        desk::Stretch::decl(&config),
        desk::SpecialDay::decl(&config),
        desk::OpeningHours::decl(&config),
        desk::ScoreItem::decl(&config),
        desk::DeskSettings::decl(&config),
        desk::QuickReply::decl(&config),
        CaseChange::decl(&config),
        DeskClientFrame::decl(&config),
        DeskServerFrame::decl(&config),
    ];
    let mut file = String::from("// Generated from the Rust structs by `make types`. Do not edit.\n");
    for declaration in declarations {
        file.push_str(&format!("\nexport {declaration}\n"));
    }
    file
}

fn same_or_written(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_TYPES").is_some() {
        fs::write(&path, expected).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} is out of date; run: make types", path.display());
}

#[test]
fn types_of_the_wire_are_those_of_the_structs() {
    same_or_written("web/packages/protocol/src/generated/index.ts", &typescript());
}

#[test]
fn the_description_of_the_rest_interface_is_current() {
    same_or_written("web/packages/protocol/openapi.json", &(xiaoer::api::openapi_json() + "\n"));
}

#[test]
fn the_table_of_who_may_call_what_is_current() {
    same_or_written("docs/routes.md", &xiaoer::api::access::markdown());
}

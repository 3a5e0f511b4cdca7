//! Every other reader of what comes from outside. Each takes what it is given or says what is wrong with it; what it has
//! taken and can write again comes back the same.

use super::Mutator;
use crate::support::{TestApp, copy_of, shop};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use xiaoer::clock::{Clock, Timestamp};
use xiaoer::config::Config;
use xiaoer::live::desk_protocol;
use xiaoer::marketing::segment::Rule;
use xiaoer::model::color::Color;
use xiaoer::model::customer::Event;
use xiaoer::model::date::Date;
use xiaoer::service::identity::{Identities, IdentityKey, IdentitySettings};
use xiaoer::service::knowledge::sheet;
use xiaoer::service::{event_import, import};
use xiaoer::text::{dates, nul};

const FRAMES: &str = include_str!("../corpus/desk_frames.txt");
const RULES: &str = include_str!("../corpus/rules.txt");
const DATES: &str = include_str!("../corpus/dates.txt");
const SHEETS: &str = include_str!("../corpus/sheets.csv");
const EVENTS: &str = include_str!("../corpus/events.csv");
const CONFIG: &str = include_str!("../corpus/config.toml");
const TOKENS: &str = include_str!("../corpus/tokens.txt");
const SECRET: &str = "an example key of at least 32 bytes";

/// The corpus itself, then what the mutator makes of it.
fn texts(corpus: &'static str, rounds: usize) -> impl Iterator<Item = String> {
    corpus.lines().map(str::to_owned).chain(Mutator::new(corpus, rounds))
}

#[test]
fn fuzz_the_frame_parser_of_the_desk() {
    let mut frames = 0;
    for text in texts(FRAMES, 20_000) {
        let Ok(frame) = desk_protocol::parse(&text) else { continue };
        frames += 1;
        let written = serde_json::to_string(&frame).expect("every frame can be written");
        assert_eq!(desk_protocol::parse(&written).as_ref(), Ok(&frame), "{text:?}");
    }
    println!("{frames} frames");
    assert!(frames > 10);
}

#[test]
fn fuzz_the_replacing_of_nul() {
    for text in texts(super::FRAMES, 20_000).chain(texts(FRAMES, 5_000)) {
        let clean = nul::without_nul(&text);
        let (Ok(before), Ok(after)) = (serde_json::from_str::<Value>(&text), serde_json::from_str::<Value>(&clean))
        else {
            assert!(serde_json::from_str::<Value>(&text).is_err(), "{text:?} became {clean:?}");
            continue;
        };
        assert_eq!(replaced(before), after, "{text:?}");
    }
}

/// A value without U+0000, the slow way.
fn replaced(value: Value) -> Value {
    let clean = |text: String| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(values) => values.into_iter().map(replaced).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (clean(name), replaced(value))).collect(),
        other => other,
    }
}

#[test]
fn fuzz_the_rules_of_segments() {
    let mut rules = 0;
    for text in texts(RULES, 20_000) {
        let Ok(rule) = text.parse::<Rule>() else { continue };
        rules += 1;
        let written = rule.to_string();
        let again = written.parse::<Rule>().unwrap_or_else(|error| panic!("{text:?} as {written:?}: {error}"));
        assert_eq!(again, rule, "{text:?} as {written:?}");
    }
    println!("{rules} rules");
    assert!(rules > 5);
}

#[test]
fn fuzz_dates_and_colours() {
    let today = Date::new(2026, 11, 26).expect("a day");
    for text in texts(DATES, 20_000) {
        if let Ok(date) = text.parse::<Date>() {
            assert_eq!(date.to_string().parse(), Ok(date), "{text:?}");
            assert!(date.begin() <= date.end(), "{text:?}");
        }
        for day in dates::days(&text) {
            let _ = day.resolve(today);
        }
        if let Ok(color) = text.parse::<Color>() {
            assert_eq!(color.to_string().parse(), Ok(color), "{text:?}");
        }
    }
}

/// A workbook whose sheet is this.
fn workbook(xml: &str) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_string(0, 0, "标准问").expect("written");
    let whole = book.save_to_buffer().expect("saved");
    let mut from = zip::ZipArchive::new(std::io::Cursor::new(whole)).expect("an archive");
    let mut to = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for place in 0..from.len() {
        let mut part = from.by_index(place).expect("a part");
        let name = part.name().expect("a name").into_owned();
        to.start_file(&name, zip::write::SimpleFileOptions::default()).expect("begun");
        if name.ends_with("sheet1.xml") {
            to.write_all(xml.as_bytes()).expect("written");
        } else {
            std::io::copy(&mut part, &mut to).expect("copied");
        }
    }
    to.finish().expect("an archive").into_inner()
}

const SHEET_XML: &str = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <dimension ref=\"A1:D3\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>标准问</t></is></c>\
    <c r=\"B1\" t=\"s\"><v>0</v></c></row><row r=\"2\" spans=\"1:2\"><c r=\"A2\"><f>1+1</f><v>2</v></c>\
    <c r=\"XFD1048576\" t=\"b\"><v>1</v></c><c r=\"C2\" t=\"e\"><v>#REF!</v></c></row></sheetData></worksheet>";

#[test]
fn fuzz_tables() {
    let mut read = 0;
    // Several lines at a time: the corpus is one table after the other.
    let whole: &'static str = Box::leak(SHEETS.replace('\n', "\u{1}").into_boxed_str());
    for text in texts(whole, 5_000) {
        let text = text.replace('\u{1}', "\n");
        let bytes =
            if text.len().is_multiple_of(3) { encoding_rs::GBK.encode(&text).0.into_owned() } else { text.into() };
        read += usize::from(is_table(&bytes));
    }
    for xml in texts(SHEET_XML, 1_500) {
        read += usize::from(is_table(&workbook(&xml)));
    }
    let mut packed = Mutator::of(vec![workbook(SHEET_XML)], 1_500);
    while let Some(bytes) = packed.next_bytes() {
        read += usize::from(is_table(&bytes));
    }
    println!("{read} tables");
    assert!(read > 10);
}

/// Whether it is a table; then each row has a cell for each column.
fn is_table(bytes: &[u8]) -> bool {
    let Ok(table) = sheet::read("a", bytes) else { return false };
    assert!(table.rows.iter().all(|row| row.cells.len() == table.heading.len()));
    true
}

#[test]
fn fuzz_events() {
    let whole: &'static str = Box::leak(EVENTS.replace('\n', "\u{1}").into_boxed_str());
    for text in texts(whole, 5_000) {
        let now = Timestamp(1_790_000_000_000);
        let read = event_import::parse("a.csv", text.replace('\u{1}', "\n").as_bytes(), now, |sku| sku.len() < 9);
        let in_bounds = |event: &Event| event.value.is_finite() && event.at <= now.plus(Duration::from_hours(24));
        match read {
            Ok(events) => assert!(events.iter().all(in_bounds), "{text:?}"),
            Err(problems) => assert!(!problems.is_empty(), "{text:?}"),
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn fuzz_the_folder_of_a_shop() {
    let copy = copy_of(&shop());
    // The flows whose intents the test shop knows, with the wording that they need.
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base");
    std::fs::create_dir_all(copy.path().join("flows")).expect("a folder");
    for file in ["replies.toml", "flows/invoice.toml", "flows/refund_progress.toml"] {
        std::fs::copy(demo.join(file), copy.path().join(file)).expect("copied");
    }
    import::read_folder(copy.path()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut paths = Vec::new();
    files(copy.path(), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|ending| ending != "svg"));
    paths.sort();
    let mut taken = 0;
    let mut mutator = Mutator::of(paths.iter().map(|path| std::fs::read(path).expect("a file")).collect(), 400);
    while let Some((place, bytes)) = mutator.next_of_one() {
        let was = std::fs::read(&paths[place]).expect("a file");
        std::fs::write(&paths[place], &bytes).expect("written");
        match import::read_folder(copy.path()) {
            Ok(knowledge) => {
                taken += 1;
                import::checksum(&knowledge).expect("a content");
            }
            Err(problems) => assert!(!problems.is_empty()),
        }
        std::fs::write(&paths[place], was).expect("written");
    }
    println!("{taken} folders taken");
}

#[test]
fn fuzz_the_configuration() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("xiaoer.toml");
    let whole: &'static str = Box::leak(CONFIG.replace('\n', "\u{1}").into_boxed_str());
    for text in texts(whole, 1_500) {
        std::fs::write(&file, text.replace('\u{1}', "\n")).expect("written");
        if let Err(error) = Config::load(Some(&file)) {
            assert!(!error.to_string().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_tokens_of_shops() {
    let app = TestApp::start().await;
    let key = IdentityKey { id: "a".into(), secret: Some(SECRET.into()), ..IdentityKey::default() };
    let settings = IdentitySettings { keys: vec![key], ..IdentitySettings::default() };
    let clock = Clock::fixed(Timestamp(1_795_658_400_000));
    let identities = Identities::new(&settings, false, app.chat.db, clock).expect("a key");
    let mut believed = 0;
    for text in texts(TOKENS, 20_000) {
        let (head, claims) = text.split_once(' ').unwrap_or((&text, ""));
        let body = format!("{}.{}", base64(head.as_bytes()), base64(claims.as_bytes()));
        let mut signer = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
        signer.update(body.as_bytes());
        let signed = format!("{body}.{}", base64(&signer.finalize().into_bytes()));
        // Signed well, signed for something else, and not a token at all.
        if let Ok(who) = identities.verify(&signed) {
            believed += 1;
            assert!(!who.customer.is_empty() && !who.customer.contains('\0'), "{text:?}");
            assert!(who.profile.values().all(|value| !value.contains('\0')), "{text:?}");
        }
        let unsigned = format!("{body}.{}", base64(claims.as_bytes()));
        assert!(identities.verify(&unsigned).is_err() && identities.verify(&text).is_err(), "{text:?}");
    }
    println!("{believed} believed");
    assert!(believed > 0);
}

/// As in tokens: without padding, with `-` and `_`.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digits = (0..=chunk.len()).map(|place| DIGITS[(word >> (18 - 6 * place) & 63) as usize]);
        text.extend(digits.map(char::from));
    }
    text
}

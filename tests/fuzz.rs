//! Fuzzing: texts that nobody would write, made from those of `tests/corpus` by a seeded mutator. A finding becomes a
//! line of the corpus. In a normal run each target gets a few thousand; for a long one:
//!
//! ```text
//! XIAOER_FUZZ_SECONDS=600 cargo test --release --test suite fuzz -- --nocapture
//! ```

mod parsers;

use crate::support::TestApp;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};
use xiaoer::dialogue::Context;
use xiaoer::dialogue::state::State;
use xiaoer::live::protocol::{ClientFrame, parse};

const FRAMES: &str = include_str!("corpus/frames.txt");
const TEXTS: &str = include_str!("corpus/texts.txt");

/// Longest text, in bytes.
const LONGEST: usize = 8_000;

/// Characters that have broken programs before.
const ODD: [char; 20] = [
    '\0',
    '\u{7f}',
    '\u{200b}',
    '\u{200d}',
    '\u{202e}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10ffff}',
    '\u{301}',
    '"',
    '\\',
    '{',
    '}',
    '\n',
    '𠮷',
    '👩',
    '٣',
    'ﬃ',
    'İ',
];

/// Texts from a corpus, changed at random places.
struct Mutator {
    corpus: Vec<Vec<u8>>,
    random: ChaCha8Rng,
    begun: Instant,
    rounds: usize,
    lasts: Option<Duration>,
}

impl Mutator {
    /// So many texts, or as many as fit into the seconds that the environment asks for.
    fn new(corpus: &str, rounds: usize) -> Self {
        Self::of(corpus.lines().map(|line| line.as_bytes().to_vec()).collect(), rounds)
    }

    fn of(corpus: Vec<Vec<u8>>, rounds: usize) -> Self {
        let seconds = std::env::var("XIAOER_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
        // A long run is another one each time; what it finds is printed whole.
        let seed = seconds.map_or(1, |_| u64::from(std::process::id()));
        Self {
            corpus,
            random: ChaCha8Rng::seed_from_u64(seed),
            begun: Instant::now(),
            rounds,
            lasts: seconds.map(Duration::from_secs),
        }
    }

    /// Whether there is time, or a round, for another one.
    fn goes_on(&mut self) -> bool {
        let goes_on = self.lasts.map_or(self.rounds > 0, |time| self.begun.elapsed() <= time);
        self.rounds = self.rounds.saturating_sub(1);
        goes_on
    }

    fn changed(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.random.random_range(1..8) {
            self.change(&mut bytes);
        }
        bytes
    }

    /// One of the corpus, changed, with its place there.
    fn next_of_one(&mut self) -> Option<(usize, Vec<u8>)> {
        self.goes_on().then(|| {
            let place = self.random.random_range(0..self.corpus.len());
            let one = self.corpus[place].clone();
            (place, self.changed(one))
        })
    }

    fn next_bytes(&mut self) -> Option<Vec<u8>> {
        self.next_of_one().map(|(_, bytes)| bytes)
    }

    fn change(&mut self, text: &mut Vec<u8>) {
        let length = text.len();
        let at = self.random.random_range(0..=length);
        let end = self.random.random_range(at..=length);
        match self.random.random_range(0..7) {
            0 if at < length => text[at] ^= 1 << self.random.random_range(0..8),
            1 => drop(text.drain(at..end)),
            2 => {
                let part = text[at..end].to_vec();
                let times = self.random.random_range(1..20);
                text.splice(at..at, part.repeat(times));
            }
            3 => {
                let odd = ODD.choose(&mut self.random).copied().unwrap_or_default();
                text.splice(at..at, odd.to_string().into_bytes());
            }
            4 => {
                let any = char::from_u32(self.random.random_range(0..0x11_0000)).unwrap_or('\u{fffd}');
                text.splice(at..at, any.to_string().into_bytes());
            }
            5 => {
                let other = self.corpus.choose(&mut self.random).cloned().unwrap_or_default();
                let from = self.random.random_range(0..=other.len());
                text.truncate(at);
                text.extend(&other[from..]);
            }
            _ => {
                let number = self.random.random::<i64>().to_string();
                text.splice(at..end, number.into_bytes());
            }
        }
    }
}

impl Iterator for Mutator {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut text = self.next_bytes()?;
        text.truncate(LONGEST);
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

#[test]
fn fuzz_the_frame_parser() {
    let mut count = 0_u64;
    let mut frames = 0_u64;
    for text in FRAMES.lines().map(str::to_owned).chain(Mutator::new(FRAMES, 20_000)) {
        count += 1;
        let Ok(frame) = parse(&text) else { continue };
        frames += 1;
        let written = serde_json::to_string(&frame).expect("every frame can be written");
        assert_eq!(parse(&written).as_ref(), Ok(&frame), "{text:?}");
        if let ClientFrame::Say { text: said, .. } = &frame {
            assert!(said.len() <= text.len() * 3, "a text does not grow: {text:?}");
        }
    }
    assert!(frames > 0);
    println!("{count} texts, {frames} of them frames");
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzz_the_text_pipeline() {
    let app = TestApp::start().await;
    let assistant = app.chat.published.assistant();
    let mut state = State::default();
    let mut count = 0_u64;
    for text in TEXTS.lines().map(str::to_owned).chain(Mutator::new(TEXTS, 300)) {
        count += 1;
        let read = assistant.models.language.read(&text);
        assert_eq!(read.raw, text, "what was typed stays byte for byte");
        let mut end = 0;
        for word in &read.words {
            assert_eq!(word.normal.start, end, "words cover the text: {text:?}");
            assert!(read.normal.get(word.normal.clone()).is_some(), "on characters: {text:?}");
            assert!(text.get(word.raw.clone()).is_some(), "on characters of what was typed: {text:?}");
            end = word.normal.end;
        }
        assert_eq!(end, read.normal.len(), "words cover the text: {text:?}");
        let turn = assistant.turn(&state, &text, &Context::default()).expect("a turn");
        assert!(turn.reply.as_ref().is_some_and(|reply| !reply.text.is_empty()), "{text:?}");
        let kept = serde_json::to_string(&turn.state).expect("a state can be kept");
        let again: State = serde_json::from_str(&kept).expect("and read");
        assert_eq!(again, turn.state, "{text:?}");
        turn.trace.to_json().expect("a trace can be kept");
        assert_eq!(
            assistant.turn(&state, &text, &Context::default()).expect("a turn"),
            turn,
            "the same again: {text:?}"
        );
        state = if count.is_multiple_of(20) { State::default() } else { turn.state };
    }
    println!("{count} texts");
}

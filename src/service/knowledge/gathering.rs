//! Gathering what the assistant did not answer well: what is alike goes into one cluster.

use super::facts::IN_PASSING;
use super::inbox::SETTLES_FOR;
use super::{Keeper, Refused};
use crate::clock::Timestamp;
use crate::search::analyser::Analyser;
use crate::service::apart::apart;
use crate::store::inbox::{self, Cluster, NewSignal, PlacedSignal, SignalKind};
use crate::text::normalize::essence;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Signals that are read at once, and open clusters that a new one is compared with.
const AT_ONCE: i64 = 500;
const COMPARED: i64 = 2_000;

/// How late a signal may become visible, in milliseconds.
const LATE: i64 = 60_000;

/// How alike two questions of a cluster are, at least.
const ALIKE: f64 = 0.55;

impl Keeper {
    /// Gathers what has come since; returns how many signals.
    ///
    /// # Errors
    /// [`Refused`] where the database fails.
    pub async fn gather(&self) -> Result<usize, Refused> {
        let _one = self.gathering.lock().await;
        self.follow_turns(IN_PASSING).await?;
        let now = self.clock.now();
        let signals = self.new_signals().await?;
        let placed = if signals.is_empty() { Vec::new() } else { self.place(signals, now).await? };
        inbox::add(&self.db, &placed, now).await?;
        Ok(placed.len())
    }

    /// What is in no cluster yet.
    async fn new_signals(&self) -> Result<Vec<NewSignal>, Refused> {
        let db = &self.db;
        let since = |newest: Timestamp| Timestamp(newest.0.saturating_sub(LATE));
        let mut signals = inbox::new_unknown(db, since(inbox::newest(db, SignalKind::Unknown).await?), AT_ONCE).await?;
        let newest = since(inbox::newest(db, SignalKind::Downvoted).await?);
        signals.extend(inbox::new_downvoted(db, newest, AT_ONCE).await?);
        let newest = since(inbox::newest(db, SignalKind::Correction).await?);
        signals.extend(inbox::new_corrections(db, newest, AT_ONCE).await?);
        Ok(signals)
    }

    /// Finds the cluster of each signal.
    async fn place(&self, signals: Vec<NewSignal>, now: Timestamp) -> Result<Vec<PlacedSignal>, Refused> {
        let mut homes = HashMap::new();
        let essences: HashSet<String> = signals.iter().map(|signal| essence(&signal.question)).collect();
        for essence in essences {
            let last = inbox::of_essence(&self.db, &essence).await?;
            if let Some(cluster) = last.filter(|cluster| still_takes(cluster, now)) {
                homes.insert(essence, cluster.id);
            }
        }
        let open = inbox::open(&self.db, COMPARED).await?;
        let assistant = self.publisher.published().assistant();
        // Hundreds of questions are read and compared: not on a thread that answers shoppers.
        Ok(apart(move || placed(signals, homes, &open, assistant.knowledge.faq.analyser())).await?)
    }
}

/// Each signal with its cluster: where the same was asked before, else where something alike stands open, else its own.
fn placed(
    signals: Vec<NewSignal>,
    mut homes: HashMap<String, Uuid>,
    open: &[(Uuid, String)],
    analyser: &Analyser,
) -> Vec<PlacedSignal> {
    let mut known: Vec<(Uuid, Shape)> =
        open.iter().map(|(id, question)| (*id, Shape::of(analyser, question))).collect();
    let mut placed = Vec::with_capacity(signals.len());
    for signal in signals {
        let essence = essence(&signal.question);
        let home = homes.get(&essence).copied();
        let shape = home.is_none().then(|| Shape::of(analyser, &signal.question));
        let home = home.or_else(|| nearest(&known, shape.as_ref()?));
        let cluster = home.unwrap_or_else(Uuid::now_v7);
        if let (None, Some(shape)) = (home, shape) {
            known.push((cluster, shape));
        }
        homes.insert(essence.clone(), cluster);
        placed.push(PlacedSignal { signal, essence, cluster, is_first: home.is_none() });
    }
    placed
}

/// Whether a cluster takes in what is asked alike: an open one does, one that nothing is to be learned from as well, and
/// an adopted one for a while.
fn still_takes(cluster: &Cluster, now: Timestamp) -> bool {
    let learned = matches!(cluster.settled_as.as_deref(), Some("similar" | "new"));
    cluster.state == "open" || !learned || cluster.settled_at.is_some_and(|at| now.0 - at < SETTLES_FOR)
}

/// What questions are compared by: words with synonyms folded, and pairs of characters.
struct Shape {
    words: HashSet<String>,
    pairs: HashSet<String>,
}

impl Shape {
    fn of(analyser: &Analyser, question: &str) -> Self {
        let views = analyser.read(question);
        Self { words: views.words.into_iter().collect(), pairs: views.characters.into_iter().collect() }
    }

    /// Mean of the Dice coefficients of words and of characters with their pairs.
    fn likeness(&self, other: &Self) -> f64 {
        let dice = |a: &HashSet<String>, b: &HashSet<String>| {
            let both = a.intersection(b).count() as f64;
            2.0 * both / ((a.len() + b.len()) as f64).max(1.0)
        };
        (dice(&self.words, &other.words) + dice(&self.pairs, &other.pairs)) / 2.0
    }
}

/// The cluster that is most like a question, where one is like it.
fn nearest(known: &[(Uuid, Shape)], shape: &Shape) -> Option<Uuid> {
    let alike = known.iter().map(|(id, other)| (shape.likeness(other), id));
    let best = alike.fold(None, |best: Option<(f64, &Uuid)>, one| match best {
        Some(best) if best.0 >= one.0 => Some(best),
        _ => Some(one),
    });
    best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, id)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn what_is_asked_alike_belongs_together() {
        let analyser = Analyser::new(Language::new(&[]), &[]);
        let shape = |text: &str| Shape::of(&analyser, text);
        let first = Uuid::now_v7();
        let known = vec![(first, shape("能开增值税专票吗")), (Uuid::now_v7(), shape("支持到店自提吗"))];
        assert_eq!(nearest(&known, &shape("可以开增值税专票吗")), Some(first));
        assert_eq!(nearest(&known, &shape("你们招人吗")), None);
    }

    #[test]
    fn each_signal_finds_its_cluster_or_makes_one() {
        let analyser = Analyser::new(Language::new(&[]), &[]);
        let signal = |question: &str| {
            NewSignal::new(SignalKind::Unknown, question.to_owned(), (Uuid::now_v7(), 1), Timestamp(0))
        };
        let (asked, open) = (Uuid::now_v7(), Uuid::now_v7());
        let homes = HashMap::from([(essence("你们招人吗"), asked)]);
        let known = [(open, "能开增值税专票吗".to_owned())];
        let questions = ["你们招人吗？", "可以开增值税专票吗", "支持到店自提吗", "可以支持到店自提吗"];
        let placed = placed(questions.map(signal).to_vec(), homes, &known, &analyser);
        let clusters: Vec<(Uuid, bool)> = placed.iter().map(|one| (one.cluster, one.is_first)).collect();
        let made = clusters[2].0;
        assert_eq!(clusters, [(asked, false), (open, false), (made, true), (made, false)]);
    }
}

//! Keeps the recommender's blend up to date in the background: on one thread of its own, for a small share of the time,
//! and only where there is something new to learn.

use crate::recommend::model::Models;
use crate::recommend::training::{ENOUGH_ACTS, Learned, Lesson};
use crate::service::Failure;
use crate::service::apart::apart;
use crate::service::behaviour::Behaviour;
use crate::service::leases::{Leases, Work};
use crate::store::trained_model;
use std::time::{Duration, Instant};

/// Name of the recipe among the trained models.
const RECIPE: &str = "recommendation_recipe";

/// Form of the kept recipe; another one is not read.
const FORM: &str = "1";

/// How long choosing may take.
const BUDGET: Duration = Duration::from_secs(60);

/// How long after a start shoppers have the machine to themselves.
const AFTER_START: Duration = Duration::from_secs(30);

/// How often it is asked whether there is something to learn.
const LOOK: Duration = Duration::from_secs(2);

/// Least time between two fits; and how many times as long as a fit took.
const PAUSE: (Duration, u32) = (Duration::from_secs(60), 50);

/// How a round ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Round {
    /// Nothing happened since the last one.
    NothingNew,
    /// There is too little, or too little time, to choose a recipe; the former blend goes on.
    NotLearned,
    /// The shop has other products meanwhile, or somebody was deleted: the next round learns of what is there then.
    Outdated,
    /// Another blend is in force.
    Learned(Trained),
}

/// What is in force after a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The recipe.
    pub learned: Learned,
    /// Whether it was chosen in this round.
    pub chosen_now: bool,
}

/// Learns as long as the program runs.
pub async fn run(behaviour: Behaviour, leases: Leases) {
    let mut pause = AFTER_START;
    loop {
        tokio::time::sleep(LOOK.max(pause)).await;
        let begun = Instant::now();
        let round = learn(&behaviour, &leases).await;
        let seconds = begun.elapsed().as_secs_f64();
        match &round {
            Ok(Round::NothingNew) => {}
            Ok(Round::NotLearned) => tracing::debug!(seconds, "too little to learn recommendations from"),
            Ok(Round::Outdated) => tracing::debug!(seconds, "recommendations were learned of what has changed"),
            Ok(Round::Learned(Trained { learned, chosen_now })) => {
                let recipe = &learned.recipe;
                tracing::info!(?recipe, chosen_now, seconds, "recommendations learned");
            }
            Err(error) => tracing::error!(%error, "recommendations cannot be learned; the former blend goes on"),
        }
        pause = match round {
            Ok(Round::NothingNew) => Duration::ZERO,
            // Whatever came of it, the effort bounds how soon the next one begins.
            _ => PAUSE.0.max(begun.elapsed() * PAUSE.1),
        };
    }
}

/// One round: a recipe is chosen where there is none or the log has outgrown it, and fitted. Every node fits; one of them
/// chooses for all.
///
/// # Errors
/// [`Failure`] where the database fails; the former blend stays in force then.
pub async fn learn(behaviour: &Behaviour, leases: &Leases) -> Result<Round, Failure> {
    let Some(lesson) = behaviour.lesson(ENOUGH_ACTS) else { return Ok(Round::NothingNew) };
    let (db, generation) = (behaviour.db(), lesson.generation.clone());
    let kept = trained_model::get(db, RECIPE, FORM).await?;
    let kept: Option<Learned> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let held = leases.take(Work::ChooseRecipe).await?;
    let may_choose = held.is_some();
    let Some((trained, models)) = apart(move || on_one_thread(&lesson, kept, may_choose)).await?? else {
        return Ok(Round::NotLearned);
    };
    if let Some(held) = held.filter(|_| trained.chosen_now) {
        let bytes = serde_json::to_vec(&trained.learned)?;
        // Whoever took over meanwhile chooses for all; this node follows with its next round.
        trained_model::put_holding(db, held, RECIPE, FORM, &bytes, behaviour.now()).await?;
    }
    Ok(if behaviour.settle(&generation, models) { Round::Learned(trained) } else { Round::Outdated })
}

type Outcome = Option<(Trained, Models)>;

/// The other cores go on answering shoppers.
fn on_one_thread(lesson: &Lesson, kept: Option<Learned>, may_choose: bool) -> Result<Outcome, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|error| Failure::inside("thread pool", &error))?;
    Ok(pool.install(|| {
        let begun = Instant::now();
        let in_time = || begun.elapsed() < BUDGET;
        let fitting = kept.filter(|kept| !may_choose || !kept.is_outgrown(lesson.acts.len()));
        let chosen_now = fitting.is_none();
        let learned = fitting.or_else(|| may_choose.then(|| lesson.choose(&in_time)).flatten())?;
        let models = lesson.fit(learned.recipe.clone())?;
        Some((Trained { learned, chosen_now }, models))
    }))
}

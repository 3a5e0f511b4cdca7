//! Work that one node does for all: whoever holds its lease.

use crate::clock::Clock;
use crate::service::Failure;
use crate::store::Db;
use crate::store::lease::{self, Held};
use std::time::Duration;
use uuid::Uuid;

/// Work that is done once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Turns are read for figures and for the learning inbox.
    Gather,
    /// The recipe of recommendations is chosen.
    ChooseRecipe,
    /// What had its time is deleted.
    Retain,
    /// Requests for deletion are met.
    Erase,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Gather => "gather",
            Self::ChooseRecipe => "choose_recipe",
            Self::Retain => "retain",
            Self::Erase => "erase",
        }
    }

    /// How long a lease lasts that is not renewed: longer than the work takes in one go, and so how long it rests after
    /// its node has died.
    fn lasts(self) -> Duration {
        match self {
            Self::Gather | Self::Erase => Duration::from_secs(30),
            Self::Retain => Duration::from_mins(15),
            Self::ChooseRecipe => Duration::from_secs(120),
        }
    }
}

/// This node's claims. Clones claim for the same node.
#[derive(Debug, Clone)]
pub struct Leases {
    db: Db,
    clock: Clock,
    holder: Uuid,
}

impl Leases {
    /// For this run of the program.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, holder: Uuid::now_v7() }
    }

    /// Takes or renews the lease of some work; none where another node has it.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn take(&self, work: Work) -> Result<Option<Held>, Failure> {
        let number = lease::take(&self.db, work.name(), self.holder, self.clock.now(), work.lasts()).await?;
        Ok(number.map(|number| Held { name: work.name(), number }))
    }

    /// Gives back whatever this node holds, so that another takes it over at once.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn give_back(&self) -> Result<(), Failure> {
        Ok(lease::give_back(&self.db, self.holder).await?)
    }
}

//! Quality: cases drawn by chance, and the shop's score sheet.

use super::{Desk, DeskRefused};
use crate::clock::Timestamp;
use crate::model::customer::Staff;
use crate::model::id::{CaseId, StaffId};
use crate::store::desk::case::{self, CaseRow};
use crate::store::desk::quality::{self, SheetRow};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Sheets that are listed, and cases that can be drawn at once.
const MOST: (usize, usize) = (200, 100);

/// Longest comment, in characters.
const COMMENT: usize = 1_000;

/// What to draw from.
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    /// How many.
    pub count: usize,
    /// Resolved from here on.
    pub from: Timestamp,
    /// Resolved before.
    pub to: Timestamp,
    /// Only cases of this agent.
    pub agent: Option<StaffId>,
    /// The same seed draws the same from the same cases.
    pub seed: u64,
}

impl Desk {
    /// Drawn cases, the newest draws first.
    ///
    /// # Errors
    /// [`DeskRefused`] where the database fails.
    pub async fn sheets(&self) -> Result<Vec<(SheetRow, CaseRow)>, DeskRefused> {
        let mut sheets = Vec::new();
        for sheet in quality::sheets(&self.db, MOST.0).await? {
            if let Some(row) = case::by_id(&self.db, sheet.case).await? {
                sheets.push((sheet, row));
            }
        }
        Ok(sheets)
    }

    /// Draws resolved cases that were not drawn before, each as likely as any other.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn draw(&self, draw: &Draw) -> Result<Vec<CaseId>, DeskRefused> {
        if !(1..=MOST.1).contains(&draw.count) || draw.from >= draw.to {
            return Err(DeskRefused::Invalid(format!("一次抽 1 到 {} 个，开始要早于结束", MOST.1)));
        }
        let mut cases = quality::candidates(&self.db, draw.from, draw.to, draw.agent).await?;
        cases.shuffle(&mut ChaCha8Rng::seed_from_u64(draw.seed));
        cases.truncate(draw.count);
        quality::draw(&self.db, &cases, self.clock.now()).await?;
        Ok(cases)
    }

    /// Fills in the score sheet of a drawn case: each item of the shop's sheet once, within its points.
    ///
    /// # Errors
    /// [`DeskRefused`].
    pub async fn score(
        &self,
        staff: &Staff,
        id: CaseId,
        scores: &[(String, u32)],
        comment: &str,
    ) -> Result<(), DeskRefused> {
        let sheet = &self.plans.current().settings.score_sheet;
        let given = |name: &str| scores.iter().filter(|(item, _)| item == name).collect::<Vec<_>>();
        let whole = sheet.iter().all(|item| matches!(given(&item.name)[..], [(_, points)] if *points <= item.points));
        if !whole || scores.len() != sheet.len() || comment.chars().count() > COMMENT {
            return Err(DeskRefused::Invalid("每个评分项都要打一次分，不能超过它的满分".to_owned()));
        }
        let found = quality::score(&self.db, id, scores, comment, &staff.name).await?;
        if found { Ok(()) } else { Err(DeskRefused::NotFound) }
    }
}

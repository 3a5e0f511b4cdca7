//! From the files of a `knowledge_base/` folder to a published knowledge. All or nothing: one broken row stops the
//! import with file, line and reason, and the database stays as it was.

mod catalogue_csv;
mod check;
mod flow_file;
mod read;

use crate::clock::Timestamp;
use crate::model::knowledge::Knowledge;
use crate::model::publication::{Source, difference};
use crate::store::knowledge::version::NewVersion;
use crate::store::{Db, StoreError, knowledge};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::Path;

/// Something wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path inside the folder.
    pub file: String,
    /// Line, counted from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong, in Chinese, for the admin.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}：{}", self.file, self.reason),
            line => write!(f, "{} 第 {line} 行：{}", self.file, self.reason),
        }
    }
}

/// Why an import did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that are broken or contradict each other; all of them, not only the first.
    #[error("知识库有 {} 处问题，没有导入任何内容：\n{}", .0.len(), list(.0))]
    Problems(Vec<Problem>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The knowledge could not be written as JSON.
    #[error("{0}")]
    Encode(#[from] serde_json::Error),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// This version was published.
    Published(i64),
    /// The database holds the same content already, as this version.
    Unchanged(i64),
}

/// Reads and checks a folder.
///
/// # Errors
/// Every problem found.
pub fn read_folder(folder: &Path) -> Result<Knowledge, Vec<Problem>> {
    let located = read::folder(folder)?;
    let problems = check::all(&located);
    if problems.is_empty() { Ok(located.into_knowledge()) } else { Err(problems) }
}

/// Publishes the content of a folder, unless the database holds it already. Drafts of the console stay what they are.
///
/// # Errors
/// [`ImportError`]; nothing was changed then.
pub async fn import(db: &Db, folder: &Path, now: Timestamp) -> Result<Imported, ImportError> {
    let content = read_folder(folder).map_err(ImportError::Problems)?;
    let checksum = checksum(&content)?;
    let former = knowledge::newest(db).await?;
    if let Some(former) = &former
        && former.checksum == checksum
    {
        return Ok(Imported::Unchanged(former.version));
    }
    // The first version is not told apart from nothing: there is nothing to go back to.
    let changes = former.map(|former| difference(&former.knowledge, &content)).transpose()?.unwrap_or_default();
    let new = NewVersion {
        checksum: &checksum,
        source: Source::Folder,
        actor: "import",
        note: "",
        rolled_back_to: None,
        changes: &changes,
        at: now,
    };
    Ok(Imported::Published(knowledge::publish(db, &content, &new).await?))
}

/// Names a content.
///
/// # Errors
/// serde's, which no knowledge causes.
pub fn checksum(content: &Knowledge) -> serde_json::Result<String> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(content)?)))
}

/// Whether a folder may be imported without being asked for: the newest version came from a folder, not from the
/// console.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn belongs_to_the_folder(db: &Db) -> Result<bool, StoreError> {
    let (newest, _) = knowledge::version::list(db, 1, 0).await?;
    Ok(newest.first().is_none_or(|newest| newest.source == Source::Folder.name()))
}

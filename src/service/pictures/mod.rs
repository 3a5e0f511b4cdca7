//! Pictures that admins put into answers. What was uploaded is looked at, decoded, and written anew; only the new file is
//! kept. So nothing hides behind a picture: no other kind of file, no script, no place where it was taken.

mod anew;

use super::apart::apart;
use crate::clock::Clock;
use crate::model::customer::Staff;
use crate::service::Failure;
use crate::service::token::random_bytes;
use crate::store::audit::Deed;
use crate::store::picture::{self, Picture};
use crate::store::{Db, StoreError};
use anew::write_anew;
use serde_json::json;
use uuid::Uuid;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Most pixels, and longest side: a small file must not become a large memory.
const MAX_PIXELS: usize = 16_000_000;
const MAX_SIDE: usize = 8_192;

/// A picture that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Its random id.
    pub id: Uuid,
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
}

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PictureRefused {
    /// Too many bytes.
    #[error("图片不能超过 {} MB", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    /// Too many pixels.
    #[error("图片最多 {} 万像素，单边最多 {MAX_SIDE}", MAX_PIXELS / 10_000)]
    TooManyPixels,
    /// The first bytes are not those of a kind that is taken.
    #[error("只能上传 PNG 或 JPEG 图片")]
    UnknownKind,
    /// It begins like one, and is none.
    #[error("图片已损坏，无法读取")]
    Broken,
    /// Something failed inside.
    #[error("系统出了点问题，请稍后再试")]
    Failed(#[from] Failure),
}

impl From<StoreError> for PictureRefused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The use case; clones share everything.
#[derive(Clone)]
pub struct Pictures {
    db: Db,
    clock: Clock,
}

impl Pictures {
    /// Puts the use case together.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Takes a picture in.
    ///
    /// # Errors
    /// [`PictureRefused`].
    pub async fn add(&self, by: &Staff, file: Vec<u8>) -> Result<Kept, PictureRefused> {
        if file.len() > MAX_BYTES {
            return Err(PictureRefused::TooLarge);
        }
        let uploaded = file.len();
        // Decoding takes up to a second of one core, so it runs beside the event loop.
        let new = apart(move || write_anew(&file)).await??;
        let id = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid();
        let after = json!({ "kind": new.kind, "width": new.width, "height": new.height, "uploaded_bytes": uploaded });
        let subject = id.to_string();
        let deed = Deed::new(&by.name, "picture_added", &subject, self.clock.now()).from_to(None, Some(after));
        picture::add(&self.db, id, new.kind, &new.bytes, &deed).await?;
        Ok(Kept { id, width: new.width, height: new.height })
    }

    /// A picture.
    ///
    /// # Errors
    /// [`Failure`] where the database fails.
    pub async fn of(&self, id: Uuid) -> Result<Option<Picture>, Failure> {
        Ok(picture::of(&self.db, id).await?)
    }
}

//! The intent model that comes with a knowledge folder, so that a first start need not train what was trained before.
//!
//! `xiaoer train intents` writes it beside the knowledge. It names the checksum of all that it was trained from: where an
//! utterance, a word of the dictionary or a setting has changed since, it is passed over, and the model is trained anew.

use crate::classify::intent::IntentModel;
use std::path::{Path, PathBuf};

/// Place of the model in a knowledge folder.
const FILE: &str = "trained/intents.bin";

/// Letters of a checksum.
const CHECKSUM: usize = 64;

/// What a knowledge folder brings beside its knowledge.
#[derive(Debug, Clone)]
pub struct TrainedBefore {
    file: PathBuf,
}

impl TrainedBefore {
    /// What lies in a knowledge folder, if there is something.
    pub fn of(folder: &Path) -> Self {
        Self { file: folder.join(FILE) }
    }

    /// The model's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The intent model, where it was trained from what this checksum names.
    pub fn intents(&self, checksum: &str) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(&self.file).ok()?;
        let named = bytes.get(..CHECKSUM)? == checksum.as_bytes();
        named.then(|| bytes.split_off(CHECKSUM))
    }

    /// Keeps a model that was trained from what this checksum names.
    ///
    /// # Errors
    /// The operating system's.
    pub fn keep(&self, checksum: &str, model: &IntentModel) -> std::io::Result<()> {
        let mut bytes = checksum.as_bytes().to_vec();
        bytes.extend(model.to_bytes());
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&self.file, bytes)
    }
}

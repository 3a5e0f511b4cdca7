//! The file of a trained model: eight bytes that say which kind and version it is, a header as JSON behind its length in four
//! bytes, numbers (little-endian, without gaps), and the SHA-256 of all that.
//!
//! What is read is checked whole before any of it is believed; after that only a file whose writer was wrong can end early.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

const CHECKSUM: usize = 32;

/// Why a file was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not a file of this kind and version.
    #[error("not a file of this program")]
    Foreign,
    /// Cut short or changed.
    #[error("the file is damaged")]
    Damaged,
}

/// The bytes of a file.
pub fn write(kind: [u8; 8], header: &impl Serialize, numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let header = serde_json::to_vec(header).expect("a header of plain data can always be written");
    let length = u32::try_from(header.len()).expect("a header of less than four gigabytes");
    let mut bytes = kind.to_vec();
    bytes.extend(length.to_le_bytes());
    bytes.extend(header);
    bytes.extend(numbers);
    let checksum = Sha256::digest(&bytes);
    bytes.extend(checksum);
    bytes
}

/// A file that is being read.
pub struct ModelFile<'a> {
    /// Everything before the checksum.
    content: &'a [u8],
    checksum: &'a [u8; CHECKSUM],
    /// What of the content has not been read yet.
    left: &'a [u8],
}

impl<'a> ModelFile<'a> {
    /// Checks a file and reads its header.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn open<H: DeserializeOwned>(kind: [u8; 8], bytes: &'a [u8]) -> Result<(H, Self), FileError> {
        if !bytes.starts_with(&kind) {
            return Err(FileError::Foreign);
        }
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(FileError::Damaged)?;
        if Sha256::digest(content)[..] != checksum[..] {
            return Err(FileError::Damaged);
        }
        let mut file = Self { content, checksum, left: content };
        file.take(kind.len())?;
        let length = u32::from_le_bytes(file.array()?) as usize;
        let header = serde_json::from_slice(file.take(length)?).map_err(|_| FileError::Foreign)?;
        Ok((header, file))
    }

    /// The next bytes.
    ///
    /// # Errors
    /// [`FileError::Damaged`] where there are fewer.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], FileError> {
        let (taken, left) = self.left.split_at_checked(length).ok_or(FileError::Damaged)?;
        self.left = left;
        Ok(taken)
    }

    /// The next bytes, as many as the type says.
    ///
    /// # Errors
    /// [`FileError::Damaged`] where there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        self.take(N)?.try_into().map_err(|_| FileError::Damaged)
    }

    /// The next numbers.
    ///
    /// # Errors
    /// [`FileError::Damaged`] where there are fewer.
    pub fn floats(&mut self, count: usize) -> Result<Vec<f32>, FileError> {
        let length = count.checked_mul(size_of::<f32>()).ok_or(FileError::Damaged)?;
        let (numbers, _) = self.take(length)?.as_chunks();
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// Where in the file the next byte lies.
    pub fn position(&self) -> usize {
        self.content.len() - self.left.len()
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The SHA-256 of the content.
    pub fn checksum(&self) -> &'a [u8] {
        self.checksum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: [u8; 8] = *b"XIAOTST1";

    #[test]
    fn what_was_written_is_read() {
        let numbers = [1.5_f32, -2.0].into_iter().flat_map(f32::to_le_bytes).chain([7]);
        let bytes = write(KIND, &"a header", numbers);
        let (header, mut file) = ModelFile::open::<String>(KIND, &bytes).unwrap();
        assert_eq!((header.as_str(), file.left()), ("a header", 9));
        assert_eq!(file.floats(2).unwrap(), [1.5, -2.0]);
        assert_eq!(bytes[file.position()], 7);
        assert_eq!(file.array::<1>().unwrap(), [7]);
        assert_eq!(file.take(1), Err(FileError::Damaged));
    }

    #[test]
    fn another_kind_and_any_changed_byte_are_refused() {
        let bytes = write(KIND, &"a header", [1, 2, 3]);
        assert_eq!(ModelFile::open::<String>(*b"XIAOTST2", &bytes).err(), Some(FileError::Foreign));
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(ModelFile::open::<String>(KIND, &changed).is_err(), "byte {at}");
            assert!(ModelFile::open::<String>(KIND, &bytes[..at]).is_err(), "cut at {at}");
        }
    }
}

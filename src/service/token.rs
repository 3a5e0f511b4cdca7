//! What nobody can guess (the tokens of visitors and links, sessions, keys), and what is stored of it.

use crate::service::Failure;
use sha2::{Digest, Sha256};

/// Bytes that nobody can guess.
///
/// # Errors
/// [`Failure::Inside`] where the operating system has no randomness.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Failure::inside("randomness", &error))?;
    Ok(bytes)
}

/// 256 random bits in hexadecimal.
///
/// # Errors
/// [`Failure::Inside`] where the operating system has no randomness.
pub fn new_token() -> Result<String, Failure> {
    Ok(hex::encode(random_bytes::<32>()?))
}

/// What is stored of a token. A random token of full length needs no salt and no slow hash, and looking its hash up
/// tells a guesser nothing by its time.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

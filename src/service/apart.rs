//! Work that would hold up the event loop, and everybody who waits there with it.

use super::Failure;

/// Does work on a thread of its own while the event loop goes on, and waits for what comes of it.
///
/// For whatever computes for longer than a message may take (files of many rows, pictures, passwords, training, many
/// questions at once) and for libraries that block. What waits for the database or a socket stays on the event loop.
///
/// Work that has begun is done to its end, also where nobody waits for it any more: what bounds it, such as a permit,
/// belongs into the closure.
///
/// # Errors
/// [`Failure::Thread`] where the work panicked, or the program stopped before it began.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(Failure::Thread)
}

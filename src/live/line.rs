//! What a hub has for one socket: frames to write, or the code to close it with.

use crate::live::parcel::Parcel;
use crate::live::protocol::close;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// An empty one holds no queue: ten thousand idle sockets are the normal case.
#[derive(Debug, Default)]
pub(super) struct Line {
    due: Mutex<Due>,
    /// Rung when something is due.
    bell: Notify,
    /// Signs of life that came another way than over the socket itself.
    heard: AtomicU64,
}

#[derive(Debug, Default)]
struct Due {
    /// Frames to write, in order.
    frames: VecDeque<Arc<Parcel>>,
    /// The close code, once the socket has to go.
    close: Option<u16>,
}

impl Line {
    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds frames where at most `room` wait then; returns whether they all found room. If not, the line is closed.
    pub(super) fn offer(&self, parcels: &[Arc<Parcel>], room: usize) -> bool {
        let mut due = self.due();
        let fits = due.frames.len() + parcels.len() <= room;
        if fits {
            due.frames.extend(parcels.iter().cloned());
        } else {
            due.close = Some(close::RESUME);
        }
        drop(due);
        self.bell.notify_one();
        fits
    }

    pub(super) fn close(&self, code: u16) {
        self.due().close = Some(code);
        self.bell.notify_one();
    }

    /// The next frame, or the code to close with after the last one.
    pub(super) async fn next(&self) -> Result<Arc<Parcel>, u16> {
        loop {
            {
                let mut due = self.due();
                if let Some(parcel) = due.frames.pop_front() {
                    return Ok(parcel);
                }
                if let Some(code) = due.close {
                    return Err(code);
                }
            }
            self.bell.notified().await;
        }
    }

    /// The next frame, if there is one already.
    pub(super) fn ready(&self) -> Option<Arc<Parcel>> {
        self.due().frames.pop_front()
    }

    /// Counts a sign of life.
    pub(super) fn heard(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    /// Signs of life so far.
    pub(super) fn signs_of_life(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }
}

//! What takes long runs beside the request that began it; its progress stands in the database.

use super::{Keeper, Refused};
use crate::clock::Timestamp;
use crate::service::Failure;
use crate::store::job::{self, End, JobRow};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// How often progress is written down.
const WRITTEN: Duration = Duration::from_millis(300);

/// How long a job may give no sign of life before it counts as broken off with its server.
const LOST: Duration = Duration::from_secs(30);

/// Problems that are kept of a job, at most.
const KEPT: usize = 1_000;

/// How far a job is; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<Mutex<(&'static str, i64, i64)>>);

impl Progress {
    /// Begins a step of so many parts, or goes on in it.
    pub(super) fn tell(&self, step: &'static str, done: usize, total: usize) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (step, done as i64, total as i64);
    }

    fn told(&self) -> (&'static str, i64, i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Begins a job; `work` hears where to tell its progress and gives the result as JSON.
    pub(super) async fn begin<W>(
        &self,
        kind: &str,
        by: &str,
        work: impl FnOnce(Self, Progress) -> W + Send,
    ) -> Result<Uuid, Refused>
    where
        W: Future<Output = Result<Value, Refused>> + Send + 'static,
    {
        let id = Uuid::now_v7();
        job::begin(&self.db, id, kind, by, self.clock.now()).await?;
        let progress = Progress::default();
        let work = tokio::spawn(work(self.clone(), progress.clone()));
        tokio::spawn(self.clone().attend(id, progress, work));
        Ok(id)
    }

    async fn attend(self, id: Uuid, progress: Progress, mut work: tokio::task::JoinHandle<Result<Value, Refused>>) {
        let mut ticks = tokio::time::interval(WRITTEN);
        let ended = loop {
            tokio::select! {
                ended = &mut work => break ended,
                _ = ticks.tick() => {
                    let (step, done, total) = progress.told();
                    if let Err(error) = job::tell(&self.db, id, step, done, total, self.clock.now()).await {
                        tracing::warn!(%error, "progress cannot be written down");
                    }
                }
            }
        };
        let end = match ended {
            Ok(Ok(result)) => End::Done(result),
            Ok(Err(refused)) => failed(refused),
            Err(error) => failed(Failure::Thread(error).into()),
        };
        if let Err(error) = job::end(&self.db, id, &end, self.clock.now()).await {
            tracing::error!(%error, "the end of a job cannot be written down");
        }
    }

    /// A job. One that has given no sign of life for long was broken off with its server.
    ///
    /// # Errors
    /// [`Refused::NotFound`] where there is none.
    pub async fn job(&self, id: Uuid) -> Result<JobRow, Refused> {
        let mut found = job::get(&self.db, id).await?.ok_or_else(|| Refused::NotFound("这个任务".to_owned()))?;
        if found.state == "running" && self.clock.now().since(Timestamp(found.seen_at)) > LOST {
            "failed".clone_into(&mut found.state);
            found.message = Some("服务重启过，任务中断了，请重新开始".to_owned());
        }
        Ok(found)
    }
}

fn failed(refused: Refused) -> End {
    let message = refused.to_string();
    match refused {
        Refused::Invalid(mut problems) => {
            problems.truncate(KEPT);
            End::Failed(message, serde_json::to_value(problems).unwrap_or_default())
        }
        Refused::Failed(failure) => {
            tracing::error!(error = &failure as &dyn std::error::Error, "a job failed");
            End::Failed(message, Value::Array(Vec::new()))
        }
        _ => End::Failed(message, Value::Array(Vec::new())),
    }
}

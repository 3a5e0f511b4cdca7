//! The commands of the program: one file each, thin over the services.

pub mod bench;
pub mod evaluate;
pub mod import;
pub mod serve;
pub mod train;
pub mod user;

/// Runs an async command to its end.
///
/// # Errors
/// The command's, or that no runtime could be started.
pub fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

//! The commands of the program: one file each, thin over the services.

pub mod ask;
pub mod backup;
pub mod bench;
pub mod doctor;
pub mod evaluate;
pub mod import;
pub mod migrate_database;
pub mod restore;
pub mod retain;
pub mod serve;
pub mod train;
pub mod user;

use serde::Serialize;

/// Runs an async command to its end.
///
/// # Errors
/// The command's, or that no runtime could be started.
pub fn block_on(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

/// Prints figures: as one JSON object, or as a table for people.
fn print_figures<F: Serialize>(figures: &F, json: bool, table: impl FnOnce(&F)) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(figures)?);
    } else {
        table(figures);
    }
    Ok(())
}

//! What the compiler cannot see by itself: the migrations are part of the program, and so are the tokenizers of its models,
//! packed, because a third of their size says the same. And the release program has no symbols.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::Path;

/// Models with a tokenizer, below `knowledge_base/models`. `src/service/shipped.rs` takes them from where they are put here.
const MODELS: [&str; 2] = ["sentiment", "semantic"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        // Cargo forgets the profile's `strip` where the package has an optimisation level of its own.
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
    let out = std::env::var("OUT_DIR")?;
    for model in MODELS {
        let tokenizer = format!("knowledge_base/models/{model}/tokenizer.json");
        println!("cargo::rerun-if-changed={tokenizer}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&fs::read(&tokenizer).map_err(|error| format!("{tokenizer}: {error}"))?)?;
        fs::write(Path::new(&out).join(format!("{model}.json.gz")), packed.finish()?)?;
    }
    Ok(())
}

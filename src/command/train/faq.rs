//! `xiaoer train faq`: the semantic model and the ranker that all shops start with, from phrasings by topic.

use crate::command::evaluate::table::Table;
use crate::command::train::material::{bar, models, read_pairs, read_topics};
use crate::search::ranking::{Ranker, Rankers};
use crate::search::rehearsal::Material;
use crate::search::semantic::SemanticModel;
use crate::search::semantic::train::SemanticSettings;
use crate::text::Language;
use crate::text::word_vectors::WordVectors;
use anyhow::Context;
use std::collections::HashMap;
use std::path::Path;

/// Shops that are rehearsed.
const SHOPS: usize = 80;

/// Parts of a collection that are held out in turn.
const PARTS: usize = 5;

/// What is learned from.
pub struct Files<'a> {
    /// Folder with phrasings by topic.
    pub topics: &'a Path,
    /// Pairs of questions to one field that mean the same.
    pub pairs: Option<&'a Path>,
    /// Folder with questions about everything: `corpus.tsv` and `queries.tsv`.
    pub questions: Option<&'a Path>,
    /// Word vectors.
    pub words: &'a Path,
}

/// Trains and writes both models.
///
/// # Errors
/// Unreadable files and bad lines, by file and line.
pub fn run(files: &Files<'_>, out: &Path) -> anyhow::Result<()> {
    let vectors = std::fs::read(files.words).with_context(|| files.words.display().to_string())?;
    // No shop's words: the models must serve every shop.
    let language = Language::new(&[]).with_vectors(Some(WordVectors::load(&vectors.into())?));
    let lessons = read_topics(files.topics)?;
    let settings = SemanticSettings::default();
    println!("{} 句问法", lessons.len());

    let pairs = files.pairs.map(read_pairs).transpose()?.unwrap_or_default();
    let material = Material::new(&language, &lessons);
    let models = models(&language, &material, &lessons, &pairs, &settings)?;

    let bar = bar("演练小店", SHOPS as u64)?;
    let retail = material.rehearse(&models.by_fold, SHOPS, settings.seed, |_| bar.inc(1))?.teach(None)?;
    bar.finish_and_clear();
    let field = match files.pairs {
        Some(_) => material.rehearse_paraphrases(&models.by_half, &pairs, settings.seed)?.teach(None)?,
        None => retail.clone(),
    };
    let semantic = models.shipped;
    let everyday = match files.questions {
        Some(folder) => everyday(&material, &semantic, folder, settings.seed)?,
        None => field.clone(),
    };
    let rankers = Rankers { retail, field, everyday };
    let folder = out.join("semantic");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("tokenizer.json"), semantic.tokenizer_json())?;
    std::fs::write(folder.join("weights.bin"), semantic.weights_bytes())?;
    std::fs::write(folder.join("card.md"), card(&semantic, lessons.len(), pairs.len(), &settings))?;
    std::fs::write(out.join("rankers.json"), serde_json::to_string_pretty(&rankers)?)?;
    println!("语义模型：{} 个话题，写到 {}", semantic.topics().len(), folder.display());
    Ok(())
}

/// Learns from one big collection of questions, and says how well it ranks those that it did not learn from.
fn everyday(material: &Material, semantic: &SemanticModel, folder: &Path, seed: u64) -> anyhow::Result<Ranker> {
    let known = Table::read(&folder.join("corpus.tsv"))?.pairs("faq_id", "question")?;
    let queries = Table::read(&folder.join("queries.tsv"))?.pairs("query", "faq_id")?;
    let places: HashMap<&str, usize> = known.iter().enumerate().map(|(place, (id, _))| (id.as_str(), place)).collect();
    let asked: Vec<(&str, usize)> =
        queries.iter().filter_map(|(query, id)| Some((query.as_str(), *places.get(id.as_str())?))).collect();
    let mut rehearsals = material.rehearse_collection(semantic, &known, &asked, seed)?;
    let (first, reciprocal) = rehearsals.cross_validate(PARTS, None)?;
    println!("{}：{} 问，{PARTS} 折交叉验证：首位 {first:.4}，MRR@10 {reciprocal:.4}", folder.display(), asked.len());
    Ok(rehearsals.teach(None)?)
}

fn card(model: &SemanticModel, lessons: usize, pairs: usize, settings: &SemanticSettings) -> String {
    format!(
        "# Semantic model and rankers\n\n\
         The semantic model reads what a text is about: a softmax regression over {} topics of online shopping and of \
         what shops are asked by mistake, through vectors of {} numbers. Beside it stands the sense of a text, {} \
         numbers, near to those of texts that mean the same.\n\n\
         ## Data\n\n{lessons} phrasings of `knowledge_base/topics`, written for this project; the sense has learned \
         from {pairs} pairs of paraphrases as well (AFQMC, training part). Half of the phrasings that the model sees are \
         retyped: typed pinyin, homophones, lost and swapped characters.\n\n\
         ## Settings\n\nWords, characters and sounds that occur at least {} times, {} epochs of AdaGrad with step {}, \
         {:.0} % of the features left out, {:.0} % of the truth spread over all topics. The sense: {} epochs in batches of \
         {} pairs, temperature {}, step {}, {:.0} % of the features left out. Vectors rounded to 8 bits.\n\n\
         The rankers (`rankers.json`) are logistic regressions over the features of a pair. `retail` learned from \
         {SHOPS} rehearsed shops whose questions neither they nor their semantic models saw; `field` from pairs of \
         paraphrases (AFQMC, training part), `everyday` from questions about everything (LCQMC, development part); \
         neither is part of this repository.\n\n\
         Repeat with `xiaoer train faq --pairs afqmc_pairs/train_pairs.tsv --questions lcqmc_full_dev`.\n\n\
         ## Known weaknesses\n\nAll phrasings come from one hand. Topics that shops have and the list lacks are only \
         found by words, characters and sounds.\n",
        model.topics().len(),
        settings.dimensions,
        settings.sense_dimensions,
        settings.min_documents,
        settings.epochs,
        settings.step,
        settings.dropout * 100.0,
        settings.smoothing * 100.0,
        settings.sense_epochs,
        settings.sense_batch,
        settings.temperature,
        settings.sense_step,
        settings.sense_dropout * 100.0,
    )
}

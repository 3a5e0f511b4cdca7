//! A tantivy index over documents with several views, each a bag of terms with its own BM25 scores.
//!
//! The index lives in memory: it is small (a thousand phrasings need about a megabyte), is built in milliseconds,
//! and belongs to one knowledge version.

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, IndexReader, ReloadPolicy, TantivyDocument, Term};

/// Memory of the writer while it builds; tantivy's minimum for one thread is 15 MB.
const WRITER_BYTES: usize = 20_000_000;

/// Name of the column with a document's place in the list it came from.
const ORDINAL: &str = "ordinal";

/// An index over documents with a fixed number of views.
pub struct ViewIndex {
    reader: IndexReader,
    views: Vec<Field>,
}

/// A document found in one view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The document's place in the list it came from.
    pub document: usize,
    /// Its BM25 score in this view.
    pub score: f32,
}

impl ViewIndex {
    /// Builds an index; `documents` yields, for each document, the terms of each view.
    ///
    /// # Errors
    /// tantivy's error where the index cannot be built.
    pub fn build<'a>(
        view_names: &[&str],
        documents: impl IntoIterator<Item = Vec<&'a [String]>>,
    ) -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let ordinal = schema.add_u64_field(ORDINAL, NumericOptions::default().set_fast());
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let views: Vec<Field> = (view_names.iter())
            .map(|name| schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing.clone())))
            .collect();
        let index = Index::create_in_ram(schema.build());
        // One thread, one segment: scores do not depend on how documents fell into segments.
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_BYTES)?;
        for (place, terms) in documents.into_iter().enumerate() {
            let mut document = TantivyDocument::new();
            document.add_u64(ordinal, place as u64);
            for (view, terms) in views.iter().zip(terms) {
                document.add_pre_tokenized_text(*view, pre_tokenized(terms));
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, views })
    }

    /// The best documents of one view, best first; equal scores in the order of the documents.
    ///
    /// # Errors
    /// tantivy's error where the index cannot be read.
    pub fn search(&self, view: usize, terms: &[String], limit: usize) -> tantivy::Result<Vec<Hit>> {
        let field = self.views[view];
        let mut distinct: Vec<&String> = terms.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let clauses = distinct.into_iter().map(|term| {
            let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
            (Occur::Should, Box::new(query) as Box<dyn Query>)
        });
        let searcher = self.reader.searcher();
        let query = BooleanQuery::new(clauses.collect());
        let found = searcher.search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score())?;
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let ordinals = searcher.segment_reader(address.segment_ord).fast_fields().u64(ORDINAL)?;
            if let Some(document) = ordinals.first(address.doc_id) {
                hits.push(Hit { document: document as usize, score });
            }
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
        Ok(hits)
    }
}

fn pre_tokenized(terms: &[String]) -> PreTokenizedString {
    let tokens = (terms.iter().enumerate())
        .map(|(position, term)| Token { position, text: term.clone(), ..Token::default() })
        .collect();
    PreTokenizedString { text: String::new(), tokens }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(list: &[&str]) -> Vec<String> {
        list.iter().map(|term| (*term).to_owned()).collect()
    }

    #[test]
    fn each_view_has_its_own_scores() {
        let documents = [(terms(&["退款", "多久"]), terms(&["退"])), (terms(&["发货", "多久"]), terms(&["发"]))];
        let index =
            ViewIndex::build(&["words", "characters"], documents.iter().map(|(a, b)| vec![a.as_slice(), b.as_slice()]))
                .unwrap();
        let both = index.search(0, &terms(&["多久", "发货"]), 5).unwrap();
        assert_eq!(both.iter().map(|hit| hit.document).collect::<Vec<_>>(), [1, 0]);
        let one = index.search(1, &terms(&["发"]), 5).unwrap();
        assert_eq!(one.len(), 1);
        assert!(index.search(0, &[], 5).unwrap().is_empty());
    }
}

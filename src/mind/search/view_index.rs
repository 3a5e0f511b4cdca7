//! A tantivy index over documents with several views, each a bag of terms with its own BM25 scores.
//!
//! The index lives in memory, is built in milliseconds, and belongs to one knowledge version. tantivy keeps and
//! compresses the postings; they are read here directly, because a query has some thirty terms in each view and most
//! lists are short: what a general search spends on each term before it reads the list would be most of the time.
//!
//! # The score
//! BM25 (Robertson and Zaragoza, 2009) with `k1 = 1.2`, `b = 0.75`, the numbers that tantivy's own search gives; a test
//! compares the two. Each distinct term of the query counts once.
//!
//! # Many documents
//! Terms are added from the rarest to the most frequent. Once the terms that are left cannot lift a new document among
//! the best any more, only those documents are scored further that still can be among them (MaxScore, Turtle and Flood,
//! 1995). The result is the same as without; a test compares the two.

use crate::search::scores::Scores;
use std::collections::HashMap;
use std::ops::Range;
use tantivy::directory::RamDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings, SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{DocSet, Index, SegmentReader, SingleSegmentIndexWriter, TERMINATED, TantivyDocument};

/// Memory that the writer begins with.
const WRITER_BYTES: usize = 20_000_000;

/// How fast repetitions of a term stop to count.
const K1: f32 = 1.2;

/// How much long documents are held back.
const B: f32 = 0.75;

/// What sums of scores may differ by, depending on the order of their terms.
const ROUNDING: f32 = 1e-3;

/// Reading on costs so many times less than looking for a place in a list.
const SEEK: usize = 8;

/// Length of a list from which it is worth the while to find out whether it has to be read at all.
const LONG_LIST: u32 = 2_048;

/// An index over documents with a fixed number of views.
pub struct ViewIndex {
    views: Vec<View>,
    documents: usize,
}

/// One view: its terms, and the lists of documents that have them.
struct View {
    lists: Lists,
    terms: HashMap<Box<str>, TermEntry>,
}

/// Where the list of each term lies, and what a place in it is worth.
struct Lists {
    postings: std::sync::Arc<InvertedIndexReader>,
    /// Length of each document, rounded by tantivy to one byte.
    lengths: FieldNormReader,
    /// `k1 · (1 - b + b · length / mean length)` by the byte of the length.
    saturation: Box<[f32; 256]>,
    /// What a term that stands once gets of its weight, by the byte of the length.
    once: Box<[f32; 256]>,
}

struct TermEntry {
    info: TermInfo,
    /// Inverse document frequency times `k1 + 1`.
    weight: f32,
    /// The most that any document gets from this term.
    ceiling: f32,
}

/// A document found in one view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The document's place in the list it came from.
    pub document: usize,
    /// Its BM25 score in this view.
    pub score: f32,
}

/// An index that is being built.
pub struct ViewIndexBuilder {
    writer: SingleSegmentIndexWriter,
    fields: Vec<Field>,
    documents: usize,
}

impl ViewIndexBuilder {
    /// An empty one.
    ///
    /// # Errors
    /// tantivy's.
    pub fn new(view_names: &[&str]) -> tantivy::Result<Self> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let fields = (view_names.iter())
            .map(|name| schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing.clone())))
            .collect();
        // One segment: a document's number is its place, and scores do not depend on how documents were dealt out.
        let writer = Index::builder()
            .schema(schema.build())
            .single_segment_index_writer(RamDirectory::create(), WRITER_BYTES)?;
        Ok(Self { writer, fields, documents: 0 })
    }

    /// Adds a document with the terms of each view.
    ///
    /// # Errors
    /// tantivy's.
    pub fn add(&mut self, terms: &[&[String]]) -> tantivy::Result<()> {
        let mut document = TantivyDocument::new();
        for (field, terms) in self.fields.iter().zip(terms) {
            document.add_pre_tokenized_text(*field, pre_tokenized(terms));
        }
        self.writer.add_document(document)?;
        self.documents += 1;
        Ok(())
    }

    /// The index.
    ///
    /// # Errors
    /// tantivy's.
    pub fn finish(self) -> tantivy::Result<ViewIndex> {
        let searcher = self.writer.finalize()?.reader()?.searcher();
        let views = match searcher.segment_readers().first() {
            Some(segment) => {
                self.fields.iter().map(|field| View::open(segment, *field)).collect::<tantivy::Result<_>>()?
            }
            None => Vec::new(),
        };
        Ok(ViewIndex { views, documents: self.documents })
    }
}

/// What a document gets from each term of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The document's place in the list it came from.
    pub document: usize,
    /// The sum.
    pub score: f32,
    /// Term and what it adds.
    pub terms: Vec<(String, f32)>,
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
        let mut builder = ViewIndexBuilder::new(view_names)?;
        for terms in documents {
            builder.add(&terms)?;
        }
        builder.finish()
    }

    /// The best documents of one view, best first; equal scores in the order of the documents.
    ///
    /// # Errors
    /// tantivy's error where the index cannot be read.
    pub fn search(&self, view: usize, terms: &[String], limit: usize) -> tantivy::Result<Vec<Hit>> {
        self.find(view, terms, limit.max(1), LONG_LIST)
    }

    /// What each of some documents gets from each term; documents without any are left out.
    ///
    /// # Errors
    /// tantivy's error where the index cannot be read.
    pub fn explain(&self, view: usize, terms: &[String], documents: Range<usize>) -> tantivy::Result<Vec<Explained>> {
        let Some(view) = self.views.get(view) else { return Ok(Vec::new()) };
        let mut explained: Vec<Explained> =
            documents.clone().map(|document| Explained { document, score: 0.0, terms: Vec::new() }).collect();
        let mut distinct: Vec<&String> = terms.iter().collect();
        distinct.sort_unstable();
        distinct.dedup();
        for term in distinct {
            let Some(entry) = view.terms.get(term.as_str()) else { continue };
            let mut list =
                view.lists.postings.read_postings_from_terminfo(&entry.info, IndexRecordOption::WithFreqs)?;
            #[allow(clippy::cast_possible_truncation)]
            let mut at = seek(&mut list, documents.start as u32);
            while documents.contains(&(at as usize)) {
                let score = view.lists.score(entry, at, list.term_freq());
                let document = &mut explained[at as usize - documents.start];
                document.score += score;
                document.terms.push((term.clone(), score));
                at = list.advance();
            }
        }
        explained.retain(|document| !document.terms.is_empty());
        Ok(explained)
    }

    fn find(&self, view: usize, terms: &[String], limit: usize, long: u32) -> tantivy::Result<Vec<Hit>> {
        let Some(view) = self.views.get(view) else { return Ok(Vec::new()) };
        let mut lists: Vec<(&str, &TermEntry)> =
            terms.iter().filter_map(|term| view.terms.get(term.as_str()).map(|entry| (term.as_str(), entry))).collect();
        lists.sort_unstable_by(|a, b| a.1.info.doc_freq.cmp(&b.1.info.doc_freq).then(a.0.cmp(b.0)));
        lists.dedup_by_key(|(term, _)| *term);
        let mut left: f32 = lists.iter().map(|(_, entry)| entry.ceiling).sum::<f32>() + ROUNDING;
        let mut reached = 0.0;
        let mut scores = Scores::all_zero(self.documents);
        // To look at all scores costs time: after a look that was too early the next waits for half of the way.
        let (mut closed, mut look_below) = (false, f32::INFINITY);
        for (_, entry) in lists {
            if !closed && entry.info.doc_freq >= long && reached > left && left <= look_below {
                let threshold = scores.threshold(limit);
                closed = scores.close(threshold, left);
                look_below = left.midpoint(threshold.max(0.0));
            }
            if closed {
                scores.drop_below(scores.threshold(limit) - left);
                view.lists.score_known(entry, &mut scores)?;
            } else {
                view.lists.score_all(entry, &mut scores)?;
            }
            left -= entry.ceiling;
            reached += entry.ceiling;
        }
        let best = scores.best(limit);
        scores.put_back();
        Ok(best.into_hits())
    }
}

impl View {
    fn open(segment: &SegmentReader, field: Field) -> tantivy::Result<Self> {
        let postings = segment.inverted_index(field)?;
        let documents = segment.max_doc() as f32;
        let mean_length = postings.total_num_tokens() as f32 / documents;
        let mut saturation = Box::new([0.0; 256]);
        for (byte, saturation) in (0..=u8::MAX).zip(saturation.iter_mut()) {
            *saturation = K1 * (1.0 - B + B * FieldNormReader::id_to_fieldnorm(byte) as f32 / mean_length);
        }
        let mut terms = HashMap::with_capacity(postings.terms().num_terms());
        let mut stream = postings.terms().stream()?;
        while let Some((term, info)) = stream.next() {
            let Ok(term) = std::str::from_utf8(term) else { continue };
            let frequency = info.doc_freq as f32;
            let rarity = (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln();
            let entry = TermEntry { info: info.clone(), weight: rarity * (1.0 + K1), ceiling: 0.0 };
            terms.insert(term.into(), entry);
        }
        let lengths = segment.get_fieldnorms_reader(field)?;
        let once = Box::new(saturation.map(|saturation| 1.0 / (1.0 + saturation)));
        let lists = Lists { postings, lengths, saturation, once };
        for entry in terms.values_mut() {
            let mut ceiling = 0.0_f32;
            lists.each(entry, |_, score| ceiling = ceiling.max(score))?;
            entry.ceiling = ceiling;
        }
        Ok(Self { lists, terms })
    }
}

impl Lists {
    fn score(&self, entry: &TermEntry, document: u32, frequency: u32) -> f32 {
        let length = usize::from(self.lengths.fieldnorm_id(document));
        match frequency {
            1 => entry.weight * self.once[length],
            _ => entry.weight * (frequency as f32 / (frequency as f32 + self.saturation[length])),
        }
    }

    /// Calls back with every document of a term and what it gets from it.
    fn each(&self, entry: &TermEntry, mut found: impl FnMut(u32, f32)) -> tantivy::Result<()> {
        let mut block = self.postings.read_block_postings_from_terminfo(&entry.info, IndexRecordOption::WithFreqs)?;
        while !block.docs().is_empty() {
            for (document, frequency) in block.docs().iter().zip(block.freqs()) {
                found(*document, self.score(entry, *document, *frequency));
            }
            block.advance();
        }
        Ok(())
    }

    /// Adds a term to every document that has it.
    fn score_all(&self, entry: &TermEntry, scores: &mut Scores) -> tantivy::Result<()> {
        self.each(entry, |document, score| scores.add(document, score))
    }

    /// Adds a term to those documents that have been touched, which must be sorted.
    fn score_known(&self, entry: &TermEntry, scores: &mut Scores) -> tantivy::Result<()> {
        if (entry.info.doc_freq as usize) < scores.touched.len() * SEEK {
            return self.each(entry, |document, score| scores.add_known(document, score));
        }
        let mut list = self.postings.read_postings_from_terminfo(&entry.info, IndexRecordOption::WithFreqs)?;
        for document in &scores.touched {
            let at = seek(&mut list, *document);
            if at == TERMINATED {
                break;
            }
            if at == *document {
                scores.of[at as usize] += self.score(entry, at, list.term_freq());
            }
        }
        Ok(())
    }
}

/// The first document of a list from a target on; tantivy's own seek must not be asked to go back.
fn seek(list: &mut SegmentPostings, target: u32) -> u32 {
    if list.doc() < target { list.seek(target) } else { list.doc() }
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
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use tantivy::collector::TopDocs;
    use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
    use tantivy::{IndexWriter, Term};

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
        let none = ViewIndex::build(&["words"], std::iter::empty()).unwrap();
        assert!(none.search(0, &terms(&["发货"]), 5).unwrap().is_empty());
    }

    /// Documents whose terms are spread as words are: few frequent, many rare.
    fn documents(count: usize, random: &mut ChaCha8Rng) -> Vec<Vec<String>> {
        let term = |random: &mut ChaCha8Rng| format!("t{}", (400.0 * random.random::<f64>().powi(3)) as u32);
        (0..count).map(|_| (0..random.random_range(1..12)).map(|_| term(random)).collect()).collect()
    }

    #[test]
    fn scores_are_those_of_tantivys_own_search() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let texts = documents(700, &mut random);
        let index = ViewIndex::build(&["words"], texts.iter().map(|text| vec![text.as_slice()])).unwrap();
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
        let field = schema.add_text_field("words", TextOptions::default().set_indexing_options(indexing));
        let other = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = other.writer_with_num_threads(1, 20_000_000).unwrap();
        for text in &texts {
            let mut document = TantivyDocument::new();
            document.add_pre_tokenized_text(field, pre_tokenized(text));
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = other.reader().unwrap().searcher();
        for query in documents(40, &mut random) {
            let mut distinct = query.clone();
            distinct.sort();
            distinct.dedup();
            let clauses = distinct.iter().map(|term| {
                let query = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs);
                (Occur::Should, Box::new(query) as Box<dyn Query>)
            });
            let found = searcher
                .search(&BooleanQuery::new(clauses.collect()), &TopDocs::with_limit(2_000).order_by_score())
                .unwrap();
            let mut expected: Vec<(usize, f32)> =
                found.into_iter().map(|(score, address)| (address.doc_id as usize, score)).collect();
            expected.sort_by_key(|(document, _)| *document);
            let mut hits: Vec<(usize, f32)> =
                index.search(0, &query, 2_000).unwrap().iter().map(|hit| (hit.document, hit.score)).collect();
            hits.sort_by_key(|(document, _)| *document);
            assert_eq!(hits.len(), expected.len());
            for (hit, expected) in hits.iter().zip(&expected) {
                assert_eq!(hit.0, expected.0);
                assert!((hit.1 - expected.1).abs() < 1e-4, "{hit:?} {expected:?}");
            }
        }
    }

    #[test]
    fn leaving_out_what_cannot_be_among_the_best_changes_nothing() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let texts = documents(3_000, &mut random);
        let index = ViewIndex::build(&["words"], texts.iter().map(|text| vec![text.as_slice()])).unwrap();
        for query in documents(300, &mut random) {
            for limit in [1, 10] {
                let all = index.find(0, &query, limit, u32::MAX).unwrap();
                assert_eq!(index.find(0, &query, limit, 1).unwrap(), all);
            }
        }
    }
}

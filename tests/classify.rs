//! What must hold of every trained model, whatever it is asked: properties over random texts and random damage.

use crate::support::DEMO;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;
use xiaoer::classify::classifier::{Classifier, Example, TrainSettings, Weighting};
use xiaoer::classify::explanation::Explanation;
use xiaoer::classify::features::{FeatureSet, VocabularySettings};
use xiaoer::classify::fit::FitSettings;
use xiaoer::classify::intent::IntentModel;
use xiaoer::classify::mood::{Mood, MoodReader};
use xiaoer::command::evaluate::mood::read as read_sentences;
use xiaoer::command::evaluate::parts;
use xiaoer::model::knowledge::{Intent, Lane};
use xiaoer::service::shipped::ShippedModels;
use xiaoer::service::trained::TrainedBefore;
use xiaoer::service::{import, publish};
use xiaoer::text::Language;
use xiaoer::text::tokenizer::Pipeline;

const TAUGHT: [(&str, &str); 12] = [
    ("怎么退款", "refund"),
    ("我要退款", "refund"),
    ("退钱给我", "refund"),
    ("钱什么时候退", "refund"),
    ("什么时候发货", "shipping"),
    ("还没发货吗", "shipping"),
    ("快点发货", "shipping"),
    ("今天能发出吗", "shipping"),
    ("怎么开发票", "invoice"),
    ("发票抬头写错了", "invoice"),
    ("能开专票吗", "invoice"),
    ("补开发票", "invoice"),
];

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| Language::new(&[]));
static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| train(&TAUGHT));
static MOODS: LazyLock<MoodReader> = LazyLock::new(|| {
    let shipped = ShippedModels::load(None).expect("the shipped models");
    let sentiment = shipped.sentiment(LANGUAGE.segmenter()).expect("the reviews model");
    MoodReader::new(shipped.mood().clone(), sentiment)
});

fn examples(taught: &[(&str, &str)]) -> Vec<Example> {
    taught.iter().map(|(text, label)| Example { text: LANGUAGE.read(text), label: (*label).to_owned() }).collect()
}

fn settings() -> TrainSettings {
    TrainSettings {
        fit: FitSettings { c: 10.0, dropout: 0.0, gradient_tolerance: 1e-8, max_iterations: 1_000 },
        vocabulary: VocabularySettings { features: FeatureSet::Opinion, min_documents: 1, max_features: 10_000 },
        weighting: Weighting::Telling,
        meaning: 0.0,
        temperature: Some(0.8),
    }
}

fn train(taught: &[(&str, &str)]) -> Classifier {
    Classifier::train(&LANGUAGE, &examples(taught), &settings()).expect("trained").0
}

fn load(bytes: &[u8]) -> Result<Classifier, xiaoer::classify::classifier::ModelError> {
    let pipeline = Pipeline::from_json(&CLASSIFIER.tokenizer_json(), LANGUAGE.segmenter()).expect("its tokenizer");
    Classifier::load(pipeline, None, bytes)
}

/// Texts of all kinds, and such as shoppers write.
fn text() -> impl Strategy<Value = String> {
    let chat = proptest::collection::vec(
        prop_oneof![
            Just("退款"),
            Just("发货"),
            Just("不"),
            Just("没有"),
            Just("发票"),
            Just("，"),
            Just("！"),
            Just("吗？"),
            Just("谢谢"),
            Just("骗子"),
            Just("满意"),
            Just("😡"),
            Just("13800138000"),
            Just(" "),
            Just("怎么"),
        ],
        0..12,
    );
    prop_oneof![chat.prop_map(|words| words.concat()), "\\PC{0,40}", any::<String>()]
}

/// Log-probability against the mean over all labels.
fn relative(probabilities: &[f64], place: usize) -> f64 {
    let logs: Vec<f64> = probabilities.iter().map(|p| p.ln()).collect();
    logs[place] - logs.iter().sum::<f64>() / logs.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn probabilities_sum_to_one(said in text()) {
        let text = LANGUAGE.read(&said);
        for probabilities in [CLASSIFIER.probabilities(&text), MOODS.read(&text).probabilities] {
            prop_assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)));
            prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn an_explanation_sums_to_the_score(said in text(), kept in 0_usize..6) {
        let text = LANGUAGE.read(&said);
        let probabilities = CLASSIFIER.probabilities(&text);
        for (place, label) in CLASSIFIER.labels().iter().enumerate() {
            let explained =
                Explanation::new(label, CLASSIFIER.bias(label), CLASSIFIER.explain(&text, label), kept).score();
            prop_assert!((explained / CLASSIFIER.temperature() - relative(&probabilities, place)).abs() < 1e-6);
        }
        let moods = MOODS.read(&text).probabilities;
        for mood in Mood::ALL {
            let explained = MOODS.explain(&text, mood, kept).score();
            prop_assert!((explained - relative(&moods, mood as usize)).abs() < 1e-6);
        }
    }

    #[test]
    fn the_same_examples_give_the_same_bytes(taken in proptest::sample::subsequence(TAUGHT.to_vec(), 3..12)) {
        let (first, second) = (train(&taken), train(&taken));
        prop_assert_eq!(first.weights_bytes(), second.weights_bytes());
        prop_assert_eq!(first.labels(), second.labels());
    }

    #[test]
    fn a_saved_model_answers_as_before(said in text()) {
        let loaded = load(&CLASSIFIER.weights_bytes()).expect("loads");
        let text = LANGUAGE.read(&said);
        for (before, after) in CLASSIFIER.probabilities(&text).iter().zip(loaded.probabilities(&text)) {
            prop_assert!((before - after).abs() < 1e-3);
        }
    }

    #[test]
    fn a_damaged_file_is_refused(place in any::<prop::sample::Index>(), bit in 0..8_u8, tail in any::<Vec<u8>>()) {
        let bytes = CLASSIFIER.weights_bytes();
        let at = place.index(bytes.len());
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        prop_assert!(load(&flipped).is_err());
        prop_assert!(load(&bytes[..at]).is_err());
        prop_assert!(load(&tail).is_err());
        let mut longer = bytes;
        longer.extend(&tail);
        prop_assert!(tail.is_empty() || load(&longer).is_err());
    }

    #[test]
    fn a_damaged_intent_model_is_refused(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        static INTENTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let intent = |name: &str| Intent {
                name: name.into(),
                title: name.into(),
                lane: Lane::Business,
                utterances: TAUGHT.iter().filter(|(_, l)| *l == name).map(|(text, _)| (*text).to_owned()).collect(),
            };
            IntentModel::train(&LANGUAGE, &[intent("refund"), intent("invoice")]).expect("trained").0.to_bytes()
        });
        let at = place.index(INTENTS.len());
        let mut flipped = INTENTS.clone();
        flipped[at] ^= 1 << bit;
        prop_assert!(IntentModel::from_bytes(&flipped, &LANGUAGE).is_err());
        prop_assert!(IntentModel::from_bytes(&INTENTS[..at], &LANGUAGE).is_err());
        prop_assert!(IntentModel::from_bytes(&INTENTS, &LANGUAGE).is_ok());
    }
}

#[test]
fn a_warm_start_ends_where_a_cold_one_does() {
    let former = train(&TAUGHT[..8]);
    let all = examples(&TAUGHT);
    let (warm, _) = Classifier::train_from(Some(&former), &LANGUAGE, &all, &settings()).expect("trained");
    for (said, _) in TAUGHT {
        let text = LANGUAGE.read(said);
        for (a, b) in warm.probabilities(&text).iter().zip(CLASSIFIER.probabilities(&text)) {
            assert!((a - b).abs() < 1e-4, "{said}");
        }
    }
}

#[test]
fn several_questions_are_heard_apart_and_single_ones_left_whole() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evaluation/parts/test.tsv");
    let (figures, wrong) = parts::measure(&DEMO, &file).expect("measured");
    assert!(figures.split <= 0.05 && figures.seen >= 0.85, "{figures:?}, {wrong:?}");
}

#[test]
fn the_model_that_comes_with_the_demo_shop_is_the_one_that_training_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge_base");
    let mut content = import::read_folder(&folder).expect("the demo shop");
    let shipped = ShippedModels::load(None).expect("the shipped models");
    let language = Language::new(&content.dictionary).with_vectors(shipped.vectors().expect("word vectors"));
    let checksum = publish::intents_checksum(&language, &content.intents, &[]).expect("a name");
    let bytes = TrainedBefore::of(&folder).intents(&checksum).expect("run `xiaoer train intents` after a change");
    let came_along = IntentModel::from_bytes(&bytes, &language).expect("a model");
    let (trained, _) = IntentModel::train(&language, &content.intents).expect("trained");
    assert_eq!(came_along.classifier().labels(), trained.classifier().labels());
    for said in content.intents.iter().flat_map(|intent| &intent.utterances) {
        let text = language.read(said);
        let both = [&came_along, &trained].map(|model| model.classifier().probabilities(&text));
        let apart = both[0].iter().zip(&both[1]).map(|(one, other)| (one - other).abs()).fold(0.0, f64::max);
        assert!(apart < 0.002, "{said}: {apart}");
    }

    content.intents[0].utterances.pop();
    let changed = publish::intents_checksum(&language, &content.intents, &[]).expect("a name");
    assert!(TrainedBefore::of(&folder).intents(&changed).is_none(), "another knowledge is trained anew");
}

fn moods(file: &str) -> Vec<xiaoer::command::evaluate::mood::Sentence> {
    read_sentences(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("labelled sentences")
}

#[test]
fn moods_are_read_as_people_read_them() {
    for part in ["dev", "test"] {
        let sentences = moods(&format!("tests/evaluation/mood/{part}.tsv"));
        let readings: Vec<_> = sentences.iter().map(|one| (one, MOODS.read(&LANGUAGE.read(&one.text)))).collect();
        let right = readings.iter().filter(|(truth, read)| truth.mood == read.mood).count();
        let pressed = readings.iter().filter(|(truth, read)| truth.urgent == read.urgent).count();
        assert!(right * 100 >= 85 * sentences.len(), "{part}: {right} of {}", sentences.len());
        assert!(pressed * 100 >= 95 * sentences.len(), "{part}: {pressed} of {}", sentences.len());
    }
}

#[test]
fn no_sentence_is_both_learned_and_measured_on() {
    let learned = moods("knowledge_base/mood/sentences.tsv");
    for part in ["dev", "test"] {
        let measured = moods(&format!("tests/evaluation/mood/{part}.tsv"));
        let both = measured.iter().find(|one| learned.iter().any(|known| known.text == one.text));
        assert!(both.is_none(), "{both:?}");
    }
}

#[test]
fn a_question_about_a_problem_is_not_anger() {
    for said in [
        "我的快递怎么还没到",
        "退款多久到账",
        "收到的东西坏了怎么办",
        "尺码不合适可以换吗",
        "为什么还没发货",
        "少了一件怎么处理",
        "这个可以退吗",
        "运费谁出",
        "订单取消不了",
        "不是不满意，就是尺码大了",
        "发票抬头写错了",
        "你好",
        "优惠券用不了",
        "我不生气",
        "usb接口坏了",
        "垃圾桶有大号的吗",
    ] {
        let mood = MOODS.read(&LANGUAGE.read(said)).mood;
        assert!(mood == Mood::Neutral, "{said}: {mood:?}");
    }
}

#[test]
fn irony_negation_and_risk() {
    let read = |said: &str| MOODS.read(&LANGUAGE.read(said));
    for said in ["真是谢谢你们哦，等了半个月", "呵呵，你们效率可真高", "我很生气", "什么态度啊，太差劲了"]
    {
        assert_eq!(read(said).mood, Mood::Upset, "{said}");
    }
    assert_eq!(read("没有不高兴").mood, Mood::Neutral);
    assert_eq!(read("骗子！黑店！退钱！").mood, Mood::Furious);
    assert_eq!(read("太棒了，超级喜欢").mood, Mood::Delighted);
    assert_eq!(read("谢谢").mood, Mood::Content);
    assert_eq!(read("我要打12315").risk, ["12315"]);
    assert!(read("订单sg202612315042").risk.is_empty());
    assert!(read("急，等着用").urgent && !read("不急，慢慢来").urgent);
}

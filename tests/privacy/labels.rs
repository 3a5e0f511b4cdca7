//! Who speaks is always said, and a person is always reachable.

use crate::marketing::{Visitor, clock, start};
use crate::support::DEMO;
use xiaoer::dialogue::state::State;
use xiaoer::dialogue::{Context, Effect};
use xiaoer::live::protocol::ServerFrame;
use xiaoer::model::chat::{Author, Status};

#[tokio::test(flavor = "multi_thread")]
async fn line_46_every_answer_of_the_assistant_says_that_it_is_one() {
    let app = start(&clock()).await;
    let (_, welcome) = app.shopper(None, 0).await;
    let ServerFrame::Welcome { shop, .. } = welcome else { panic!("a welcome") };
    assert!(shop.greeting.contains("智能客服"), "{}", shop.greeting);
    let mut shopper = Visitor::new(&app).await;
    for said in ["你好", "退款多久到账", "推荐一双跑步鞋", "你们厂里招人吗", "气死我了", "删除我的数据", "😀"]
    {
        let answer = shopper.says(said).await;
        assert_eq!(answer.author, Author::Bot, "{said}");
        let on_the_wire = serde_json::to_value(&answer).expect("JSON");
        assert_eq!(on_the_wire["author"], "bot", "the faces make the label of it");
    }
}

#[test]
fn line_46_a_person_is_reachable_in_every_situation() {
    let calm = State::default();
    let about = Context { today: "2026-11-26".parse().expect("a date"), ..Context::default() };
    let after = |state: &State, text: &str| DEMO.turn(state, text, &about).expect("a turn").state;
    let in_task = after(&calm, "帮我改收货地址");
    let refused = after(&calm, "不同意隐私说明");
    let erasing = after(&calm, "删除我的数据");
    let upset = after(&after(&calm, "太差了气死我了"), "你们就是骗子");
    for (name, state) in
        [("calm", calm), ("in a task", in_task), ("refused", refused), ("erasing", erasing), ("upset", upset)]
    {
        let turn = DEMO.turn(&state, "转人工", &about).expect("a turn");
        let called = turn.effects.iter().any(|effect| matches!(effect, Effect::CallPerson { .. }));
        assert!(called, "{name}: {:?}", turn.effects);
    }
    let busy = Context { without_products: true, ..about.clone() };
    assert!(DEMO.turn(&State::default(), "转人工", &busy).expect("a turn").reply.is_some(), "also under load");
    let waiting = Context { status: Status::Waiting, silent_while_waiting: true, ..about };
    assert!(DEMO.turn(&State::default(), "转人工", &waiting).expect("a turn").reply.is_some(), "also while waiting");
}

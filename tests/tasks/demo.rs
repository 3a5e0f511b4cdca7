//! Conversations with customers of the demo shop.

use super::{Script, clock, knowledge_base};
use crate::support::TestApp;
use xiaoer::model::chat::PageContext;

/// Who opens the chat: a customer with their name, or somebody who is not signed in.
type Who = Option<(&'static str, &'static str)>;

const LINLAN: Who = Some(("linlan", "林岚"));
const ZHOUYUAN: Who = Some(("zhouyuan", "周远"));
const CHENMO: Who = Some(("chenmo", "陈默"));

/// Name of the conversation, who speaks, what is said.
const CONVERSATIONS: &[(&str, Who, &[&str])] = &[
    ("order_status_one_order", ZHOUYUAN, &["我的订单到哪了"]),
    ("order_status_several_orders", LINLAN, &["我的快递到哪了", "SG202611230042"]),
    (
        "order_status_in_words",
        LINLAN,
        &["上周三买的那单到哪了", "我的订单到哪了", "第二个", "查一下物流", "空气炸锅那个"],
    ),
    ("order_status_interrupted", LINLAN, &["查一下我的订单", "满多少包邮？", "昨天买的那个"]),
    ("wrong_numbers", LINLAN, &["帮我看看SG202601010001", "12345678", "SG202611230042"]),
    ("wrong_numbers_to_a_person", LINLAN, &["帮我看看SG202601010001", "SG202601010002", "SG202601010003"]),
    ("not_signed_in", None, &["我的订单到哪了", "帮我改收货地址", "满多少包邮？"]),
    ("no_orders", CHENMO, &["查订单", "我有什么优惠券"]),
    (
        "change_address",
        LINLAN,
        &["帮我改一下收货地址", "公司", "上海市徐汇区漕溪路 9 号 1201 室，电话13900139000", "确认"],
    ),
    (
        "change_address_corrected",
        LINLAN,
        &[
            "把地址改成杭州市滨江区江南大道 88 号",
            "不对，应该是杭州市滨江区江南大道 188 号",
            "不对",
            "新地址",
            "杭州市滨江区江南大道 288 号 3 幢",
            "对的",
        ],
    ),
    ("change_address_too_late", ZHOUYUAN, &["我要改收货地址"]),
    ("return_given_up", LINLAN, &["我要退货", "算了，不退了", "你好"]),
    ("return", LINLAN, &["我要退货", "不喜欢", "确认", "查退款进度"]),
    ("return_no_longer_wanted", LINLAN, &["我要退货", "太大了，不要了", "不要了"]),
    ("exchange_interrupted", LINLAN, &["我要换货，小了", "换货的运费谁出？", "38码", "不对，换成39码", "好的"]),
    ("return_wrong_order", LINLAN, &["我要退货 SG202611180077", "不对，是另一个订单", "第一个"]),
    ("refund_progress", LINLAN, &["我的退款到哪了", "退款一般多久能到账？"]),
    (
        "invoice_for_a_company",
        LINLAN,
        &[
            "帮我开发票",
            "昨天买的",
            "公司",
            "杭州拾光科技有限公司",
            "91330106MA2B0XXX0X",
            "邮箱不对，发到 fapiao@example.com",
            "确认提交",
            "帮我开发票 SG202611250003",
        ],
    ),
    ("invoice_for_a_person", LINLAN, &["给我开发票 SG202611250003", "个人", "林岚", "对"]),
    ("coupons", LINLAN, &["我有哪些优惠券"]),
    ("price_protection", LINLAN, &["降价了退我差价", "确认", "申请价保 SG202611250003", "是的"]),
    ("another_task_in_between", LINLAN, &["帮我改收货地址", "查一下我的优惠券", "我的订单到哪了", "SG202611180077"]),
    ("upset_shopper", ZHOUYUAN, &["我的快递到底到哪了，都等了五天了，太慢了吧！"]),
    ("a_person_in_the_middle", LINLAN, &["帮我开发票", "转人工"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn conversations_read_as_written() {
    let app = TestApp::start_at_with(&clock(), |config| config.knowledge.folder = knowledge_base()).await;
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    for (name, who, said) in CONVERSATIONS {
        // Each conversation finds the orders as they were: what is changed in one is not seen by the next.
        app.reset_demo_orders().await;
        let mut script = match who {
            Some((customer, own_name)) => Script::of_customer(&app, customer, own_name).await,
            None => Script::open(&app, "没有登录", None).await,
        };
        for text in *said {
            script.say(text).await;
        }
        settings.bind(|| insta::assert_snapshot!(*name, script.written));
    }
    on_the_page_of_an_order(&app, &settings).await;
}

/// The order on the screen needs no name.
async fn on_the_page_of_an_order(app: &TestApp, settings: &insta::Settings) {
    app.reset_demo_orders().await;
    let mut script = Script::of_customer(app, "linlan", "林岚，在订单 SG202611230042 的页面上").await;
    let page = PageContext { order_id: Some("SG202611230042".into()), ..PageContext::default() };
    script.say_on_page("这单到哪了", Some(page)).await;
    script.say("这单帮我开发票").await;
    settings.bind(|| insta::assert_snapshot!("the_order_on_the_page", script.written));
}

//! Refusals that faults ask for: unsigned before processing, and signed in WeChat's own words.

use simulator::gateway::Call;
use wire::v2::Fields;

use crate::faults::{order_body, sent_twice, with_fault};
use crate::shop::{Answer, Shop, map};

#[test]
fn a_refusal_before_processing_is_unsigned_says_why_and_has_no_effect() {
    for (fault, text) in [
        ("refused-signature", "签名错误"),
        ("refused-merchant", "暂不支持该商户使用本api接口"),
        ("refused-product", "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试"),
        ("refused-frequency", "频率限制，请稍后再试"),
        ("refused-busy", "系统繁忙，请稍后再试"),
        ("refused-mch-id", "mch_id参数格式错误"),
        ("refused-xml", "XML格式错误"),
    ] {
        let (first, has_effect, second) = sent_twice(&format!(r#"{{"name":"{fault}","times":1}}"#));
        let answer: Answer = map(&Fields::parse(&first.body).unwrap());
        let fields: Vec<&str> = answer.keys().map(String::as_str).collect();
        assert_eq!(fields, ["return_code", "return_msg"], "{fault}");
        assert_eq!((answer["return_code"].as_str(), answer["return_msg"].as_str()), ("FAIL", text));
        assert_eq!((has_effect, second["result_code"].as_str()), (false, "SUCCESS"), "{fault}");
    }
}

#[test]
fn a_refusal_before_processing_may_say_anything_in_any_call() {
    let mut shop =
        Shop::with(r#"{"refusal-text":"商户号停用","faults":[{"name":"refused","call":"close-order"}]}"#);
    shop.order("A1");
    let body = shop.message(&[("out_trade_no", "A1")]).to_xml();
    let refused = shop.send(Call::CloseOrder, &body);
    let refused = map(&Fields::parse(&refused.body).unwrap());
    assert_eq!((refused["return_code"].as_str(), refused["return_msg"].as_str()), ("FAIL", "商户号停用"));
}

#[test]
fn a_refund_is_refused_as_often_as_the_fault_says_and_then_accepted_under_its_number() {
    for (fault, err_code, text) in [
        ("not-enough", "NOTENOUGH", "基本账户余额不足，请充值后重新发起"),
        ("bizerr-need-retry", "BIZERR_NEED_RETRY", "并发情况下，业务被拒绝，请重试"),
        ("frequency-limited", "FREQUENCY_LIMITED", "频率限制"),
        ("invalid-req-too-much", "INVALID_REQ_TOO_MUCH", "无效请求过多，请稍后再试"),
        ("user-account-abnormal", "USER_ACCOUNT_ABNORMAL", "用户账户异常，退款请求失败"),
        ("already-refunded", "ERROR", "订单已全额退款"),
        ("address-refused", "NOAUTH", "异常IP请求不予受理"),
        ("order-not-ready", "ORDER_NOT_READY", "订单处理中，暂时无法退款，请稍后再试"),
        ("cert-error", "CERT_ERROR", "证书校验错误"),
        ("trade-overdue", "TRADE_OVERDUE", "订单已经超过退款期限"),
        ("refund-fee-mismatch", "REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试"),
    ] {
        let mut shop = with_fault(&format!(r#"{{"name":"{fault}","times":2}}"#));
        shop.paid_order("A1");
        for _ in 0..2 {
            let refused = shop.refund_with("A1", "R1", "100", &[]);
            assert_eq!(
                (refused["err_code"].as_str(), refused["err_code_des"].as_str()),
                (err_code, text),
                "{fault}"
            );
        }
        assert_eq!(shop.refund_with("A1", "R1", "100", &[])["result_code"], "SUCCESS");
    }
}

#[test]
fn where_unsettled_funds_are_short_the_available_balance_pays_the_refund() {
    let mut shop = with_fault(r#"{"name":"not-enough-unsettled"}"#);
    shop.paid_order("A1");
    for others in [vec![], vec![("refund_account", "REFUND_SOURCE_UNSETTLED_FUNDS")]] {
        let refused = shop.refund_with("A1", "R1", "100", &others);
        assert_eq!(
            (refused["err_code"].as_str(), refused["err_code_des"].as_str()),
            ("NOTENOUGH", "交易未结算资金不足，请使用可用余额退款")
        );
    }
    let from_balance = [("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS")];
    assert_eq!(shop.refund_with("A1", "R1", "100", &from_balance)["result_code"], "SUCCESS");
    let found = shop.call(Call::RefundQuery, &[("out_refund_no", "R1")]);
    assert_eq!(found["refund_account_0"], "REFUND_SOURCE_RECHARGE_FUNDS");
}

#[test]
fn a_merchant_without_the_product_is_told_so_in_a_signed_answer() {
    let mut shop = with_fault(r#"{"name":"no-auth","times":1}"#);
    let refused = shop.order_with("A1", &[]);
    assert_eq!(refused["err_code"], "NOAUTH");
    assert!(refused["err_code_des"].starts_with("商户号该产品权限未开通"));
    assert!(shop.gateway.order(shop.now_ms, "A1").is_none());
}

#[test]
fn a_fault_of_one_order_strikes_whichever_number_names_the_order() {
    let mut shop = with_fault(r#"{"name":"system-error","order":"A1","times":3}"#);
    // The unified order uses up the first strike.
    let body = order_body(&shop, "A1");
    shop.send(Call::UnifiedOrder, &body);
    let paid = shop.paid_order("A2");
    shop.gateway
        .switch(serde_json::from_str(r#"{"faults":[{"name":"system-error","order":"A2"}]}"#).unwrap());
    let by_transaction = shop.call(Call::QueryOrder, &[("transaction_id", &paid.transaction_id)]);
    assert_eq!(by_transaction["err_code"], "SYSTEMERROR");
}

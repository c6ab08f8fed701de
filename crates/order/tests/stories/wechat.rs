//! What WeChat Pay says: signed answers and notifications.

use gateway::Notification;
use wire::v2::{ApiKey, Fields, Message, SignType, WxTime};
use wire::{Currency, Money};

pub(crate) const APPID: &str = "wx5c1f9e2a7d3b6048";
pub(crate) const MCH_ID: &str = "1634117205";
pub(crate) const NUMBER: &str = "HK20260301A0001";
pub(crate) const CODE_URL: &str = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz";
pub(crate) const PAYMENT: &str = "4200002301202603018800000001";
pub(crate) const SECOND_PAYMENT: &str = "4200002301202603018800000002";
pub(crate) const REFUND_ID: &str = "50300000012026030200000000001";

pub(crate) fn key() -> ApiKey {
    ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
}

pub(crate) fn hkd(minor: u64) -> Money {
    Money::new(minor, Currency::HKD)
}

/// A message under construction. By default it names the merchant of these tests and uses its key.
pub(crate) struct Wechat(Vec<(String, String)>);

impl Wechat {
    pub(crate) fn says() -> Self {
        Self(Vec::new())
            .and("return_code", "SUCCESS")
            .and("return_msg", "OK")
            .and("appid", APPID)
            .and("mch_id", MCH_ID)
            .and("nonce_str", "5K8264ILTKCH16CQ")
            .and("result_code", "SUCCESS")
    }

    /// Sets a field, or replaces it.
    pub(crate) fn and(mut self, name: &str, value: impl ToString) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.to_string(),
            None => self.0.push((name.into(), value.to_string())),
        }
        self
    }

    pub(crate) fn but_no(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    fn message(&self) -> Message {
        let mut message = Message::new();
        for (name, value) in &self.0 {
            message.echo(name.clone(), value.clone()).unwrap();
        }
        message
    }

    pub(crate) fn unsigned(&self) -> String {
        self.message().to_xml()
    }

    pub(crate) fn signed(&self) -> String {
        self.signed_with(&key())
    }

    pub(crate) fn signed_with(&self, key: &ApiKey) -> String {
        let mut message = self.message();
        message.sign(SignType::HmacSha256, key);
        message.to_xml()
    }

    /// As a notification that the Worker has verified.
    pub(crate) fn verified(&self) -> Notification {
        let body = self.signed();
        let fields = Fields::parse(body.as_bytes()).unwrap();
        wire::v2::notification::verify(&fields, SignType::HmacSha256, &[&key()]).unwrap().into()
    }
}

pub(crate) fn ordered() -> Wechat {
    ordered_with(CODE_URL)
}

pub(crate) fn ordered_with(code_url: &str) -> Wechat {
    Wechat::says()
        .and("trade_type", "NATIVE")
        .and("prepay_id", "wx01120000000000a1b2c3d4e5f6a7b80000")
        .and("code_url", code_url)
}

pub(crate) fn refused(err_code: &str) -> Wechat {
    Wechat::says().and("result_code", "FAIL").and("err_code", err_code).and("err_code_des", "text for humans")
}

/// A refusal before anything was checked. It has no signature.
pub(crate) fn not_understood(return_msg: &str) -> String {
    format!(
        "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[{return_msg}]]></return_msg></xml>"
    )
}

pub(crate) fn state(trade_state: &str) -> Wechat {
    Wechat::says().and("out_trade_no", NUMBER).and("trade_state", trade_state).and("trade_state_desc", "desc")
}

pub(crate) fn paid(transaction_id: &str, paid_at_ms: i64) -> Wechat {
    with_payment(state("SUCCESS"), transaction_id, paid_at_ms)
}

pub(crate) fn notification(transaction_id: &str, paid_at_ms: i64) -> Wechat {
    with_payment(Wechat::says().and("out_trade_no", NUMBER), transaction_id, paid_at_ms)
}

fn with_payment(message: Wechat, transaction_id: &str, paid_at_ms: i64) -> Wechat {
    message
        .and("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .and("is_subscribe", "N")
        .and("trade_type", "NATIVE")
        .and("bank_type", "OTHERS")
        .and("total_fee", 8800)
        .and("fee_type", "HKD")
        .and("cash_fee", 8096)
        .and("cash_fee_type", "CNY")
        .and("rate", "92000000")
        .and("transaction_id", transaction_id)
        .and("time_end", WxTime::from_epoch_ms(paid_at_ms).unwrap())
}

pub(crate) fn closed() -> Wechat {
    Wechat::says().and("result_msg", "OK")
}

/// The number by which the gateway knows the merchant's refund `own` of [`NUMBER`].
pub(crate) fn at_gateway(own: &str) -> String {
    format!("{NUMBER}-{own}")
}

pub(crate) fn refund_accepted(own: &str, minor: u64) -> Wechat {
    Wechat::says()
        .and("transaction_id", PAYMENT)
        .and("out_trade_no", NUMBER)
        .and("out_refund_no", at_gateway(own))
        .and("refund_id", REFUND_ID)
        .and("refund_fee", minor)
        .and("refund_fee_type", "HKD")
        .and("total_fee", 8800)
        .and("fee_type", "HKD")
        .and("cash_fee", 8096)
        .and("cash_refund_fee", minor)
}

/// One refund of ours.
pub(crate) fn refund_is(own: &str, minor: u64, status: &str) -> Wechat {
    refund_listed(&at_gateway(own), minor, status)
}

/// One refund, by its number at the gateway.
pub(crate) fn refund_listed(out_refund_no: &str, minor: u64, status: &str) -> Wechat {
    Wechat::says()
        .and("transaction_id", PAYMENT)
        .and("out_trade_no", NUMBER)
        .and("total_fee", 8800)
        .and("fee_type", "HKD")
        .and("cash_fee", 8096)
        .and("refund_count", 1)
        .and("out_refund_no_0", out_refund_no)
        .and("refund_id_0", REFUND_ID)
        .and("refund_channel_0", "ORIGINAL")
        .and("refund_fee_0", minor)
        .and("refund_status_0", status)
        .and("refund_recv_accout_0", "payer's balance")
}

//! Unified order, `POST /pay/unifiedorder`, for Native payment (protocol §3).

use std::net::IpAddr;

use crate::v2::call::message_of;
use crate::v2::field_reader::FieldReader;
use crate::v2::{
    Attach, Body, Call, Detail, DeviceInfo, Fields, GoodsTag, Malformed, Message, ProductId, SceneInfo,
    Subject, UnknownFields, WriteError, WxTime,
};
use crate::{CodeUrl, Merchant, Money, NotifyUrl, OutTradeNo, PrepayId, TradeType};

/// Places an order that the payer pays by scanning a QR code. Repeating it unchanged is safe. Store it and
/// repeat it as it is, because the gateway compares the values (protocol §3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UnifiedOrder {
    /// The merchant's number of the order.
    pub out_trade_no: OutTradeNo,
    /// The goods, shown to the payer.
    pub body: Body,
    /// `total_fee` and `fee_type`; positive and 32-bit.
    pub total: Money,
    /// `spbill_create_ip`: the address of the machine that calls.
    pub client_ip: IpAddr,
    /// Where the notification goes. A later change of the configuration does not change it for this order.
    pub notify_url: NotifyUrl,
    /// The merchant's id of the goods.
    pub product_id: ProductId,
    /// When the order was made.
    pub time_start: Option<WxTime>,
    /// The latest moment to pay. Protocol §3.4 advises more than 5 and at most 115 minutes after ordering;
    /// this crate does not check it.
    pub time_expire: Option<WxTime>,
    /// Query and notification return it verbatim. Keep buyers' text out of it.
    pub attach: Option<Attach>,
    /// Goods as JSON text.
    pub detail: Option<Detail>,
    /// Terminal or store.
    pub device_info: Option<DeviceInfo>,
    /// A promotion mark.
    pub goods_tag: Option<GoodsTag>,
    /// Restricts how the payer may pay.
    pub limit_pay: Option<LimitPay>,
    /// The store as JSON text.
    pub scene_info: Option<SceneInfo>,
    /// `receipt`: offers an electronic invoice (mainland).
    pub receipt: bool,
    /// `profit_sharing` (mainland service providers).
    pub profit_sharing: Option<bool>,
    /// Only this person may pay (mainland).
    pub payer: Option<PayerIdentity>,
}

/// `limit_pay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LimitPay {
    /// `no_credit`: no credit cards.
    NoCredit,
}

/// The only person who may pay (mainland, protocol §3.1). It is personal, so `Debug` redacts it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PayerIdentity {
    /// `user_type`, e.g. `IDCARD`; at most 32 bytes.
    pub user_type: Box<str>,
    /// `user_creid`, the document's number; at most 32 bytes.
    pub user_creid: Box<str>,
    /// `user_truename`; at most 64 bytes.
    pub user_truename: Box<str>,
}

impl std::fmt::Debug for PayerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PayerIdentity(redacted)")
    }
}

/// The order is placed and can be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnifiedOrderAnswer {
    /// The text to draw as a QR code. It is valid for two hours.
    pub code_url: CodeUrl,
    /// The session of the prepared payment. It is valid for two hours.
    pub prepay_id: PrepayId,
    /// Always `NATIVE`: any other value makes the answer malformed.
    pub trade_type: TradeType,
    /// `promotion_detail`, JSON text (mainland).
    pub promotion_detail: Option<Box<str>>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

impl UnifiedOrder {
    /// An order with the required fields. The optional ones are `None` or `false`.
    #[must_use]
    pub const fn new(
        out_trade_no: OutTradeNo,
        body: Body,
        total: Money,
        client_ip: IpAddr,
        notify_url: NotifyUrl,
        product_id: ProductId,
    ) -> Self {
        Self {
            out_trade_no,
            body,
            total,
            client_ip,
            notify_url,
            product_id,
            time_start: None,
            time_expire: None,
            attach: None,
            detail: None,
            device_info: None,
            goods_tag: None,
            limit_pay: None,
            scene_info: None,
            receipt: false,
            profit_sharing: None,
            payer: None,
        }
    }
}

impl Call for UnifiedOrder {
    const PATH: &'static str = "/pay/unifiedorder";
    type Answer = UnifiedOrderAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        if !self.total.is_payable() {
            return Err(WriteError::OutOfRange { name: "total_fee", rule: "positive and 32-bit" });
        }
        let mut message = message_of(merchant)?;
        message
            .set("version", "1.0")?
            .set("trade_type", TradeType::Native.as_str())?
            .set("out_trade_no", self.out_trade_no.as_str())?
            .set("body", self.body.as_str())?
            .set("fee_type", self.total.currency.as_str())?
            .set("total_fee", self.total.minor.to_string())?
            .set("spbill_create_ip", self.client_ip.to_string())?
            .set("notify_url", self.notify_url.as_str())?
            .set("product_id", self.product_id.as_str())?
            .set_some("time_start", self.time_start.map(|time| time.to_string()))?
            .set_some("time_expire", self.time_expire.map(|time| time.to_string()))?
            .set_some("attach", self.attach.as_ref().map(Attach::as_str))?
            .set_some("detail", self.detail.as_ref().map(Detail::as_str))?
            .set_some("device_info", self.device_info.as_ref().map(DeviceInfo::as_str))?
            .set_some("goods_tag", self.goods_tag.as_ref().map(GoodsTag::as_str))?
            .set_some("limit_pay", self.limit_pay.map(LimitPay::as_str))?
            .set_some("scene_info", self.scene_info.as_ref().map(SceneInfo::as_str))?
            .set_some("receipt", self.receipt.then_some("Y"))?
            .set_some("profit_sharing", self.profit_sharing.map(|shared| if shared { "Y" } else { "N" }))?;
        if let Some(payer) = &self.payer {
            payer.write(&mut message)?;
        }
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        Subject::of_order_number(&self.out_trade_no).with_total(self.total)
    }

    fn read(&self, fields: &Fields<'_>) -> Result<UnifiedOrderAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        let trade_type = TradeType::new(reader.required("trade_type")?);
        if trade_type != TradeType::Native {
            return Err(Malformed::invalid("trade_type"));
        }
        // An echo of the request.
        reader.text("device_info");
        Ok(UnifiedOrderAnswer {
            code_url: reader.parse("code_url")?,
            prepay_id: reader.parse("prepay_id")?,
            trade_type,
            promotion_detail: reader.text("promotion_detail"),
            unknown: reader.rest(),
        })
    }
}

impl LimitPay {
    /// The text of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredit => "no_credit",
        }
    }
}

impl PayerIdentity {
    fn write(&self, message: &mut Message) -> Result<(), WriteError> {
        for (name, value, max, rule) in [
            ("user_type", &self.user_type, 32, "at most 32 bytes"),
            ("user_creid", &self.user_creid, 32, "at most 32 bytes"),
            ("user_truename", &self.user_truename, 64, "at most 64 bytes"),
        ] {
            if value.len() > max {
                return Err(WriteError::OutOfRange { name, rule });
            }
            message.set(name, &**value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppId, Currency, MchId};

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx5c1f9e2a7d3b6048").unwrap(), MchId::new("1634117205").unwrap())
    }

    fn order() -> UnifiedOrder {
        UnifiedOrder::new(
            OutTradeNo::new("HK20260301A0001").unwrap(),
            Body::new("Example Tea House - gift set").unwrap(),
            Money::new(8800, Currency::HKD),
            "203.0.113.10".parse().unwrap(),
            NotifyUrl::new("https://pay.example.com/wechat/notify").unwrap(),
            ProductId::new("SKU-88").unwrap(),
        )
    }

    fn written(order: &UnifiedOrder) -> Vec<(String, String)> {
        let message = order.message(&merchant()).unwrap();
        message.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_plain_order_sends_these_fields_and_no_others() {
        let written = written(&order());
        let written: Vec<_> = written.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            written,
            [
                ("appid", "wx5c1f9e2a7d3b6048"),
                ("mch_id", "1634117205"),
                ("version", "1.0"),
                ("trade_type", "NATIVE"),
                ("out_trade_no", "HK20260301A0001"),
                ("body", "Example Tea House - gift set"),
                ("fee_type", "HKD"),
                ("total_fee", "8800"),
                ("spbill_create_ip", "203.0.113.10"),
                ("notify_url", "https://pay.example.com/wechat/notify"),
                ("product_id", "SKU-88"),
            ]
        );
    }

    #[test]
    fn an_order_with_everything_sends_everything() {
        let everything = UnifiedOrder {
            client_ip: "2001:db8::1".parse().unwrap(),
            time_start: Some("20260301120000".parse().unwrap()),
            time_expire: Some("20260301123000".parse().unwrap()),
            attach: Some(Attach::new("cart:42").unwrap()),
            detail: Some(Detail::new("{}").unwrap()),
            device_info: Some(DeviceInfo::new("WEB").unwrap()),
            goods_tag: Some(GoodsTag::new("SPRING").unwrap()),
            limit_pay: Some(LimitPay::NoCredit),
            scene_info: Some(SceneInfo::new("{}").unwrap()),
            receipt: true,
            profit_sharing: Some(false),
            payer: Some(PayerIdentity {
                user_type: "IDCARD".into(),
                user_creid: "1".into(),
                user_truename: "张三".into(),
            }),
            ..order()
        };
        let message = everything.message(&merchant()).unwrap();
        for (name, value) in [
            ("spbill_create_ip", "2001:db8::1"),
            ("time_start", "20260301120000"),
            ("time_expire", "20260301123000"),
            ("attach", "cart:42"),
            ("detail", "{}"),
            ("device_info", "WEB"),
            ("goods_tag", "SPRING"),
            ("limit_pay", "no_credit"),
            ("scene_info", "{}"),
            ("receipt", "Y"),
            ("profit_sharing", "N"),
            ("user_type", "IDCARD"),
            ("user_creid", "1"),
            ("user_truename", "张三"),
        ] {
            assert_eq!(message.get(name), Some(value), "{name}");
        }
        let shared = UnifiedOrder { profit_sharing: Some(true), ..order() };
        assert_eq!(shared.message(&merchant()).unwrap().get("profit_sharing"), Some("Y"));
    }

    #[test]
    fn values_that_the_gateway_would_refuse_are_not_sent() {
        for minor in [0, 2_147_483_648] {
            let order = UnifiedOrder { total: Money::new(minor, Currency::HKD), ..order() };
            assert!(matches!(
                order.message(&merchant()),
                Err(WriteError::OutOfRange { name: "total_fee", .. })
            ));
        }
        let payer = |user_type: usize, user_creid: usize, user_truename: usize| {
            let text = |length: usize| "x".repeat(length).into_boxed_str();
            let payer = PayerIdentity {
                user_type: text(user_type),
                user_creid: text(user_creid),
                user_truename: text(user_truename),
            };
            UnifiedOrder { payer: Some(payer), ..order() }.message(&merchant()).is_ok()
        };
        assert!(payer(32, 32, 64));
        assert!(!payer(33, 32, 64) && !payer(32, 33, 64) && !payer(32, 32, 65));
    }

    #[test]
    fn an_answer_needs_a_code_and_the_right_trade_type() {
        let body = "<xml><trade_type>NATIVE</trade_type><prepay_id>wx1</prepay_id>\
            <code_url>weixin://wxpay/bizpayurl?pr=1</code_url><new>n</new></xml>";
        let read = |body: &str| order().read(&Fields::parse(body.as_bytes()).unwrap());
        let answer = read(body).unwrap();
        assert_eq!(answer.code_url.as_str(), "weixin://wxpay/bizpayurl?pr=1");
        assert_eq!(answer.unknown.get("new"), Some("n"));
        assert_eq!(read(&body.replace("NATIVE", "JSAPI")), Err(Malformed::invalid("trade_type")));
        assert_eq!(read(&body.replace("weixin:", "https:")), Err(Malformed::invalid("code_url")));
        assert_eq!(read(&body.replace("wx1", "")), Err(Malformed::missing("prepay_id")));
    }
}

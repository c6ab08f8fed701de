//! Native order, `POST …/transactions/native` (protocol §9.5).

use crate::v2::{LimitPay, WxTime};
use crate::v3::call::{read_object, write_merchant};
use crate::v3::draft::Parts;
use crate::v3::json::JsonWriter;
use crate::v3::target::{Target, transactions};
use crate::v3::{
    Account, Attach, Call, CallError, CallName, CategoryCode, Description, Edition, GenuineAnswer, GoodsTag,
    Instant, WriteError,
};
use crate::{CodeUrl, Currency, Money, NotifyUrl, OutTradeNo, TradeType};

/// Places an order that the payer pays by scanning a QR code. Repeating it with the same values is safe, and
/// may bring a fresh code that ends the earlier one. Store it and repeat it as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeOrder {
    /// The merchant's number of the order.
    pub out_trade_no: OutTradeNo,
    /// The goods, shown to the payer.
    pub description: Description,
    /// Positive and 32-bit; CNY in the mainland edition.
    pub total: Money,
    /// Where the notification goes.
    pub notify_url: NotifyUrl,
    /// What the merchant sells. The global edition demands it, the mainland one has no such field.
    pub category: Option<CategoryCode>,
    /// When the order was made (global).
    pub time_start: Option<WxTime>,
    /// The latest moment to pay. Over five minutes is advised; less than one is silently raised to one.
    pub time_expire: Option<WxTime>,
    /// Query and notification return it verbatim.
    pub attach: Option<Attach>,
    /// A promotion mark.
    pub goods_tag: Option<GoodsTag>,
    /// Restricts how the payer may pay.
    pub limit_pay: Option<LimitPay>,
    /// Offers an electronic invoice (mainland).
    pub support_fapiao: bool,
    /// `settle_info.profit_sharing`, for merchants that share profits.
    pub profit_sharing: Option<bool>,
}

/// The order is placed and can be paid. The answer names no order: only the exchange itself says whose code
/// it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeAnswer {
    /// The text to draw as a QR code. It is valid for two hours.
    pub code_url: CodeUrl,
}

impl NativeOrder {
    /// An order with the required fields. The optional ones are `None` or `false`.
    #[must_use]
    pub const fn new(
        out_trade_no: OutTradeNo,
        description: Description,
        total: Money,
        notify_url: NotifyUrl,
    ) -> Self {
        Self {
            out_trade_no,
            description,
            total,
            notify_url,
            category: None,
            time_start: None,
            time_expire: None,
            attach: None,
            goods_tag: None,
            limit_pay: None,
            support_fapiao: false,
            profit_sharing: None,
        }
    }

    fn global(&self, account: &Account) -> Result<JsonWriter, WriteError> {
        let category = self.category.as_ref().ok_or(WriteError::OutOfRange {
            name: "merchant_category_code",
            rule: "there, in the global edition",
        })?;
        if self.support_fapiao {
            return Err(out_of_range("support_fapiao", "left out in the global edition"));
        }
        let mut body = JsonWriter::new();
        write_merchant(&mut body, account);
        body.text("description", self.description.as_str())
            .some("attach", self.attach.as_ref().map(Attach::as_str))
            .text("out_trade_no", self.out_trade_no.as_str())
            .some("goods_tag", self.goods_tag.as_ref().map(GoodsTag::as_str))
            .text("trade_type", TradeType::Native.as_str())
            .some("limit_pay", self.limit_pay.map(LimitPay::as_str))
            .text("merchant_category_code", category.as_str())
            .text("notify_url", self.notify_url.as_str())
            .some("time_start", written(self.time_start).as_deref())
            .some("time_expire", written(self.time_expire).as_deref());
        Ok(body)
    }

    fn mainland(&self, account: &Account) -> Result<JsonWriter, WriteError> {
        if self.total.currency != Currency::CNY {
            return Err(out_of_range("amount.currency", "CNY in the mainland edition"));
        }
        if self.category.is_some() || self.time_start.is_some() {
            return Err(out_of_range(
                "merchant_category_code and time_start",
                "left out in the mainland edition",
            ));
        }
        if self.out_trade_no.as_str().len() < MIN_MAINLAND_NUMBER {
            return Err(out_of_range("out_trade_no", "6 to 32 characters in the mainland edition"));
        }
        if self.notify_url.as_str().len() > MAX_MAINLAND_URL {
            return Err(out_of_range("notify_url", "at most 255 characters in the mainland edition"));
        }
        let mut body = JsonWriter::new();
        write_merchant(&mut body, account);
        body.text("description", self.description.as_str())
            .text("out_trade_no", self.out_trade_no.as_str())
            .some("time_expire", written(self.time_expire).as_deref())
            .some("attach", self.attach.as_ref().map(Attach::as_str))
            .text("notify_url", self.notify_url.as_str())
            .some("goods_tag", self.goods_tag.as_ref().map(GoodsTag::as_str));
        if let Some(limit) = self.limit_pay {
            body.list_of_one("limit_pay", limit.as_str());
        }
        if self.support_fapiao {
            body.bool("support_fapiao", true);
        }
        Ok(body)
    }
}

/// The shortest order number and the longest notify address of the mainland edition.
const MIN_MAINLAND_NUMBER: usize = 6;
const MAX_MAINLAND_URL: usize = 255;

fn written(time: Option<WxTime>) -> Option<String> {
    time.map(|time| Instant::from(time).to_string())
}

const fn out_of_range(name: &'static str, rule: &'static str) -> WriteError {
    WriteError::OutOfRange { name, rule }
}

impl Call for NativeOrder {
    const NAME: CallName = CallName::Native;
    type Answer = NativeAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        if !self.total.is_payable() {
            return Err(out_of_range("amount.total", "positive and 32-bit"));
        }
        if self.out_trade_no.as_str().contains('@') {
            return Err(out_of_range("out_trade_no", "without @ in API v3"));
        }
        let mut body = match account.edition {
            Edition::Global => self.global(account)?,
            Edition::Mainland => self.mainland(account)?,
        };
        let mut amount = JsonWriter::new();
        amount.number("total", self.total.minor).text("currency", self.total.currency.as_str());
        body.object("amount", amount);
        if let Some(shared) = self.profit_sharing {
            let mut settle_info = JsonWriter::new();
            settle_info.bool("profit_sharing", shared);
            body.object("settle_info", settle_info);
        }
        let target = Target::of(transactions(account)).part("native").finish();
        Ok(Parts::post(target, body.finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<NativeAnswer, CallError> {
        read_object(answer, |fields| Ok(NativeAnswer { code_url: fields.parse("code_url")? }))
    }
}

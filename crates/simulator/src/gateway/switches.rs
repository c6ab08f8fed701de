//! What can be switched while the gateway runs: which documented reading it follows, and what goes wrong (protocol §11.3).

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::rates::Rates;

/// All switches. A field left out of a document keeps its default: the behaviour seen most in the field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Switches {
    /// Whether notifications leave the gateway at all.
    pub notifications: Power,
    /// The pauses between deliveries are divided by this: 60 turns 15 s into 250 ms. 0 counts as 1.
    pub notify_speed: Speed,
    /// What placing an unpaid order again, unchanged, answers.
    pub reentry: Reentry,
    /// What placing an unpaid order again with other values answers.
    pub mismatch: Mismatch,
    /// Whether notifications carry `sign_type`.
    pub notify_sign_type: NotifySignType,
    /// The name of the rate in notifications.
    pub rate_field: RateField,
    /// Whether answers carry an empty `device_info`.
    pub device_info: DeviceInfo,
    /// The order of elements in answers and notifications.
    pub field_order: FieldOrder,
    /// Whether answers and notifications carry signed fields that no document names.
    pub extra_fields: ExtraFields,
    /// Whether an order may be closed within five minutes.
    pub early_close: EarlyClose,
    /// Fields that answers and notifications lack, validly signed.
    pub left_out: Vec<String>,
    /// The name of an item's promotion in each payment of an order that was placed with `version`; empty for none.
    pub promotion_name: String,
    /// What the fault `refused` says.
    pub refusal_text: RefusalText,
    /// Where the fault `redirect` leads.
    pub redirect_to: RedirectTo,
    /// Whether refunds demand the client certificate.
    pub refund_certificate: Certificate,
    /// How long an accepted refund says `PROCESSING`.
    pub refund_takes_ms: RefundTakes,
    /// What a coupon takes off each payment, in the smallest unit of the price; 0 for none.
    pub coupon: u64,
    /// How many coupons that is: one recharge coupon, the rest discounts.
    pub coupon_count: Coupons,
    /// Foreign to CNY, × 10^8.
    pub rates: Rates,
    /// The columns of bills.
    pub bill_layout: BillLayout,
    /// The language of a bill's headers.
    pub bill_language: BillLanguage,
    /// The name of the goods in every line of a bill, as it is; empty for the order's own.
    pub bill_goods: String,
    /// A packed bill comes as so many gzip members, one after another.
    pub bill_gzip_members: Members,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// A refund that takes longer than this ends after the books of any test are closed.
const MAX_REFUND_MS: i64 = 366 * 86_400_000;
/// More members than this are no bill.
const MAX_MEMBERS: u32 = 64;
/// More coupons than this fit into no message.
const MAX_COUPONS: u32 = 20;
/// What a header line can carry.
const MAX_ADDRESS_CHARS: usize = 2048;

impl Switches {
    /// Refuses values that mean nothing, with a sentence.
    pub fn check(&self) -> Result<(), String> {
        if !(0..=MAX_REFUND_MS).contains(&self.refund_takes_ms.0) {
            return Err(format!("refund-takes-ms must be 0 to {MAX_REFUND_MS}, a year"));
        }
        if !(1..=MAX_MEMBERS).contains(&self.bill_gzip_members.0) {
            return Err(format!("bill-gzip-members must be 1 to {MAX_MEMBERS}"));
        }
        if !(1..=MAX_COUPONS).contains(&self.coupon_count.0) {
            return Err(format!("coupon-count must be 1 to {MAX_COUPONS}"));
        }
        let address = &self.redirect_to.0;
        if address.len() > MAX_ADDRESS_CHARS || !address.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "redirect-to must be an address of at most 2048 ASCII characters without blanks".to_owned()
            );
        }
        if self.left_out.iter().any(|name| name == "sign") {
            return Err("left-out cannot name sign; the fault `unsigned` leaves it out".to_owned());
        }
        for fault in &self.faults {
            if fault.probability.is_some_and(|probability| !(0.0..=1.0).contains(&probability)) {
                return Err(format!("the probability of {} must be 0 to 1", fault.name.as_str()));
            }
        }
        Ok(())
    }
}

/// On unless switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Working.
    #[default]
    On,
    /// Switched off.
    Off,
}

/// Fields that no document names appear from time to time; they are signed like the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtraFields {
    /// None.
    #[default]
    Absent,
    /// Two of them.
    Present,
}

/// A divisor of pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Speed(pub u32);

impl Default for Speed {
    fn default() -> Speed {
        Speed(1)
    }
}

/// The time from accepting a refund to its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundTakes(pub i64);

impl Default for RefundTakes {
    fn default() -> RefundTakes {
        RefundTakes(3000)
    }
}

/// What the fault `refused` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefusalText(pub String);

impl Default for RefusalText {
    fn default() -> RefusalText {
        RefusalText("系统繁忙，请稍后再试".to_owned())
    }
}

/// Where the fault `redirect` leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectTo(pub String);

impl Default for RedirectTo {
    fn default() -> RedirectTo {
        RedirectTo("http://127.0.0.1:9/".to_owned())
    }
}

/// A number of gzip members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Members(pub u32);

impl Default for Members {
    fn default() -> Members {
        Members(1)
    }
}

/// A number of coupons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coupons(pub u32);

impl Default for Coupons {
    fn default() -> Coupons {
        Coupons(2)
    }
}

/// The documented bills (protocol §8.1): each edition has its own columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillLayout {
    /// 27 columns, of merchants and service providers in the mainland, seen by others, too.
    #[default]
    Mainland,
    /// 24 columns with 总金额, as the page of the cross-border edition prints them.
    CrossBorder,
    /// The same as in 2015, when coupons were called 企业红包.
    RedEnvelope,
    /// 38 columns with currencies, settlement and rates, as the page of the global statements prints them.
    Global,
}

/// The language of a bill's headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillLanguage {
    /// Chinese.
    #[default]
    Chinese,
    /// English, as merchants abroad see them.
    English,
}

/// Official texts differ on repeating an unpaid order (protocol §3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reentry {
    /// The same code again, while it is young.
    #[default]
    SameCode,
    /// A new code; the old one stops working.
    NewCode,
}

/// Both answers are seen (protocol §3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mismatch {
    /// `INVALID_REQUEST` with the text `201 商户订单号重复`.
    #[default]
    InvalidRequest,
    /// `OUT_TRADE_NO_USED`.
    OutTradeNoUsed,
}

/// Notifications of HMAC orders are seen with and without it (protocol §2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifySignType {
    /// Absent on every order.
    #[default]
    Absent,
    /// Present on HMAC-SHA256 orders only.
    Hmac,
    /// Present on every order.
    Present,
}

/// Documents and field reports name the rate differently (protocol §6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateField {
    /// `rate_value`, as seen.
    #[default]
    RateValue,
    /// `rate`, as documented.
    Rate,
}

/// An empty element is seen in many answers and does not join the signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceInfo {
    /// `<device_info><![CDATA[]]></device_info>` in query answers.
    #[default]
    Empty,
    /// Left out.
    Absent,
}

/// Element order carries no meaning and varies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldOrder {
    /// As seen most often.
    #[default]
    Usual,
    /// Shuffled again in every message.
    Shuffled,
}

/// Closing within five minutes is forbidden or only discouraged, by edition (protocol §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarlyClose {
    /// `TRADE_STATE_ERROR`.
    #[default]
    Refused,
    /// Closed at once.
    Allowed,
}

/// Mutual TLS of the refund call, which a header stands for here (protocol §7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// A refund without it is refused.
    #[default]
    Required,
    /// Nobody asks.
    NotAsked,
}

//! What can be switched while the gateway runs: which documented reading it follows, and what goes wrong
//! (protocol §11.3).

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::rates::Rates;

/// All switches. A field that a document leaves out has its default, the behaviour that is seen most in the
/// field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Switches {
    /// Whether notifications leave the gateway at all.
    pub notifications: Power,
    /// Divides the pauses between deliveries: 60 turns 15 s into 250 ms. 0 counts as 1.
    pub notify_speed: Speed,
    /// The answer to an unpaid order that is placed again, unchanged.
    pub reentry: Reentry,
    /// The answer to an unpaid order that is placed again with other values.
    pub mismatch: Mismatch,
    /// Whether notifications carry `sign_type`.
    pub notify_sign_type: NotifySignType,
    /// The name of the field that holds the rate in notifications.
    pub rate_field: RateField,
    /// Whether query answers carry an empty `device_info` when the order has none.
    pub device_info: DeviceInfo,
    /// The order of elements in answers and notifications.
    pub field_order: FieldOrder,
    /// Whether answers and notifications carry signed fields that no document names.
    pub extra_fields: ExtraFields,
    /// Whether an order may be closed in its first five minutes.
    pub early_close: EarlyClose,
    /// Fields that answers and notifications lack. They are validly signed without them.
    pub left_out: Vec<String>,
    /// The name of an item's promotion in each payment of an order placed with `version`. Empty for no
    /// promotion.
    pub promotion_name: String,
    /// The text of the fault `refused`.
    pub refusal_text: RefusalText,
    /// The address that the fault `redirect` leads to.
    pub redirect_to: RedirectTo,
    /// Whether refunds need the client certificate.
    pub refund_certificate: Certificate,
    /// How long an accepted refund stays `PROCESSING`, in milliseconds.
    pub refund_takes_ms: RefundTakes,
    /// What coupons take off each payment, in the smallest unit of the price. 0 for no coupon.
    pub coupon: u64,
    /// How many coupons make up that sum: one recharge coupon, and discounts for the rest.
    pub coupon_count: Coupons,
    /// The rates of currencies to CNY, × 10^8.
    pub rates: Rates,
    /// The columns of bills.
    pub bill_layout: BillLayout,
    /// The language of the column names in bills.
    pub bill_language: BillLanguage,
    /// The name of the goods in every line of a bill. Empty for the name that the order has.
    pub bill_goods: String,
    /// How many gzip members a packed bill has, one after another.
    pub bill_gzip_members: Members,
    /// What bills say otherwise than the gateway's own books.
    pub bill_edits: Vec<BillEdit>,
    /// API v3: the code of an unpaid order that is placed again, unchanged.
    pub v3_reentry: ReentryV3,
    /// API v3: the answer when a number is closed that no order has.
    pub v3_close_unknown: CloseUnknown,
    /// API v3: what the gateway signs answers with.
    pub v3_platform_key: PlatformKey,
    /// API v3: what the gateway signs notifications with, when it has both.
    pub v3_notify_key: NotifyKey,
    /// API v3: the spelling of error codes.
    pub v3_error_codes: ErrorCodes,
    /// API v3, global edition: the name of the gateway's number of a payment.
    pub v3_transaction_field: TransactionField,
    /// API v3: whether it refunds orders that API v2 placed.
    pub v3_other_generation: OtherGeneration,
    /// The faults in force.
    pub faults: Vec<Fault>,
}

/// A line of a bill that says something else than the gateway's own books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BillEdit {
    /// Which line: the order number of a payment, or the merchant's number of a refund.
    pub number: String,
    /// How often the bill has it: 0 leaves it out, 2 doubles it.
    pub times: Times,
    /// Another amount, in the smallest unit.
    pub minor: Option<u64>,
    /// Another currency.
    pub currency: Option<String>,
    /// How much later it is said to have happened, in milliseconds; another day has another bill.
    pub later_ms: i64,
}

/// How often a line is in a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Times(pub u8);

impl Default for Times {
    fn default() -> Times {
        Times(1)
    }
}

/// A year. No test waits longer for a refund.
const MAX_REFUND_MS: i64 = 366 * 86_400_000;
/// More members than any bill needs.
const MAX_MEMBERS: u32 = 64;
/// More coupons would not fit into one message.
const MAX_COUPONS: u32 = 20;
/// Fits into one header line.
const MAX_ADDRESS_CHARS: usize = 2048;

impl Switches {
    /// Refuses a value out of range. The error is a sentence that names the switch or fault.
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

/// On unless it is switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Switched on.
    #[default]
    On,
    /// Switched off.
    Off,
}

/// Fields that no document names appear from time to time. They are signed like the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtraFields {
    /// No such field.
    #[default]
    Absent,
    /// `unknown_field` in enveloped answers and payment notifications, `zero_field` in the latter.
    Present,
}

/// A divisor of pauses; 1 leaves them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Speed(pub u32);

impl Default for Speed {
    fn default() -> Speed {
        Speed(1)
    }
}

/// The time from accepting a refund to its end, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefundTakes(pub i64);

impl Default for RefundTakes {
    fn default() -> RefundTakes {
        RefundTakes(3000)
    }
}

/// The text of the fault `refused`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefusalText(pub String);

impl Default for RefusalText {
    fn default() -> RefusalText {
        RefusalText("系统繁忙，请稍后再试".to_owned())
    }
}

/// The address that the fault `redirect` leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectTo(pub String);

impl Default for RedirectTo {
    fn default() -> RedirectTo {
        RedirectTo("http://127.0.0.1:9/".to_owned())
    }
}

/// A number of gzip members, 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Members(pub u32);

impl Default for Members {
    fn default() -> Members {
        Members(1)
    }
}

/// A number of coupons, 1 to 20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coupons(pub u32);

impl Default for Coupons {
    fn default() -> Coupons {
        Coupons(2)
    }
}

/// The documented bills (protocol §8.1). Each edition has its own columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillLayout {
    /// 27 columns, for merchants and service providers in the mainland. Others have seen it, too.
    #[default]
    Mainland,
    /// 24 columns with 总金额, as printed on the page of the cross-border edition.
    CrossBorder,
    /// The cross-border columns as in 2015, when coupons were called 企业红包.
    RedEnvelope,
    /// 38 columns with currencies, settlement and rates, as printed on the page of the global statements.
    Global,
}

/// The language of the column names in bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BillLanguage {
    /// In Chinese.
    #[default]
    Chinese,
    /// In English, as merchants abroad see them.
    English,
}

/// Official texts differ on placing an unpaid order again (protocol §3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reentry {
    /// The same code, while it is less than two hours old.
    #[default]
    SameCode,
    /// A new code; the old one stops working.
    NewCode,
}

/// Both answers have been seen (protocol §3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mismatch {
    /// `INVALID_REQUEST` with the text `201 商户订单号重复`.
    #[default]
    InvalidRequest,
    /// `OUT_TRADE_NO_USED`.
    OutTradeNoUsed,
}

/// Notifications of HMAC-SHA256 orders have been seen with and without `sign_type` (protocol §2.3).
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

/// Documents and reports from the field name the rate differently (protocol §6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateField {
    /// `rate_value`, as seen in the field.
    #[default]
    RateValue,
    /// `rate`, as documented.
    Rate,
}

/// Many answers have been seen with an empty element. It is not part of the signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceInfo {
    /// `<device_info><![CDATA[]]></device_info>` in query answers.
    #[default]
    Empty,
    /// Left out.
    Absent,
}

/// The order of elements carries no meaning and varies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldOrder {
    /// The order that is seen most often.
    #[default]
    Usual,
    /// A new order in every message.
    Shuffled,
}

/// Editions differ: some forbid closing in the first five minutes, some only discourage it (protocol §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EarlyClose {
    /// Refused with `TRADE_STATE_ERROR`.
    #[default]
    Refused,
    /// The order is closed.
    Allowed,
}

/// Whether the refund call needs mutual TLS. Here a header takes the place of the certificate (protocol
/// §7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// A refund without the certificate is refused.
    #[default]
    Required,
    /// The certificate is not checked.
    NotAsked,
}

/// Texts differ on placing an order again through API v3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReentryV3 {
    /// A new code; the old one stops working.
    #[default]
    NewCode,
    /// The same code, while it is less than two hours old.
    SameCode,
}

/// A mainland merchant reports 204 for a number that never existed. Of the global edition nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloseUnknown {
    /// Status 204.
    #[default]
    Accepted,
    /// `ORDER_NOT_EXIST`.
    Refused,
}

/// Platform certificates, the public key that replaces them, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlatformKey {
    /// Both: the certificate, unless a call asks for the public key by its identifier.
    #[default]
    Both,
    /// Certificates only. A call that asks for the public key is refused.
    Certificate,
    /// The public key only. There is no certificate to download.
    PublicKey,
}

/// A merchant that changes to the public key gets its notifications under either for a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyKey {
    /// A platform certificate.
    #[default]
    Certificate,
    /// The public key.
    PublicKey,
    /// One or the other, by chance.
    Mixed,
}

/// Old and new pages spell the same code with and without underscores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCodes {
    /// `ORDERPAID`, `ORDERNOTEXIST`.
    #[default]
    Joined,
    /// `ORDER_PAID`, `ORDER_NOT_EXIST`.
    Underscored,
}

/// The pages of the global edition say `id`, one guide says `transaction_id`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransactionField {
    /// `id`.
    #[default]
    Id,
    /// `transaction_id`.
    TransactionId,
    /// Both, equal.
    Both,
}

/// Whether an order of API v2 can be refunded through API v3 is disputed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherGeneration {
    /// It can.
    #[default]
    Served,
    /// `INVALID_REQUEST`.
    Refused,
}

//! Notifications of payments and refunds (protocol §9.10): from a delivery to a [`Notice`].
//!
//! Unlike in API v2, nothing of a body can be read before it is verified: the order's number is inside the
//! seal.
//!
//! ```text
//! claim   = delivery.claim(now, ring)?             size, headers, window, key
//! valid   = subtle.verify(claim.check())           the caller's cryptography: yes or no
//! genuine = claim.judge(Verdict::of(valid))?       signature
//! sealed  = genuine.sealed()?                      json, envelope
//! text    = subtle.decrypt(sealed.resource())      the caller's cryptography: plaintext or not
//! notice  = sealed.opened(text, edition)?          open, fields
//! notice.check(expected)                           business
//! ```

use thiserror::Error;

use crate::v2::{AnswerMismatch, Malformed, TradeState};
use crate::v3::call::{read_merchant, read_numbers};
use crate::v3::claim::{self, Check, Verdict};
use crate::v3::json::{JsonError, JsonFields, Object};
use crate::v3::payment_report::either;
use crate::v3::{Edition, Instant, KeyRing, NotGenuine, PaymentReport, RefundStatus, Sealed, Stage};
use crate::{Expected, MchId, Merchant, Mismatch, Money, OutRefundNo, OutTradeNo, RefundId, TransactionId};

/// What came to the notify address, judged by nobody.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// All headers, or at least `Wechatpay-…`.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body's bytes.
    pub body: &'a [u8],
}

/// Why a delivery gives no notice.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotificationError {
    /// Not genuine, or not JSON although it is.
    #[error(transparent)]
    NotGenuine(#[from] NotGenuine),
    /// The envelope is not of its form.
    #[error("the envelope of the notification: {0}")]
    Envelope(Malformed),
    /// An event that has nothing to do with a payment or a refund, or whose parts do not fit each other.
    #[error("the notification is of another event, or its parts do not fit each other")]
    OtherEvent,
    /// The API v3 key does not open it. Most likely it has been changed in the merchant platform.
    #[error("the API v3 key does not open the notification")]
    NotOpened,
    /// What was sealed is not JSON.
    #[error("the inside of the notification: {0}")]
    Inside(JsonError),
    /// A field of the inside is missing or malformed.
    #[error("the inside of the notification: {0}")]
    Malformed(#[from] Malformed),
}

impl NotificationError {
    /// The stage that refused.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::NotGenuine(error) => error.stage(),
            Self::Envelope(_) | Self::OtherEvent => Stage::Envelope,
            Self::NotOpened => Stage::Open,
            Self::Inside(_) | Self::Malformed(_) => Stage::Fields,
        }
    }

    /// Whether WeChat Pay signed it all the same. There may be money behind such a message: keep it, and
    /// show it to a person.
    #[must_use]
    pub const fn is_genuine(&self) -> bool {
        match self {
            Self::NotGenuine(error) => matches!(error, NotGenuine::Json(_)),
            Self::Envelope(_) | Self::OtherEvent | Self::NotOpened | Self::Inside(_) | Self::Malformed(_) => {
                true
            }
        }
    }
}

impl<'a> Delivery<'a> {
    /// Checks what needs no cryptography.
    ///
    /// # Errors
    /// [`NotGenuine`]: size, headers, window or key.
    pub fn claim(self, now_seconds: i64, ring: &KeyRing) -> Result<NotificationClaim<'a>, NotGenuine> {
        let check = claim::check(self.headers, self.body, now_seconds, ring)?;
        Ok(NotificationClaim { check, body: self.body })
    }
}

/// A notification that waits for the verdict of the cryptography. It gives nothing of its body.
#[derive(Clone, Debug)]
pub struct NotificationClaim<'a> {
    check: Check,
    body: &'a [u8],
}

impl<'a> NotificationClaim<'a> {
    /// What is to be verified.
    #[must_use]
    pub const fn check(&self) -> &Check {
        &self.check
    }

    /// The notification, if its signature is valid.
    ///
    /// # Errors
    /// [`NotGenuine::Signature`].
    pub fn judge(self, verdict: Verdict) -> Result<GenuineNotification<'a>, NotGenuine> {
        claim::pass(verdict)?;
        Ok(GenuineNotification(self.body))
    }
}

/// A notification that WeChat Pay signed, still sealed.
#[derive(Clone, Debug)]
pub struct GenuineNotification<'a>(&'a [u8]);

impl<'a> GenuineNotification<'a> {
    /// A notification that another part of the same program has got from [`NotificationClaim::judge`], and
    /// handed over with a keyed hash of its own. The verdict is that of the hash, which must cover the body.
    ///
    /// # Errors
    /// [`NotGenuine::Signature`].
    pub fn handed_over(body: &'a [u8], verdict: Verdict) -> Result<Self, NotGenuine> {
        claim::pass(verdict)?;
        Ok(Self(body))
    }

    /// Reads the envelope.
    ///
    /// # Errors
    /// [`NotificationError`]: json or envelope.
    pub fn sealed(&self) -> Result<SealedNotice, NotificationError> {
        SealedNotice::read(self.0)
    }
}

/// What happened, by `event_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Paid,
    Refund(RefundEvent),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefundEvent {
    Success,
    Abnormal,
    Closed,
}

impl RefundEvent {
    const fn status(self) -> RefundStatus {
        match self {
            Self::Success => RefundStatus::Success,
            Self::Abnormal => RefundStatus::Abnormal,
            Self::Closed => RefundStatus::Closed,
        }
    }
}

/// The envelope of a genuine notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedNotice {
    id: Option<Box<str>>,
    event: Event,
    resource: Sealed,
}

/// The text that `resource_type` has.
const RESOURCE_TYPE: &str = "encrypt-resource";

impl SealedNotice {
    fn read(body: &[u8]) -> Result<Self, NotificationError> {
        let object = Object::parse(body).map_err(NotGenuine::from)?;
        let fields = JsonFields::of(&object);
        let envelope = NotificationError::Envelope;
        let event = match fields.required("event_type").map_err(envelope)? {
            "TRANSACTION.SUCCESS" => Event::Paid,
            "REFUND.SUCCESS" => Event::Refund(RefundEvent::Success),
            "REFUND.ABNORMAL" => Event::Refund(RefundEvent::Abnormal),
            "REFUND.CLOSED" => Event::Refund(RefundEvent::Closed),
            _ => return Err(NotificationError::OtherEvent),
        };
        if fields.required("resource_type").map_err(envelope)? != RESOURCE_TYPE {
            return Err(NotificationError::OtherEvent);
        }
        let resource = fields.object("resource").map_err(envelope)?;
        let fitting = match event {
            Event::Paid => "transaction",
            Event::Refund(_) => "refund",
        };
        if resource.required("original_type").map_err(envelope)? != fitting {
            return Err(NotificationError::OtherEvent);
        }
        let resource = Sealed::read(&resource).map_err(envelope)?;
        Ok(Self { id: fields.text("id"), event, resource })
    }

    /// `id` of the event, for logs. Nothing says that a redelivery has the same one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What the caller's cryptography opens.
    #[must_use]
    pub const fn resource(&self) -> &Sealed {
        &self.resource
    }

    /// Reads what was inside; `None` if it did not open.
    ///
    /// # Errors
    /// [`NotificationError`]: open or fields.
    pub fn opened(self, plaintext: Option<&[u8]>, edition: Edition) -> Result<Notice, NotificationError> {
        let plaintext = plaintext.ok_or(NotificationError::NotOpened)?;
        let object = Object::parse(plaintext).map_err(NotificationError::Inside)?;
        let fields = JsonFields::of(&object);
        Ok(match self.event {
            Event::Paid => Notice::Payment(Box::new(PaymentNotice::read(&fields, edition)?)),
            Event::Refund(event) => Notice::Refund(Box::new(RefundNotice::read(&fields, event)?)),
        })
    }
}

/// A genuine notification, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Of a payment.
    Payment(Box<PaymentNotice>),
    /// Of a refund.
    Refund(Box<RefundNotice>),
}

/// A notification of a payment that the gateway signed. [`PaymentNotice::check`] tells whether the payment is
/// the one that the order expects. It cannot be deserialized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentNotice {
    merchant: Merchant,
    out_trade_no: OutTradeNo,
    trade_state: TradeState,
    payment: Option<PaymentReport>,
}

impl PaymentNotice {
    fn read(fields: &JsonFields<'_, '_>, edition: Edition) -> Result<Self, Malformed> {
        let trade_state = TradeState::new(fields.required("trade_state")?);
        let payment = match trade_state {
            TradeState::Success => Some(PaymentReport::read(fields, edition)?),
            // A notification tells of a payment when it happens. Whatever else it says, the query decides.
            TradeState::Refund
            | TradeState::NotPay
            | TradeState::Closed
            | TradeState::Revoked
            | TradeState::UserPaying
            | TradeState::PayError
            | TradeState::Accept
            | TradeState::Other(_) => None,
        };
        let out_trade_no = fields.parse("out_trade_no")?;
        Ok(Self { merchant: read_merchant(fields)?, out_trade_no, trade_state, payment })
    }

    /// The order.
    #[must_use]
    pub const fn out_trade_no(&self) -> &OutTradeNo {
        &self.out_trade_no
    }

    /// The merchant it names.
    #[must_use]
    pub const fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// The state it names.
    #[must_use]
    pub const fn trade_state(&self) -> &TradeState {
        &self.trade_state
    }

    /// The payment, if the state is `SUCCESS`.
    #[must_use]
    pub const fn payment(&self) -> Option<&PaymentReport> {
        self.payment.as_ref()
    }

    /// The payment, if there was one and it is the expected one.
    ///
    /// # Errors
    /// The first [`Mismatch`] of a payment. `Ok(None)` means that the message reports no payment: query the
    /// order.
    pub fn check(&self, expected: &Expected<'_>) -> Result<Option<&PaymentReport>, Mismatch> {
        match self.payment() {
            Some(report) => expected.check(&self.merchant, &report.payment()).map(|()| Some(report)),
            None => Ok(None),
        }
    }
}

/// A notification of a refund that the gateway signed. It cannot be deserialized.
///
/// The field table of the global edition could not be read (protocol §9.13), so only the merchant, the
/// refund's number and its state are required. Take it as the reason to query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundNotice {
    mch_id: MchId,
    sub_mch_id: Option<MchId>,
    out_refund_no: OutRefundNo,
    status: RefundStatus,
    event: RefundEvent,
    out_trade_no: Option<OutTradeNo>,
    transaction_id: Option<TransactionId>,
    refund_id: Option<RefundId>,
    success_time: Option<Instant>,
    amount: Option<Amounts>,
}

/// The amounts that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Amounts {
    refund: Option<u64>,
    total: Option<u64>,
    currency: Option<crate::Currency>,
}

/// What a notification of a refund must match.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedRefund<'a> {
    /// Who pays back.
    pub merchant: &'a Merchant,
    /// The order.
    pub out_trade_no: &'a OutTradeNo,
    /// The refund.
    pub out_refund_no: &'a OutRefundNo,
    /// The amount of the payment.
    pub total: Money,
    /// The amount of the refund.
    pub refund: Money,
}

impl RefundNotice {
    fn read(fields: &JsonFields<'_, '_>, event: RefundEvent) -> Result<Self, Malformed> {
        let (mch_id, sub_mch_id) = read_numbers(fields)?;
        let amount = if fields.has("amount") { Some(fields.object("amount")?) } else { None };
        let amount = amount.map(|amount| {
            Ok(Amounts {
                refund: amount.optional_amount("refund")?,
                total: amount.optional_amount("total")?,
                currency: amount.parse_optional("currency")?,
            })
        });
        Ok(Self {
            mch_id,
            sub_mch_id,
            out_refund_no: fields.parse("out_refund_no")?,
            status: RefundStatus::new(fields.required("refund_status")?),
            event,
            out_trade_no: fields.parse_optional("out_trade_no")?,
            transaction_id: fields.parse_optional("transaction_id")?,
            refund_id: either(fields, "refund_id", "id")?,
            success_time: fields.informative("success_time"),
            amount: amount.transpose()?,
        })
    }

    /// The refund.
    #[must_use]
    pub const fn out_refund_no(&self) -> &OutRefundNo {
        &self.out_refund_no
    }

    /// The order, if it names one.
    #[must_use]
    pub const fn out_trade_no(&self) -> Option<&OutTradeNo> {
        self.out_trade_no.as_ref()
    }

    /// The merchant number that signs, and the one under it.
    #[must_use]
    pub const fn merchant_numbers(&self) -> (&MchId, Option<&MchId>) {
        (&self.mch_id, self.sub_mch_id.as_ref())
    }

    /// `amount.refund`, `amount.total` and `amount.currency`, as far as it names them.
    #[must_use]
    pub const fn amounts(&self) -> (Option<u64>, Option<u64>, Option<crate::Currency>) {
        match self.amount {
            Some(Amounts { refund, total, currency }) => (refund, total, currency),
            None => (None, None, None),
        }
    }

    /// Whether it says the same inside as outside.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.status == self.event.status()
    }

    /// The gateway's number of the payment, if it names one.
    #[must_use]
    pub const fn transaction_id(&self) -> Option<&TransactionId> {
        self.transaction_id.as_ref()
    }

    /// The gateway's number of the refund, if it names one.
    #[must_use]
    pub const fn refund_id(&self) -> Option<&RefundId> {
        self.refund_id.as_ref()
    }

    /// How it stands.
    #[must_use]
    pub const fn status(&self) -> &RefundStatus {
        &self.status
    }

    /// When it was done, if it names that.
    #[must_use]
    pub const fn success_time(&self) -> Option<Instant> {
        self.success_time
    }

    /// Whether it is about the expected refund, and says the same inside as outside. What it does not name is
    /// not compared.
    ///
    /// # Errors
    /// The first [`AnswerMismatch`].
    pub fn check(&self, expected: &ExpectedRefund<'_>) -> Result<(), AnswerMismatch> {
        let (merchant, none) = (expected.merchant, "none");
        same("mchid", merchant.mch_id.as_str(), self.mch_id.as_str())?;
        let sub = |sub: &Option<MchId>| sub.as_ref().map_or(none.to_owned(), MchId::to_string);
        same("sub_mchid", &sub(&merchant.sub_mch_id), &sub(&self.sub_mch_id))?;
        same("out_refund_no", expected.out_refund_no.as_str(), self.out_refund_no.as_str())?;
        if let Some(named) = &self.out_trade_no {
            same("out_trade_no", expected.out_trade_no.as_str(), named.as_str())?;
        }
        let amount = self.amount.unwrap_or(Amounts { refund: None, total: None, currency: None });
        for (field, asked, minor) in [
            ("amount.refund", expected.refund, amount.refund),
            ("amount.total", expected.total, amount.total),
        ] {
            let Some(minor) = minor else { continue };
            let named = Money { minor, currency: amount.currency.unwrap_or(asked.currency) };
            same(field, &asked.to_string(), &named.to_string())?;
        }
        same("refund_status", self.event.status().as_str(), self.status.as_str())
    }
}

fn same(field: &str, asked: &str, answered: &str) -> Result<(), AnswerMismatch> {
    if asked == answered { Ok(()) } else { Err(crate::v3::call::mismatch(field, asked, answered)) }
}

/// What an unverified delivery says, if the API v3 key opens it: the reason to query one order, and nothing
/// more. Somebody who holds the key made it at some time; it may be a replay.
///
/// It is for the case that the certificates cannot be refreshed, so that nothing verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The order to query, if it names one.
    pub out_trade_no: Option<OutTradeNo>,
    /// The refund to query, if it names one.
    pub out_refund_no: Option<OutRefundNo>,
}

/// An unverified envelope.
#[derive(Clone, Debug)]
pub struct SealedHint(SealedNotice);

impl SealedHint {
    /// Reads the envelope of an unverified delivery.
    ///
    /// # Errors
    /// [`NotificationError`].
    pub fn read(delivery: &Delivery<'_>) -> Result<Self, NotificationError> {
        if delivery.body.len() > claim::MAX_BODY_BYTES {
            return Err(NotGenuine::Size { bound: claim::MAX_BODY_BYTES }.into());
        }
        SealedNotice::read(delivery.body).map(Self)
    }

    /// What the caller's cryptography opens.
    #[must_use]
    pub const fn resource(&self) -> &Sealed {
        self.0.resource()
    }

    /// Reads the numbers inside; `None` if it did not open.
    ///
    /// # Errors
    /// [`NotificationError`]: open or fields.
    pub fn opened(self, plaintext: Option<&[u8]>) -> Result<Hint, NotificationError> {
        let plaintext = plaintext.ok_or(NotificationError::NotOpened)?;
        let object = Object::parse(plaintext).map_err(NotificationError::Inside)?;
        let fields = JsonFields::of(&object);
        Ok(Hint {
            out_trade_no: fields.parse_optional("out_trade_no")?,
            out_refund_no: fields.parse_optional("out_refund_no")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::lacks_trait::lacks;
    use crate::v3::{AnswerClaim, CertificatesClaim, GenuineAnswer, GenuineBill, StatementClaim};

    #[test]
    fn nothing_genuine_can_be_made_or_deserialized() {
        assert!(lacks!(GenuineAnswer<'static>: Default) && lacks!(AnswerClaim<'static>: Default));
        assert!(lacks!(GenuineNotification<'static>: Default) && lacks!(SealedNotice: Default));
        assert!(lacks!(PaymentNotice: Default) && lacks!(RefundNotice: Default));
        assert!(lacks!(GenuineBill<'static>: Default) && lacks!(StatementClaim<'static>: Default));
        assert!(lacks!(CertificatesClaim: Default) && lacks!(Check: Default));
        assert!(lacks!(GenuineAnswer<'static>: serde_core::de::DeserializeOwned));
        assert!(lacks!(GenuineNotification<'static>: serde_core::de::DeserializeOwned));
        assert!(lacks!(PaymentNotice: serde_core::de::DeserializeOwned));
        assert!(lacks!(RefundNotice: serde_core::de::DeserializeOwned));
        assert!(lacks!(GenuineBill<'static>: serde_core::de::DeserializeOwned));
        assert!(lacks!(PaymentNotice: From<PaymentReport>));
    }
}

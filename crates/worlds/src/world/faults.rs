//! What goes wrong at the gateway in a history, and what it excuses.

use order::ExceptionKind;
use simulator::gateway::{Call, Fault, FaultName as Name};

use super::World;
use super::api::Api;
use super::dice::Dice;

/// Of every call, and of payments and their notifications.
const OF_EVERYTHING: [Name; 50] = [
    Name::DropBefore,
    Name::DropAfter,
    Name::Slow,
    Name::Html200,
    Name::Html400,
    Name::Html403,
    Name::Html502,
    Name::Redirect,
    Name::Empty,
    Name::Truncated,
    Name::NeverEnds,
    Name::Unsigned,
    Name::WronglySigned,
    Name::Refused,
    Name::RefusedSignature,
    Name::RefusedMerchant,
    Name::RefusedProduct,
    Name::RefusedFrequency,
    Name::RefusedBusy,
    Name::RefusedMchId,
    Name::RefusedXml,
    Name::SystemError,
    Name::NoAuth,
    Name::NotVisible,
    Name::PaidBeforeClose,
    Name::PaidBeforeAnswer,
    Name::SecondPayment,
    Name::AnotherOrder,
    Name::AnotherOrderPaid,
    Name::AnotherOrderRefunded,
    Name::AnotherOrderClosed,
    Name::AnotherOrderUnpaid,
    Name::AnotherTransaction,
    Name::AnotherAmount,
    Name::AnotherCurrency,
    Name::AnotherMerchant,
    Name::AnotherApp,
    Name::AnotherSubMerchant,
    Name::WithoutOpenid,
    Name::WithoutFeeType,
    Name::WithoutBankType,
    Name::NotificationLost,
    Name::NotificationLost,
    Name::NotificationTwice,
    Name::NotificationLate,
    Name::NotificationWronglySigned,
    Name::NotificationWrongAmount,
    Name::NotificationWrongCurrency,
    Name::NotificationWrongMerchant,
    Name::NotificationUnknownOrder,
];

/// Of refunds alone.
const OF_REFUNDS: [Name; 17] = [
    Name::NotEnough,
    Name::NotEnoughUnsettled,
    Name::BizerrNeedRetry,
    Name::FrequencyLimited,
    Name::InvalidReqTooMuch,
    Name::UserAccountAbnormal,
    Name::AlreadyRefunded,
    Name::AddressRefused,
    Name::OrderNotReady,
    Name::CertError,
    Name::TradeOverdue,
    Name::RefundFeeMismatch,
    Name::RefundStuck,
    Name::RefundClosed,
    Name::RefundChange,
    Name::AnotherRefund,
    Name::AnotherRefundAmount,
];

/// Of messages of API v3: their signatures, their seals, their own refusals.
const OF_V3: [Name; 32] = [
    Name::BodyChanged,
    Name::Stale,
    Name::Early,
    Name::UnknownSerial,
    Name::MerchantKey,
    Name::Stranger,
    Name::ExpiredCertificate,
    Name::Probe,
    Name::HeaderMissing,
    Name::SignatureType,
    Name::RateLimited,
    Name::RateLimitedAccepted,
    Name::NotDone,
    Name::UserPaying,
    Name::NotificationProbe,
    Name::NotificationStale,
    Name::NotificationUnknownSerial,
    Name::NotificationExpiredCertificate,
    Name::NotificationMerchantKey,
    Name::NotificationStranger,
    Name::NotificationHeaderMissing,
    Name::NotificationGrafted,
    Name::NotificationLineFeed,
    Name::NotificationNotPaid,
    Name::NotificationAmountText,
    Name::NotificationFraction,
    Name::NotificationTradeType,
    Name::NotificationOtherKey,
    Name::NotificationAssociatedData,
    Name::NotificationNonceLength,
    Name::NotificationAlgorithm,
    Name::NotificationEventType,
];

/// Fields that decide nothing: without them a message is as good.
const INFORMING: [&str; 3] = ["openid", "bank_type", "cash_fee"];
/// Fields without which a genuine message cannot be read.
const DECIDING: [&str; 4] = ["transaction_id", "time_end", "trade_type", "total_fee"];
/// The same of API v3.
const INFORMING_V3: [&str; 3] = ["payer", "bank_type", "payer_total"];
const DECIDING_V3: [&str; 4] = ["trade_state", "success_time", "trade_type", "total"];

/// One fault, for a while or for ever, in one call or in all.
pub(super) fn a_fault(dice: &mut Dice, has_v3: bool) -> Fault {
    let name = if has_v3 && dice.chance(400) {
        dice.pick(&OF_V3)
    } else if dice.chance(650) {
        dice.pick(&OF_EVERYTHING)
    } else {
        dice.pick(&OF_REFUNDS)
    };
    let calls = [
        Call::UnifiedOrder,
        Call::QueryOrder,
        Call::QueryOrder,
        Call::CloseOrder,
        Call::Refund,
        Call::RefundQuery,
    ];
    let of_one_call = !is_of_notifications(name) && !OF_REFUNDS.contains(&name) && dice.chance(350);
    Fault {
        name,
        call: of_one_call.then(|| dice.pick(&calls)),
        order: None,
        times: dice.chance(450).then(|| dice.pick(&[1, 1, 2, 5])),
        probability: Some(dice.pick(&[0.1, 0.4, 0.8])),
        seed: Some(dice.roll()),
        delay_ms: dice.chance(300).then(|| dice.pick(&[500, 16_000, 40_000])),
    }
}

/// The field that all messages of a history lack, if any.
pub(super) fn a_field_left_out(dice: &mut Dice, has_v3: bool) -> Option<&'static str> {
    let (deciding, informing) = if has_v3 { (&DECIDING_V3, &INFORMING_V3) } else { (&DECIDING, &INFORMING) };
    match dice.below(40) {
        0 | 1 => Some(dice.pick(deciding)),
        2 => Some(dice.pick(informing)),
        _ => None,
    }
}

fn is_of_notifications(name: Name) -> bool {
    name.as_str().starts_with("notification-")
}

/// Whether a notification tells of a payment that was made in another way.
fn tells_another_way(name: Name) -> bool {
    name == Name::NotificationTradeType
}

/// Whether the gateway signs an answer about something else.
fn is_about_something_else(name: Name) -> bool {
    name.as_str().starts_with("another-")
}

impl World {
    fn has_fault(&self, is_one: impl Fn(Name) -> bool) -> bool {
        self.faults.iter().any(|name| is_one(*name))
    }

    /// Whether anything in this history can be the cause of an exception of this kind.
    pub(super) fn may_raise(&self, kind: ExceptionKind) -> bool {
        let lied = |name: Name| {
            matches!(
                name,
                Name::NotificationWrongAmount
                    | Name::NotificationWrongCurrency
                    | Name::NotificationWrongMerchant
            )
        };
        let is_short = |name| matches!(name, Name::NotEnough | Name::NotEnoughUnsettled);
        match kind {
            ExceptionKind::PaidLate => true,
            // A query by the order's number brings the number of its payment, which may be another one each
            // time.
            ExceptionKind::PaidTwice => {
                self.has_fault(|name| matches!(name, Name::SecondPayment | Name::AnotherTransaction))
            }
            // A payment of another amount is money that came, so it is no answer about something else.
            ExceptionKind::AmountMismatch | ExceptionKind::UnexpectedTrade => self.has_fault(|name| {
                lied(name)
                    || tells_another_way(name)
                    || matches!(name, Name::AnotherAmount | Name::AnotherCurrency)
            }),
            ExceptionKind::UnknownOrder => self.elsewhere || self.came_after_archive,
            // A misfitting notification is all that is known of a payment for a while, and what is asked
            // about it does not fit either. Of a stray message that cannot be read, not even the amount is
            // known.
            ExceptionKind::AboutSomethingElse => {
                // A stray message without a currency means CNY.
                self.has_fault(|name| is_about_something_else(name) || lied(name) || tells_another_way(name))
                    || (self.elsewhere && self.left_out.is_some())
                    || ((self.elsewhere || self.came_after_archive)
                        && self.has_fault(|name| name == Name::WithoutFeeType))
            }
            // A list that gives two refunds one number cannot be read.
            ExceptionKind::Unreadable => {
                let decides = |name| DECIDING.contains(&name) || DECIDING_V3.contains(&name);
                self.left_out.is_some_and(decides)
                    || self.has_fault(|name| {
                        matches!(
                            name,
                            Name::AnotherRefund | Name::NotificationAmountText | Name::NotificationFraction
                        )
                    })
                    // Only API v2 says what an amount without a currency means.
                    || (self.has_v3() && self.has_fault(|name| name == Name::WithoutFeeType))
            }
            // The refunds of an archived order are unknown to what comes after it.
            ExceptionKind::RefundedElsewhere => {
                !self.by_hand.is_empty()
                    || self.came_after_archive
                    // There is no list of refunds that could tell that it was our own.
                    || self.of == Api::V3Mainland
                    || self.has_fault(|name| matches!(name, Name::AnotherRefund | Name::AnotherTransaction))
            }
            ExceptionKind::RefundWaits => self.has_fault(is_short),
            ExceptionKind::RefundAbnormal => self.has_fault(|name| name == Name::RefundChange),
            // The gateway, or the way to it, failed for long. Or the process died under each of the few
            // calls of a day.
            ExceptionKind::Unresolved | ExceptionKind::RefundStuck | ExceptionKind::MoreThanKept => {
                // The signatures of API v3 do not count while one of the clocks is wrong.
                let out_of_time = self.has_v3() && !self.steady;
                let failed = !self.faults.is_empty() || self.left_out.is_some();
                failed || self.badly_connected || self.dies_often || out_of_time
            }
            ExceptionKind::WebhookUndelivered => self.shop.had_trouble,
            // No shop of these worlds sells files.
            ExceptionKind::FileMissing => false,
        }
    }
}

//! What was agreed when the order was made. It never changes.
//!
//! The terms and the time of making hold every value of the unified order, so the call can be repeated
//! unchanged for the life of the order (protocol §3.6). We store them before we send it for the first time.

use gateway::{Description, Dialect, Merchant, Money, NotifyUrl, OutTradeNo};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The terms of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The order number.
    pub out_trade_no: OutTradeNo,
    /// Who is paid.
    pub merchant: Merchant,
    /// How to speak to the gateway about this order, whatever the configuration says later.
    pub dialect: Dialect,
    /// What is paid.
    pub amount: Money,
    /// What WeChat shows the payer. Never the shopper's text (protocol §10.2).
    pub description: Description,
    /// Where the gateway notifies of the payment.
    pub notify_url: NotifyUrl,
    /// Where the gateway notifies of refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_notify_url: Option<NotifyUrl>,
    /// A hash of the request that made the order. The same key with another request is refused.
    pub request_fingerprint: String,
    /// The latest moment to pay. The gateway gets it cut to the second.
    pub time_expire_at_ms: i64,
    /// How long to keep the order once it is settled, counted from when it was made.
    #[serde(default = "Terms::default_keep_ms")]
    pub keep_ms: i64,
}

/// Why an order cannot be made on these terms.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TermsError {
    /// The gateway takes positive amounts of 32 bits (protocol §1.5).
    #[error("the amount must be between 1 and {}", Money::MAX_MINOR)]
    Amount,
    /// The gateway needs a minimum, and the code lives only two hours.
    #[error("the order must expire 6 to 115 minutes after it is made")]
    Expiry,
    /// Refunds are possible for a year (protocol §7.1).
    #[error("the order must be kept 366 to 3660 days")]
    Keep,
}

const DAY_MS: i64 = 24 * 60 * 60_000;

impl Terms {
    /// The shortest time to pay. The documents want more than 5 minutes (protocol §3.4).
    pub const MIN_LIFE_MS: i64 = 6 * 60_000;
    /// The longest time to pay. The code lives 2 hours, less a margin (protocol §3.4).
    pub const MAX_LIFE_MS: i64 = 115 * 60_000;
    /// The time to pay if the merchant sets none.
    pub const DEFAULT_LIFE_MS: i64 = 30 * 60_000;
    /// The shortest time to keep an order. Refunds are possible for a year after payment (protocol §7.1).
    pub const MIN_KEEP_MS: i64 = 366 * DAY_MS;
    /// The longest: ten years, for merchants whose tax law asks for that.
    pub const MAX_KEEP_MS: i64 = 3_660 * DAY_MS;
    /// The time to keep an order if the merchant sets none.
    pub const DEFAULT_KEEP_MS: i64 = 400 * DAY_MS;

    fn default_keep_ms() -> i64 {
        Self::DEFAULT_KEEP_MS
    }

    pub(crate) fn check(&self, now_ms: i64) -> Result<(), TermsError> {
        if !self.amount.is_payable() {
            return Err(TermsError::Amount);
        }
        let life_ms = self.time_expire_at_ms.saturating_sub(now_ms);
        if !(Self::MIN_LIFE_MS..=Self::MAX_LIFE_MS).contains(&life_ms) {
            return Err(TermsError::Expiry);
        }
        if !(Self::MIN_KEEP_MS..=Self::MAX_KEEP_MS).contains(&self.keep_ms) {
            return Err(TermsError::Keep);
        }
        Ok(())
    }
}

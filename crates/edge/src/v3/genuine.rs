//! What a genuine notification of API v3 says. Pure.

use gateway::{Notification, OutTradeNo, RefundNotification};
use wire::v3::notification::Delivery;
use wire::v3::{Edition, Notice, NotificationError, SealedHint, SealedNotice};

/// A notification that WeChat Pay signed.
pub(crate) struct GenuineNotice {
    /// The order it names, if it names one.
    pub(crate) number: Option<OutTradeNo>,
    /// What it says, or why that cannot be read.
    pub(crate) says: Result<Says, String>,
    plaintext: Vec<u8>,
}

/// What a notification says.
pub(crate) enum Says {
    /// Of a payment.
    Payment(Notification),
    /// Of a refund.
    Refund(RefundNotification),
}

impl GenuineNotice {
    /// Reads the envelope of a genuine body, of which this was inside; `None` if it did not open.
    ///
    /// # Errors
    /// [`NotificationError`]: open, or an inside that is not JSON.
    pub(crate) fn read(
        sealed: SealedNotice,
        plaintext: Option<Vec<u8>>,
        body: &[u8],
        edition: Edition,
    ) -> Result<Self, NotificationError> {
        let says = match sealed.opened(plaintext.as_deref(), edition) {
            Ok(Notice::Payment(notice)) => Ok(Says::Payment((*notice).into())),
            Ok(Notice::Refund(notice)) => Ok(Says::Refund((*notice).into())),
            // It has been opened, so its order can still be found.
            Err(NotificationError::Malformed(why)) => Err(why.to_string()),
            Err(error) => return Err(error),
        };
        let number = match &says {
            Ok(Says::Payment(notification)) => Some(notification.out_trade_no().clone()),
            Ok(Says::Refund(notification)) => notification.out_trade_no().cloned(),
            Err(_) => {
                let hint = SealedHint::read(&Delivery { headers: &[], body })?;
                hint.opened(plaintext.as_deref()).ok().and_then(|hint| hint.out_trade_no)
            }
        };
        Ok(Self { number, says, plaintext: plaintext.unwrap_or_default() })
    }

    /// What was inside the seal.
    pub(crate) fn plaintext(&self) -> &[u8] {
        &self.plaintext
    }

    /// One that says nothing.
    #[cfg(test)]
    pub(crate) fn of_tests(plaintext: &[u8]) -> Self {
        Self { number: None, says: Err("of the tests".into()), plaintext: plaintext.to_vec() }
    }
}

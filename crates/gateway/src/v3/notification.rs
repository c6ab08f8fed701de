//! Notifications of API v3, in the types that orders take.

use wire::StatedMoney;
use wire::v3::{PaymentNotice, PaymentReport, RefundNotice};

use crate::{Notification, NotifiedRefund, RefundNotification};

impl From<PaymentNotice> for Notification {
    fn from(notice: PaymentNotice) -> Self {
        let payment = notice.payment().map(PaymentReport::payment);
        Self::verified(notice.merchant().clone(), notice.out_trade_no().clone(), payment)
    }
}

impl From<RefundNotice> for RefundNotification {
    fn from(notice: RefundNotice) -> Self {
        let (mch_id, sub_mch_id) = notice.merchant_numbers();
        Self::verified(
            (mch_id.clone(), sub_mch_id.cloned()),
            notice.out_trade_no().cloned(),
            notice.out_refund_no().clone(),
            record(&notice),
        )
    }
}

/// What the message says of the refund, if nothing is missing that is compared, and if its envelope says the
/// same as its inside.
fn record(notice: &RefundNotice) -> Option<NotifiedRefund> {
    let (refund, total, currency) = notice.amounts();
    let stated = |minor| StatedMoney { minor, currency };
    notice.is_consistent().then_some(())?;
    Some(NotifiedRefund {
        transaction_id: notice.transaction_id()?.clone(),
        payment: stated(total?),
        amount: stated(refund?),
        refund_id: notice.refund_id()?.clone(),
        standing: super::standing(notice.status().clone()),
    })
}

//! Notifications of API v3, in the types that orders take.

use wire::StatedMoney;
use wire::v3::{PaymentNotice, PaymentReport, RefundNotice};

use crate::{Notification, NotifiedRefund, OutRefundNo, OutTradeNo, RefundNotification};

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
            notice.out_trade_no().cloned().or_else(|| in_front(notice.out_refund_no())),
            notice.out_refund_no().clone(),
            record(&notice),
        )
    }
}

/// The order of a refund whose message does not name it. The number of each refund of ours begins with that
/// of its order, which has no `-` in it.
fn in_front(out_refund_no: &OutRefundNo) -> Option<OutTradeNo> {
    let (order, _) = out_refund_no.as_str().split_once('-')?;
    OutTradeNo::new(order).ok()
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

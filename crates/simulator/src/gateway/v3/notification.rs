//! Composes notifications of payments and refunds, sealed with the APIv3 key, and signs each delivery anew.

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::china_time::ChinaTime;
use super::super::fault::FaultName;
use super::super::notification::{Delivery, Kind, NewNotification};
use super::super::notification_message::LATE_MS;
use super::super::refund_query::RECEIVING_ACCOUNT;
use super::super::trade::{Payment, Refund, RefundStatus, Trade, TradeState};
use super::Edition;
use super::long_nonce;
use super::query;
use super::refund_query;
use super::seal::{ALGORITHM, NONCE_CHARS, seal};
use super::signed::Flaw;

/// The associated data of a payment, and what it is called.
const TRANSACTION: &str = "transaction";
const REFUND: &str = "refund";
/// As long as a nonce of AES-GCM may well be, and no nonce of WeChat Pay is.
const LONG_NONCE_CHARS: usize = 16;
/// An APIv3 key that is not the merchant's.
const STRANGERS_KEY: &[u8; 32] = b"ATTACKERapiv3ATTACKERapiv3ATTACK";

/// How the content of a notification is wrong, under a valid signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    WrongAmount,
    WrongCurrency,
    WrongMerchant,
    UnknownOrder,
    NotPaid,
    AmountText,
    Fraction,
    TradeType,
    OtherKey,
    AssociatedData,
    NonceLength,
    Algorithm,
    EventType,
}

/// The faults that a whole notification has.
const CONTENT: [(FaultName, Content); 13] = [
    (FaultName::NotificationWrongAmount, Content::WrongAmount),
    (FaultName::NotificationWrongCurrency, Content::WrongCurrency),
    (FaultName::NotificationWrongMerchant, Content::WrongMerchant),
    (FaultName::NotificationUnknownOrder, Content::UnknownOrder),
    (FaultName::NotificationNotPaid, Content::NotPaid),
    (FaultName::NotificationAmountText, Content::AmountText),
    (FaultName::NotificationFraction, Content::Fraction),
    (FaultName::NotificationTradeType, Content::TradeType),
    (FaultName::NotificationOtherKey, Content::OtherKey),
    (FaultName::NotificationAssociatedData, Content::AssociatedData),
    (FaultName::NotificationNonceLength, Content::NonceLength),
    (FaultName::NotificationAlgorithm, Content::Algorithm),
    (FaultName::NotificationEventType, Content::EventType),
];

/// The faults of one delivery. The next one is signed anew.
const OF_DELIVERY: [(FaultName, Flaw); 10] = [
    (FaultName::NotificationWronglySigned, Flaw::WronglySigned),
    (FaultName::NotificationProbe, Flaw::Probe),
    (FaultName::NotificationStale, Flaw::Stale),
    (FaultName::NotificationUnknownSerial, Flaw::UnknownSerial),
    (FaultName::NotificationExpiredCertificate, Flaw::ExpiredCertificate),
    (FaultName::NotificationMerchantKey, Flaw::MerchantKey),
    (FaultName::NotificationStranger, Flaw::Stranger),
    (FaultName::NotificationHeaderMissing, Flaw::HeaderMissing),
    (FaultName::NotificationGrafted, Flaw::Grafted),
    (FaultName::NotificationLineFeed, Flaw::LineFeed),
];

impl Gateway {
    pub(in super::super) fn notify_payment_v3(&mut self, now_ms: i64, trade: &Trade, payment: &Payment) {
        let order = Some(trade.out_trade_no.as_str());
        let struck = CONTENT.into_iter().find(|(name, _)| self.faults.strikes(*name, None, order).is_some());
        let view = self.payment_view_v3(trade, payment, order);
        let Some(body) = self.payment_body_v3(trade, payment, view, struck.map(|(_, content)| content))
        else {
            return;
        };
        let late = self.faults.strikes(FaultName::NotificationLate, None, order);
        let due_at_ms = now_ms + late.map_or(0, |strike| i64::from(strike.delay_ms(LATE_MS)));
        let copies =
            if self.faults.strikes(FaultName::NotificationTwice, None, order).is_some() { 2 } else { 1 };
        for _ in 0..copies {
            let request_id = self.ids.request_id();
            self.outbox.add(NewNotification {
                generation: trade.generation,
                kind: Kind::Payment,
                mch_id: trade.mch_id.clone(),
                out_trade_no: trade.out_trade_no.clone(),
                url: trade.notify_url.clone(),
                request_id,
                body: body.clone(),
                due_at_ms,
            });
        }
    }

    pub(in super::super) fn notify_refund_v3(
        &mut self,
        trade: &Trade,
        refund: &Refund,
        url: String,
        due_at_ms: i64,
    ) {
        let Some(merchant) = self.merchant_of(trade).cloned() else { return };
        let edition = Edition::of_generation(refund.generation, &merchant);
        let (status, event) = match refund.status(due_at_ms) {
            RefundStatus::Success => ("SUCCESS", "REFUND.SUCCESS"),
            RefundStatus::Change => ("ABNORMAL", "REFUND.ABNORMAL"),
            RefundStatus::Closed | RefundStatus::Processing => ("CLOSED", "REFUND.CLOSED"),
        };
        let payment = trade.payment_of(refund);
        let mut inside = query::parties(trade);
        for name in ["appid", "sp_appid", "sub_appid"] {
            inside.remove(name);
        }
        let whole = refund_query::view(edition, trade, refund, due_at_ms);
        let id = if edition == Edition::Global { "id" } else { "refund_id" };
        let account = if edition == Edition::Global { "recv_account" } else { "user_received_account" };
        let mut inside = Value::Object(inside);
        inside[id] = whole[id].clone();
        inside["out_refund_no"] = json!(refund.out_refund_no);
        inside["transaction_id"] = whole["transaction_id"].clone();
        inside["out_trade_no"] = json!(trade.out_trade_no);
        inside["refund_status"] = json!(status);
        if status == "SUCCESS" {
            inside["success_time"] = json!(ChinaTime::at(due_at_ms).rfc3339());
        }
        inside[account] = json!(RECEIVING_ACCOUNT);
        inside["amount"] = json!({
            "total": trade.total_fee,
            "refund": refund.refund_fee,
            "payer_total": payment.map_or(0, |payment| payment.cash_fee),
            "payer_refund": refund.cash_refund_fee,
        });
        if edition == Edition::Global {
            inside["amount"]["currency"] = json!(trade.fee_type);
        }
        self.leave_out_v3(&mut inside);
        let inside = self.written_v3(&inside);
        let Some(body) = self.envelope_v3(trade, due_at_ms, (event, REFUND), &inside, None) else {
            return;
        };
        let request_id = self.ids.request_id();
        self.outbox.add(NewNotification {
            generation: edition.generation(),
            kind: Kind::Refund,
            mch_id: trade.mch_id.clone(),
            out_trade_no: trade.out_trade_no.clone(),
            url,
            request_id,
            body,
            due_at_ms,
        });
    }

    /// What a payment's notification holds, with the fields left out that switches and faults leave out.
    pub(super) fn payment_view_v3(&mut self, trade: &Trade, payment: &Payment, order: Option<&str>) -> Value {
        let edition = self
            .merchant_of(trade)
            .map_or(Edition::Global, |merchant| Edition::of_generation(trade.generation, merchant));
        let mut view = query::view(edition, &self.switches, trade, Some(payment), TradeState::Success);
        for (fault, pointer) in super::substitutes::WITHOUT {
            if view.pointer(pointer).is_some() && self.faults.strikes(fault, None, order).is_some() {
                super::substitutes::remove(&mut view, pointer);
            }
        }
        self.leave_out_v3(&mut view);
        view
    }

    /// The whole message about a payment, wrong as asked.
    pub(super) fn payment_body_v3(
        &mut self,
        trade: &Trade,
        payment: &Payment,
        mut view: Value,
        content: Option<Content>,
    ) -> Option<String> {
        let merchant = if view.get("sp_mchid").is_some() { "sp_mchid" } else { "mchid" };
        match content {
            Some(Content::WrongAmount) => view["amount"]["total"] = json!(1),
            Some(Content::WrongCurrency) => {
                view["amount"]["currency"] = json!(if trade.fee_type == "JPY" { "HKD" } else { "JPY" });
            }
            Some(Content::WrongMerchant) => view[merchant] = json!("1999999999"),
            Some(Content::UnknownOrder) => view["out_trade_no"] = json!("NOBODY-PLACED-THIS"),
            Some(Content::NotPaid) => view["trade_state"] = json!("NOTPAY"),
            Some(Content::AmountText) => view["amount"]["total"] = json!(trade.total_fee.to_string()),
            Some(Content::TradeType) => view["trade_type"] = json!("MICROPAY"),
            _ => {}
        }
        let mut text = self.written_v3(&view);
        if content == Some(Content::Fraction) {
            let total = format!("\"total\":{}", trade.total_fee);
            text = text.replacen(&total, &format!("{total}.0"), 1);
        }
        self.envelope_v3(trade, payment.paid_at_ms, ("TRANSACTION.SUCCESS", TRANSACTION), &text, content)
    }

    /// The envelope around a text, which it seals.
    pub(super) fn envelope_v3(
        &mut self,
        trade: &Trade,
        at_ms: i64,
        (event, original): (&str, &str),
        text: &str,
        content: Option<Content>,
    ) -> Option<String> {
        let own = self.merchant_of(trade)?.v3.as_ref()?.key;
        let key = if content == Some(Content::OtherKey) { STRANGERS_KEY } else { &own };
        let is_long = content == Some(Content::NonceLength);
        let nonce = self.ids.nonce_of(if is_long { LONG_NONCE_CHARS } else { NONCE_CHARS });
        let ciphertext = if is_long {
            long_nonce::seal(key, nonce.as_bytes(), original.as_bytes(), text.as_bytes())
        } else {
            seal(key, &nonce, original, text)
        };
        let (event, summary) = match (content, original) {
            (Some(Content::EventType), _) => ("REFUND.SUCCESS", "退款成功"),
            (_, REFUND) => (event, "退款通知"),
            (_, _) => (event, "支付成功"),
        };
        let body = json!({
            "id": self.ids.event_id(),
            "create_time": ChinaTime::at(at_ms).rfc3339(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": summary,
            "resource": {
                "original_type": original,
                "algorithm": if content == Some(Content::Algorithm) { "AEAD_SM4_GCM" } else { ALGORITHM },
                "ciphertext": ciphertext,
                "associated_data": if content == Some(Content::AssociatedData) { "something-else" } else { original },
                "nonce": nonce,
            },
        });
        Some(self.written_v3(&body))
    }

    /// Signs a delivery, with the faults of the moment.
    pub(in super::super) fn sign_delivery_v3(&mut self, now_ms: i64, delivery: &mut Delivery) {
        let Some(notification) = self.outbox.find(delivery.notification) else { return };
        let (mch_id, number) = (notification.mch_id.clone(), notification.out_trade_no.clone());
        let struck = OF_DELIVERY
            .into_iter()
            .find(|(name, _)| self.faults.strikes(*name, None, Some(&number)).is_some())
            .map(|(_, flaw)| flaw);
        let serial = self.serial_of_notification(now_ms);
        delivery.headers = self.signed_v3(now_ms, &mch_id, &serial, delivery.body.as_bytes(), struck);
        if let Some(flaw) = struck {
            delivery.body = flaw.body_sent(std::mem::take(&mut delivery.body));
        }
    }
}

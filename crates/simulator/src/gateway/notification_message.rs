//! Composes the notification of a payment (protocol §6.1), with the faults that tamper with it.

use std::str::FromStr;

use wire::v2::SignType;

use super::Gateway;
use super::fault::FaultName;
use super::ledger::TradeIndex;
use super::message::Fields;
use super::notification::{Kind, NewNotification};
use super::query_order::paid;
use super::signature::with_one_digit_changed;
use super::switches::{ExtraFields, NotifySignType};
use super::trade::{Generation, Payment, Trade};

/// The delay of `notification-late` when the fault names none.
pub(super) const LATE_MS: u32 = 10_000;

impl Gateway {
    pub(super) fn notify_payment(&mut self, now_ms: i64, trade_index: TradeIndex, payment: &Payment) {
        let trade = self.ledger.at(trade_index).clone();
        #[cfg(feature = "v3")]
        if trade.generation != Generation::V2 {
            return self.notify_payment_v3(now_ms, &trade, payment);
        }
        let Some(merchant) = self.merchant_of(&trade) else { return };
        let key = merchant.key.text().to_owned();
        let sign_type = SignType::from_str(&trade.sign_type).unwrap_or(SignType::Md5);

        let order = Some(trade.out_trade_no.as_str());
        let mut fields = self.payment_fields(&trade, payment, sign_type);
        if let Some((name, value)) = self.tampered_value(&trade) {
            fields.replace(name, &value);
        }
        self.leave_out_of_notification(&mut fields, &trade.out_trade_no);
        fields.sign(sign_type, &key);
        if self.faults.strikes(FaultName::NotificationWronglySigned, None, order).is_some() {
            let sign = with_one_digit_changed(fields.value("sign").unwrap_or_default());
            fields.replace("sign", &sign);
        }
        let late = self.faults.strikes(FaultName::NotificationLate, None, order);
        let due_at_ms = now_ms + late.map_or(0, |strike| i64::from(strike.delay_ms(LATE_MS)));
        let copies =
            if self.faults.strikes(FaultName::NotificationTwice, None, order).is_some() { 2 } else { 1 };
        let body = fields.sorted().arranged(self.switches.field_order, self.ids.random()).to_xml();
        for _ in 0..copies {
            let request_id = self.ids.request_id();
            self.outbox.add(NewNotification {
                generation: Generation::V2,
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

    pub(super) fn payment_fields(&self, trade: &Trade, payment: &Payment, sign_type: SignType) -> Fields {
        let names_sign_type = match (self.switches.notify_sign_type, sign_type) {
            (NotifySignType::Present, _) | (NotifySignType::Hmac, SignType::HmacSha256) => true,
            (NotifySignType::Absent, _) | (NotifySignType::Hmac, SignType::Md5) => false,
        };
        let extra = self.switches.extra_fields == ExtraFields::Present;
        Fields::default()
            .text("return_code", "SUCCESS")
            .text("result_code", "SUCCESS")
            .text("appid", &trade.appid)
            .text("mch_id", &trade.mch_id)
            .optional("sub_appid", trade.sub_appid.as_deref())
            .optional("sub_mch_id", trade.sub_mch_id.as_deref())
            .optional("device_info", trade.term("device_info"))
            .text("nonce_str", &trade.nonce_str)
            .optional("sign_type", names_sign_type.then(|| sign_type.as_str()))
            .text("out_trade_no", &trade.out_trade_no)
            .optional("attach", trade.attach.as_deref())
            .number("total_fee", trade.total_fee)
            .append(paid(trade, payment, self.switches.rate_field))
            .optional("version", trade.term("version"))
            .optional("unknown_field", extra.then_some("a field that no document names"))
            .optional("zero_field", extra.then_some("0"))
    }

    /// A wrong value under a valid signature: the receiver must compare as well as verify (protocol §10.3).
    fn tampered_value(&mut self, trade: &Trade) -> Option<(&'static str, String)> {
        let other_currency = if trade.fee_type == "JPY" { "HKD" } else { "JPY" };
        let tampered = [
            (FaultName::NotificationWrongAmount, "total_fee", "1".to_owned()),
            (FaultName::NotificationWrongCurrency, "fee_type", other_currency.to_owned()),
            (FaultName::NotificationWrongMerchant, "mch_id", "1999999999".to_owned()),
            (FaultName::NotificationUnknownOrder, "out_trade_no", "NOBODY-PLACED-THIS".to_owned()),
        ];
        let order = Some(trade.out_trade_no.as_str());
        let struck =
            tampered.into_iter().find(|(name, _, _)| self.faults.strikes(*name, None, order).is_some());
        struck.map(|(_, field, value)| (field, value))
    }
}

//! Composes the notification of a refund (protocol §7.6): unsigned, with an encrypted part.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use super::Gateway;
use super::china_time::ChinaTime;
use super::message::Fields;
use super::notification::{Kind, NewNotification};
use super::refund::AcceptedRefund;
use super::refund_query::RECEIVING_ACCOUNT;
use super::trade::{Generation, Refund, RefundOutcome, RefundStatus, Trade};

const BLOCK_BYTES: usize = 16;

impl Gateway {
    /// Schedules the notification for the moment when the refund ends, and returns whether it did. A refund
    /// that never ends, or has no address, gets no notification.
    pub(super) fn notify_refund(&mut self, accepted: &AcceptedRefund) -> bool {
        let trade = self.ledger.at(accepted.trade_index).clone();
        let refund = &trade.refunds[accepted.refund_index];
        let due_at_ms = match refund.outcome {
            RefundOutcome::SucceedsAt(at_ms)
            | RefundOutcome::ClosesAt(at_ms)
            | RefundOutcome::ChangesAt(at_ms) => at_ms,
            RefundOutcome::NeverEnds => return false,
        };
        let Some(merchant) = self.merchant_of(&trade) else { return false };
        // A refund that names no address uses the one of the merchant platform (protocol §7.3).
        let Some(url) = refund.notify_url.clone().or_else(|| merchant.refund_notify_url.clone()) else {
            return false;
        };
        #[cfg(feature = "v3")]
        if refund.generation != Generation::V2 {
            self.notify_refund_v3(&trade, refund, url, due_at_ms);
            return true;
        }
        let req_info = encrypt(&plain_fields(&trade, refund, due_at_ms).within("root"), merchant.key.text());
        let fields = Fields::default()
            .text("return_code", "SUCCESS")
            .text("appid", &trade.appid)
            .text("mch_id", &trade.mch_id)
            .optional("sub_appid", trade.sub_appid.as_deref())
            .optional("sub_mch_id", trade.sub_mch_id.as_deref())
            .text("nonce_str", self.ids.nonce())
            .text("req_info", req_info);
        let body = fields.arranged(self.switches.field_order, self.ids.random()).to_xml();
        let request_id = self.ids.request_id();
        self.outbox.add(NewNotification {
            generation: Generation::V2,
            kind: Kind::Refund,
            mch_id: trade.mch_id,
            out_trade_no: trade.out_trade_no,
            url,
            request_id,
            body,
            due_at_ms,
        });
        true
    }
}

fn plain_fields(trade: &Trade, refund: &Refund, ended_at_ms: i64) -> Fields {
    let status = refund.status(ended_at_ms);
    let payment = trade.payment_of(refund);
    let success_time = (status == RefundStatus::Success).then(|| ChinaTime::at(ended_at_ms).spaced());
    Fields::default()
        .text("out_refund_no", &refund.out_refund_no)
        .text("out_trade_no", &trade.out_trade_no)
        .text("refund_account", &refund.account)
        .text("refund_fee", refund.refund_fee.to_string())
        .text("refund_id", &refund.refund_id)
        .text("refund_recv_accout", RECEIVING_ACCOUNT)
        .text("refund_request_source", refund.source.as_str())
        .text("refund_status", status.as_str())
        .text("settlement_refund_fee", refund.settled_fee().to_string())
        .text("settlement_total_fee", payment.map_or(0, |payment| trade.settled_fee(payment)).to_string())
        .optional("success_time", success_time.as_deref())
        .text("total_fee", trade.total_fee.to_string())
        .text("transaction_id", payment.map_or("", |payment| payment.transaction_id.as_str()))
}

/// Base64 of AES-256-ECB with PKCS#7. The key is the MD5 of the API key, as 32 lower-case hexadecimal
/// characters.
fn encrypt(text: &str, api_key: &str) -> String {
    let key: String = Md5::digest(api_key).iter().map(|byte| format!("{byte:02x}")).collect();
    // This cannot fail: 32 characters are 32 bytes, the key length of this cipher. No receiver could decrypt
    // an empty text.
    let Ok(cipher) = Aes256::new_from_slice(key.as_bytes()) else { return String::new() };
    let mut bytes = text.as_bytes().to_vec();
    let padding = BLOCK_BYTES - bytes.len() % BLOCK_BYTES;
    bytes.extend(std::iter::repeat_n(padding as u8, padding));
    for block in bytes.chunks_exact_mut(BLOCK_BYTES) {
        if let Ok(block) = block.try_into() {
            cipher.encrypt_block(block);
        }
    }
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encrypted_part_matches_the_published_example() {
        let text = "<root>\n<out_refund_no><![CDATA[R20260302A0001-1]]></out_refund_no>\n<refund_status><![CDATA[SUCCESS]]></refund_status>\n</root>";
        assert_eq!(
            encrypt(text, "TESTONLYmd5key0123456789abcdefHK"),
            "X8gEIgzoDfX/3U5JaP+SctRd3GL+3yZObWK4qWmjmVoS/cv+s26j02e6U+Hv9QUvjWjbb2AG83lai6QsjVAmBcC/0xEi8BlYUI8jkGnf8lqd7Qp4kCZMRnGRj4ZhqvHrklV/21FZ+H7FC+6B1Fc3jCy/fF+0WWXlH8/msAauvUQ="
        );
    }
}

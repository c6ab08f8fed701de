//! The faults that refuse a call: unsigned before processing (protocol §1.3), or signed.

use super::Gateway;
use super::call::Call;
use super::check::Accepted;
use super::fault::FaultName;
use super::refund::RECHARGE_FUNDS;
use super::refusal::{self, Refusal};
use super::reply::CallRecord;

/// WeChat's own words, as integrators have recorded them.
const UNSIGNED: [(FaultName, &str); 7] = [
    (FaultName::RefusedSignature, "签名错误"),
    (FaultName::RefusedMerchant, "暂不支持该商户使用本api接口"),
    (FaultName::RefusedProduct, PRODUCT_NOT_OPEN),
    (FaultName::RefusedFrequency, "频率限制，请稍后再试"),
    (FaultName::RefusedBusy, "系统繁忙，请稍后再试"),
    (FaultName::RefusedMchId, "mch_id参数格式错误"),
    (FaultName::RefusedXml, "XML格式错误"),
];
const PRODUCT_NOT_OPEN: &str = "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试";

/// The signed refusals that only refunds get.
const OF_REFUNDS: [(FaultName, (&str, &str)); 12] = [
    (FaultName::NotEnough, ("NOTENOUGH", "基本账户余额不足，请充值后重新发起")),
    (FaultName::NotEnoughUnsettled, ("NOTENOUGH", "交易未结算资金不足，请使用可用余额退款")),
    (FaultName::BizerrNeedRetry, ("BIZERR_NEED_RETRY", "并发情况下，业务被拒绝，请重试")),
    (FaultName::FrequencyLimited, ("FREQUENCY_LIMITED", "频率限制")),
    (FaultName::InvalidReqTooMuch, ("INVALID_REQ_TOO_MUCH", "无效请求过多，请稍后再试")),
    (FaultName::UserAccountAbnormal, ("USER_ACCOUNT_ABNORMAL", "用户账户异常，退款请求失败")),
    (FaultName::AlreadyRefunded, refusal::ALREADY_REFUNDED),
    (FaultName::AddressRefused, ("NOAUTH", "异常IP请求不予受理")),
    (FaultName::OrderNotReady, ("ORDER_NOT_READY", "订单处理中，暂时无法退款，请稍后再试")),
    (FaultName::CertError, ("CERT_ERROR", "证书校验错误")),
    (FaultName::TradeOverdue, refusal::TRADE_OVERDUE),
    (FaultName::RefundFeeMismatch, refusal::REFUND_FEE_MISMATCH),
];

impl Gateway {
    /// The `return_msg` of an unsigned refusal, when a fault asks for one. The call has no effect.
    pub(super) fn not_processed_by_fault(&mut self, call: Call, record: &mut CallRecord) -> Option<String> {
        if self.strikes(FaultName::Refused, call, record).is_some() {
            return Some(self.switches.refusal_text.0.clone());
        }
        let struck = UNSIGNED.into_iter().find(|(name, _)| self.strikes(*name, call, record).is_some());
        struck.map(|(_, text)| text.to_owned())
    }

    /// The signed refusal that a fault asks for. The call has no effect.
    pub(super) fn refused_by_fault(
        &mut self,
        call: Call,
        accepted: &Accepted,
        record: &mut CallRecord,
    ) -> Option<Refusal> {
        if self.strikes(FaultName::SystemError, call, record).is_some() {
            return Some(Refusal::system_error());
        }
        match call {
            Call::UnifiedOrder | Call::CloseOrder | Call::RefundQuery | Call::AuthCode => {}
            Call::QueryOrder => {
                if self.strikes(FaultName::NotVisible, call, record).is_some() {
                    return Some(Refusal::order_does_not_exist());
                }
            }
            Call::Refund => {
                // A refund from the available balance does not depend on unsettled funds.
                let is_recharged = accepted.asked.get("refund_account") == Some(RECHARGE_FUNDS);
                let struck = OF_REFUNDS
                    .into_iter()
                    .filter(|(name, _)| *name != FaultName::NotEnoughUnsettled || !is_recharged)
                    .find(|(name, _)| self.strikes(*name, call, record).is_some());
                if let Some((_, words)) = struck {
                    return Some(Refusal::known(words));
                }
            }
            Call::DownloadBill => {
                let struck = self.strikes(FaultName::BillClosed, call, record);
                return struck.map(|_| Refusal::new("FAIL", super::bill::NOT_OPEN));
            }
            // These calls fail with a text alone, and NOAUTH is a code.
            Call::ExchangeRate | Call::SettlementQuery | Call::Report | Call::SandboxKey => return None,
        }
        self.strikes(FaultName::NoAuth, call, record).map(|_| Refusal::new("NOAUTH", PRODUCT_NOT_OPEN))
    }
}

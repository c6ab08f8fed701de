//! The faults that refuse a call of API v3. Those that API v2 has as well say the same in the words of v3.

use super::super::Gateway;
use super::super::fault::FaultName as Name;
use super::super::reply::CallRecord;
use super::problem::Problem;
use super::route::{Operation, Route};

/// Refusals of any call: the fault, the status, the code.
const ANY: [(Name, u16, &str, &str); 11] = [
    (Name::RefusedMerchant, 403, "NO_AUTH", "暂不支持该商户使用本api接口"),
    (Name::RefusedProduct, 403, "NO_AUTH", "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试"),
    (Name::RefusedFrequency, 429, "FREQUENCY_LIMITED", "频率限制，请稍后再试"),
    (Name::RefusedBusy, 503, "SERVICE_UNAVAILABLE", "系统繁忙，请稍后再试"),
    (Name::RefusedMchId, 400, "MCH_NOT_EXISTS", "商户号不存在"),
    (Name::RefusedXml, 400, "PARAM_ERROR", "无法将输入源映射到目标字段"),
    (Name::SystemError, 500, "SYSTEM_ERROR", "系统错误"),
    (Name::NoAuth, 403, "NO_AUTH", "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试"),
    (Name::RateLimited, 429, "RATELIMIT_EXCEEDED", "频率超限"),
    (Name::NotDone, 202, "ACCEPTED", "请求已受理"),
    (
        Name::NoCertificate,
        404,
        "RESOURCE_NOT_EXISTS",
        "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥",
    ),
];

/// Refusals of refunds.
const OF_REFUNDS: [(Name, u16, &str, &str); 11] = [
    (Name::NotEnough, 403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"),
    (Name::NotEnoughUnsettled, 403, "NOT_ENOUGH", "交易未结算资金不足，请使用可用余额退款"),
    (Name::BizerrNeedRetry, 500, "BIZ_ERR_NEED_RETRY", "并发情况下，业务被拒绝，请重试"),
    (Name::FrequencyLimited, 429, "FREQUENCY_LIMITED", "频率限制"),
    (Name::InvalidReqTooMuch, 429, "FREQUENCY_LIMITED", "无效请求过多，请稍后再试"),
    (Name::UserAccountAbnormal, 403, "USER_ACCOUNT_ABNORMAL", "用户账户异常，退款请求失败"),
    (Name::AlreadyRefunded, 400, "INVALID_REQUEST", "订单已全额退款"),
    (Name::AddressRefused, 403, "NO_AUTH", "异常IP请求不予受理"),
    (Name::OrderNotReady, 400, "INVALID_REQUEST", "订单处理中，暂时无法退款，请稍后再试"),
    (Name::TradeOverdue, 403, "TRADE_OVERDUE", "订单已经超过退款期限"),
    (Name::RefundFeeMismatch, 400, "REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致"),
];

impl Gateway {
    /// The refusal that a fault asks for. The call has no effect.
    pub(super) fn refused_by_fault_v3(
        &mut self,
        route: &Route,
        is_recharged: bool,
        record: &mut CallRecord,
    ) -> Option<Problem> {
        let call = route.call();
        if self.strikes(Name::Refused, call, record).is_some() {
            return Some(Problem::invalid(self.switches.refusal_text.0.clone()));
        }
        let of_certificates = route.operation == Operation::Certificates;
        let any = ANY.into_iter().filter(|(name, ..)| *name != Name::NoCertificate || of_certificates);
        let is_refund = route.operation == Operation::Refund;
        let of_refunds = OF_REFUNDS
            .into_iter()
            .filter(|(name, ..)| is_refund && (*name != Name::NotEnoughUnsettled || !is_recharged));
        let mut all = any.chain(of_refunds);
        let struck = all.find(|(name, ..)| self.strikes(*name, call, record).is_some());
        if let Some((_, status, code, text)) = struck {
            return Some(Problem::new(status, code, text));
        }
        if matches!(route.operation, Operation::Query(_)) {
            if self.strikes(Name::NotVisible, call, record).is_some() {
                return Some(Problem::no_order());
            }
            if self.strikes(Name::UserPaying, call, record).is_some() {
                return Some(Problem::new(202, "USER_PAYING", "用户支付中，需要输入密码"));
            }
        }
        None
    }

    /// The same number refused for its pace although the call took effect.
    pub(super) fn limited_after_effect(&mut self, route: &Route, record: &mut CallRecord) -> Option<Problem> {
        let struck = self.strikes(Name::RateLimitedAccepted, route.call(), record);
        struck.map(|_| Problem::new(429, "RATELIMIT_EXCEEDED", "频率超限"))
    }
}

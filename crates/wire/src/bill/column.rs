//! The columns of bills: the mainland file (Chinese), the global file (Chinese or English), and spellings that both
//! have had over the years (protocol §8.1). What none of them names is kept under its own name.

/// A column that we know by at least one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BillColumn {
    /// When it was traded, `yyyy-MM-dd HH:mm:ss`, UTC+8.
    TradeTime,
    /// `appid`.
    AppId,
    /// `mch_id`.
    MchId,
    /// `sub_mch_id`; `0` without.
    SubMchId,
    /// `device_info`.
    DeviceInfo,
    /// `transaction_id`.
    TransactionId,
    /// `out_trade_no`.
    OutTradeNo,
    /// `openid`.
    OpenId,
    /// `trade_type`.
    TradeType,
    /// `SUCCESS`, `REFUND`, `REVOKED`.
    TradeState,
    /// `bank_type`.
    BankType,
    /// The currency of the order's amount.
    Currency,
    /// The amount to be settled.
    SettlementTotal,
    /// Coupons that are not settled.
    Coupon,
    /// `refund_id`; `0` without.
    RefundId,
    /// `out_refund_no`; `0` without.
    OutRefundNo,
    /// What is refunded, as far as it is settled.
    Refund,
    /// Refunded recharge coupons.
    RechargeCouponRefund,
    /// How it is refunded, `ORIGINAL` or `BALANCE`.
    RefundKind,
    /// How far the refund is.
    RefundState,
    /// `body`.
    Body,
    /// `attach`.
    Attach,
    /// The gateway's charge, with more decimals than the currency has.
    Charge,
    /// The rate of the charge, e.g. `1.00%`.
    ChargeRate,
    /// The amount of the order.
    OrderTotal,
    /// The amount of the refund as asked for.
    RefundAsked,
    /// A note on the rate.
    ChargeNote,
    /// Global: currency of recharge coupons.
    RechargeCouponCurrency,
    /// Global: recharge coupons.
    RechargeCoupon,
    /// Global: currency of coupons.
    CouponCurrency,
    /// Global: the payer's currency.
    PayerCurrency,
    /// Global: what the payer paid.
    PayerTotal,
    /// Global: currency of settlement.
    SettlementCurrency,
    /// Global: the payment's rate.
    PaymentRate,
    /// Global: the refund's rate.
    RefundRate,
    /// Global: currency in which the payer gets back.
    PayerRefundCurrency,
    /// Global: what the payer gets back.
    PayerRefund,
    /// Global: currency in which the refund is settled.
    SettlementRefundCurrency,
    /// Global: the refund as settled.
    SettlementRefund,
    /// Global: refunded coupons.
    CouponRefund,
}

impl BillColumn {
    /// The column of that name in a header, if we know it.
    ///
    /// Letters' case, blanks, dots, and whatever stands in brackets do not matter: the English names differ in these
    /// from edition to edition.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match plain(name).as_str() {
            "交易时间" | "transactiontime" | "tradetime" => Self::TradeTime,
            "公众账号id" | "officialaccountid" | "appid" => Self::AppId,
            "商户号" | "vendorid" | "merchantid" | "mchid" => Self::MchId,
            "特约商户号" | "子商户号" | "subvendorid" | "submerchantid" => Self::SubMchId,
            "设备号" | "deviceid" | "deviceno" => Self::DeviceInfo,
            "微信订单号" | "wechatordernumber" | "wechatorderno" => Self::TransactionId,
            "商户订单号" | "vendorordernumber" | "vendororderno" | "merchantorderno" => Self::OutTradeNo,
            "用户标识" | "usertag" | "useridentifier" | "openid" => Self::OpenId,
            "交易类型" | "transactiontype" => Self::TradeType,
            "交易状态" | "transactionstatus" => Self::TradeState,
            "付款银行" | "paymentbank" | "payingbank" => Self::BankType,
            "货币种类" | "标价币种" | "currency" | "currencytype" | "pricingcurrency" => {
                Self::Currency
            }
            "应结订单金额" | "settlementorderamount" | "settlementamount" => Self::SettlementTotal,
            "代金券金额" | "优惠券金额" | "企业红包金额" | "couponamount" => Self::Coupon,
            "微信退款单号" | "wechatrefundnumber" | "wechatrefundno" => Self::RefundId,
            "商户退款单号" | "vendorrefundnumber" | "vendorrefundno" => Self::OutRefundNo,
            "退款金额" | "refundamount" => Self::Refund,
            "充值券退款金额" | "topupvoucherrefundamount" => Self::RechargeCouponRefund,
            "退款类型" | "refundtype" => Self::RefundKind,
            "退款状态" | "refundstatus" => Self::RefundState,
            "商品名称" | "productname" => Self::Body,
            "商户数据包" | "vendordatapackage" | "vendorsdatapackage" => Self::Attach,
            "手续费" | "fee" | "servicecharge" => Self::Charge,
            "费率" | "rate" | "feerate" => Self::ChargeRate,
            "订单金额" | "totalamount" | "orderamount" => Self::OrderTotal,
            "申请退款金额" | "appliedrefundamount" | "requestedrefundamount" => Self::RefundAsked,
            "费率备注" | "rateremarks" | "feerateremarks" => Self::ChargeNote,
            "充值券币种" | "topupvouchercurrency" => Self::RechargeCouponCurrency,
            "充值券金额" | "topupvoucheramount" => Self::RechargeCoupon,
            "优惠券币种" | "couponcurrency" => Self::CouponCurrency,
            "用户支付币种" | "paymentcurrency" | "payercurrency" => Self::PayerCurrency,
            "用户支付金额" | "paymentamount" | "cashpaymentamount" => Self::PayerTotal,
            "结算币种" | "settlementcurrency" | "settlementcurrencytype" => Self::SettlementCurrency,
            "支付汇率" | "exchangerate" | "paymentexchangerate" => Self::PaymentRate,
            "退款汇率" | "refundexchangerate" => Self::RefundRate,
            "用户退款币种" | "payerrefundcurrency" | "refundcurrency" => Self::PayerRefundCurrency,
            "用户退款金额" | "payerrefundamount" => Self::PayerRefund,
            "退款结算币种" | "refundsettlementcurrency" => Self::SettlementRefundCurrency,
            "退款应结订单金额" | "refundsettlementamount" => Self::SettlementRefund,
            "优惠券退款金额" | "couponrefundamount" => Self::CouponRefund,
            _ => return None,
        })
    }
}

/// Lower case, without blanks and punctuation, and without what stands in brackets.
fn plain(name: &str) -> String {
    let outside = name.split(['(', '（']).next().unwrap_or(name);
    outside.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of the mainland file.
    const MAINLAND: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
        付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,\
        商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";

    /// The header of the global file in Chinese.
    const GLOBAL: &str = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,\
        付款银行,充值券币种,充值券金额,优惠券币种,优惠券金额,微信退款单号,商户退款单号,退款类型,退款状态,商品名称,\
        商户数据包,手续费,费率,标价币种,订单金额(标价币种),用户支付币种,用户支付金额,结算币种,应结订单金额,支付汇率,\
        退款汇率,申请退款金额,用户退款币种,用户退款金额,退款结算币种,退款应结订单金额,充值券退款金额,优惠券退款金额";

    #[test]
    fn every_column_of_both_files_is_known_and_none_twice() {
        for (header, count) in [(MAINLAND, 27), (GLOBAL, 38)] {
            let columns: Vec<_> = header.split(',').map(|name| (name, BillColumn::named(name))).collect();
            assert_eq!(columns.len(), count);
            for (position, (name, column)) in columns.iter().enumerate() {
                assert!(column.is_some(), "{name}");
                assert!(!columns[..position].iter().any(|(_, earlier)| earlier == column), "{name}");
            }
        }
    }

    #[test]
    fn english_names_are_known_whatever_their_spelling() {
        for (name, column) in [
            ("Transaction time", BillColumn::TradeTime),
            ("Official account ID", BillColumn::AppId),
            ("Vendor ID", BillColumn::MchId),
            ("Sub vendor ID", BillColumn::SubMchId),
            ("Device ID", BillColumn::DeviceInfo),
            ("Device No.", BillColumn::DeviceInfo),
            ("Wechat order number", BillColumn::TransactionId),
            ("WeChat order No.", BillColumn::TransactionId),
            ("Vendor order number(out_transaction_id)", BillColumn::OutTradeNo),
            ("User identifier", BillColumn::OpenId),
            ("Transaction status", BillColumn::TradeState),
            ("Payment bank", BillColumn::BankType),
            ("Top-up voucher currency", BillColumn::RechargeCouponCurrency),
        ] {
            assert_eq!(BillColumn::named(name), Some(column), "{name}");
        }
        assert_eq!(BillColumn::named("门店"), None);
        assert_eq!(BillColumn::named(""), None);
    }
}

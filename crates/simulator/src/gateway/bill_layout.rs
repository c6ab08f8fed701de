//! The columns of the documented bills, with their names in both languages (protocol §8.1).
//!
//! The Chinese names are printed in the documents of each edition. English bills reach merchants abroad.
//! Where no readable page prints an English name, the name here is a plain translation.

use super::switches::{BillLanguage, BillLayout};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    TradeTime,
    AppId,
    MchId,
    SubMchId,
    DeviceInfo,
    TransactionId,
    OutTradeNo,
    OpenId,
    TradeType,
    TradeState,
    BankType,
    Currency,
    Settled,
    Coupons,
    RefundAskedAt,
    RefundDoneAt,
    RefundId,
    OutRefundNo,
    SettledBack,
    RechargeBack,
    RefundKind,
    RefundState,
    Goods,
    Attach,
    Charge,
    ChargeRate,
    Ordered,
    AskedBack,
    ChargeNote,
    CouponsBack,
    RechargeCurrency,
    Recharge,
    CouponCurrency,
    Discount,
    PayerCurrency,
    PayerPaid,
    SettlementCurrency,
    PaymentRate,
    RefundRate,
    PayerRefundCurrency,
    PayerRefunded,
    RefundSettlementCurrency,
    DiscountBack,
}

/// What a column is about, which decides the bills that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Trade,
    Refund,
    RefundTime,
}

use About::{Refund as Back, RefundTime as When, Trade as Order};
use Content::*;

/// A column: what it holds, what it is about, its Chinese name and its English name.
pub(super) type Column = (Content, About, &'static str, &'static str);

const MAINLAND: &[Column] = &[
    (TradeTime, Order, "交易时间", "Transaction time"),
    (AppId, Order, "公众账号ID", "Official account ID"),
    (MchId, Order, "商户号", "Vendor ID"),
    (SubMchId, Order, "特约商户号", "Sub vendor ID"),
    (DeviceInfo, Order, "设备号", "Device ID"),
    (TransactionId, Order, "微信订单号", "Wechat order number"),
    (OutTradeNo, Order, "商户订单号", "Vendor order number"),
    (OpenId, Order, "用户标识", "User tag"),
    (TradeType, Order, "交易类型", "Transaction type"),
    (TradeState, Order, "交易状态", "Transaction status"),
    (BankType, Order, "付款银行", "Payment bank"),
    (Currency, Order, "货币种类", "Currency"),
    (Settled, Order, "应结订单金额", "Settlement order amount"),
    (Coupons, Order, "代金券金额", "Coupon amount"),
    (RefundAskedAt, When, "退款申请时间", "Refund application time"),
    (RefundDoneAt, When, "退款成功时间", "Refund success time"),
    (RefundId, Back, "微信退款单号", "Wechat refund number"),
    (OutRefundNo, Back, "商户退款单号", "Vendor refund number"),
    (SettledBack, Back, "退款金额", "Refund amount"),
    (RechargeBack, Back, "充值券退款金额", "Top-up voucher refund amount"),
    (RefundKind, Back, "退款类型", "Refund type"),
    (RefundState, Back, "退款状态", "Refund status"),
    (Goods, Order, "商品名称", "Product name"),
    (Attach, Order, "商户数据包", "Vendor's data package"),
    (Charge, Order, "手续费", "Fee"),
    (ChargeRate, Order, "费率", "Rate"),
    (Ordered, Order, "订单金额", "Order amount"),
    (AskedBack, Back, "申请退款金额", "Requested refund amount"),
    (ChargeNote, Order, "费率备注", "Rate remarks"),
];

const CROSS_BORDER: &[Column] = &[
    (TradeTime, Order, "交易时间", "Transaction time"),
    (AppId, Order, "公众账号ID", "Official account ID"),
    (MchId, Order, "商户号", "Vendor ID"),
    (SubMchId, Order, "子商户号", "Sub vendor ID"),
    (DeviceInfo, Order, "设备号", "Device ID"),
    (TransactionId, Order, "微信订单号", "Wechat order number"),
    (OutTradeNo, Order, "商户订单号", "Vendor order number"),
    (OpenId, Order, "用户标识", "User tag"),
    (TradeType, Order, "交易类型", "Transaction type"),
    (TradeState, Order, "交易状态", "Transaction status"),
    (BankType, Order, "付款银行", "Payment bank"),
    (Currency, Order, "货币种类", "Currency"),
    (Ordered, Order, "总金额", "Total amount"),
    (Coupons, Order, "代金券或立减优惠金额", "Coupon amount"),
    (RefundAskedAt, When, "退款申请时间", "Refund application time"),
    (RefundDoneAt, When, "退款成功时间", "Refund success time"),
    (RefundId, Back, "微信退款单号", "Wechat refund number"),
    (OutRefundNo, Back, "商户退款单号", "Vendor refund number"),
    (AskedBack, Back, "退款金额", "Refund amount"),
    (CouponsBack, Back, "代金券或立减优惠退款金额", "Coupon refund amount"),
    (RefundKind, Back, "退款类型", "Refund type"),
    (RefundState, Back, "退款状态", "Refund status"),
    (Goods, Order, "商品名称", "Product name"),
    (Attach, Order, "商户数据包", "Vendor's data package"),
    (Charge, Order, "手续费", "Fee"),
    (ChargeRate, Order, "费率", "Rate"),
];

/// The columns that had another name in 2015.
const RED_ENVELOPE: [(Content, &str); 2] = [(Coupons, "企业红包金额"), (CouponsBack, "企业红包退款金额")];

const GLOBAL: &[Column] = &[
    (TradeTime, Order, "交易时间", "Transaction time"),
    (AppId, Order, "公众账号ID", "Official Account ID"),
    (MchId, Order, "商户号", "Vendor ID"),
    (SubMchId, Order, "子商户号", "Sub vendor ID"),
    (DeviceInfo, Order, "设备号", "Device No."),
    (TransactionId, Order, "微信订单号", "WeChat order No."),
    (OutTradeNo, Order, "商户订单号", "Vendor order No."),
    (OpenId, Order, "用户标识", "User identifier"),
    (TradeType, Order, "交易类型", "Transaction type"),
    (TradeState, Order, "交易状态", "Transaction status"),
    (BankType, Order, "付款银行", "Payment bank"),
    (RechargeCurrency, Order, "充值券币种", "Top-up voucher currency"),
    (Recharge, Order, "充值券金额", "Top-up voucher amount"),
    (CouponCurrency, Order, "优惠券币种", "Coupon currency"),
    (Discount, Order, "优惠券金额", "Coupon amount"),
    (RefundId, Order, "微信退款单号", "WeChat refund No."),
    (OutRefundNo, Order, "商户退款单号", "Vendor refund No."),
    (RefundKind, Order, "退款类型", "Refund type"),
    (RefundState, Order, "退款状态", "Refund status"),
    (Goods, Order, "商品名称", "Product name"),
    (Attach, Order, "商户数据包", "Vendor's data package"),
    (Charge, Order, "手续费", "Fee"),
    (ChargeRate, Order, "费率", "Rate"),
    (Currency, Order, "标价币种", "Pricing currency"),
    (Ordered, Order, "订单金额(标价币种)", "Order amount (pricing currency)"),
    (PayerCurrency, Order, "用户支付币种", "Payment currency"),
    (PayerPaid, Order, "用户支付金额", "Payment amount"),
    (SettlementCurrency, Order, "结算币种", "Settlement currency"),
    (Settled, Order, "应结订单金额", "Settlement amount"),
    (PaymentRate, Order, "支付汇率", "Payment exchange rate"),
    (RefundRate, Order, "退款汇率", "Refund exchange rate"),
    (AskedBack, Order, "申请退款金额", "Requested refund amount"),
    (PayerRefundCurrency, Order, "用户退款币种", "Payer refund currency"),
    (PayerRefunded, Order, "用户退款金额", "Payer refund amount"),
    (RefundSettlementCurrency, Order, "退款结算币种", "Refund settlement currency"),
    (SettledBack, Order, "退款应结订单金额", "Refund settlement amount"),
    (RechargeBack, Order, "充值券退款金额", "Top-up voucher refund amount"),
    (DiscountBack, Order, "优惠券退款金额", "Coupon refund amount"),
];

/// What the last two lines of a bill sum up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Trades,
    OfOrdered,
    OfSettled,
    OfAskedBack,
    OfSettledBack,
    OfRechargeBack,
    OfCouponsBack,
    OfCharge,
}

/// A sum with its Chinese name and its English name.
pub(super) type Total = (Sum, &'static str, &'static str);

const TOTALS_OF_MAINLAND: &[Total] = &[
    (Sum::Trades, "总交易单数", "Total transactions"),
    (Sum::OfSettled, "应结订单总金额", "Total settlement order amount"),
    (Sum::OfSettledBack, "退款总金额", "Total refund amount"),
    (Sum::OfRechargeBack, "充值券退款总金额", "Total top-up voucher refund amount"),
    (Sum::OfCharge, "手续费总金额", "Total fee"),
    (Sum::OfOrdered, "订单总金额", "Total order amount"),
    (Sum::OfAskedBack, "申请退款总金额", "Total requested refund amount"),
];

const TOTALS_OF_OTHERS: &[Total] = &[
    (Sum::Trades, "总交易单数", "Total transactions"),
    (Sum::OfOrdered, "总交易额", "Total transaction amount"),
    (Sum::OfAskedBack, "总退款金额", "Total refund amount"),
    (Sum::OfCouponsBack, "总代金券或立减优惠退款金额", "Total coupon refund amount"),
    (Sum::OfCharge, "手续费总金额", "Total fee"),
];

const TOTALS_OF_2015: &[Total] = &[
    (Sum::Trades, "总交易单数", "Total transactions"),
    (Sum::OfOrdered, "总交易额", "Total transaction amount"),
    (Sum::OfAskedBack, "总退款金额", "Total refund amount"),
    (Sum::OfCouponsBack, "总企业红包退款金额", "Total coupon refund amount"),
    (Sum::OfCharge, "手续费总金额", "Total fee"),
];

impl BillLayout {
    /// All columns. [`About`] decides which of them a bill has.
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            BillLayout::Mainland => MAINLAND,
            BillLayout::CrossBorder | BillLayout::RedEnvelope => CROSS_BORDER,
            BillLayout::Global => GLOBAL,
        }
    }

    pub(super) fn totals(self) -> &'static [Total] {
        match self {
            BillLayout::Mainland => TOTALS_OF_MAINLAND,
            BillLayout::CrossBorder | BillLayout::Global => TOTALS_OF_OTHERS,
            BillLayout::RedEnvelope => TOTALS_OF_2015,
        }
    }

    /// The name of a column.
    pub(super) fn name(self, column: &Column, language: BillLanguage) -> &'static str {
        let (content, _, chinese, english) = *column;
        match (language, self) {
            (BillLanguage::English, _) => english,
            (BillLanguage::Chinese, BillLayout::RedEnvelope) => {
                RED_ENVELOPE.into_iter().find(|(of, _)| *of == content).map_or(chinese, |(_, name)| name)
            }
            (BillLanguage::Chinese, BillLayout::Mainland | BillLayout::CrossBorder | BillLayout::Global) => {
                chinese
            }
        }
    }

    /// Whether amounts are written as short as on the page of the cross-border edition: `0`, `0.0`, `0.88`.
    pub(super) fn is_short(self) -> bool {
        match self {
            BillLayout::CrossBorder | BillLayout::RedEnvelope => true,
            BillLayout::Mainland | BillLayout::Global => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bill_has_a_column_twice() {
        for layout in
            [BillLayout::Mainland, BillLayout::CrossBorder, BillLayout::RedEnvelope, BillLayout::Global]
        {
            for language in [BillLanguage::Chinese, BillLanguage::English] {
                let names: Vec<_> =
                    layout.columns().iter().map(|column| layout.name(column, language)).collect();
                let distinct: std::collections::BTreeSet<_> = names.iter().collect();
                assert_eq!(distinct.len(), names.len(), "{layout:?} {language:?}");
            }
        }
    }
}

//! The columns of bills and their names.
//!
//! One column has many names: in the mainland file before and after coupons that are not settled (`总金额`
//! became `应结订单金额` and `订单金额`), in the file of service providers, in the cross-border file, and in the global
//! file, in Chinese and in English. Protocol §8.1 describes the files and does not list the names.
//! `headers.rs` has the headers that the tests know; the other spellings have no source in this repository.
//! [`BillRow::named`] reads a column that is not in this table.
//!
//! [`BillRow::named`]: super::BillRow::named

use std::fmt;

/// Declares the columns: each with its documentation and its names in the form of [`plain`], the usual name
/// first.
macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident: $usual:literal $(| $name:literal)*;)*) => {
        /// A known column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum BillColumn {
            $($(#[$doc])* $column,)*
        }

        impl BillColumn {
            /// The column's name in the mainland file or, if that file has no such column, in the global
            /// file. Latin letters are in lower case.
            #[must_use]
            pub const fn usual_name(self) -> &'static str {
                match self {
                    $(Self::$column => $usual,)*
                }
            }

            #[inline]
            fn of_plain(name: &str) -> Option<Self> {
                Some(match name {
                    $($usual $(| $name)* => Self::$column,)*
                    _ => return None,
                })
            }
        }
    };
}

columns! {
    /// The time of the trade, `yyyy-MM-dd HH:mm:ss`, UTC+8. For a refund: when WeChat accepted it.
    TradeTime: "交易时间" | "transactiontime" | "tradetime";
    /// `appid`.
    AppId: "公众账号id" | "服务商的appid" | "officialaccountid" | "appid";
    /// `mch_id`.
    MchId: "商户号" | "vendorid" | "merchantid" | "mchid";
    /// `sub_mch_id`, or `0` if there is none.
    SubMchId: "特约商户号" | "子商户号" | "subvendorid" | "submerchantid";
    /// `device_info`.
    DeviceInfo: "设备号" | "deviceid" | "deviceno";
    /// `transaction_id`.
    TransactionId: "微信订单号" | "wechatordernumber" | "wechatorderno";
    /// `out_trade_no`.
    OutTradeNo: "商户订单号" | "vendorordernumber" | "vendororderno" | "merchantorderno";
    /// `openid`.
    OpenId: "用户标识" | "usertag" | "useridentifier" | "openid";
    /// `trade_type`.
    TradeType: "交易类型" | "transactiontype";
    /// The kind of row: [`BillTradeState`](super::BillTradeState).
    TradeState: "交易状态" | "transactionstatus";
    /// `bank_type`.
    BankType: "付款银行" | "paymentbank" | "payingbank";
    /// The currency of the order's amount.
    Currency: "货币种类" | "标价币种" | "currency" | "currencytype" | "pricingcurrency";
    /// The amount to settle.
    SettlementTotal: "应结订单金额" | "settlementorderamount" | "settlementamount" | "settlementcurrencyamount";
    /// The coupons of a payment.
    Coupon: "代金券金额" | "代金券或立减优惠金额" | "企业红包金额" | "优惠券金额" | "couponamount";
    /// When a refund was asked for. Only in bills of refunds.
    RefundAppliedTime: "退款申请时间";
    /// When a refund reached the payer. Only in bills of refunds.
    RefundSuccessTime: "退款成功时间";
    /// `refund_id`, or `0` if there is none.
    RefundId: "微信退款单号" | "wechatrefundnumber" | "wechatrefundno";
    /// `out_refund_no`, or `0` if there is none.
    OutRefundNo: "商户退款单号" | "vendorrefundnumber" | "vendorrefundno";
    /// The amount of the refund. In files that also have [`BillColumn::RefundAsked`]: only the settled part.
    Refund: "退款金额" | "refundamount";
    /// Refunded recharge coupons.
    RechargeCouponRefund: "充值券退款金额" | "topupvoucherrefundamount";
    /// Where the refund goes, `ORIGINAL` or `BALANCE`.
    RefundKind: "退款类型" | "refundtype";
    /// The state of the refund: [`BillRefundState`](super::BillRefundState).
    RefundState: "退款状态" | "refundstatus";
    /// `body`.
    Body: "商品名称" | "productname";
    /// `attach`.
    Attach: "商户数据包" | "vendordatapackage" | "vendorsdatapackage";
    /// The gateway's charge, with more decimals than the currency has. Negative on refunds.
    Charge: "手续费" | "fee" | "servicecharge";
    /// The part of the charge that is returned. Only in bills of recharge refunds.
    ChargeReturned: "返还手续费";
    /// The rate of the charge, e.g. `1.00%`.
    ChargeRate: "费率" | "rate" | "feerate";
    /// The amount of the order; zero on refunds.
    OrderTotal: "订单金额" | "总金额" | "totalamount" | "orderamount";
    /// The requested amount of the refund.
    RefundAsked: "申请退款金额" | "appliedrefundamount" | "requestedrefundamount";
    /// A note on the rate.
    ChargeNote: "费率备注" | "rateremarks" | "feerateremarks";
    /// Global: currency of recharge coupons.
    RechargeCouponCurrency: "充值券币种" | "topupvouchercurrency";
    /// Global: recharge coupons.
    RechargeCoupon: "充值券金额" | "topupvoucheramount";
    /// Global: currency of coupons.
    CouponCurrency: "优惠券币种" | "couponcurrency";
    /// Global: the payer's currency.
    PayerCurrency: "用户支付币种" | "paymentcurrency" | "paymentcurrencytype" | "payercurrency";
    /// Global: what the payer paid.
    PayerTotal: "用户支付金额" | "paymentamount" | "cashpaymentamount";
    /// Global: currency of settlement.
    SettlementCurrency: "结算币种" | "settlementcurrency" | "settlementcurrencytype";
    /// Global: the payment's rate.
    PaymentRate: "支付汇率" | "exchangerate" | "paymentexchangerate";
    /// Global: the refund's rate.
    RefundRate: "退款汇率" | "refundexchangerate";
    /// Global: currency of the refund. In English files only.
    RefundCurrency: "refundcurrencytype";
    /// Global: currency of the money that the payer gets back.
    PayerRefundCurrency: "用户退款币种" | "payerrefundcurrency" | "payersrefundcurrencytype" | "refundcurrency";
    /// Global: what the payer gets back.
    PayerRefund: "用户退款金额" | "payerrefundamount" | "payersrefundamount";
    /// Global: currency in which the refund is settled.
    SettlementRefundCurrency: "退款结算币种" | "refundsettlementcurrency" | "refundsettlementcurrencytype";
    /// Global: the refund as settled.
    SettlementRefund: "退款应结订单金额" | "refundsettlementamount";
    /// Refunded coupons.
    CouponRefund: "优惠券退款金额" | "代金券或立减优惠退款金额" | "企业红包退款金额" | "couponrefundamount";
}

impl BillColumn {
    /// The column with this name in a header, if it is known.
    ///
    /// Upper and lower case, blanks, punctuation and everything from the first bracket on do not matter: the
    /// English names differ in these between editions.
    #[must_use]
    #[inline]
    pub fn named(name: &str) -> Option<Self> {
        Self::of_plain(&plain(name))
    }

    /// Whether its values are free text. Free text may hold line feeds.
    #[inline]
    pub(super) const fn is_free_text(self) -> bool {
        matches!(self, Self::Body | Self::Attach | Self::ChargeNote)
    }
}

impl fmt::Display for BillColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.usual_name())
    }
}

/// The name in lower case, without blanks and punctuation, and without everything from the first bracket on.
#[inline]
pub(super) fn plain(name: &str) -> String {
    let outside = name.split(['(', '（']).next().unwrap_or(name);
    // The tables of Unicode are not asked: they would be a part of the Worker.
    let counts =
        |character: &char| character.is_ascii_alphanumeric() || ('\u{4E00}'..='\u{9FFF}').contains(character);
    outside.chars().filter(counts).map(|character| character.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::bill::headers;

    #[test]
    fn every_column_of_every_documented_header_is_known_and_unique() {
        for (file, header, count) in headers::ALL {
            let columns: Vec<_> = header.split(',').map(|name| (name, BillColumn::named(name))).collect();
            assert_eq!(columns.len(), count, "{file}");
            for (position, (name, column)) in columns.iter().enumerate() {
                assert!(column.is_some(), "{file}: {name}");
                assert!(!columns[..position].iter().any(|(_, earlier)| earlier == column), "{file}: {name}");
            }
        }
    }

    #[test]
    fn english_names_are_known_in_every_spelling() {
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

    #[test]
    fn a_column_is_known_by_its_usual_name() {
        for column in [BillColumn::OrderTotal, BillColumn::AppId, BillColumn::RefundCurrency] {
            assert_eq!(BillColumn::named(&column.to_string()), Some(column));
        }
    }
}

//! Signed refusals: `return_code` SUCCESS, `result_code` FAIL (protocol §1.3).

/// The order is already refunded in full.
pub(super) const ALREADY_REFUNDED: (&str, &str) = ("ERROR", "订单已全额退款");
/// The payment is more than a year old.
pub(super) const TRADE_OVERDUE: (&str, &str) = ("TRADE_OVERDUE", "订单已经超过退款期限");
/// The refund number was used before, for another order or with other amounts.
pub(super) const REFUND_FEE_MISMATCH: (&str, &str) =
    ("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试");

/// Why a call failed after it was processed, in WeChat's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) err_code: &'static str,
    pub(super) err_code_des: String,
}

impl Refusal {
    pub(super) fn new(err_code: &'static str, err_code_des: impl Into<String>) -> Refusal {
        Refusal { err_code, err_code_des: err_code_des.into() }
    }

    pub(super) fn bad_parameter(name: &str, why: &str) -> Refusal {
        Refusal::new("INVALID_REQUEST", format!("{name}参数格式错误: {why}"))
    }

    pub(super) fn missing(name: &str) -> Refusal {
        Refusal::new("LACK_PARAMS", format!("缺少参数{name}"))
    }

    pub(super) fn system_error() -> Refusal {
        Refusal::new("SYSTEMERROR", "系统错误")
    }

    pub(super) fn order_does_not_exist() -> Refusal {
        Refusal::new("ORDERNOTEXIST", "order not exist")
    }

    /// A refusal with the code and the text of one of the constants.
    pub(super) fn known((err_code, err_code_des): (&'static str, &'static str)) -> Refusal {
        Refusal::new(err_code, err_code_des)
    }
}

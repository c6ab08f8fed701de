//! The numeric codes at the end of `Request-ID`, as far as they are known.

/// The number that goes with a code; 268435457 where none is known.
pub(super) fn of(code: &str) -> u32 {
    match code {
        "PARAM_ERROR" => PARAMETER,
        "SIGN_ERROR" => SIGNATURE,
        "INVALID_REQUEST" => INVALID,
        "ORDER_PAID" => 268_498_689,
        "ORDER_CLOSED" => 268_447_914,
        "ORDER_NOT_EXIST" => 268_512_771,
        "OUT_TRADE_NO_USED" => OTHER_PARAMETERS,
        "APPID_MCHID_NOT_MATCH" => 268_445_527,
        "FREQUENCY_LIMITED" | "RATELIMIT_EXCEEDED" => 268_447_840,
        "NOT_ENOUGH" => 88_430_113,
        _ => 268_435_457,
    }
}

pub(super) const PARAMETER: u32 = 268_435_461;
pub(super) const SIGNATURE: u32 = 268_443_699;
const INVALID: u32 = 268_435_464;
/// The number of an order again, with other parameters than the first time.
pub(super) const OTHER_PARAMETERS: u32 = 268_498_688;
/// A path of the mainland edition, called by a global merchant.
pub(super) const OVERSEAS: u32 = 268_501_838;
/// An institution's `sub_mchid` is missing.
pub(super) const NO_SUB_MERCHANT: u32 = 268_443_704;
/// There is no such relation between institution and merchant.
pub(super) const NO_RELATION: u32 = 268_443_701;

//! Bills, `POST /pay/downloadbill` (protocol §8.1). The answer is text if there is a bill, and XML if there
//! is none.
//!
//! The text has a header, one trade per line, a header of totals and a line of totals. A grave accent
//! precedes every value. Amounts are in *major* units with decimals. Convert them with [`Decimal::to_minor`]
//! before you compare them with `total_fee`. Neither form is signed.
//!
//! People compare a bill with their books, so the reader skips nothing in silence. A missing or unknown
//! column is a [`BillValueError`] that names it. A bad row does not hide the others: it is reported, and it
//! shows in the totals, which are compared with the rows that were read. [`Bill::rows`] gives rows only if
//! the bill is complete.

mod column;
mod decimal;
mod faults;
#[cfg(test)]
mod headers;
mod inflate;
mod parse;
mod records;
mod refusal;
mod row;
mod row_state;
mod stream;
mod totals;
#[cfg(feature = "gzip")]
mod unpack;

pub use column::BillColumn;
pub use decimal::Decimal;
pub use faults::{BadRow, BadRowReason, BillFaults, MAX_REPORTED_BAD_ROWS};
pub use parse::{Bill, BillError, MAX_BILL_ROWS};
pub use refusal::{BillErrorCode, BillRefusal};
pub use row::{BillRow, BillValueError};
pub use row_state::{BillRefundState, BillTradeState};
pub use stream::{BillEnd, BillReader, MAX_ROW_BYTES, MAX_STREAMED_BYTES, StreamError, read_packed};
pub use totals::{BillDifference, MAX_QUOTED_BYTES};

use crate::Merchant;
use crate::v2::call::message_of;
use crate::v2::{
    ApiKey, Call, CallError, DeviceInfo, Fields, Malformed, Message, SignType, Subject, WriteError, WxDate,
    XmlError,
};

/// The longest bill that is read, after unpacking. The benchmark's bill of 50,000 trades has 5.6 MB.
pub const MAX_BILL_BYTES: usize = 16 * 1024 * 1024;

/// Asks for the bill of a UTC+8 day. It is ready after 10:00 UTC+8 of the next day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadBill {
    /// The day.
    pub bill_date: WxDate,
    /// Which trades.
    pub bill_type: BillType,
    /// Whether to ask for a gzip file. Reading it needs the feature `gzip`.
    pub packed: bool,
    /// Only the trades of one terminal.
    pub device_info: Option<DeviceInfo>,
}

/// `bill_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BillType {
    /// `ALL`: payments and refunds.
    #[default]
    All,
    /// `SUCCESS`: payments.
    Success,
    /// `REFUND`: refunds.
    Refund,
    /// `RECHARGE_REFUND`: refunds of recharge coupons.
    RechargeRefund,
}

/// The answer for a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillAnswer {
    /// The bill's text; [`Bill::parse`] reads it.
    Bill(String),
    /// `No Bill Exist`: there were no trades on that day.
    NoBill,
    /// There is no bill for another reason. [`advice`](BillRefusal::advice) says whether to ask again.
    Refused(BillRefusal),
}

impl Call for DownloadBill {
    const PATH: &'static str = "/pay/downloadbill";
    type Answer = BillAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        let mut message = message_of(merchant)?;
        message
            .set("bill_date", self.bill_date.to_string())?
            .set("bill_type", self.bill_type.as_str())?
            .set_some("tar_type", self.packed.then_some("GZIP"))?
            .set_some("device_info", self.device_info.as_ref().map(DeviceInfo::as_str))?;
        Ok(message)
    }

    /// Unused: [`DownloadBill::answer`] reads text or a failure, and compares nothing with the question.
    fn subject(&self) -> Subject<'_> {
        Subject::merchant()
    }

    fn read(&self, _: &Fields<'_>) -> Result<BillAnswer, Malformed> {
        Err(Malformed::invalid("return_code"))
    }

    fn answer(&self, body: &[u8], _: &Merchant, _: SignType, _: &ApiKey) -> Result<BillAnswer, CallError> {
        read_answer(body)
    }
}

/// Reads a bill, or what came in its place.
fn read_answer(body: &[u8]) -> Result<BillAnswer, CallError> {
    match body {
        // Without the feature, a gzip file is refused because it is not UTF-8.
        #[cfg(feature = "gzip")]
        [0x1F, 0x8B, ..] => plain_answer(&unpack::unpack(body)?),
        _ => plain_answer(body),
    }
}

fn plain_answer(body: &[u8]) -> Result<BillAnswer, CallError> {
    let begin = body.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(body).trim_ascii_start();
    if begin.starts_with(b"<") { failure(body) } else { bill_text(body) }
}

impl BillType {
    /// The text of the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
            Self::RechargeRefund => "RECHARGE_REFUND",
        }
    }
}

/// Reads the XML that comes in place of a bill.
fn failure(body: &[u8]) -> Result<BillAnswer, CallError> {
    let fields = Fields::parse(body)?;
    match fields.get("return_code") {
        Some("FAIL") => Ok(BillRefusal::read(&fields).map_or(BillAnswer::NoBill, BillAnswer::Refused)),
        Some(_) => Err(Malformed::invalid("return_code").into()),
        None => Err(Malformed::missing("return_code").into()),
    }
}

fn bill_text(body: &[u8]) -> Result<BillAnswer, CallError> {
    if body.len() > MAX_BILL_BYTES {
        return Err(XmlError::TooLong.into());
    }
    let text = std::str::from_utf8(body).map_err(|_| XmlError::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.trim().is_empty() { Err(XmlError::Empty.into()) } else { Ok(BillAnswer::Bill(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::{Advice, answer};
    use crate::{AppId, MchId};

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx1").unwrap(), MchId::new("1").unwrap())
    }

    fn day() -> DownloadBill {
        DownloadBill {
            bill_date: "20260301".parse().unwrap(),
            bill_type: BillType::default(),
            packed: false,
            device_info: None,
        }
    }

    fn read(body: &[u8]) -> Result<BillAnswer, CallError> {
        let key = ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap();
        answer(&day(), body, &merchant(), SignType::Md5, &key)
    }

    #[test]
    fn a_request_says_day_kind_and_packing() {
        let plain = DownloadBill {
            bill_date: "20260301".parse().unwrap(),
            bill_type: BillType::default(),
            packed: false,
            device_info: None,
        };
        let fields = |call: &DownloadBill| {
            let message = call.message(&merchant()).unwrap();
            message.iter().skip(2).map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(fields(&plain), ["bill_date=20260301", "bill_type=ALL"]);
        for (bill_type, text) in [
            (BillType::Success, "SUCCESS"),
            (BillType::Refund, "REFUND"),
            (BillType::RechargeRefund, "RECHARGE_REFUND"),
        ] {
            let packed = DownloadBill {
                bill_type,
                packed: true,
                device_info: Some(DeviceInfo::new("WEB").unwrap()),
                ..plain.clone()
            };
            let expected = format!("bill_type={text}");
            assert_eq!(
                fields(&packed),
                ["bill_date=20260301", &expected, "tar_type=GZIP", "device_info=WEB"]
            );
        }
    }

    #[test]
    fn a_bill_may_have_sixteen_mebibytes() {
        assert_eq!(MAX_BILL_BYTES, 16_777_216);
    }

    #[test]
    fn text_is_a_bill_and_its_byte_order_mark_is_removed() {
        assert_eq!(read("\u{FEFF}a,b\n".as_bytes()), Ok(BillAnswer::Bill("a,b\n".to_owned())));
        assert_eq!(read(b"a,b\n"), Ok(BillAnswer::Bill("a,b\n".to_owned())));
        assert_eq!(read(b""), Err(XmlError::Empty.into()));
        assert_eq!(read(b" \n"), Err(XmlError::Empty.into()));
        assert_eq!(read(b"\xD6\xD0"), Err(XmlError::NotUtf8.into()));
        assert_eq!(read(&vec![b'x'; MAX_BILL_BYTES + 1]), Err(XmlError::TooLong.into()));
        assert!(read(&vec![b'x'; MAX_BILL_BYTES]).is_ok());
    }

    #[test]
    fn a_day_without_trades_is_not_a_failure() {
        for text in ["No Bill Exist", "NO Bill Exist"] {
            let body = format!("<xml><return_code>FAIL</return_code><return_msg>{text}</return_msg></xml>");
            assert_eq!(read(body.as_bytes()), Ok(BillAnswer::NoBill));
        }
    }

    #[test]
    fn a_failure_is_a_refusal_with_its_code_and_what_to_do() {
        let body = "<xml><return_code>FAIL</return_code><return_msg>系统错误</return_msg><error_code>20003</error_code></xml>";
        let Ok(BillAnswer::Refused(refusal)) = read(body.as_bytes()) else { panic!("a refusal") };
        assert_eq!(refusal.error_code, Some(BillErrorCode::SystemTimeout));
        assert_eq!(refusal.advice(), Advice::RepeatSame);
        for blank in ["\u{FEFF}", "\n "] {
            assert!(matches!(read(format!("{blank}{body}").as_bytes()), Ok(BillAnswer::Refused(_))));
        }
    }

    #[test]
    fn an_answer_that_is_neither_a_bill_nor_a_refusal_is_not_understood() {
        assert_eq!(read(b"<html/>"), Err(XmlError::WrongRoot.into()));
        assert_eq!(read(b"\n<html><body>400</body></html>"), Err(XmlError::WrongRoot.into()));
        assert_eq!(
            read(b"<xml><return_code>SUCCESS</return_code></xml>"),
            Err(Malformed::invalid("return_code").into())
        );
        assert_eq!(
            read(b"<xml><error_code>20003</error_code></xml>"),
            Err(Malformed::missing("return_code").into())
        );
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn a_packed_answer_is_read_as_a_plain_one() {
        use std::io::Write as _;

        let pack = |text: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        let bill = Ok(BillAnswer::Bill("a,b\n`1,`2\n".to_owned()));
        assert_eq!(read(&pack("\u{FEFF}a,b\n`1,`2\n".as_bytes())), bill);
        assert_eq!(read(&[pack("\u{FEFF}a,b\n".as_bytes()), pack(b"`1,`2\n")].concat()), bill);
        let none = "<xml><return_code>FAIL</return_code><return_msg>No Bill Exist</return_msg></xml>";
        assert_eq!(read(&pack(none.as_bytes())), Ok(BillAnswer::NoBill));
        assert_eq!(read(&pack(&vec![b'x'; MAX_BILL_BYTES + 1])), Err(XmlError::TooLong.into()));
        let mut cut = pack(b"a,b\n");
        cut.truncate(15);
        assert_eq!(read(&cut), Err(XmlError::Truncated.into()));
    }

    #[cfg(not(feature = "gzip"))]
    #[test]
    fn without_the_feature_a_packed_bill_is_not_understood() {
        assert_eq!(read(&[0x1F, 0x8B, 8, 0]), Err(XmlError::NotUtf8.into()));
    }
}

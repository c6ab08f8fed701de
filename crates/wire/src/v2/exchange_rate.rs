//! Exchange rate, `POST /pay/queryexchagerate` (protocol §8.2; the missing letter is part of the path).
//!
//! The rate is for information only. The call has no `nonce_str` and supports only MD5. Its answer has no
//! `result_code`.

use crate::v2::call::{genuine, message_of};
use crate::v2::field_reader::FieldReader;
use crate::v2::{
    AnswerMismatch, ApiKey, Call, CallError, Fields, Malformed, Message, Rate, SignType, Subject,
    UnknownFields, WriteError, WxDate, subject,
};
use crate::{Currency, Merchant};

/// Asks for the rate of a currency in CNY. WeChat updates it once a day at 10:00 UTC+8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExchangeRate {
    /// The foreign currency.
    pub currency: Currency,
    /// The day.
    pub date: WxDate,
}

/// A day's rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRateAnswer {
    /// The foreign currency.
    pub currency: Currency,
    /// The ratio. `None` if the gateway wrote it in the older form (CNY per 100 units with decimals). That
    /// form stays in `unknown`.
    pub rate: Option<Rate>,
    /// `rate_time`, the day of the rate.
    pub date: Option<WxDate>,
    /// Received fields that have no place in this type, or are not of the documented form.
    pub unknown: UnknownFields,
}

impl Call for ExchangeRate {
    const PATH: &'static str = "/pay/queryexchagerate";
    const NONCE: bool = false;
    const SIGN_TYPE: Option<SignType> = Some(SignType::Md5);
    type Answer = ExchangeRateAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        let mut message = message_of(merchant)?;
        message.set("fee_type", self.currency.as_str())?.set("date", self.date.to_string())?;
        Ok(message)
    }

    fn subject(&self) -> Subject<'_> {
        Subject::merchant()
    }

    fn check(&self, fields: &Fields<'_>) -> Result<(), AnswerMismatch> {
        subject::same(fields, "fee_type", Some(self.currency.as_str()))
    }

    fn read(&self, fields: &Fields<'_>) -> Result<ExchangeRateAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        Ok(ExchangeRateAnswer {
            currency: reader.parse("fee_type")?,
            rate: reader.informative("rate"),
            date: reader.informative("rate_time"),
            unknown: reader.rest(),
        })
    }

    fn answer(
        &self,
        body: &[u8],
        merchant: &Merchant,
        sign_type: SignType,
        key: &ApiKey,
    ) -> Result<ExchangeRateAnswer, CallError> {
        let fields = genuine(body, merchant, sign_type, key)?;
        // This answer has no result_code in the documents. If there is one, it counts.
        if fields.get("result_code").is_some() {
            crate::v2::call::succeeded(&fields)?;
        }
        self.check(&fields).map_err(Box::new)?;
        Ok(self.read(&fields)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::{ErrCode, answer, request};
    use crate::{AppId, MchId, Nonce};

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx5c1f9e2a7d3b6048").unwrap(), MchId::new("1634117205").unwrap())
    }

    fn answered(more: &[(&'static str, &str)]) -> Result<ExchangeRateAnswer, CallError> {
        let mut message = message_of(&merchant()).unwrap();
        message.set("return_code", "SUCCESS").unwrap().set("fee_type", "HKD").unwrap();
        for (name, value) in more {
            message.set(*name, *value).unwrap();
        }
        let call = ExchangeRate { currency: Currency::HKD, date: "20260301".parse().unwrap() };
        let body = message.sign(SignType::Md5, &key()).to_xml();
        answer(&call, body.as_bytes(), &merchant(), SignType::HmacSha256, &key())
    }

    #[test]
    fn the_request_has_no_nonce_and_is_signed_with_md5_whatever_the_merchant_uses() {
        let call = ExchangeRate { currency: Currency::HKD, date: "20260301".parse().unwrap() };
        let xml =
            request(&call, &merchant(), SignType::HmacSha256, &key(), &Nonce::new("N").unwrap()).unwrap();
        let fields = Fields::parse(xml.as_bytes()).unwrap();
        assert_eq!(fields.verify(SignType::Md5, &key()), Ok(()));
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["appid", "date", "fee_type", "mch_id", "sign"]);
    }

    #[test]
    fn a_rate_is_read_and_the_older_form_is_kept_as_text() {
        let read = answered(&[("rate", "92000000"), ("rate_time", "20260301")]).unwrap();
        assert_eq!((read.rate, read.currency), (Some(Rate(92_000_000)), Currency::HKD));
        assert_eq!(read.date, Some("20260301".parse().unwrap()));
        let older = answered(&[("rate", "628.2100"), ("rate_time", "20150807133525")]).unwrap();
        assert_eq!((older.rate, older.date), (None, None));
        assert_eq!(older.unknown.get("rate"), Some("628.2100"));
    }

    #[test]
    fn a_result_code_counts_if_there_is_one() {
        assert!(answered(&[("result_code", "SUCCESS")]).is_ok());
        let refused = answered(&[("result_code", "FAIL"), ("err_code", "SYSTEMERROR")]);
        assert_eq!(refused.unwrap_err().err_code(), Some(&ErrCode::SystemError));
    }
}

//! A call to the gateway as plain data: what it sends, and how its answer is read (protocol §1.2 to §1.4).

use crate::v2::field_reader::FieldReader;
use crate::v2::{
    AnswerMismatch, ApiKey, CallError, ErrCode, Fields, Malformed, Message, SignType, Subject, WriteError,
};
use crate::{Merchant, Nonce};

/// One of the gateway's calls. [`request`] writes it, and [`answer`] reads the reply.
pub trait Call {
    /// The path on the gateway's [host](crate::host), with its leading slash.
    const PATH: &'static str;
    /// Whether the path demands the merchant's client certificate (protocol §7.2).
    const CLIENT_CERTIFICATE: bool = false;
    /// Whether the request has a `nonce_str`. All calls except the exchange rate have one.
    const NONCE: bool = true;
    /// The algorithm of a call that supports only one.
    const SIGN_TYPE: Option<SignType> = None;

    /// The answer of a successful call.
    type Answer;

    /// The call's name for logs: the last part of its path.
    #[must_use]
    fn name() -> &'static str {
        Self::PATH.rsplit('/').next().unwrap_or(Self::PATH)
    }

    /// The fields of the request, without `nonce_str`, `sign_type` and `sign`.
    ///
    /// # Errors
    /// [`WriteError`] when a value is out of range.
    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError>;

    /// What the answer must be about.
    fn subject(&self) -> Subject<'_>;

    /// Compares a genuine answer (a success or a refusal) with what was asked.
    ///
    /// # Errors
    /// [`AnswerMismatch`], with both values of the first difference.
    fn check(&self, fields: &Fields<'_>) -> Result<(), AnswerMismatch> {
        self.subject().check(fields)
    }

    /// Reads a successful answer. The signature, the merchant and the subject have been checked.
    ///
    /// # Errors
    /// [`Malformed`], naming the field.
    fn read(&self, fields: &Fields<'_>) -> Result<Self::Answer, Malformed>;

    /// Reads the body of an answer. Calls whose answers are not signed, or not XML, override this.
    ///
    /// # Errors
    /// [`CallError`], which says what to do.
    fn answer(
        &self,
        body: &[u8],
        merchant: &Merchant,
        sign_type: SignType,
        key: &ApiKey,
    ) -> Result<Self::Answer, CallError> {
        let fields = genuine(body, merchant, sign_type, key)?;
        self.check(&fields).map_err(Box::new)?;
        succeeded(&fields)?;
        Ok(self.read(&fields)?)
    }
}

/// The signed XML of a call. Send it by `POST` as `text/xml; charset=utf-8`.
///
/// # Errors
/// [`WriteError`] when a value cannot be sent.
pub fn request<C: Call>(
    call: &C,
    merchant: &Merchant,
    sign_type: SignType,
    key: &ApiKey,
    nonce: &Nonce,
) -> Result<String, WriteError> {
    let sign_type = C::SIGN_TYPE.unwrap_or(sign_type);
    let mut message = call.message(merchant)?;
    if C::NONCE {
        message.set("nonce_str", nonce.as_str())?;
    }
    if sign_type == SignType::HmacSha256 {
        // An absent sign_type means MD5.
        message.set("sign_type", sign_type.as_str())?;
    }
    Ok(message.sign(sign_type, key).to_xml())
}

/// Reads the body of the gateway's answer to this call. Pass the merchant, the algorithm and the key of the
/// request.
///
/// The answer must be about what was asked: an answer about another order or refund is
/// [`CallError::AboutSomethingElse`], even if its signature is valid. Answers about a bill or a settlement
/// are not signed, and neither merchant nor subject is compared.
///
/// # Errors
/// [`CallError`]; its [`advice`](CallError::advice) says what to do.
pub fn answer<C: Call>(
    call: &C,
    body: &[u8],
    merchant: &Merchant,
    sign_type: SignType,
    key: &ApiKey,
) -> Result<C::Answer, CallError> {
    call.answer(body, merchant, C::SIGN_TYPE.unwrap_or(sign_type), key)
}

/// The message with the fields that name the merchant.
pub(crate) fn message_of(merchant: &Merchant) -> Result<Message, WriteError> {
    let mut message = Message::new();
    message
        .set("appid", merchant.appid.as_str())?
        .set("mch_id", merchant.mch_id.as_str())?
        .set_some("sub_appid", merchant.sub_appid.as_ref().map(|appid| appid.as_str()))?
        .set_some("sub_mch_id", merchant.sub_mch_id.as_ref().map(|mch_id| mch_id.as_str()))?;
    Ok(message)
}

/// Parses an answer and checks `return_code`, the signature and the merchant.
pub(crate) fn genuine<'a>(
    body: &'a [u8],
    merchant: &Merchant,
    sign_type: SignType,
    key: &ApiKey,
) -> Result<Fields<'a>, CallError> {
    let fields = Fields::parse(body)?;
    processed(&fields)?;
    fields.verify(sign_type, key)?;
    match fields.get("return_code") {
        Some("SUCCESS") => {}
        Some(_) => return Err(Malformed::invalid("return_code").into()),
        None => return Err(Malformed::missing("return_code").into()),
    }
    match merchant.differs_from(&FieldReader::of(&fields).merchant()?) {
        None => Ok(fields),
        Some(difference) => Err(CallError::ForeignMerchant(Box::new(difference))),
    }
}

/// Refuses an answer that says `return_code` FAIL.
pub(crate) fn processed(fields: &Fields<'_>) -> Result<(), CallError> {
    if fields.get("return_code") == Some("FAIL") {
        let return_msg = fields.get("return_msg").unwrap_or_default().into();
        return Err(CallError::RefusedBeforeProcessing { return_msg });
    }
    Ok(())
}

/// Refuses an answer that does not say `result_code` SUCCESS.
pub(crate) fn succeeded(fields: &Fields<'_>) -> Result<(), CallError> {
    match fields.get("result_code") {
        Some("SUCCESS") => Ok(()),
        Some("FAIL") => Err(CallError::Business {
            err_code: ErrCode::new(fields.get("err_code").unwrap_or_default()),
            err_code_des: fields.get("err_code_des").unwrap_or_default().into(),
        }),
        Some(_) => Err(Malformed::invalid("result_code").into()),
        None => Err(Malformed::missing("result_code").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::{Advice, CloseOrder, SignatureError, XmlError};
    use crate::{AppId, MchId, OutTradeNo};

    fn key() -> ApiKey {
        ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap()
    }

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx5c1f9e2a7d3b6048").unwrap(), MchId::new("1634117205").unwrap())
    }

    fn close() -> CloseOrder {
        CloseOrder { out_trade_no: OutTradeNo::new("HK20260301A0001").unwrap() }
    }

    /// A signed answer with the usual envelope and the fields given.
    fn answered(fields: &[(&'static str, &str)]) -> String {
        let mut message = message_of(&merchant()).unwrap();
        for (name, value) in fields {
            message.set(*name, *value).unwrap();
        }
        message.sign(SignType::Md5, &key()).to_xml()
    }

    fn read(body: &str) -> Result<(), CallError> {
        answer(&close(), body.as_bytes(), &merchant(), SignType::Md5, &key()).map(|_| ())
    }

    #[test]
    fn a_request_is_signed_and_names_its_algorithm_unless_it_is_the_default() {
        let nonce = Nonce::new("N0").unwrap();
        let md5 = request(&close(), &merchant(), SignType::Md5, &key(), &nonce).unwrap();
        let fields = Fields::parse(md5.as_bytes()).unwrap();
        assert_eq!(fields.verify(SignType::Md5, &key()), Ok(()));
        assert_eq!((fields.get("sign_type"), fields.get("nonce_str")), (None, Some("N0")));

        let hmac = request(&close(), &merchant(), SignType::HmacSha256, &key(), &nonce).unwrap();
        let fields = Fields::parse(hmac.as_bytes()).unwrap();
        assert_eq!(fields.verify(SignType::HmacSha256, &key()), Ok(()));
        assert_eq!(fields.get("sign_type"), Some("HMAC-SHA256"));
    }

    #[test]
    fn an_institutions_request_names_the_sub_merchant() {
        let merchant = Merchant {
            sub_appid: Some(AppId::new("wx2").unwrap()),
            ..Merchant::under_institution(
                AppId::new("wx1").unwrap(),
                MchId::new("1").unwrap(),
                MchId::new("11").unwrap(),
            )
        };
        let message = close().message(&merchant).unwrap();
        assert_eq!((message.get("sub_appid"), message.get("sub_mch_id")), (Some("wx2"), Some("11")));
    }

    #[test]
    fn a_name_is_the_last_part_of_the_path() {
        assert_eq!(CloseOrder::name(), "closeorder");
    }

    #[test]
    fn success_is_return_code_signature_and_result_code_in_that_order() {
        let ok = [("return_code", "SUCCESS"), ("result_code", "SUCCESS")];
        assert_eq!(read(&answered(&ok)), Ok(()));
        assert_eq!(
            read(&answered(&ok).replace("SUCCESS", "SUCCEss")),
            Err(CallError::BadSignature(SignatureError::Wrong))
        );
        assert_eq!(read("<html></html>"), Err(CallError::NotUnderstood(XmlError::WrongRoot)));
        assert_eq!(read("<xml><return_code>SUCCESS</return_code></xml>"), Err(CallError::Unsigned));
        assert_eq!(
            read("<xml><return_code>FAIL</return_code><return_msg>no</return_msg></xml>"),
            Err(CallError::RefusedBeforeProcessing { return_msg: "no".into() })
        );
        assert_eq!(
            read(&answered(&[
                ("return_code", "SUCCESS"),
                ("result_code", "FAIL"),
                ("err_code", "ORDERPAID"),
                ("err_code_des", "d")
            ])),
            Err(CallError::Business { err_code: ErrCode::OrderPaid, err_code_des: "d".into() })
        );
    }

    #[test]
    fn a_genuine_answer_without_its_codes_is_malformed() {
        assert_eq!(
            read(&answered(&[("result_code", "SUCCESS")])),
            Err(Malformed::missing("return_code").into())
        );
        assert_eq!(read(&answered(&[("return_code", "YES")])), Err(Malformed::invalid("return_code").into()));
        assert_eq!(
            read(&answered(&[("return_code", "SUCCESS")])),
            Err(Malformed::missing("result_code").into())
        );
        assert_eq!(
            read(&answered(&[("return_code", "SUCCESS"), ("result_code", "OK")])),
            Err(Malformed::invalid("result_code").into())
        );
    }

    #[test]
    fn an_answer_about_another_order_is_rejected_whether_success_or_refusal() {
        let another = ("out_trade_no", "HK20260301A0002");
        let ok = answered(&[("return_code", "SUCCESS"), ("result_code", "SUCCESS"), another]);
        let paid = [("return_code", "SUCCESS"), ("result_code", "FAIL"), ("err_code", "ORDERPAID"), another];
        for body in [ok, answered(&paid)] {
            let error = read(&body).unwrap_err();
            assert!(matches!(&error, CallError::AboutSomethingElse(_)), "{error}");
            assert_eq!((error.err_code(), error.advice()), (None, Advice::Operator));
        }
    }

    #[test]
    fn a_genuine_answer_about_another_merchant_is_foreign() {
        let other = Merchant { mch_id: MchId::new("1").unwrap(), ..merchant() };
        let body = answered(&[("return_code", "SUCCESS"), ("result_code", "SUCCESS")]);
        let read = answer(&close(), body.as_bytes(), &other, SignType::Md5, &key());
        let error = read.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the gateway's answer is about another merchant: `mch_id` was asked for as 1 and answered as 1634117205"
        );
    }
}

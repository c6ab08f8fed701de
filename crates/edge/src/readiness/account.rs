//! What WeChat Pay's answer to the query of an order that does not exist says of the merchant's account.
//! Pure.
//!
//! If the appid, the merchant number and the key fit, WeChat signs the answer `ORDERNOTEXIST`. Refusals of
//! the account come unsigned with a text, or signed with a code (protocol §1.3, §3.7).

use gateway::{Answer, Failure, Meaning, Refusal};

use super::check::{Check, say};

/// What was found out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The account, the key and the algorithm fit.
    Fits,
    /// The gateway does not take the signature. Another key or algorithm may fit.
    Signature(String),
    /// Something else is wrong: what was said, and how to mend it.
    Wrong(String, &'static str),
    /// It was not found out: the gateway did not answer, or is busy.
    Unknown(String),
}

const APPID: &str =
    "Correct WECHAT_APPID: it is the app ID of your account at WeChat, as in wx5c1f9e2a7d3b6048.";
const MCH_ID: &str = "Correct WECHAT_MCH_ID (below an institution also WECHAT_SUB_MCH_ID): it is the number of your merchant account.";
const NOT_BOUND: &str = "Bind the app ID to the merchant number in WeChat Pay's merchant platform, or correct the one of \
    WECHAT_APPID and WECHAT_MCH_ID that is wrong.";
const NOT_OPEN: &str = "Have Native payment opened for this merchant number by WeChat Pay.";
const IN_FRONT: &str =
    "Something between this Worker and WeChat Pay answers in its place. Look at WECHAT_GATEWAY.";
const OTHER: &str = "Look the words up in WeChat Pay's documents, or ask its support.";

/// Reads the outcome of the query.
pub(crate) fn finding(result: &Result<Answer, Failure>) -> Finding {
    match result {
        // Nobody has made the number. But somebody has answered, and the signature is right.
        Ok(_) => Finding::Fits,
        Err(Failure::NoConnection) => Finding::Unknown("there is no connection".into()),
        Err(Failure::NotWritten(why)) => Finding::Unknown(say("the query could not be written: {}", &[why])),
        Err(Failure::Refused(refusal)) => signed(refusal, result),
        Err(Failure::Unclear(unclear)) => match &unclear.misconfigured {
            Some(_) if unclear.why.starts_with("HTTP") => Finding::Wrong(unclear.why.to_string(), IN_FRONT),
            Some(text) => unsigned(text),
            None if unclear.oddity.is_some() => Finding::Wrong(unclear.why.to_string(), MCH_ID),
            None if unclear.why.contains("not genuine") => Finding::Signature(unclear.why.to_string()),
            None => Finding::Unknown(unclear.why.to_string()),
        },
    }
}

/// A refusal with a code.
fn signed(refusal: &Refusal, result: &Result<Answer, Failure>) -> Finding {
    let said = || result.as_ref().err().map(Failure::summary).unwrap_or_default();
    let mend = match (refusal.meaning, &*refusal.code) {
        (Meaning::NoSuchOrder, _) => return Finding::Fits,
        (Meaning::NotNow, _) => return Finding::Unknown(said()),
        (_, "SIGNERROR") => return Finding::Signature(said()),
        (_, "APPID_NOT_EXIST") => APPID,
        (_, "MCHID_NOT_EXIST") => MCH_ID,
        (_, "APPID_MCHID_NOT_MATCH") => NOT_BOUND,
        (_, "NOAUTH") => NOT_OPEN,
        _ => OTHER,
    };
    Finding::Wrong(said(), mend)
}

/// A refusal before processing: a text, in Chinese or in English.
fn unsigned(text: &str) -> Finding {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["签名", "sign error", "signature"]) {
        return Finding::Signature(text.into());
    }
    let (app, merchant) = (has(&["appid", "APPID"]), has(&["mch_id", "mchid", "MCHID", "商户号"]));
    let mend = match (app, merchant) {
        _ if has(&["权限", "不支持", "not open", "authority"]) => NOT_OPEN,
        (true, true) => NOT_BOUND,
        (true, false) => APPID,
        (false, true) => MCH_ID,
        (false, false) => OTHER,
    };
    Finding::Wrong(text.into(), mend)
}

/// How a host of the gateway answered, and how quickly.
pub(crate) fn host(host: &str, finding: &Finding, took_ms: i64) -> Check {
    const NAME: &str = "gateway_host";
    match finding {
        Finding::Unknown(why) => Check::failed(
            NAME,
            &say("{}: {} ({} ms).", &[host, why, &took_ms.to_string()]),
            "If it stays so, put another host in front in WECHAT_GATEWAY.",
        ),
        _ => Check::ok(NAME, &say("{} answered in {} ms.", &[host, &took_ms.to_string()])),
    }
}

const NAME: &str = "account";

/// Whether the account fits. `Err` with what was said if only the signature is wrong.
pub(crate) fn check(finding: &Finding, sign_type: &str) -> Result<Check, String> {
    Ok(match finding {
        Finding::Fits => Check::ok(
            NAME,
            &say(
                "WECHAT_APPID, WECHAT_MCH_ID, WECHAT_API_KEY and WECHAT_SIGN_TYPE ({}) fit: WeChat Pay answers to the query of an order that does not exist.",
                &[sign_type],
            ),
        ),
        Finding::Wrong(said, mend) => Check::failed(NAME, &say("WeChat Pay says: {}.", &[said]), mend),
        Finding::Unknown(why) => Check::not_checked(NAME, why, ""),
        Finding::Signature(said) => return Err(said.clone()),
    })
}

/// What to do about a signature that is not taken. `other_type` says whether the other algorithm was, and
/// `previous` whether the previous key was.
pub(crate) fn signature(said: &str, other_type: bool, previous: bool, other: &str) -> Check {
    let set = say("Set WECHAT_SIGN_TYPE = \"{}\": with it the key fits.", &[other]);
    let mend = match (other_type, previous) {
        (true, _) => set.as_str(),
        (false, true) => {
            "WECHAT_API_KEY_PREVIOUS still fits, and WECHAT_API_KEY does not: set the new key in the merchant platform, or put the previous one back."
        }
        (false, false) => {
            "WECHAT_API_KEY is not the API key (v2) of this merchant number. Look into the merchant platform, and store it with `npx wrangler secret put WECHAT_API_KEY`."
        }
    };
    Check::failed(NAME, &say("WeChat Pay does not take the signature: {}.", &[said]), mend)
}

#[cfg(test)]
mod tests {
    use gateway::{Trade, Unclear};

    use super::*;

    fn refused(code: &str, meaning: Meaning) -> Finding {
        finding(&Err(Failure::Refused(Refusal { meaning, code: code.into(), text: Some("text".into()) })))
    }

    fn said(text: &str) -> Finding {
        let unclear = Unclear { why: text.into(), misconfigured: Some(text.into()), oddity: None };
        finding(&Err(Failure::Unclear(unclear)))
    }

    fn mend(finding: Finding) -> &'static str {
        match finding {
            Finding::Wrong(_, mend) => mend,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_order_that_does_not_exist_shows_that_account_and_key_fit() {
        assert_eq!(refused("ORDERNOTEXIST", Meaning::NoSuchOrder), Finding::Fits);
        assert_eq!(finding(&Ok(Answer::Trade(Trade::Open))), Finding::Fits);
    }

    #[test]
    fn each_refusal_of_the_account_says_which_setting_to_correct() {
        for (code, expected) in [
            ("APPID_NOT_EXIST", APPID),
            ("MCHID_NOT_EXIST", MCH_ID),
            ("APPID_MCHID_NOT_MATCH", NOT_BOUND),
            ("NOAUTH", NOT_OPEN),
            ("PARAM_ERROR", OTHER),
        ] {
            assert_eq!(mend(refused(code, Meaning::Operator)), expected, "{code}");
        }
        for (text, expected) in [
            ("appid and mch_id not match", NOT_BOUND),
            ("mch_id参数格式错误", MCH_ID),
            ("appid不存在", APPID),
            ("商户号该产品权限未开通，请前往商户平台>产品中心检查后重试", NOT_OPEN),
            ("暂不支持该商户使用本api接口", NOT_OPEN),
            ("XML格式错误", OTHER),
            ("HTTP 403: Forbidden", IN_FRONT),
        ] {
            assert_eq!(mend(said(text)), expected, "{text}");
        }
    }

    #[test]
    fn a_signature_that_is_not_taken_is_told_apart_because_another_key_may_fit() {
        assert_eq!(refused("SIGNERROR", Meaning::Operator), Finding::Signature("SIGNERROR: text".into()));
        assert_eq!(said("签名错误"), Finding::Signature("签名错误".into()));
        let forged = "the gateway's answer is not genuine: the signature is wrong";
        assert_eq!(finding(&Err(Failure::unclear(forged))), Finding::Signature(forged.into()));
    }

    #[test]
    fn a_gateway_that_is_busy_or_away_says_nothing_of_the_account() {
        assert!(matches!(refused("FREQUENCY_LIMITED", Meaning::NotNow), Finding::Unknown(_)));
        assert!(matches!(finding(&Err(Failure::unclear("SYSTEMERROR"))), Finding::Unknown(_)));
        assert!(matches!(finding(&Err(Failure::NoConnection)), Finding::Unknown(_)));
    }
}

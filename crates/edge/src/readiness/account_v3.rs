//! What API v3's answer to the query of an order that does not exist says of the merchant's account. Pure.
//!
//! If certificate, private key and WeChat Pay's keys fit, the refusal `ORDERNOTEXIST` is signed and verifies.

use gateway::{Answer, Failure, Meaning};

use super::check::{Check, say};

const NAME: &str = "account_v3";
const MEND: &str = "Compare WECHAT_MCH_ID, WECHAT_MCH_CERT_SERIAL, WECHAT_MCH_PRIVATE_KEY, WECHAT_API_V3_KEY, \
    WECHAT_PUBLIC_KEY and the edition in WECHAT_API with WeChat Pay's merchant platform.";

/// Reads the outcome of the query.
pub(crate) fn check(result: &Result<Answer, Failure>) -> Check {
    let failure = match result {
        Ok(_) => return fits(),
        Err(failure) if failure.meaning() == Some(Meaning::NoSuchOrder) => return fits(),
        Err(failure) => failure,
    };
    let said = failure.summary();
    let is_wrong = match failure {
        Failure::Refused(refusal) => refusal.meaning != Meaning::NotNow,
        Failure::Unclear(unclear) => unclear.misconfigured.is_some() || unclear.oddity.is_some(),
        Failure::NoConnection | Failure::NotWritten(_) => false,
    };
    if is_wrong {
        Check::failed(NAME, &say("API v3: {}.", &[&said]), MEND)
    } else {
        Check::not_checked(NAME, &say("API v3: {}.", &[&said]), "")
    }
}

fn fits() -> Check {
    Check::ok(
        NAME,
        "The account of API v3 fits: WeChat Pay answers to the query of an order that does not exist, and its answer verifies.",
    )
}

#[cfg(test)]
mod tests {
    use gateway::{Refusal, Trade};

    use super::*;
    use crate::readiness::check::Outcome;

    fn refused(meaning: Meaning) -> Result<Answer, Failure> {
        Err(Failure::Refused(Refusal { meaning, code: "CODE".into(), text: None }))
    }

    #[test]
    fn an_order_that_does_not_exist_shows_that_the_account_fits() {
        for result in [refused(Meaning::NoSuchOrder), Ok(Answer::Trade(Trade::Open))] {
            assert_eq!(check(&result).outcome, Outcome::Ok);
        }
    }

    #[test]
    fn what_is_wrong_says_what_to_compare_and_what_passes_is_not_checked() {
        for result in [refused(Meaning::Operator), Err(Failure::misconfigured("HTTP 401: SIGNERROR"))] {
            let check = check(&result);
            assert_eq!(check.outcome, Outcome::Failed);
            assert!(check.mend.contains("WECHAT_MCH_CERT_SERIAL"));
        }
        for result in [refused(Meaning::NotNow), Err(Failure::NoConnection), Err(Failure::no_answer())] {
            assert_eq!(check(&result).outcome, Outcome::NotChecked);
        }
    }
}

//! Who is paid (protocol §1.3, §1.4, and the vocabulary in the reference's README).

use crate::v2::AnswerMismatch;
use crate::{AppId, MchId};

/// A merchant as the gateway knows it. Common mode: `appid` and `mch_id`. Institutional mode: those are the
/// acquirer's, and `sub_mch_id` is the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Merchant {
    /// The account bound to `mch_id`.
    pub appid: AppId,
    /// The merchant number, or the institution's.
    pub mch_id: MchId,
    /// Institutional mode, optional: the merchant's own account.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sub_appid: Option<AppId>,
    /// Institutional mode: the merchant's number under the institution.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sub_mch_id: Option<MchId>,
}

impl Merchant {
    /// A merchant connected directly (common mode).
    #[must_use]
    pub const fn common(appid: AppId, mch_id: MchId) -> Self {
        Self { appid, mch_id, sub_appid: None, sub_mch_id: None }
    }

    /// A merchant under an institution.
    #[must_use]
    pub const fn under_institution(appid: AppId, mch_id: MchId, sub_mch_id: MchId) -> Self {
        Self { appid, mch_id, sub_appid: None, sub_mch_id: Some(sub_mch_id) }
    }

    /// Whether a message that names `other` is about this merchant.
    ///
    /// `appid`, `mch_id` and `sub_mch_id` must be equal. `sub_appid` must be equal only if both sides name
    /// one, because the gateway adds it even if the request had none.
    #[must_use]
    pub fn is_named_by(&self, other: &Self) -> bool {
        self.differs_from(other).is_none()
    }

    /// The first number in which `other` differs from this merchant, with both values; `None` if a message
    /// that names `other` is about this merchant.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Option<AnswerMismatch> {
        let mut numbers = vec![
            ("appid", Some(self.appid.as_str()), Some(other.appid.as_str())),
            ("mch_id", Some(self.mch_id.as_str()), Some(other.mch_id.as_str())),
            ("sub_mch_id", text(&self.sub_mch_id), text(&other.sub_mch_id)),
        ];
        if let (Some(ours), Some(theirs)) = (&self.sub_appid, &other.sub_appid) {
            numbers.push(("sub_appid", Some(ours.as_str()), Some(theirs.as_str())));
        }
        let (field, ours, theirs) = numbers.into_iter().find(|(_, ours, theirs)| ours != theirs)?;
        let said = |number: Option<&str>| number.unwrap_or("none").into();
        Some(AnswerMismatch { field: field.into(), asked: said(ours), answered: said(theirs) })
    }
}

fn text(number: &Option<MchId>) -> Option<&str> {
    number.as_ref().map(MchId::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appid(text: &str) -> AppId {
        AppId::new(text).unwrap()
    }

    fn mch_id(text: &str) -> MchId {
        MchId::new(text).unwrap()
    }

    #[test]
    fn a_message_names_the_merchant_only_if_every_number_agrees() {
        let ours = Merchant::under_institution(appid("wx1"), mch_id("1"), mch_id("11"));
        assert!(ours.is_named_by(&ours));
        assert!(!ours.is_named_by(&Merchant { appid: appid("wx2"), ..ours.clone() }));
        assert!(!ours.is_named_by(&Merchant { mch_id: mch_id("2"), ..ours.clone() }));
        assert!(!ours.is_named_by(&Merchant { sub_mch_id: None, ..ours.clone() }));
        assert!(!Merchant::common(appid("wx1"), mch_id("1")).is_named_by(&ours));
    }

    #[test]
    fn a_difference_is_reported_with_both_values() {
        let ours = Merchant::under_institution(appid("wx1"), mch_id("1"), mch_id("11"));
        let told = |other: Merchant| ours.differs_from(&other).map(|difference| difference.to_string());
        assert_eq!(told(ours.clone()), None);
        assert_eq!(
            told(Merchant { sub_mch_id: Some(mch_id("12")), ..ours.clone() }).unwrap(),
            "`sub_mch_id` was asked for as 11 and answered as 12"
        );
        assert_eq!(
            told(Merchant { sub_mch_id: None, ..ours.clone() }).unwrap(),
            "`sub_mch_id` was asked for as 11 and answered as none"
        );
    }

    #[test]
    fn a_sub_appid_is_compared_only_when_both_name_one() {
        let with = |text: &str| Merchant {
            sub_appid: Some(appid(text)),
            ..Merchant::under_institution(appid("wx1"), mch_id("1"), mch_id("11"))
        };
        let without = Merchant { sub_appid: None, ..with("wx3") };
        assert!(with("wx3").is_named_by(&without));
        assert!(without.is_named_by(&with("wx3")));
        assert!(with("wx3").is_named_by(&with("wx3")));
        assert!(!with("wx3").is_named_by(&with("wx4")));
    }
}

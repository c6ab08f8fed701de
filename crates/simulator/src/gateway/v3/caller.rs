//! Who calls: the numbers in the body or the query must fit the merchant that signed.

use std::sync::Arc;

use super::super::merchant::{Merchant, Mode};
use super::Edition;
use super::numbers;
use super::problem::Problem;
use super::route::Route;

/// The merchant of a call, and the merchant behind an institution.
pub(super) struct Caller {
    pub(super) merchant: Arc<Merchant>,
    pub(super) sub_appid: Option<String>,
    pub(super) sub_mch_id: Option<String>,
}

/// Where numbers are read from: the body, or the query.
pub(super) trait Numbers {
    fn number(&self, name: &str) -> Result<Option<String>, Problem>;
    fn place(&self) -> &'static str;
}

impl Numbers for super::document::Document {
    fn number(&self, name: &str) -> Result<Option<String>, Problem> {
        self.text(&format!("/{name}"), 32).map(|text| text.map(str::to_owned))
    }

    fn place(&self) -> &'static str {
        "body"
    }
}

impl Numbers for std::collections::BTreeMap<String, String> {
    fn number(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.get(name).filter(|value| !value.is_empty()).cloned())
    }

    fn place(&self) -> &'static str {
        "query"
    }
}

/// Which numbers a call has to name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Merchant and app.
    MerchantAndApp,
    /// The merchant.
    Merchant,
    /// Mainland refunds: only an institution names its merchant.
    SubMerchant,
    /// Bills: the merchant, and an institution's merchant only to see that one alone.
    MaybeSubMerchant,
    /// Nothing: the signature names the merchant.
    Nobody,
}

impl Caller {
    pub(super) fn of(
        merchants: &[Arc<Merchant>],
        signed_by: &Arc<Merchant>,
        route: &Route,
        numbers: &dyn Numbers,
        names: Names,
    ) -> Result<Caller, Problem> {
        match (route.edition, Edition::of(signed_by)) {
            (Edition::Mainland, Edition::Global) => {
                return Err(Problem::no_auth(
                    "overseas payment is not supported: a global merchant calls /v3/global/…",
                )
                .numbered(numbers::OVERSEAS));
            }
            (Edition::Global, Edition::Mainland) => {
                return Err(Problem::no_auth("商户无此接口权限: a mainland merchant calls /v3/pay/…"));
            }
            (Edition::Global, Edition::Global) | (Edition::Mainland, Edition::Mainland) => {}
        }
        let is_institution = signed_by.mode != Mode::Common;
        let knows_by_path =
            route.edition == Edition::Mainland && matches!(names, Names::MerchantAndApp | Names::Merchant);
        if knows_by_path && route.is_partner != is_institution {
            return Err(Problem::no_auth(
                "商户无此接口权限: /v3/pay/partner/… is for service providers, and only for them",
            ));
        }
        let (of_merchant, of_app) =
            if is_institution { ("sp_mchid", "sp_appid") } else { ("mchid", "appid") };
        let place = numbers.place();
        if !is_institution {
            for name in ["sp_mchid", "sp_appid", "sub_mchid", "sub_appid"] {
                if numbers.number(name)?.is_some() {
                    return Err(Problem::parameter(
                        place,
                        &format!("/{name}"),
                        "this merchant is not an institution",
                    ));
                }
            }
        }
        if matches!(names, Names::MerchantAndApp | Names::Merchant)
            || names == Names::MaybeSubMerchant && route.edition == Edition::Global
        {
            let field = format!("/{of_merchant}");
            match numbers.number(of_merchant)? {
                None => return Err(Problem::parameter(place, &field, "missing")),
                Some(named) if named != signed_by.mch_id => {
                    return Err(Problem::parameter(place, &field, "not the merchant that signed"));
                }
                Some(_) => {}
            }
        }
        let merchant = if names == Names::MerchantAndApp {
            let appid = numbers.number(of_app)?;
            let appid = appid.ok_or_else(|| Problem::parameter(place, &format!("/{of_app}"), "missing"))?;
            let of_both =
                |merchant: &&Arc<Merchant>| merchant.mch_id == signed_by.mch_id && merchant.appid == appid;
            let not_bound = || Problem::new(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
            merchants.iter().find(of_both).ok_or_else(not_bound)?.clone()
        } else {
            signed_by.clone()
        };
        let sub_mch_id = numbers.number("sub_mchid")?;
        if let Mode::Institution { sub_mch_ids } = &merchant.mode {
            match &sub_mch_id {
                None if matches!(names, Names::MaybeSubMerchant | Names::Nobody) => {}
                None => {
                    let problem = Problem::parameter(place, "/sub_mchid", "missing");
                    return Err(problem.numbered(numbers::NO_SUB_MERCHANT));
                }
                Some(named) if !sub_mch_ids.contains(named) => {
                    let problem = Problem::no_auth("特约子商户商户号未授权服务商的产品权限");
                    return Err(problem.numbered(numbers::NO_RELATION));
                }
                Some(_) => {}
            }
        }
        Ok(Caller { merchant, sub_appid: numbers.number("sub_appid")?, sub_mch_id })
    }

    /// Whether an order is one that this caller may see.
    pub(super) fn owns(&self, trade: &super::super::trade::Trade) -> bool {
        trade.mch_id == self.merchant.mch_id
            && (self.sub_mch_id.is_none() || trade.sub_mch_id == self.sub_mch_id)
    }
}

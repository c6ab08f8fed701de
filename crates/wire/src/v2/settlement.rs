//! Settlement query, `POST /pay/settlementquery` (protocol §8.3). It has the only answer with nested
//! elements.
//!
//! No document says how a nested answer is signed, and real ones are not signed. So the answer itself proves
//! nothing: only TLS says that it comes from WeChat's host. Use it for accounting, not to decide about an
//! order. It is not compared with the merchant either.

use crate::v2::call::{message_of, processed, succeeded};
use crate::v2::field_reader::FieldReader;
use crate::v2::xml::{Group, read_grouped};
use crate::v2::{
    ApiKey, Call, CallError, Fields, Malformed, Message, SignType, Subject, UnknownFields, WriteError, WxDate,
};
use crate::{Currency, Merchant};

/// Asks what was settled, or will be. WeChat advises ten rows at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementQuery {
    /// `usetag`.
    pub settled: bool,
    /// How many rows to skip.
    pub offset: u32,
    /// How many rows to return, at most 10.
    pub limit: u32,
    /// The first day.
    pub date_start: WxDate,
    /// The last day.
    pub date_end: WxDate,
}

/// One page of settlements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementAnswer {
    /// `record_num`: how many rows there are.
    pub record_num: Option<u64>,
    /// The rows of this page.
    pub rows: Vec<SettlementRow>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

/// One settlement. Amounts are in minor units of `currency`; refunds are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// `fbatchno`.
    pub batch: Option<Box<str>>,
    /// `date_settlement`: the day of settlement.
    pub date_settlement: Option<WxDate>,
    /// `date_start`: the first day of trades.
    pub date_start: Option<WxDate>,
    /// `date_end`: the last day of trades.
    pub date_end: Option<WxDate>,
    /// `settlementfee_type`.
    pub currency: Option<Currency>,
    /// `settlement_fee`: settled.
    pub settled_minor: Option<i64>,
    /// `unsettlement_fee`: not settled yet.
    pub unsettled_minor: Option<i64>,
    /// `pay_fee`: paid by payers.
    pub paid_minor: Option<i64>,
    /// `refund_fee`: refunded, negative.
    pub refunded_minor: Option<i64>,
    /// `pay_net_fee`: paid less refunded.
    pub net_minor: Option<i64>,
    /// `poundage_fee`: the gateway's charge.
    pub charge_minor: Option<i64>,
    /// Received fields that have no place in this type.
    pub unknown: UnknownFields,
}

impl Call for SettlementQuery {
    const PATH: &'static str = "/pay/settlementquery";
    const SIGN_TYPE: Option<SignType> = Some(SignType::Md5);
    type Answer = SettlementAnswer;

    fn message(&self, merchant: &Merchant) -> Result<Message, WriteError> {
        if !(1..=10).contains(&self.limit) {
            return Err(WriteError::OutOfRange { name: "limit", rule: "1 to 10" });
        }
        let mut message = message_of(merchant)?;
        message
            .set("usetag", if self.settled { "1" } else { "2" })?
            .set("offset", self.offset.to_string())?
            .set("limit", self.limit.to_string())?
            .set("date_start", self.date_start.to_string())?
            .set("date_end", self.date_end.to_string())?;
        Ok(message)
    }

    /// Unused: [`SettlementQuery::answer`] compares nothing with the question.
    fn subject(&self) -> Subject<'_> {
        Subject::merchant()
    }

    /// Reads the outer fields only. [`SettlementQuery::answer`] reads the rows.
    fn read(&self, fields: &Fields<'_>) -> Result<SettlementAnswer, Malformed> {
        let mut reader = FieldReader::of(fields);
        Ok(SettlementAnswer {
            record_num: reader.informative_amount("record_num"),
            rows: Vec::new(),
            unknown: reader.rest(),
        })
    }

    fn answer(
        &self,
        body: &[u8],
        _: &Merchant,
        _: SignType,
        _: &ApiKey,
    ) -> Result<SettlementAnswer, CallError> {
        let (fields, groups) = read_grouped(body, ROW)?;
        let fields = Fields::from(fields);
        processed(&fields)?;
        succeeded(&fields)?;
        let mut sorted: Vec<Group<'_>> = Vec::with_capacity(groups.len());
        for group in groups {
            let (Ok(place) | Err(place)) = sorted.binary_search_by_key(&number(&group), number);
            sorted.insert(place, group);
        }
        let rows = sorted.into_iter().map(SettlementRow::read).collect();
        Ok(SettlementAnswer { rows, ..self.read(&fields)? })
    }
}

/// How the names of rows begin. WeChat spells it this way.
const ROW: &str = "setteinfo_";

/// Sorts rows by number: `setteinfo_10` comes after `setteinfo_9`.
const fn number<'a>(group: &Group<'a>) -> (usize, &'a str) {
    (group.name.len(), group.name)
}

impl SettlementRow {
    fn read(group: Group<'_>) -> Self {
        let fields = Fields::from(group.fields);
        let mut reader = FieldReader::of(&fields);
        let mut signed = |name: &str| reader.informative_by(name, signed_amount);
        let settled_minor = signed("settlement_fee");
        let unsettled_minor = signed("unsettlement_fee");
        let paid_minor = signed("pay_fee");
        let refunded_minor = signed("refund_fee");
        let net_minor = signed("pay_net_fee");
        let charge_minor = signed("poundage_fee");
        let mut day = |name: &str| {
            reader.informative_by(name, |text| text.parse().or_else(|_| WxDate::parse_dashed(text)).ok())
        };
        let date_settlement = day("date_settlement");
        let date_start = day("date_start");
        let date_end = day("date_end");
        Self {
            batch: reader.text("fbatchno"),
            date_settlement,
            date_start,
            date_end,
            currency: reader.informative("settlementfee_type"),
            settled_minor,
            unsettled_minor,
            paid_minor,
            refunded_minor,
            net_minor,
            charge_minor,
            unknown: reader.rest(),
        }
    }
}

/// Canonical decimal text with an optional minus.
fn signed_amount(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some("0") => None,
        Some(digits) => i64::try_from(crate::money::parse_amount(digits)?).ok()?.checked_neg(),
        None => i64::try_from(crate::money::parse_amount(text)?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::{ErrCode, XmlError, answer};
    use crate::{AppId, MchId};

    fn merchant() -> Merchant {
        Merchant::common(AppId::new("wx1").unwrap(), MchId::new("1").unwrap())
    }

    fn read(body: &str) -> Result<SettlementAnswer, CallError> {
        let key = ApiKey::new("TESTONLYmd5key0123456789abcdefHK").unwrap();
        answer(&query(), body.as_bytes(), &merchant(), SignType::Md5, &key)
    }

    fn query() -> SettlementQuery {
        SettlementQuery {
            settled: true,
            offset: 0,
            limit: 10,
            date_start: "20260223".parse().unwrap(),
            date_end: "20260301".parse().unwrap(),
        }
    }

    #[test]
    fn a_query_says_which_days_and_whether_settled() {
        let message = query().message(&merchant()).unwrap();
        let fields: Vec<_> = message.iter().skip(2).collect();
        assert_eq!(
            fields,
            [
                ("usetag", "1"),
                ("offset", "0"),
                ("limit", "10"),
                ("date_start", "20260223"),
                ("date_end", "20260301")
            ]
        );
        let unsettled = SettlementQuery { settled: false, ..query() };
        assert_eq!(unsettled.message(&merchant()).unwrap().get("usetag"), Some("2"));
        for limit in [0, 11] {
            assert!(SettlementQuery { limit, ..query() }.message(&merchant()).is_err());
        }
    }

    #[test]
    fn nested_rows_are_read_in_the_order_of_their_numbers() {
        let rows: String = [10, 2, 0]
            .iter()
            .map(|n| format!("<setteinfo_{n}><fbatchno>B{n}</fbatchno></setteinfo_{n}>"))
            .collect();
        let answer = read(&format!(
            "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>{rows}</xml>"
        ))
        .unwrap();
        let batches: Vec<_> = answer.rows.iter().map(|row| row.batch.as_deref().unwrap()).collect();
        assert_eq!(batches, ["B0", "B2", "B10"]);
    }

    #[test]
    fn a_row_has_days_in_both_forms_and_amounts_with_a_sign() {
        let answer = read(
            "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code><record_num>1</record_num>\
            <setteinfo_0><date_settlement>2026-03-02</date_settlement><date_start>20260223</date_start>\
            <date_end>yesterday</date_end><settlement_fee>120000</settlement_fee><settlementfee_type>HKD</settlementfee_type>\
            <pay_fee>125000</pay_fee><refund_fee>-3300</refund_fee><pay_net_fee>121700</pay_net_fee>\
            <poundage_fee>1700</poundage_fee><unsettlement_fee>0</unsettlement_fee></setteinfo_0></xml>",
        )
        .unwrap();
        assert_eq!(answer.record_num, Some(1));
        let row = &answer.rows[0];
        assert_eq!(row.date_settlement, Some("20260302".parse().unwrap()));
        assert_eq!(row.date_start, Some("20260223".parse().unwrap()));
        assert_eq!(row.date_end, None);
        assert_eq!(row.unknown.get("date_end"), Some("yesterday"));
        assert_eq!((row.settled_minor, row.unsettled_minor), (Some(120_000), Some(0)));
        assert_eq!(
            (row.paid_minor, row.refunded_minor, row.net_minor),
            (Some(125_000), Some(-3_300), Some(121_700))
        );
        assert_eq!((row.charge_minor, row.currency), (Some(1_700), Some(Currency::HKD)));
    }

    #[test]
    fn failures_are_distinguished() {
        assert!(matches!(
            read("<xml><return_code>FAIL</return_code><return_msg>no</return_msg></xml>"),
            Err(CallError::RefusedBeforeProcessing { .. })
        ));
        let refused = read(
            "<xml><return_code>SUCCESS</return_code><result_code>FAIL</result_code><err_code>SYSTEMERROR</err_code></xml>",
        );
        assert_eq!(refused.unwrap_err().err_code(), Some(&ErrCode::SystemError));
        assert_eq!(read("<html/>"), Err(CallError::NotUnderstood(XmlError::WrongRoot)));
    }

    #[test]
    fn signed_amounts_are_canonical() {
        assert_eq!(signed_amount("-3300"), Some(-3300));
        assert_eq!(signed_amount("0"), Some(0));
        for bad in ["-0", "--1", "+1", "-01", "", "-", "9223372036854775808"] {
            assert_eq!(signed_amount(bad), None, "{bad}");
        }
    }
}

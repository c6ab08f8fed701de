//! Settlements, `GET /v3/global/settle/settlements` (protocol §9.9). For accounting; they decide nothing
//! about an order.

use crate::v2::WxDate;
use crate::v3::call::read_object;
use crate::v3::draft::Parts;
use crate::v3::json::JsonFields;
use crate::v3::target::Target;
use crate::v3::{Account, Call, CallError, CallName, Edition, GenuineAnswer, WriteError};
use crate::{Currency, MchId};

/// Asks what was settled, or will be (global).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlements {
    /// Which.
    pub which: SettleState,
    /// How many rows to skip.
    pub offset: u32,
    /// How many rows to return, at most 30; 10 are advised.
    pub limit: u32,
}

/// `settle_state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettleState {
    /// What was settled on these days.
    Settled {
        /// The first day.
        from: WxDate,
        /// The last day.
        until: WxDate,
    },
    /// What will be settled.
    Unsettled,
}

/// One page of settlements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementsAnswer {
    /// `total_count`: how many rows there are.
    pub total_count: Option<u64>,
    /// The rows of this page.
    pub rows: Vec<Settlement>,
}

/// One settlement. Amounts are in minor units of `currency`; refunds may be negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// `batch_id`.
    pub batch: Option<Box<str>>,
    /// The day of settlement.
    pub settlement_date: Option<WxDate>,
    /// The first day of trades.
    pub trade_start_date: Option<WxDate>,
    /// The last day of trades.
    pub trade_end_date: Option<WxDate>,
    /// `CHINA_MAINLAND` or `CHINA_HONGKONG`.
    pub wallet_region: Option<Box<str>>,
    /// `amount.currency`.
    pub currency: Option<Currency>,
    /// `amount.settled`.
    pub settled_minor: Option<i64>,
    /// `amount.unsettle`.
    pub unsettled_minor: Option<i64>,
    /// `amount.pay`: paid by payers.
    pub paid_minor: Option<i64>,
    /// `amount.refund`.
    pub refunded_minor: Option<i64>,
    /// `amount.net`: paid less refunded.
    pub net_minor: Option<i64>,
    /// `amount.fee`: the gateway's charge.
    pub charge_minor: Option<i64>,
}

/// How many rows one page has at most.
pub const MAX_SETTLEMENTS_OF_A_PAGE: u32 = 30;

impl Call for Settlements {
    const NAME: CallName = CallName::Settlements;
    type Answer = SettlementsAnswer;

    fn parts(&self, account: &Account) -> Result<Parts, WriteError> {
        if account.edition == Edition::Mainland {
            return Err(WriteError::NotInThisEdition {
                call: "settlements",
                edition: account.edition.as_str(),
                instead: "read the bill of funds (BillLinkQuery)",
            });
        }
        if !(1..=MAX_SETTLEMENTS_OF_A_PAGE).contains(&self.limit) {
            return Err(WriteError::OutOfRange { name: "limit", rule: "1 to 30" });
        }
        let target = Target::of("/v3/global/settle/settlements")
            .query_some("sub_mchid", account.merchant.sub_mch_id.as_ref().map(MchId::as_str));
        let target = match self.which {
            SettleState::Settled { from, until } => target
                .query("settle_state", "SETTLED")
                .query("settle_start_date", &from.to_string())
                .query("settle_end_date", &until.to_string()),
            SettleState::Unsettled => target.query("settle_state", "UNSETTLE"),
        };
        let target = target.query("offset", &self.offset.to_string());
        Ok(Parts::get(target.query("limit", &self.limit.to_string()).finish()))
    }

    fn read(&self, answer: &GenuineAnswer<'_>, _: &Account) -> Result<SettlementsAnswer, CallError> {
        read_object(answer, |fields| {
            Ok(SettlementsAnswer {
                total_count: fields.informative_amount("total_count"),
                rows: fields.list("data")?.iter().map(Settlement::read).collect(),
            })
        })
    }
}

impl Settlement {
    fn read(fields: &JsonFields<'_, '_>) -> Self {
        let amount = fields.informative_object("amount");
        let date = |name| {
            let text = fields.text(name)?;
            text.parse().ok().or_else(|| WxDate::parse_dashed(&text).ok())
        };
        Self {
            batch: fields.text("batch_id"),
            settlement_date: date("settlement_date"),
            trade_start_date: date("trade_start_date"),
            trade_end_date: date("trade_end_date"),
            wallet_region: fields.text("wallet_region"),
            currency: amount.informative("currency"),
            settled_minor: amount.informative_number("settled"),
            unsettled_minor: amount.informative_number("unsettle"),
            paid_minor: amount.informative_number("pay"),
            refunded_minor: amount.informative_number("refund"),
            net_minor: amount.informative_number("net"),
            charge_minor: amount.informative_number("fee"),
        }
    }
}

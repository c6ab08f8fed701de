//! `GET /admin/api/exchange-rate`: WeChat Pay's rate of a currency in CNY, for information (protocol §8.2).

use api::{Problem, ProblemCode};
use serde::Serialize;
use web_sys::Request;
use wire::v2::{Call, ExchangeRate, ExchangeRateAnswer, WxDate};
use wire::{Currency, Nonce};

use crate::config::Config;
use crate::failure::Failure;
use crate::platform::http::{self, Answer, Response};
use crate::platform::js::random_uuid;
use crate::platform::post::{Connection, NoAnswer, Post};
use crate::routes::moment::Day;
use crate::routes::query::Query;

const TIME_LIMIT_MS: u32 = 15_000;

/// The rate of a day.
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = ExchangeRate))]
#[derive(Serialize)]
pub(super) struct Rate {
    currency: String,
    /// The day that was asked for, in UTC+8.
    date: String,
    /// CNY for one unit of the currency, as a decimal number.
    rate: Option<String>,
    /// What WeChat wrote, if it has another form.
    as_written: Option<String>,
}

/// The rate of the currency and the day that the query names.
pub(crate) async fn answer(request: &Request, config: &Config) -> Result<Response, Failure> {
    let asked = Query::new(http::query_of(&request.url()), &["currency", "date"]).and_then(|query| {
        let currency =
            query.read("currency", "three capital letters, as in USD", |text| Currency::new(text).ok())?;
        let date = query.read("date", "a day as in 2026-03-01", |text| {
            Day::read(text)?;
            text.replace('-', "").parse::<WxDate>().ok().map(|date| (date, text.to_owned()))
        })?;
        currency.zip(date).ok_or_else(|| query.refuse("Send both."))
    });
    let (currency, (date, text)) = match asked {
        Ok(asked) => asked,
        Err(problem) => return http::problem(&problem),
    };
    match rate(&ExchangeRate { currency, date }, config).await {
        Ok(answer) => Answer::new(200).json(&Rate {
            currency: answer.currency.as_str().to_owned(),
            date: text,
            rate: answer.rate.map(|rate| decimal(rate.0)),
            as_written: answer.unknown.get("rate").map(str::to_owned),
        }),
        Err(NoRate::Refused(why)) => http::problem(&Problem::new(
            ProblemCode::NotPossible,
            format!(
                "WeChat Pay gave no rate: {why}. It gives rates to merchants that it settles with in another currency than they price in."
            ),
        )),
        Err(NoRate::NoAnswer(why)) => http::problem(&Problem::new(
            ProblemCode::GatewayFailed,
            format!("WeChat Pay did not answer: {why}. Ask again."),
        )),
    }
}

/// Why there is no rate.
enum NoRate {
    /// WeChat Pay refused, or its answer says something else.
    Refused(String),
    /// Nothing came.
    NoAnswer(String),
}

/// Asks the hosts, one after another, until one can be connected to.
async fn rate(call: &ExchangeRate, config: &Config) -> Result<ExchangeRateAnswer, NoRate> {
    let Some(account) = &config.v2 else {
        const WHY: &str = "API v3 has no call for it, and WECHAT_API_KEY, the API key of API v2, is not set";
        return Err(NoRate::Refused(WHY.into()));
    };
    let nonce = random_uuid().ok().and_then(|uuid| Nonce::new(&uuid.replace('-', "")).ok());
    let nonce = nonce.ok_or_else(|| NoRate::NoAnswer("no random number".into()))?;
    let body = wire::v2::request(call, &config.merchant, account.sign_type, &account.api_key, &nonce)
        .map_err(|error| NoRate::Refused(error.to_string()))?;
    let mut why = String::new();
    for host in &config.gateways {
        let post = Post {
            url: &format!("{host}{}", ExchangeRate::PATH),
            headers: &[("content-type", "text/xml; charset=utf-8")],
            body: &body,
            time_limit_ms: TIME_LIMIT_MS,
        };
        match Connection::Plain.post(&post).await {
            Err(no_connection @ NoAnswer::NoConnection(_)) => why = no_connection.to_string(),
            Err(no_answer) => return Err(NoRate::NoAnswer(no_answer.to_string())),
            Ok(answer) => {
                let read = answer.whole(wire::v2::MAX_BODY_BYTES).await;
                let bytes = read.map_err(|no_answer| NoRate::NoAnswer(no_answer.to_string()))?;
                return wire::v2::answer(call, &bytes, &config.merchant, account.sign_type, &account.api_key)
                    .map_err(|error| NoRate::Refused(error.to_string()));
            }
        }
    }
    Err(NoRate::NoAnswer(why))
}

/// WeChat's ratio has eight decimals.
fn decimal(ratio: u64) -> String {
    const UNIT: u64 = 100_000_000;
    format!("{}.{:08}", ratio / UNIT, ratio % UNIT)
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_rate_has_eight_decimals() {
        assert_eq!(decimal(628_210_000), "6.28210000");
        assert_eq!(decimal(5_000_001), "0.05000001");
        assert_eq!(decimal(0), "0.00000000");
    }
}

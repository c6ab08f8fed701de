//! `GET /admin/api/sums`: what was paid in a day or a month of the shop, by currency.

use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::index::sharded::Index;
use crate::platform::http::{self, Answer, Response};
use crate::platform::zone;
use crate::routes::calendar::{day, month};
use crate::routes::query::Query;

/// The sums of the day or the month that the query names.
pub(crate) async fn answer(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    let clocks = |at_ms| zone::clock(&config.time_zone, at_ms);
    let asked = Query::new(http::query_of(&request.url()), &["day", "month"]).and_then(|query| {
        let of_day = query.read("day", "a day as in 2026-03-01", |text| day(text, &clocks))?;
        let of_month = query.read("month", "a month as in 2026-03", |text| month(text, &clocks))?;
        match (of_day, of_month) {
            (Some(span), None) | (None, Some(span)) => Ok(span),
            _ => Err(query.refuse("Send either `day` or `month`.")),
        }
    });
    let (from_at_ms, to_at_ms) = match asked {
        Ok(span) => span,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let sums = index.sums(from_at_ms, to_at_ms).await?.join(",");
    // The configuration lets no characters into the name of a zone that JSON would escape.
    let zone = &config.time_zone;
    let body = format!(
        r#"{{"time_zone":"{zone}","from_at_ms":{from_at_ms},"to_at_ms":{to_at_ms},"sums":[{sums}]}}"#
    );
    Ok(Answer::new(200).text("application/json", body))
}

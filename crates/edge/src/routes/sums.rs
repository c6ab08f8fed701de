//! `GET /admin/api/sums`: what was paid in a day or a month of the shop, by currency; for a chart also by
//! hour or by day.

use web_sys::Request;
use worker::Env;

use crate::config::Config;
use crate::failure::Failure;
use crate::index::sharded::Index;
use crate::platform::http::{self, Answer, Response};
use crate::platform::zone;
use crate::routes::calendar::{day, days_of, hours_of, month};
use crate::routes::query::Query;

/// The sums of the day or the month that the query names.
pub(crate) async fn answer(request: &Request, env: &Env, config: &Config) -> Result<Response, Failure> {
    let clocks = |at_ms| zone::clock(&config.time_zone, at_ms);
    let asked = Query::new(http::query_of(&request.url()), &["day", "month", "by"]).and_then(|query| {
        let of_day = query.read("day", "a day as in 2026-03-01", |text| day(text, &clocks))?;
        let of_month = query.read("month", "a month as in 2026-03", |text| month(text, &clocks))?;
        match (of_day, of_month, query.get("by")) {
            (Some(span), None, None) | (None, Some(span), None) => Ok((span, None)),
            (Some(span), None, Some("hour")) => Ok((span, Some(hours_of(span)))),
            (None, Some(span), Some("day")) => {
                Ok((span, days_of(query.get("month").unwrap_or_default(), &clocks)))
            }
            (Some(_), None, _) | (None, Some(_), _) => {
                Err(query.refuse("Send `by=hour` with `day`, and `by=day` with `month`."))
            }
            _ => Err(query.refuse("Send either `day` or `month`.")),
        }
    });
    let ((from_at_ms, to_at_ms), starts) = match asked {
        Ok(asked) => asked,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let sums = joined(&index.sums(&[from_at_ms], to_at_ms).await?, from_at_ms);
    // The configuration lets no characters into the name of a zone that JSON would escape.
    let zone = &config.time_zone;
    let mut body =
        format!(r#"{{"time_zone":"{zone}","from_at_ms":{from_at_ms},"to_at_ms":{to_at_ms},"sums":[{sums}]"#);
    if let Some(starts) = starts {
        let rows = index.sums(&starts, to_at_ms).await?;
        body.push_str(",\"parts\":[");
        let mut between = "";
        for start in starts {
            let of_part = joined(&rows, start);
            body.push_str(&format!(r#"{between}{{"from_at_ms":{start},"sums":[{of_part}]}}"#));
            between = ",";
        }
        body.push(']');
    }
    body.push('}');
    Ok(Answer::new(200).text("application/json", body))
}

/// The sums of the part that starts at this moment.
fn joined(rows: &[(i64, String)], part: i64) -> String {
    let mut sums = String::new();
    for (_, json) in rows.iter().filter(|(start, _)| *start == part) {
        if !sums.is_empty() {
            sums.push(',');
        }
        sums.push_str(json);
    }
    sums
}

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
        let of_month = query
            .read("month", "a month as in 2026-03", |text| Some((month(text, &clocks)?, text.to_owned())))?;
        let by =
            query.read("by", "hour or day", |text| ["hour", "day"].into_iter().find(|by| *by == text))?;
        match (of_day, of_month, by) {
            (Some(span), None, None) => Ok((span, None)),
            (Some(span), None, Some("hour")) => Ok((span, Some(hours_of(span)))),
            (None, Some((span, _)), None) => Ok((span, None)),
            (None, Some((span, text)), Some("day")) => Ok((span, days_of(&text, &clocks))),
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
    let whole = index.sums(&[from_at_ms], to_at_ms).await?;
    let sums = joined(whole.iter().map(|(_, json)| json));
    // The configuration lets no characters into the name of a zone that JSON would escape.
    let zone = &config.time_zone;
    let mut body =
        format!(r#"{{"time_zone":"{zone}","from_at_ms":{from_at_ms},"to_at_ms":{to_at_ms},"sums":[{sums}]"#);
    if let Some(starts) = starts {
        let rows = index.sums(&starts, to_at_ms).await?;
        body.push_str(",\"parts\":[");
        for (at, start) in starts.iter().enumerate() {
            let of_part = joined(rows.iter().filter(|(part, _)| part == start).map(|(_, json)| json));
            let between = if at == 0 { "" } else { "," };
            body.push_str(&format!(r#"{between}{{"from_at_ms":{start},"sums":[{of_part}]}}"#));
        }
        body.push(']');
    }
    body.push('}');
    Ok(Answer::new(200).text("application/json", body))
}

fn joined<'a>(json: impl Iterator<Item = &'a String>) -> String {
    json.map(String::as_str).collect::<Vec<_>>().join(",")
}

//! `GET /admin/api/export`: every order that a filter lets through, as one file that is made while it is
//! sent.
//!
//! The file is read from the index a page at a time, when the receiver has taken the page before. So the
//! Worker never holds more than two pages, however many orders there are. If the index fails on the way, the
//! answer breaks off: a file with its end is whole.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Request;
use wire::Currency;
use worker::Env;

use crate::failure::Failure;
use crate::index::Row;
use crate::index::filter::Filter;
use crate::index::search::{Form, cells};
use crate::index::sharded::Index;
use crate::platform::http::{self, Response};
use crate::platform::js::respond_in_pages;
use crate::platform::task;
use crate::routes::csv::{Csv, decimal};
use crate::routes::filter::filter;
use crate::routes::moment::{readable, rfc3339};
use crate::routes::query::Query;

/// How many orders are read at once.
const PAGE: u32 = 500;
/// What the export may be asked with. The OpenAPI document has the same.
pub(crate) const PARAMETERS: &[&str] = &[
    "format",
    "state",
    "placed_from",
    "placed_before",
    "paid_from",
    "paid_before",
    "amount_from",
    "amount_to",
    "currency",
    "text",
    "reference",
    "exceptions",
];
/// The first row of a CSV file. New columns are added at its end.
const COLUMNS: [&str; 17] = [
    "out_trade_no",
    "state",
    "reason",
    "description",
    "currency",
    "amount",
    "refunded",
    "refunding",
    "placed_at",
    "paid_at",
    "transaction_id",
    "exceptions",
    "amount_minor",
    "refunded_minor",
    "refunding_minor",
    "lost_at",
    "downloads",
];

/// The file that is being made. `js/respond.mjs` asks for its pages.
#[wasm_bindgen]
pub struct Pages(Rc<File>);

struct File {
    index: Index,
    filter: RefCell<Filter>,
    /// JSON lines, or a CSV file.
    form: Form,
    is_begun: Cell<bool>,
    is_over: Cell<bool>,
}

#[wasm_bindgen]
impl Pages {
    /// The next part of the file, or `undefined` after the last.
    ///
    /// # Errors
    /// If the index fails.
    pub fn next(&self) -> Result<JsValue, JsValue> {
        let file = Rc::clone(&self.0);
        task::run(async move {
            match file.next().await {
                Ok(Some(text)) => Ok(text.into()),
                Ok(None) => Ok(JsValue::UNDEFINED),
                Err(failure) => {
                    worker::console_error!("an export broke off: {failure}");
                    Err(js_sys::Error::new("the index does not answer").into())
                }
            }
        })
    }
}

impl File {
    async fn next(&self) -> Result<Option<String>, Failure> {
        if self.is_over.get() {
            return Ok(None);
        }
        let filter = self.filter.borrow().clone();
        let orders = self.index.search_all(&filter, self.form, PAGE).await?;
        self.is_over.set(u32::try_from(orders.len()).is_ok_and(|rows| rows < PAGE));
        if let Some(last) = orders.last() {
            let mut filter = self.filter.borrow_mut();
            filter.before_ms = last.at_ms;
            filter.before_number.clone_from(&last.out_trade_no);
        }
        let is_first = !self.is_begun.replace(true);
        Ok(Some(match self.form {
            Form::Cells => csv(&orders, is_first)?,
            Form::Listed => json_lines(&orders),
        }))
    }
}

fn csv(orders: &[Row], is_first: bool) -> Result<String, Failure> {
    let mut csv = Csv::default();
    if is_first {
        for column in COLUMNS {
            csv.cell(column);
        }
        csv.end();
    }
    for row in orders {
        let [
            state,
            reason,
            description,
            currency,
            transaction_id,
            exceptions,
            minor @ ..,
            paid_at,
            lost_at,
            downloads,
        ] = cells(row)?;
        let decimals = Currency::new(&currency).map_or(2, |currency| currency.decimals().digits);
        for text in [&row.out_trade_no, &state, &reason, &description, &currency] {
            csv.cell(text);
        }
        for amount in &minor {
            csv.cell(&decimal(amount, decimals));
        }
        csv.cell(&rfc3339(row.at_ms)).cell(&time(&paid_at)).cell(&transaction_id).cell(&exceptions);
        for amount in &minor {
            csv.cell(amount);
        }
        csv.cell(&time(&lost_at)).cell(&downloads).end();
    }
    Ok(csv.into_text())
}

/// A time in milliseconds as people read it.
fn time(at_ms: &str) -> String {
    at_ms.parse().map(rfc3339).unwrap_or_default()
}

fn json_lines(orders: &[Row]) -> String {
    let mut lines = String::new();
    for order in orders {
        lines.push_str(&readable(&order.json));
        lines.push('\n');
    }
    lines
}

/// The file.
pub(crate) fn answer(request: &Request, env: &Env) -> Result<Response, Failure> {
    let asked = Query::new(http::query_of(&request.url()), PARAMETERS).and_then(|query| {
        let format = query.read("format", "csv or jsonl", |text| match text {
            "csv" => Some(Form::Cells),
            "jsonl" => Some(Form::Listed),
            _ => None,
        })?;
        Ok((format.ok_or_else(|| query.refuse("Send `format=csv` or `format=jsonl`."))?, filter(&query)?))
    });
    let (form, filter) = match asked {
        Ok(asked) => asked,
        Err(problem) => return http::problem(&problem),
    };
    let Some(index) = Index::of(env) else { return http::no_index() };
    let (content_type, name) = match form {
        Form::Cells => ("text/csv; charset=utf-8; header=present", "orders.csv"),
        Form::Listed => ("application/jsonl; charset=utf-8", "orders.jsonl"),
    };
    let headers = format!(
        "cache-control\nno-store\ncontent-type\n{content_type}\ncontent-disposition\nattachment; filename=\"{name}\""
    );
    let file = File {
        index,
        filter: RefCell::new(filter),
        form,
        is_begun: Cell::new(false),
        is_over: Cell::new(false),
    };
    Ok(Response::Platform(respond_in_pages(&headers, Pages(Rc::new(file)))?))
}

//! The books: one Durable Object that compares WeChat Pay's bill of each day with our orders.
//!
//! It is an object of the class `OrderObject` with a name that no order can have. A class of its own would
//! need a migration of the platform, and no release can be rolled back behind one. The crate `books` decides.
//! Here is the platform's part:
//!
//! 1. the cron trigger sees to it that the alarm is set ([`tick`]),
//! 2. each alarm does one slice of the work, whose result is stored in one transaction ([`store`]): the bill
//!    is downloaded ([`fetch_bill`]), compared with the index ([`compare`]), and the orders of the doubts are
//!    asked ([`doubts`]),
//! 3. a report is kept, and webhooks are sent ([`outbox`]).
//!
//! A death at any point costs one slice, which is done again. A day that is run again has the same report.

mod compare;
mod desk;
mod doubts;
mod fetch_bill;
mod outbox;
mod report;
mod store;

use std::rc::Rc;

use api::{Problem, ProblemCode};
use books::{Progress, Stage};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wire::v2::WxDate;
use worker::Env;
use worker::worker_sys::DurableObjectState;

use crate::failure::{Defect, Failure};
use crate::platform::clock::now_ms;
use crate::platform::environment;
use crate::platform::http::{self, Answer, Response};
use crate::platform::task;
use crate::platform::wait::settled;
use desk::Desk;

/// The object of the books. `js/entry.mjs` makes it in place of an order's half.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Books {
    desk: Rc<Desk>,
}

#[wasm_bindgen]
impl Books {
    /// What is in memory of the books.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(state: DurableObjectState, env: Env) -> Self {
        Self { desk: Rc::new(Desk::new(state.into(), env)) }
    }

    /// A request of a route, or of the cron trigger.
    ///
    /// # Errors
    /// If the platform refuses to make an answer.
    pub fn ask(&self, path: &str, header: Option<String>, body: Option<Vec<u8>>) -> Result<JsValue, JsValue> {
        drop(header);
        let day = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
        let answer = self.answer(path, &day).or_else(|failure| {
            worker::console_error!("the books: {failure}");
            http::internal()
        });
        Ok(answer?.into_told()?)
    }

    /// The alarm rings: one slice of the work.
    ///
    /// # Errors
    /// If no new alarm could be set. The platform repeats a failed alarm a few times; after that the cron
    /// trigger sets one.
    pub fn alarm(&self) -> Result<JsValue, JsValue> {
        let this = self.clone();
        task::run(async move {
            this.work().await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Books {
    fn answer(&self, path: &str, day: &str) -> Result<Response, Failure> {
        let store = self.desk.store()?;
        match path {
            "/books/tick" => {
                if store.progress()?.is_none()
                    && let Some(first) = Progress::first(now_ms())
                {
                    store.keep(&first)?;
                }
                self.desk.arm()?;
                Ok(Answer::new(204).empty())
            }
            "/books/list" => Ok(Answer::new(200).text("application/json", report::list(&store)?)),
            "/books/day" | "/books/again" => {
                let Ok(wanted) = WxDate::parse_dashed(day) else { return no_day() };
                if path == "/books/again" {
                    let now_ms = now_ms();
                    if books::bill_is_due_ms(wanted) > now_ms {
                        return too_early(wanted);
                    }
                    let progress = match store.progress()? {
                        Some(progress) => Some(progress),
                        None => Progress::first(now_ms),
                    };
                    let progress = progress.ok_or(Defect::NotDerived("day"))?;
                    store.begin_again(&progress.again(wanted, now_ms))?;
                    self.desk.arm()?;
                }
                match report::of_day(&store, wanted)? {
                    Some(report) => {
                        let status = if path == "/books/again" { 202 } else { 200 };
                        Ok(Answer::new(status).text("application/json", report))
                    }
                    None => no_report(),
                }
            }
            unknown => Err(Defect::Misread(format!("the books have no route {unknown}")).into()),
        }
    }

    /// One slice. What fails is tried again later.
    async fn work(&self) -> Result<(), Failure> {
        if self.desk.is_working.replace(true) {
            return Ok(());
        }
        let done = self.slice().await;
        let sent = outbox::deliver(&self.desk).await;
        self.desk.is_working.set(false);
        for failure in [done, sent].into_iter().filter_map(Result::err) {
            worker::console_error!("the books: {failure}");
            self.desk.step(|progress| progress.failed(now_ms()))?;
        }
        self.desk.arm()
    }

    async fn slice(&self) -> Result<(), Failure> {
        let Some(progress) = self.desk.store()?.progress()? else { return Ok(()) };
        if progress.due_at_ms > now_ms() {
            return Ok(());
        }
        match progress.stage {
            Stage::Fetch => fetch_bill::fetch(&self.desk, progress).await,
            Stage::Compare => compare::compare(&self.desk, progress).await,
            Stage::Ask => doubts::settle(&self.desk, progress).await,
        }
    }
}

fn no_day() -> Result<Response, Failure> {
    http::problem(&Problem::new(ProblemCode::InvalidQuery, "Write the day as in /reconciliation/2026-03-01."))
}

fn too_early(day: WxDate) -> Result<Response, Failure> {
    let day = books::dashed(day);
    http::problem(&Problem::new(
        ProblemCode::NotPossible,
        format!("WeChat makes the bill of {day} on the next day; ask after 10:05 UTC+8."),
    ))
}

fn no_report() -> Result<Response, Failure> {
    http::problem(&Problem::new(
        ProblemCode::NotFound,
        "There is no report of this day. POST to the same address runs the day now.",
    ))
}

/// Asks the object of the books. `day` is for what concerns one day.
pub(crate) async fn ask(env: &Env, path: &str, day: Option<&str>) -> Result<Response, Failure> {
    let stub = environment::books_object(env)?;
    let told = settled(&stub.ask(path, None, day.map(|day| Uint8Array::from(day.as_bytes())))?).await?;
    Ok(Response::Told(told.unchecked_into(), String::new()))
}

/// The cron trigger: the alarm of the books is set, and rings at once when it was lost.
pub(crate) async fn tick(env: &Env) -> Result<(), Failure> {
    ask(env, "/books/tick", None).await.map(drop)
}

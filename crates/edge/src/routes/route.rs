//! Which route a request asks for. Pure: method and path in, route out.

use api::{Problem, ProblemCode};

use crate::download_link::PREFIX;
use crate::secret::admin_key::Role;

/// The routes of the Worker. `/checkout` has its own routes (`checkout/route.rs`). Everything else is a
/// static asset and never comes here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// `OPTIONS` of any `/api/…` and of a file of the element: may a page of another origin ask?
    Preflight,
    /// A file that the element fetches.
    File,
    /// `POST /api/orders`
    PlaceOrder,
    /// `GET /api/catalog`
    Catalog,
    /// `GET /api/orders/{id}`; also `POST`, because no cache of a page can answer that
    ReadOrder(&'a str),
    /// `GET /api/orders/{id}/live`, a WebSocket
    WatchOrder(&'a str),
    /// `POST /api/orders/{id}/cancel`
    CancelOrder(&'a str),
    /// `GET /api/shop`
    Shop,
    /// `POST /notify/wechat`
    Notify,
    /// `POST /notify/wechat/refund`
    NotifyRefund,
    /// `GET /download/{id}/{line}`: a file that was bought
    Download(&'a str, &'a str),
    /// `GET /healthz`
    Health,
    /// `/admin/api/…`
    Admin(AdminRoute<'a>),
}

/// The merchant's routes, below `/admin/api`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AdminRoute<'a> {
    /// `GET /orders`
    List,
    /// `GET /orders/{id}`
    Order(&'a str),
    /// `POST /orders/{id}/query`
    QueryNow(&'a str),
    /// `POST /orders/{id}/cancel`
    Cancel(&'a str),
    /// `POST /orders/{id}/forget`
    ForgetPerson(&'a str),
    /// `POST /orders/{id}/downloads/allow`
    AllowDownloads(&'a str),
    /// `POST /orders/{id}/refunds`
    Refund(&'a str),
    /// `POST /orders/{id}/refunds/{number}/retry`
    RetryRefund(&'a str, &'a str),
    /// `POST /orders/{id}/refunds/{number}/withdraw`
    WithdrawRefund(&'a str, &'a str),
    /// `POST /orders/{id}/webhooks/{webhook id}/redeliver`
    Redeliver(&'a str, &'a str),
    /// `GET /attention`
    Attention,
    /// `GET /readiness`; by `POST` the receiver of webhooks gets a test event, too
    Readiness {
        /// It was asked for by `POST`.
        sends_event: bool,
    },
    /// `GET /reconciliation`
    Reconciliation,
    /// `GET /reconciliation/{day}`
    ReconciliationOf(&'a str),
    /// `POST /reconciliation/{day}`
    Reconcile(&'a str),
    /// `POST /orders/{id}/attention/{n}/done`
    AttentionDone(&'a str, &'a str),
    /// `POST /orders`
    Create,
    /// `GET /orders/{id}/webhooks`
    OrderWebhooks(&'a str),
    /// `GET /webhooks`
    Webhooks,
    /// `GET /exchange-rate`
    ExchangeRate,
    /// `GET /export`
    Export,
    /// `GET /audit`
    Audit,
    /// `GET /sums`
    Sums,
    /// `GET /key`
    Key,
}

/// What a route of the merchant is about.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct About<'a> {
    /// What the key must be allowed to do.
    pub(crate) role: Role,
    /// Its name in the audit log.
    pub(crate) action: &'static str,
    /// The order that the path names, as it came.
    pub(crate) order: Option<&'a str>,
}

impl<'a> AdminRoute<'a> {
    /// Who may use the route, and how the audit log names it.
    pub(crate) fn about(&self) -> About<'a> {
        let (role, action, order) = match *self {
            Self::List => (Role::Read, "list", None),
            Self::Attention => (Role::Read, "attention", None),
            Self::Audit => (Role::Read, "audit", None),
            Self::Key => (Role::Read, "key", None),
            Self::Reconciliation | Self::ReconciliationOf(_) => (Role::Read, "reconciliation", None),
            Self::Reconcile(_) => (Role::Write, "reconcile", None),
            Self::Readiness { sends_event: false } => (Role::Read, "readiness", None),
            Self::Readiness { sends_event: true } => (Role::Write, "readiness_event", None),
            Self::Export => (Role::Read, "export", None),
            Self::Webhooks => (Role::Read, "webhooks", None),
            Self::ExchangeRate => (Role::Read, "exchange_rate", None),
            Self::OrderWebhooks(id) => (Role::Read, "order_webhooks", Some(id)),
            Self::Create => (Role::Write, "create", None),
            Self::Sums => (Role::Read, "sums", None),
            Self::Order(id) => (Role::Read, "order", Some(id)),
            Self::QueryNow(id) => (Role::Write, "query", Some(id)),
            Self::Cancel(id) => (Role::Write, "cancel", Some(id)),
            Self::ForgetPerson(id) => (Role::Write, "forget", Some(id)),
            Self::AllowDownloads(id) => (Role::Write, "downloads_allow", Some(id)),
            Self::Redeliver(id, _) => (Role::Write, "redeliver", Some(id)),
            Self::AttentionDone(id, _) => (Role::Write, "attention_done", Some(id)),
            Self::Refund(id) => (Role::Refund, "refund", Some(id)),
            Self::RetryRefund(id, _) => (Role::Refund, "refund_retry", Some(id)),
            Self::WithdrawRefund(id, _) => (Role::Refund, "refund_withdraw", Some(id)),
        };
        About { role, action, order }
    }
}

/// Why there is no route.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    /// No such path.
    Path,
    /// The path takes only other methods: the value of the header `Allow`.
    Method(&'static str),
}

impl NoRoute {
    /// The problem in the answer.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Path => Problem::new(ProblemCode::NotFound, "This Worker has no such route."),
            Self::Method(allowed) => {
                Problem::new(ProblemCode::MethodNotAllowed, format!("This route takes {allowed}."))
            }
        }
    }
}

/// Finds the route. `HEAD` is treated like `GET`; the platform leaves the body out.
pub(crate) fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, NoRoute> {
    if method == "OPTIONS" && is_for_pages(path) {
        return Ok(Route::Preflight);
    }
    if is_of_the_element(path) {
        return allow(method, "GET", path, Route::File);
    }
    if let Some((id, line)) = path.strip_prefix(PREFIX).and_then(|rest| rest.split_once('/')) {
        return allow(method, "GET", path, Route::Download(id, line));
    }
    let (expected, route) = match path {
        "/api/orders" => ("POST", Route::PlaceOrder),
        "/api/catalog" => ("GET", Route::Catalog),
        "/api/shop" => ("GET", Route::Shop),
        "/notify/wechat" => ("POST", Route::Notify),
        "/notify/wechat/refund" => ("POST", Route::NotifyRefund),
        "/healthz" => ("GET", Route::Health),
        "/admin/api/orders" if method == "POST" => ("POST", Route::Admin(AdminRoute::Create)),
        "/admin/api/webhooks" => ("GET", Route::Admin(AdminRoute::Webhooks)),
        "/admin/api/exchange-rate" => ("GET", Route::Admin(AdminRoute::ExchangeRate)),
        "/admin/api/orders" => ("GET", Route::Admin(AdminRoute::List)),
        "/admin/api/attention" => ("GET", Route::Admin(AdminRoute::Attention)),
        "/admin/api/audit" => ("GET", Route::Admin(AdminRoute::Audit)),
        "/admin/api/export" => ("GET", Route::Admin(AdminRoute::Export)),
        "/admin/api/sums" => ("GET", Route::Admin(AdminRoute::Sums)),
        "/admin/api/key" => ("GET", Route::Admin(AdminRoute::Key)),
        "/admin/api/readiness" => {
            let sends_event = method == "POST";
            let expected = if sends_event { "POST" } else { "GET" };
            (expected, Route::Admin(AdminRoute::Readiness { sends_event }))
        }
        "/admin/api/reconciliation" => ("GET", Route::Admin(AdminRoute::Reconciliation)),
        _ => match path.strip_prefix("/admin/api/reconciliation/") {
            Some(day) if method == "POST" => ("POST", Route::Admin(AdminRoute::Reconcile(day))),
            Some(day) => ("GET", Route::Admin(AdminRoute::ReconciliationOf(day))),
            None => return below_orders(path, method),
        },
    };
    allow(method, expected, path, route)
}

/// The routes of one order.
fn below_orders<'a>(path: &'a str, method: &str) -> Result<Route<'a>, NoRoute> {
    let (admin, rest) = match (path.strip_prefix("/api/orders/"), path.strip_prefix("/admin/api/orders/")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err(NoRoute::Path),
    };
    let (id, action) = rest.split_once('/').unwrap_or((rest, ""));
    let (expected, route) = match (admin, action) {
        (false, "") if method == "POST" => ("POST", Route::ReadOrder(id)),
        (false, "") => ("GET", Route::ReadOrder(id)),
        (false, "live") => ("GET", Route::WatchOrder(id)),
        (false, "cancel") => ("POST", Route::CancelOrder(id)),
        (true, "") => ("GET", Route::Admin(AdminRoute::Order(id))),
        (true, "webhooks") => ("GET", Route::Admin(AdminRoute::OrderWebhooks(id))),
        (true, "query") => ("POST", Route::Admin(AdminRoute::QueryNow(id))),
        (true, "cancel") => ("POST", Route::Admin(AdminRoute::Cancel(id))),
        (true, "forget") => ("POST", Route::Admin(AdminRoute::ForgetPerson(id))),
        (true, "downloads/allow") => ("POST", Route::Admin(AdminRoute::AllowDownloads(id))),
        (true, "refunds") => ("POST", Route::Admin(AdminRoute::Refund(id))),
        (true, action) => match part(action) {
            Some(("refunds", number, "retry")) => ("POST", Route::Admin(AdminRoute::RetryRefund(id, number))),
            Some(("refunds", number, "withdraw")) => {
                ("POST", Route::Admin(AdminRoute::WithdrawRefund(id, number)))
            }
            Some(("webhooks", webhook, "redeliver")) => {
                ("POST", Route::Admin(AdminRoute::Redeliver(id, webhook)))
            }
            Some(("attention", exception, "done")) => {
                ("POST", Route::Admin(AdminRoute::AttentionDone(id, exception)))
            }
            _ => return Err(NoRoute::Path),
        },
        (false, _) => return Err(NoRoute::Path),
    };
    allow(method, expected, path, route)
}

/// The kind of thing that belongs to an order, which one it is, and what to do with it.
fn part(action: &str) -> Option<(&str, &str, &str)> {
    let (what, rest) = action.split_once('/')?;
    let (which, verb) = rest.split_once('/')?;
    Some((what, which, verb)).filter(|_| !which.is_empty())
}

/// The routes that pages of any site may use.
fn is_for_pages(path: &str) -> bool {
    path.starts_with("/api/") || is_of_the_element(path)
}

/// The files that the element fetches on pages of any site. A tracer on such a page adds headers to the
/// requests, so the browser sends a preflight, and the platform's files do not answer a preflight.
fn is_of_the_element(path: &str) -> bool {
    path.starts_with("/widget/")
}

fn allow<'a>(method: &str, expected: &str, path: &str, route: Route<'a>) -> Result<Route<'a>, NoRoute> {
    let asked = if method == "HEAD" { "GET" } else { method };
    if asked == expected {
        return Ok(route);
    }
    Err(NoRoute::Method(match (expected, is_for_pages(path)) {
        _ if matches!(route, Route::ReadOrder(_)) => "GET, HEAD, POST, OPTIONS",
        _ if route == Route::Admin(AdminRoute::List) => "GET, HEAD, POST",
        _ if matches!(route, Route::Admin(AdminRoute::Readiness { .. })) => "GET, HEAD, POST",
        _ if matches!(route, Route::Admin(AdminRoute::ReconciliationOf(_))) => "GET, HEAD, POST",
        ("GET", true) => "GET, HEAD, OPTIONS",
        ("GET", false) => "GET, HEAD",
        (_, true) => "POST, OPTIONS",
        (_, false) => "POST",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_route_answers_to_its_own_method_and_path() {
        for (method, path, expected) in [
            ("POST", "/api/orders", Route::PlaceOrder),
            ("GET", "/api/orders/Habc", Route::ReadOrder("Habc")),
            ("GET", "/api/orders/Habc/live", Route::WatchOrder("Habc")),
            ("POST", "/api/orders/Habc", Route::ReadOrder("Habc")),
            ("POST", "/api/orders/Habc/cancel", Route::CancelOrder("Habc")),
            ("GET", "/widget/wechat-pay_bg.wasm", Route::File),
            ("HEAD", "/widget/wechat-pay.en.json", Route::File),
            ("OPTIONS", "/widget/wechat-pay_bg.wasm", Route::Preflight),
            ("GET", "/api/shop", Route::Shop),
            ("GET", "/api/catalog", Route::Catalog),
            ("POST", "/notify/wechat", Route::Notify),
            ("POST", "/notify/wechat/refund", Route::NotifyRefund),
            ("GET", "/healthz", Route::Health),
            ("GET", "/admin/api/orders", Route::Admin(AdminRoute::List)),
            ("GET", "/admin/api/orders/Habc", Route::Admin(AdminRoute::Order("Habc"))),
            ("POST", "/admin/api/orders/Habc/query", Route::Admin(AdminRoute::QueryNow("Habc"))),
            ("POST", "/admin/api/orders/Habc/cancel", Route::Admin(AdminRoute::Cancel("Habc"))),
            ("POST", "/admin/api/orders/Habc/forget", Route::Admin(AdminRoute::ForgetPerson("Habc"))),
            ("POST", "/admin/api/orders/Habc/refunds", Route::Admin(AdminRoute::Refund("Habc"))),
            ("OPTIONS", "/api/orders/Habc", Route::Preflight),
            ("GET", "/download/Habc/1", Route::Download("Habc", "1")),
            ("HEAD", "/download/Habc/1/x", Route::Download("Habc", "1/x")),
            (
                "POST",
                "/admin/api/orders/Habc/downloads/allow",
                Route::Admin(AdminRoute::AllowDownloads("Habc")),
            ),
            ("GET", "/admin/api/attention", Route::Admin(AdminRoute::Attention)),
            ("GET", "/admin/api/audit", Route::Admin(AdminRoute::Audit)),
            ("GET", "/admin/api/export", Route::Admin(AdminRoute::Export)),
            ("POST", "/admin/api/orders", Route::Admin(AdminRoute::Create)),
            ("GET", "/admin/api/orders/Habc/webhooks", Route::Admin(AdminRoute::OrderWebhooks("Habc"))),
            ("GET", "/admin/api/webhooks", Route::Admin(AdminRoute::Webhooks)),
            ("GET", "/admin/api/exchange-rate", Route::Admin(AdminRoute::ExchangeRate)),
            ("GET", "/admin/api/sums", Route::Admin(AdminRoute::Sums)),
            ("GET", "/admin/api/key", Route::Admin(AdminRoute::Key)),
            ("GET", "/admin/api/reconciliation", Route::Admin(AdminRoute::Reconciliation)),
            (
                "GET",
                "/admin/api/reconciliation/2026-03-01",
                Route::Admin(AdminRoute::ReconciliationOf("2026-03-01")),
            ),
            (
                "POST",
                "/admin/api/reconciliation/2026-03-01",
                Route::Admin(AdminRoute::Reconcile("2026-03-01")),
            ),
            (
                "POST",
                "/admin/api/orders/Habc/attention/3/done",
                Route::Admin(AdminRoute::AttentionDone("Habc", "3")),
            ),
            (
                "POST",
                "/admin/api/orders/Habc/webhooks/Habc-7/redeliver",
                Route::Admin(AdminRoute::Redeliver("Habc", "Habc-7")),
            ),
            (
                "POST",
                "/admin/api/orders/Habc/refunds/R%7C1/retry",
                Route::Admin(AdminRoute::RetryRefund("Habc", "R%7C1")),
            ),
            (
                "POST",
                "/admin/api/orders/Habc/refunds/R1/withdraw",
                Route::Admin(AdminRoute::WithdrawRefund("Habc", "R1")),
            ),
            ("HEAD", "/healthz", Route::Health),
            ("HEAD", "/admin/api/readiness", Route::Admin(AdminRoute::Readiness { sends_event: false })),
            ("POST", "/admin/api/readiness", Route::Admin(AdminRoute::Readiness { sends_event: true })),
            ("HEAD", "/api/shop", Route::Shop),
        ] {
            assert_eq!(route(method, path), Ok(expected), "{method} {path}");
        }
    }

    #[test]
    fn a_key_that_only_reads_changes_nothing_and_only_the_role_refund_gives_money_back() {
        for (method, path, role) in [
            ("GET", "/admin/api/orders", Role::Read),
            ("GET", "/admin/api/orders/H1", Role::Read),
            ("GET", "/admin/api/attention", Role::Read),
            ("GET", "/admin/api/audit", Role::Read),
            ("GET", "/admin/api/export", Role::Read),
            ("POST", "/admin/api/orders", Role::Write),
            ("GET", "/admin/api/orders/H1/webhooks", Role::Read),
            ("GET", "/admin/api/webhooks", Role::Read),
            ("GET", "/admin/api/exchange-rate", Role::Read),
            ("GET", "/admin/api/sums", Role::Read),
            ("GET", "/admin/api/key", Role::Read),
            ("POST", "/admin/api/orders/H1/query", Role::Write),
            ("POST", "/admin/api/orders/H1/cancel", Role::Write),
            ("POST", "/admin/api/orders/H1/forget", Role::Write),
            ("POST", "/admin/api/orders/H1/attention/1/done", Role::Write),
            ("POST", "/admin/api/orders/H1/webhooks/H1-1/redeliver", Role::Write),
            ("POST", "/admin/api/orders/H1/refunds", Role::Refund),
            ("POST", "/admin/api/orders/H1/refunds/R1/retry", Role::Refund),
            ("POST", "/admin/api/orders/H1/refunds/R1/withdraw", Role::Refund),
        ] {
            let Ok(Route::Admin(route)) = route(method, path) else { panic!("{method} {path}") };
            let about = route.about();
            assert_eq!((about.role, about.order), (role, path.contains("H1").then_some("H1")), "{path}");
            assert_eq!(method == "GET", role == Role::Read, "{path}");
        }
    }

    #[test]
    fn another_method_on_a_route_is_told_which_ones_it_takes() {
        for (method, path, allowed) in [
            ("GET", "/notify/wechat", "POST"),
            ("HEAD", "/notify/wechat", "POST"),
            ("POST", "/healthz", "GET, HEAD"),
            ("DELETE", "/admin/api/readiness", "GET, HEAD, POST"),
            ("DELETE", "/api/orders/Habc", "GET, HEAD, POST, OPTIONS"),
            ("POST", "/widget/wechat-pay_bg.wasm", "GET, HEAD, OPTIONS"),
            ("POST", "/api/shop", "GET, HEAD, OPTIONS"),
            ("GET", "/api/orders", "POST, OPTIONS"),
            ("DELETE", "/admin/api/orders", "GET, HEAD, POST"),
            ("GET", "/admin/api/orders/Habc/refunds/R1/retry", "POST"),
            ("GET", "/admin/api/orders/Habc/refunds/R1/withdraw", "POST"),
            ("GET", "/admin/api/orders/Habc/refunds", "POST"),
            ("GET", "/admin/api/orders/Habc/cancel", "POST"),
            ("GET", "/admin/api/orders/Habc/forget", "POST"),
            ("GET", "/admin/api/orders/Habc/query", "POST"),
            ("GET", "/admin/api/orders/Habc/webhooks/Habc-7/redeliver", "POST"),
            ("GET", "/admin/api/orders/Habc/attention/3/done", "POST"),
            ("GET", "/api/orders/Habc/cancel", "POST, OPTIONS"),
            ("OPTIONS", "/admin/api/orders", "GET, HEAD, POST"),
            ("POST", "/admin/api/reconciliation", "GET, HEAD"),
            ("DELETE", "/admin/api/reconciliation/2026-03-01", "GET, HEAD, POST"),
        ] {
            let refusal = route(method, path).unwrap_err();
            assert_eq!(refusal, NoRoute::Method(allowed), "{method} {path}");
            assert_eq!(refusal.problem().code, ProblemCode::MethodNotAllowed);
            assert!(refusal.problem().detail.contains(allowed));
        }
    }

    #[test]
    fn what_is_not_a_route_is_not_found() {
        for path in [
            "/api",
            "/api/orders/a/b",
            "/api/orders/a/cancel/b",
            "/api/orders/a/refunds/R1/retry",
            "/admin/api/orders/a/refunds//retry",
            "/admin/api/orders/a/refunds/R1/retry/now",
            "/admin/api/orders/a/refunds/R1/done",
            "/notify",
            "/",
        ] {
            assert_eq!(route("GET", path).unwrap_err(), NoRoute::Path, "{path}");
        }
    }
}

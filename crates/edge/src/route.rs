//! Which route a request asks for. Pure: method and path in, route out.

use api::{Code, Problem};

/// The routes of the Worker. `/checkout` has its own (`checkout/route.rs`); everything else is a static asset and never
/// comes here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// `OPTIONS` of any `/api/…`: may a page of another origin ask?
    Preflight,
    /// `POST /api/orders`
    PlaceOrder,
    /// `GET /api/orders/{id}`
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
    /// `POST /orders/{id}/refunds`
    Refund(&'a str),
}

/// Finds the route.
pub(crate) fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, Problem> {
    if method == "OPTIONS" && path.starts_with("/api/") {
        return Ok(Route::Preflight);
    }
    let (expected, route) = match path {
        "/api/orders" => ("POST", Route::PlaceOrder),
        "/api/shop" => ("GET", Route::Shop),
        "/notify/wechat" => ("POST", Route::Notify),
        "/notify/wechat/refund" => ("POST", Route::NotifyRefund),
        "/healthz" => ("GET", Route::Health),
        "/admin/api/orders" => ("GET", Route::Admin(AdminRoute::List)),
        _ => return below_orders(path, method),
    };
    allow(method, expected, route)
}

/// The routes of one order.
fn below_orders<'a>(path: &'a str, method: &str) -> Result<Route<'a>, Problem> {
    let (admin, rest) = match (path.strip_prefix("/api/orders/"), path.strip_prefix("/admin/api/orders/")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err(not_found()),
    };
    let (id, action) = rest.split_once('/').unwrap_or((rest, ""));
    let (expected, route) = match (admin, action) {
        (false, "") => ("GET", Route::ReadOrder(id)),
        (false, "live") => ("GET", Route::WatchOrder(id)),
        (false, "cancel") => ("POST", Route::CancelOrder(id)),
        (true, "") => ("GET", Route::Admin(AdminRoute::Order(id))),
        (true, "query") => ("POST", Route::Admin(AdminRoute::QueryNow(id))),
        (true, "cancel") => ("POST", Route::Admin(AdminRoute::Cancel(id))),
        (true, "refunds") => ("POST", Route::Admin(AdminRoute::Refund(id))),
        _ => return Err(not_found()),
    };
    allow(method, expected, route)
}

fn allow<'a>(method: &str, expected: &str, route: Route<'a>) -> Result<Route<'a>, Problem> {
    if method == expected {
        Ok(route)
    } else {
        Err(Problem::new(Code::MethodNotAllowed, format!("This route takes {expected}.")))
    }
}

fn not_found() -> Problem {
    Problem::new(Code::NotFound, "This Worker has no such route.")
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
            ("POST", "/api/orders/Habc/cancel", Route::CancelOrder("Habc")),
            ("GET", "/api/shop", Route::Shop),
            ("POST", "/notify/wechat", Route::Notify),
            ("POST", "/notify/wechat/refund", Route::NotifyRefund),
            ("GET", "/healthz", Route::Health),
            ("GET", "/admin/api/orders", Route::Admin(AdminRoute::List)),
            ("POST", "/admin/api/orders/Habc/refunds", Route::Admin(AdminRoute::Refund("Habc"))),
            ("OPTIONS", "/api/orders/Habc", Route::Preflight),
        ] {
            assert_eq!(route(method, path), Ok(expected), "{method} {path}");
        }
    }

    #[test]
    fn another_method_on_a_route_is_told_which_one_it_takes() {
        let problem = route("GET", "/notify/wechat").unwrap_err();
        assert_eq!(problem.code, Code::MethodNotAllowed);
        assert!(problem.detail.contains("POST"));
    }

    #[test]
    fn what_is_not_a_route_is_not_found() {
        for path in ["/api", "/api/orders/a/b", "/api/orders/a/cancel/b", "/notify", "/"] {
            assert_eq!(route("GET", path).unwrap_err().code, Code::NotFound, "{path}");
        }
    }
}

//! Which page a request asks for. Pure: method and path in, route out.

/// The pages of the checkout.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// `POST /checkout`: the form of a shop's page
    Order,
    /// `GET /checkout/{id}/start`: the form leads here; if the browser keeps cookies, the order is placed
    Start(&'a str),
    /// `GET /checkout/{id}`: the order
    Page(&'a str),
    /// `POST /checkout/{id}`: the form on that page, which cancels
    Cancel(&'a str),
}

/// Why there is no route.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misrouted {
    /// Nothing has this path.
    NoSuchPage,
    /// The path takes only these methods: the value of `Allow`.
    Method(&'static str),
}

/// Whether the checkout answers this path.
pub(crate) fn is_checkout(path: &str) -> bool {
    path.strip_prefix("/checkout").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Finds the route. `HEAD` reads an order's page like `GET`, and places nothing.
pub(super) fn route<'a>(method: &str, path: &'a str) -> Result<Route<'a>, Misrouted> {
    if path == "/checkout" {
        return if method == "POST" { Ok(Route::Order) } else { Err(Misrouted::Method("POST")) };
    }
    let rest = path.strip_prefix("/checkout/").unwrap_or_default();
    let (id, step) = rest.split_once('/').map_or((rest, None), |(id, step)| (id, Some(step)));
    match (id, step) {
        ("", _) => Err(Misrouted::NoSuchPage),
        (id, None) => match method {
            "GET" | "HEAD" => Ok(Route::Page(id)),
            "POST" => Ok(Route::Cancel(id)),
            _ => Err(Misrouted::Method("GET, HEAD, POST")),
        },
        (id, Some("start")) if method == "GET" => Ok(Route::Start(id)),
        (_, Some("start")) => Err(Misrouted::Method("GET")),
        (_, Some(_)) => Err(Misrouted::NoSuchPage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_answers_to_its_own_method_and_path() {
        for (method, path, expected) in [
            ("POST", "/checkout", Ok(Route::Order)),
            ("GET", "/checkout/Habc/start", Ok(Route::Start("Habc"))),
            ("GET", "/checkout/Habc", Ok(Route::Page("Habc"))),
            ("HEAD", "/checkout/Habc", Ok(Route::Page("Habc"))),
            ("POST", "/checkout/Habc", Ok(Route::Cancel("Habc"))),
            ("GET", "/checkout", Err(Misrouted::Method("POST"))),
            ("OPTIONS", "/checkout", Err(Misrouted::Method("POST"))),
            ("DELETE", "/checkout/Habc", Err(Misrouted::Method("GET, HEAD, POST"))),
            ("POST", "/checkout/Habc/start", Err(Misrouted::Method("GET"))),
            ("HEAD", "/checkout/Habc/start", Err(Misrouted::Method("GET"))),
            ("GET", "/checkout/", Err(Misrouted::NoSuchPage)),
            ("GET", "/checkout//start", Err(Misrouted::NoSuchPage)),
            ("GET", "/checkout/Habc/", Err(Misrouted::NoSuchPage)),
            ("GET", "/checkout/Habc/start/", Err(Misrouted::NoSuchPage)),
        ] {
            assert_eq!(route(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn only_what_is_below_checkout_is_a_page_of_it() {
        for (path, is) in [
            ("/checkout", true),
            ("/checkout/", true),
            ("/checkout/x/y", true),
            ("/checkout.css", false),
            ("/checkouts", false),
            ("/api/checkout", false),
            ("/", false),
        ] {
            assert_eq!(is_checkout(path), is, "{path}");
        }
    }
}

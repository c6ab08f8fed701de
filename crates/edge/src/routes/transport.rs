//! https alone: which requests by plain http are served, sent on, or refused. Pure.
//!
//! Cloudflare hands a request by http to the Worker as it came, unless the zone says otherwise. Everybody on
//! the way can read what it carries: a shopper's token, the merchant's token. A redirect would hide the
//! mistake, and the next request would go out in the same way. So a program gets a refusal. A browser that
//! asked for a page is sent on to the same page by https.

use crate::download_link::PREFIX;

/// The header that makes browsers use https for a year, without ever asking by http again. It speaks of this
/// host only: the merchant's other hosts are not ours to decide about.
pub(crate) const STRICT_TRANSPORT_SECURITY: &str = "max-age=31536000";

/// What becomes of a request, judged by its address.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// It came by https: serve it, and tell the browser to stay with https.
    Https,
    /// It came by http to this machine, or it is in a demo: serve it.
    Demo,
    /// It is for a page: send the browser to this https address, with the same method.
    SendOn(String),
    /// It is for a program: refuse it.
    Refused,
}

/// Judges the address of a request. `demo` is asked only when the answer depends on it.
pub(crate) fn judge(url: &str, path: &str, demo: impl FnOnce() -> bool) -> Transport {
    let Some(rest) = url.strip_prefix("http://") else { return Transport::Https };
    if is_this_machine(rest) || demo() {
        Transport::Demo
    } else if path == "/checkout"
        || ["/checkout/", "/widget/", PREFIX].iter().any(|below| path.starts_with(below))
    {
        Transport::SendOn(format!("https://{rest}"))
    } else {
        Transport::Refused
    }
}

/// Whether the part of an address after `http://` names a host on this machine.
fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host == "127.0.0.1" || host == "[::1]" || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::http::path_of;

    fn judged(url: &str, demo: bool) -> Transport {
        judge(url, path_of(url), || demo)
    }

    #[test]
    fn what_comes_by_https_is_served() {
        for demo in [true, false] {
            assert_eq!(judged("https://pay.example.com/api/orders", demo), Transport::Https);
        }
    }

    #[test]
    fn a_program_that_sends_by_http_is_refused_and_not_sent_on() {
        for path in
            ["/api/orders", "/api/orders/H1", "/notify/wechat", "/admin/api/orders", "/healthz", "/", ""]
        {
            assert_eq!(judged(&format!("http://pay.example.com{path}"), false), Transport::Refused, "{path}");
        }
    }

    #[test]
    fn a_browser_that_asks_for_a_page_by_http_is_sent_to_the_same_page_by_https() {
        for rest in [
            "pay.example.com/checkout",
            "pay.example.com/checkout/H1?x=1",
            "pay.example.com/download/H1/1?sig=x",
            "pay.example.com/widget/a.json",
        ] {
            let expected = Transport::SendOn(format!("https://{rest}"));
            assert_eq!(judged(&format!("http://{rest}"), false), expected);
        }
        assert_eq!(judged("http://pay.example.com/checkouts", false), Transport::Refused);
    }

    #[test]
    fn a_demo_and_this_machine_do_without_https() {
        for host in ["127.0.0.1:8787", "localhost", "shop.localhost:8787", "[::1]:8787"] {
            assert_eq!(judged(&format!("http://{host}/api/orders"), false), Transport::Demo, "{host}");
        }
        assert_eq!(judged("http://192.0.2.1:8787/api/orders", true), Transport::Demo);
        for host in
            ["127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80/localhost", "evillocalhost"]
        {
            assert_eq!(judged(&format!("http://{host}"), false), Transport::Refused, "{host}");
        }
    }
}

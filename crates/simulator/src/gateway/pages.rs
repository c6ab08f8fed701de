//! Answers that do not come from WeChat Pay: pages of proxies and firewalls, and a redirect.

use super::reply::Reply;

/// The page of nginx for a call without the required client certificate. nginx sends it before it reads the
/// call.
const NO_CERTIFICATE: &str = "<html>\n<head><title>400 No required SSL certificate was sent</title></head>\n<body>\n\
    <center><h1>400 Bad Request</h1></center>\n<center>No required SSL certificate was sent</center>\n</body>\n</html>\n";

/// A page that comes instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorPage {
    /// A login or challenge page, sent with status 200.
    Challenge,
    BadRequest,
    Forbidden,
    BadGateway,
}

impl ErrorPage {
    pub(super) fn reply(self) -> Reply {
        match self {
            ErrorPage::Challenge => html(
                200,
                "<!DOCTYPE html>\n<html><head><title>One moment, please</title></head>\n<body>…</body></html>\n",
            ),
            ErrorPage::BadRequest => html(400, &of_nginx("400 Bad Request")),
            ErrorPage::Forbidden => html(403, &of_nginx("403 Forbidden")),
            ErrorPage::BadGateway => html(502, &of_nginx("502 Bad Gateway")),
        }
    }
}

/// The answer to a refund without a client certificate.
pub(super) fn no_certificate() -> Reply {
    html(400, NO_CERTIFICATE)
}

/// A redirect instead of an answer.
pub(super) fn redirect(to: &str) -> Reply {
    Reply { location: Some(to.to_owned()), ..html(302, &of_nginx("302 Found")) }
}

fn of_nginx(title: &str) -> String {
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

fn html(status: u16, page: &str) -> Reply {
    Reply { status, content_type: "text/html", ..Reply::xml(page.to_owned()) }
}

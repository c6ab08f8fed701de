//! The order as a page without any script, for browsers that run no WebAssembly or no JavaScript.
//!
//! The code is an SVG in the page itself, and the page asks again by reloading. It says the same as the
//! element does for the same view (`crates/widget/js/view.js`): a notice about money that came replaces the
//! sentence that the status alone would give.

use std::fmt::Write as _;

use api::{Download, FailureReason, Notice, OrderStatus, OrderView};

use crate::failure::Failure;
use crate::html::document::{self, Document, Escaped};
use crate::html::words::Words;
use crate::platform::http::{Answer, Response};

/// How often the page reloads while it waits. This is quick enough for a person who looks at it.
const RELOAD_S: u32 = 5;

/// Answers with the page.
pub(crate) fn answer(view: &OrderView, words: &'static Words) -> Result<Response, Failure> {
    document::answer(Answer::new(200), render(view, words))
}

fn render(view: &OrderView, words: &'static Words) -> Result<String, std::fmt::Error> {
    let price = amount(view);
    let (title, usual) = said(view, words);
    let title = if is_under_review(view) { words.checking } else { title };
    let code_url = view.code_url.as_deref().filter(|_| !is_under_review(view));
    let code = code_url.and_then(|code_url| qr::Code::new(code_url.as_bytes()));
    let is_final = view.status.is_final();
    let document =
        Document { words, title, class: view.status.as_str(), reload_s: (!is_final).then_some(RELOAD_S) };
    document.html(|html| {
        write!(html, "<p class=\"goods\" dir=\"auto\">{}</p>", Escaped(&view.description))?;
        write!(html, "<p class=\"amount\" dir=\"ltr\">{}</p>", Escaped(&price))?;
        if let Some(code) = &code {
            svg(html, code, &words.fill(words.code, &price))?;
        }
        write!(html, "<h1>{}</h1>", Escaped(title))?;
        for sentence in sentences(view, words, usual) {
            write!(html, "<p>{}</p>", Escaped(&words.fill(sentence, &price)))?;
        }
        if !view.downloads.is_empty() {
            html.push_str("<ul>");
            for Download { name, url, .. } in &view.downloads {
                let text = words.download.replace("{name}", name);
                write!(html, "<li><a href=\"{}\">{}</a></li>", Escaped(url), Escaped(&text))?;
            }
            html.push_str("</ul>");
        }
        if code.is_some() {
            let cancel = Escaped(words.cancel);
            write!(
                html,
                "<form method=\"post\"><button name=\"do\" value=\"cancel\">{cancel}</button></form>"
            )?;
        }
        if is_final {
            document.way_home(html)?;
        }
        write!(html, "<p class=\"number\" dir=\"ltr\">{}</p>", Escaped(&view.id))
    })
}

/// Whether money has come that does not match the order, and the order is not over. Nobody may send more
/// money until a person has checked.
fn is_under_review(view: &OrderView) -> bool {
    !view.status.is_final() && view.notices.contains(&Notice::UnderReview)
}

/// What is said of a status: the title, and the sentence below it while there is nothing else to tell.
fn said(view: &OrderView, words: &Words) -> (&'static str, &'static str) {
    match view.status {
        OrderStatus::Placing => (words.creating, words.how),
        OrderStatus::AwaitingPayment => (words.scan, words.how),
        OrderStatus::Checking => (words.checking, words.checking_hint),
        OrderStatus::Paid => (words.paid, words.paid_hint),
        OrderStatus::Expired => (words.expired, words.cancelled_unanswered),
        OrderStatus::Cancelled => (words.cancelled, words.cancelled_unanswered),
        OrderStatus::Failed => (
            words.failed,
            match view.failure {
                Some(FailureReason::ShopMisconfigured) => words.failed_shop_misconfigured,
                Some(FailureReason::Refused) => words.failed_refused,
                Some(FailureReason::GatewayUnreachable) => words.failed_gateway_unreachable,
                None => words.cancelled_unanswered,
            },
        ),
    }
}

/// The sentences below the title: `usual`, or what there is to tell in its place. A notice tells of money
/// that moved, so no other sentence may say that no money moved. A paid order is shown as paid, whatever else
/// there is to tell.
fn sentences(view: &OrderView, words: &Words, usual: &'static str) -> Vec<&'static str> {
    let notices = view.notices.iter().map(|notice| match notice {
        Notice::PaidLate => words.notice_paid_late,
        Notice::PaidTwice => words.notice_paid_twice,
        Notice::UnderReview => words.notice_under_review,
    });
    let paid = (view.status == OrderStatus::Paid).then_some(usual);
    let told: Vec<_> = paid.into_iter().chain(notices).collect();
    if told.is_empty() { vec![usual] } else { told }
}

/// `HKD 88.00`, in all languages.
fn amount(view: &OrderView) -> String {
    let decimals = usize::from(view.amount.decimals);
    let digits = format!("{:0>width$}", view.amount.minor, width = decimals.saturating_add(1));
    let (major, minor) =
        digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or((&digits, ""));
    let point = if decimals == 0 { "" } else { "." };
    format!("{} {major}{point}{minor}", view.amount.currency)
}

/// Writes the code as an SVG. Each run of dark modules is one rectangle of the path.
fn svg(html: &mut String, code: &qr::Code, name: &str) -> std::fmt::Result {
    let side = code.side();
    let whole = side.saturating_add(qr::QUIET_MODULES.saturating_mul(2));
    write!(
        html,
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        Escaped(name)
    )?;
    for y in 0..side {
        let mut x = 0_usize;
        while x < side {
            let run = (x..side).take_while(|column| code.is_dark(*column, y)).count();
            if run > 0 {
                write!(
                    html,
                    "M{} {}h{run}v1h-{run}z",
                    x.saturating_add(qr::QUIET_MODULES),
                    y.saturating_add(qr::QUIET_MODULES)
                )?;
            }
            x = x.saturating_add(run.max(1));
        }
    }
    html.push_str("\"/></svg>");
    Ok(())
}

#[cfg(test)]
mod tests {
    use api::Amount;

    use super::*;
    use crate::html::language;

    const EVERY_STATUS: [OrderStatus; 7] = [
        OrderStatus::Placing,
        OrderStatus::AwaitingPayment,
        OrderStatus::Checking,
        OrderStatus::Paid,
        OrderStatus::Expired,
        OrderStatus::Cancelled,
        OrderStatus::Failed,
    ];

    fn view(status: OrderStatus) -> OrderView {
        OrderView {
            id: "H0123".into(),
            status,
            version: 1,
            description: "Tea <b>&\"house\"".into(),
            amount: Amount { minor: 8805, currency: "HKD".into(), decimals: 2 },
            code_url: (status == OrderStatus::AwaitingPayment)
                .then(|| "weixin://wxpay/bizpayurl?pr=abc".into()),
            code: None,
            expires_at_ms: 0,
            server_time_ms: 0,
            ask_again_in_ms: None,
            ask_again_when_live_in_ms: None,
            failure: None,
            notices: vec![],
            downloads: vec![],
        }
    }

    fn english(view: &OrderView) -> String {
        render(view, Words::english()).unwrap()
    }

    #[test]
    fn what_a_merchant_wrote_cannot_become_markup() {
        let html = english(&view(OrderStatus::Paid));
        assert!(html.contains("Tea &lt;b&gt;&amp;&quot;house&quot;"));
        assert!(!html.contains("<b>"));
    }

    #[test]
    fn only_a_page_that_waits_reloads_and_only_one_that_is_over_leads_away() {
        for status in EVERY_STATUS {
            let waits =
                matches!(status, OrderStatus::Placing | OrderStatus::AwaitingPayment | OrderStatus::Checking);
            let payable = status == OrderStatus::AwaitingPayment;
            let html = english(&view(status));
            let reloads = "<meta http-equiv=\"refresh\" content=\"5\">";
            assert_eq!(html.contains(reloads), waits, "{status:?}");
            assert_eq!(html.contains("http-equiv"), waits, "{status:?}");
            assert_eq!(html.contains("<a href=\"/\">"), !waits, "{status:?}");
            assert_eq!(html.contains("<svg"), payable, "{status:?}");
            let cancels = "<form method=\"post\"><button name=\"do\" value=\"cancel\">Cancel</button></form>";
            assert_eq!(html.contains(cancels), payable, "{status:?}");
        }
    }

    #[test]
    fn each_status_says_where_the_payment_stands_and_what_to_do() {
        for (status, title, sentence) in [
            (OrderStatus::Placing, "Preparing your code…", "WeChat refuses a second."),
            (OrderStatus::AwaitingPayment, "Scan with WeChat to pay", "WeChat refuses a second."),
            (OrderStatus::Checking, "Checking your payment…", "do not pay a second time"),
            (OrderStatus::Paid, "Payment received", "You paid HKD 88.05."),
            (OrderStatus::Expired, "This code has expired", "do not pay again"),
            (OrderStatus::Cancelled, "Payment cancelled", "do not pay again"),
            (OrderStatus::Failed, "Payment is not possible", "do not pay again"),
        ] {
            let html = english(&view(status));
            for said in [&format!("<h1>{title}</h1>"), sentence, "HKD 88.05", "H0123"] {
                assert!(html.contains(said), "{status:?}: {said} in {html}");
            }
        }
    }

    #[test]
    fn once_money_has_moved_no_page_says_that_none_did_or_asks_for_more() {
        for status in EVERY_STATUS {
            for failure in [None, Some(FailureReason::Refused), Some(FailureReason::GatewayUnreachable)] {
                for (notice, said) in [
                    (Notice::UnderReview, "The shop is looking into your payment."),
                    (Notice::PaidLate, "Your payment arrived after the time was over."),
                    (Notice::PaidTwice, "You paid twice."),
                ] {
                    let html = english(&OrderView { failure, notices: vec![notice], ..view(status) });
                    assert!(html.contains(said), "{html}");
                    for wrong in ["not charged", "No money", "ry again"] {
                        assert!(!html.contains(wrong), "{wrong}: {html}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_payment_under_review_takes_the_code_away_but_the_page_goes_on_asking() {
        let html =
            english(&OrderView { notices: vec![Notice::UnderReview], ..view(OrderStatus::AwaitingPayment) });
        assert!(html.contains("<h1>Checking your payment…</h1>"), "{html}");
        assert!(!html.contains("<svg") && !html.contains("<button"), "{html}");
        assert!(html.contains("http-equiv=\"refresh\""), "{html}");
    }

    #[test]
    fn a_paid_order_says_so_and_all_else_there_is_to_tell() {
        let notices = vec![Notice::PaidLate, Notice::PaidTwice];
        let html = english(&OrderView { notices, ..view(OrderStatus::Paid) });
        for said in ["Payment received", "You paid HKD 88.05.", "after the time was over", "You paid twice."]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
    }

    #[test]
    fn a_paid_order_leads_to_its_files_by_the_names_of_the_goods() {
        let link = |name: &str| Download {
            name: name.into(),
            url: "/download/H1/1?expires=5&sig=x".into(),
            expires_at_ms: 5,
        };
        let html = english(&OrderView { downloads: vec![link("The <tea> book")], ..view(OrderStatus::Paid) });
        let expected = "<ul><li><a href=\"/download/H1/1?expires=5&amp;sig=x\">Download The &lt;tea&gt; book</a></li></ul>";
        assert!(html.contains(expected), "{html}");
        assert!(!english(&view(OrderStatus::Paid)).contains("<ul>"));
    }

    #[test]
    fn why_an_order_failed_is_told_apart() {
        for (failure, said) in [
            (Some(FailureReason::ShopMisconfigured), "The shop cannot take WeChat payments right now."),
            (Some(FailureReason::Refused), "WeChat Pay did not accept this order."),
            (Some(FailureReason::GatewayUnreachable), "WeChat Pay cannot be reached right now."),
            (None, "If you have already paid, do not pay again and contact the shop."),
        ] {
            let html = english(&OrderView { failure, ..view(OrderStatus::Failed) });
            assert!(html.contains(said), "{html}");
        }
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let shown = |minor, decimals| {
            let amount = Amount { minor, currency: "ABC".into(), decimals };
            super::amount(&OrderView { amount, ..view(OrderStatus::Paid) })
        };
        assert_eq!(shown(8805, 2), "ABC 88.05");
        assert_eq!(shown(5, 2), "ABC 0.05");
        assert_eq!(shown(1980, 0), "ABC 1980");
    }

    #[test]
    fn the_code_keeps_the_border_that_scanners_need() {
        let html = english(&view(OrderStatus::AwaitingPayment));
        let side = qr::Code::new(b"weixin://wxpay/bizpayurl?pr=abc").unwrap().side();
        assert!(html.contains(&format!("viewBox=\"0 0 {0} {0}\"", side + 8)), "{html}");
        let white =
            format!("<rect width=\"{0}\" height=\"{0}\" fill=\"#fff\"/><path fill=\"#000\"", side + 8);
        assert!(html.contains(&white), "black on white, in the dark as well: {html}");
        assert!(
            html.contains("d=\"M4 4h7"),
            "the first finder pattern is four modules from the edges: {html}"
        );
    }

    #[test]
    fn a_page_speaks_the_language_it_is_asked_for() {
        let html = render(&view(OrderStatus::AwaitingPayment), language::choose("zh-Hant-HK")).unwrap();
        assert!(
            html.contains("<html lang=\"zh-HK\" dir=\"ltr\">") && html.contains("請用微信掃一掃付款"),
            "{html}"
        );
        let html = render(&view(OrderStatus::Paid), language::choose("ar")).unwrap();
        assert!(html.contains("dir=\"rtl\"") && html.contains("\u{2066}HKD 88.05\u{2069}"), "{html}");
    }
}

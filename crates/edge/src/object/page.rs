//! The order as a page without any script: for browsers that run no WebAssembly or no JavaScript at all.
//!
//! The code is an SVG in the page itself, and the page asks again by reloading. Every text that is not ours
//! is escaped; the Content-Security-Policy allows nothing but this Worker's own style sheet and forms.

use std::fmt::Write as _;

use api::{OrderStatus, OrderView};
use web_sys::Response;

use crate::http::{Answer, PlatformFailure};

/// How often the page reloads while it waits. A person looks at it, so it need not be quicker.
const RELOAD_S: u32 = 5;
/// The light border that scanners need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Answers with the page.
pub(crate) fn answer(view: &OrderView, language: Language) -> Result<Response, PlatformFailure> {
    let html = render(view, language).map_err(|_| PlatformFailure("a page could not be written".into()))?;
    Answer::new(200)?
        .header("content-security-policy", POLICY)?
        .header("referrer-policy", "no-referrer")?
        .header("x-content-type-options", "nosniff")?
        .text("text/html; charset=utf-8", &html)
}

/// The languages of this page; the widget has more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    SimplifiedChinese,
    TraditionalChinese,
}

impl Language {
    /// The first one of `Accept-Language` that there is.
    pub(crate) fn of(accept_language: &str) -> Self {
        let wanted = accept_language.split([',', ';']).map(|tag| tag.trim().to_ascii_lowercase());
        for tag in wanted {
            match tag.as_str() {
                "zh-tw" | "zh-hk" | "zh-mo" | "zh-hant" => return Self::TraditionalChinese,
                tag if tag == "zh" || tag.starts_with("zh-") => return Self::SimplifiedChinese,
                tag if tag == "en" || tag.starts_with("en-") => return Self::English,
                _ => {}
            }
        }
        Self::English
    }

    fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::SimplifiedChinese => "zh-CN",
            Self::TraditionalChinese => "zh-HK",
        }
    }

    fn cancel(self) -> &'static str {
        match self {
            Self::English => "Cancel",
            Self::SimplifiedChinese | Self::TraditionalChinese => "取消",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::English => "QR code for WeChat",
            Self::SimplifiedChinese => "微信支付二维码",
            Self::TraditionalChinese => "微信支付二維碼",
        }
    }

    /// Title and sentence of a status.
    fn texts(self, status: OrderStatus) -> (&'static str, &'static str) {
        use OrderStatus as S;
        match (self, status) {
            (Self::English, S::Placing) => ("One moment", "WeChat Pay is preparing the code."),
            (Self::English, S::AwaitingPayment) => (
                "Scan with WeChat to pay",
                "Open WeChat on your phone, tap + and choose Scan. This page follows by itself.",
            ),
            (Self::English, S::Checking) => {
                ("Checking", "WeChat Pay is being asked whether the payment arrived.")
            }
            (Self::English, S::Paid) => ("Payment received", "Thank you."),
            (Self::English, S::Expired) => {
                ("This code has expired", "If you have already paid, do not pay again and contact the shop.")
            }
            (Self::English, S::Cancelled) => {
                ("Cancelled", "If you have already paid, do not pay again and contact the shop.")
            }
            (Self::English, S::Failed) => {
                ("It did not work", "No money was moved. Try again, or contact the shop.")
            }
            (Self::SimplifiedChinese, S::Placing) => ("请稍候", "正在向微信支付获取二维码。"),
            (Self::SimplifiedChinese, S::AwaitingPayment) => {
                ("请使用微信扫码支付", "打开手机微信，点击“+”，选择“扫一扫”。本页会自动更新。")
            }
            (Self::SimplifiedChinese, S::Checking) => ("正在确认", "正在向微信支付查询付款结果。"),
            (Self::SimplifiedChinese, S::Paid) => ("支付成功", "谢谢。"),
            (Self::SimplifiedChinese, S::Expired) => ("二维码已过期", "如已付款，请勿重复支付，并联系商家。"),
            (Self::SimplifiedChinese, S::Cancelled) => ("已取消", "如已付款，请勿重复支付，并联系商家。"),
            (Self::SimplifiedChinese, S::Failed) => ("未能完成", "没有扣款。请重试或联系商家。"),
            (Self::TraditionalChinese, S::Placing) => ("請稍候", "正在向微信支付取得二維碼。"),
            (Self::TraditionalChinese, S::AwaitingPayment) => {
                ("請使用微信掃碼支付", "打開手機微信，按「+」，選擇「掃一掃」。本頁會自動更新。")
            }
            (Self::TraditionalChinese, S::Checking) => ("正在確認", "正在向微信支付查詢付款結果。"),
            (Self::TraditionalChinese, S::Paid) => ("支付成功", "謝謝。"),
            (Self::TraditionalChinese, S::Expired) => {
                ("二維碼已過期", "如已付款，請勿重複支付，並聯絡商家。")
            }
            (Self::TraditionalChinese, S::Cancelled) => ("已取消", "如已付款，請勿重複支付，並聯絡商家。"),
            (Self::TraditionalChinese, S::Failed) => ("未能完成", "沒有扣款。請重試或聯絡商家。"),
        }
    }
}

fn render(view: &OrderView, language: Language) -> Result<String, std::fmt::Error> {
    let (title, sentence) = language.texts(view.status);
    let mut html = String::with_capacity(6 * 1024);
    write!(html, "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">", language.tag())?;
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    if !view.status.is_final() {
        write!(html, "<meta http-equiv=\"refresh\" content=\"{RELOAD_S}\">")?;
    }
    write!(html, "<title>{title}</title><link rel=\"stylesheet\" href=\"/checkout.css\"></head>")?;
    write!(
        html,
        "<body class=\"{}\"><main><p class=\"goods\">{}</p>",
        view.status.as_str(),
        Escaped(&view.description)
    )?;
    html.push_str("<p class=\"amount\">");
    amount(&mut html, view)?;
    html.push_str("</p>");
    if let Some(code) = view.code_url.as_deref().and_then(|code_url| qr::Code::new(code_url.as_bytes())) {
        svg(&mut html, &code, language.code())?;
    }
    write!(html, "<h1 role=\"status\">{title}</h1><p>{sentence}</p>")?;
    if view.status == OrderStatus::AwaitingPayment {
        write!(
            html,
            "<form method=\"post\"><button name=\"do\" value=\"cancel\">{}</button></form>",
            language.cancel()
        )?;
    }
    write!(html, "<p class=\"number\">{}</p></main></body></html>", Escaped(&view.id))?;
    Ok(html)
}

fn amount(html: &mut String, view: &OrderView) -> std::fmt::Result {
    let decimals = usize::from(view.amount.decimals);
    let digits = format!("{:0>width$}", view.amount.minor, width = decimals.saturating_add(1));
    let (major, minor) =
        digits.split_at_checked(digits.len().saturating_sub(decimals)).unwrap_or((&digits, ""));
    let point = if decimals == 0 { "" } else { "." };
    write!(html, "{} {major}{point}{minor}", Escaped(&view.amount.currency))
}

/// Each run of dark modules is one rectangle of the path.
fn svg(html: &mut String, code: &qr::Code, name: &str) -> std::fmt::Result {
    let side = code.side();
    let whole = side.saturating_add(QUIET_ZONE.saturating_mul(2));
    write!(
        html,
        "<svg role=\"img\" aria-label=\"{name}\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
    )?;
    for y in 0..side {
        let mut x = 0_usize;
        while x < side {
            let run = (x..side).take_while(|column| code.is_dark(*column, y)).count();
            if run > 0 {
                write!(
                    html,
                    "M{} {}h{run}v1h-{run}z",
                    x.saturating_add(QUIET_ZONE),
                    y.saturating_add(QUIET_ZONE)
                )?;
            }
            x = x.saturating_add(run.max(1));
        }
    }
    html.push_str("\"/></svg>");
    Ok(())
}

/// A text as the content of an element.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use api::Amount;

    use super::*;

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
            failure: None,
            notices: vec![],
        }
    }

    #[test]
    fn what_a_merchant_wrote_cannot_become_markup() {
        let html = render(&view(OrderStatus::Paid), Language::English).unwrap();
        assert!(html.contains("Tea &lt;b&gt;&amp;&quot;house&quot;"));
        assert!(!html.contains("<b>"));
    }

    #[test]
    fn only_a_page_that_waits_reloads_and_only_a_payable_order_has_a_code() {
        for status in [OrderStatus::AwaitingPayment, OrderStatus::Paid, OrderStatus::Expired] {
            let html = render(&view(status), Language::English).unwrap();
            assert_eq!(html.contains("http-equiv=\"refresh\""), !status.is_final());
            assert_eq!(html.contains("<svg"), status == OrderStatus::AwaitingPayment);
        }
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let shown = |minor, decimals| {
            let mut view = view(OrderStatus::Paid);
            view.amount = Amount { minor, currency: "ABC".into(), decimals };
            let mut html = String::new();
            amount(&mut html, &view).unwrap();
            html
        };
        assert_eq!(shown(8805, 2), "ABC 88.05");
        assert_eq!(shown(5, 2), "ABC 0.05");
        assert_eq!(shown(1980, 0), "ABC 1980");
    }

    #[test]
    fn the_first_known_language_of_the_browser_is_used() {
        assert_eq!(Language::of("fr-FR, zh-HK;q=0.9, en;q=0.8"), Language::TraditionalChinese);
        assert_eq!(Language::of("zh-CN,zh;q=0.9"), Language::SimplifiedChinese);
        assert_eq!(Language::of("en-GB"), Language::English);
        assert_eq!(Language::of(""), Language::English);
    }
}

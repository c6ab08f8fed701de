//! What every page below `/checkout` has in common: the head, the strict policy, the escaping.
//!
//! There is no script, no picture and no foreign style. The Content-Security-Policy allows only this Worker's
//! own style sheet and forms to this Worker.

use std::fmt::Write as _;

use super::words::Words;
use crate::failure::{Defect, Failure};
use crate::platform::http::{Answer, Response};

/// The headers of every page: it may use only our style sheet and send forms only to us, nobody may frame it,
/// its address goes to nobody else, and browsers must not guess its type. `Answer::new` forbids caches to
/// keep any answer.
const HEADERS: [(&str, &str); 3] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// One page.
pub(crate) struct Document<'a> {
    /// The language of the page.
    pub(crate) words: &'static Words,
    /// The title of the tab.
    pub(crate) title: &'a str,
    /// The class of the body, by which the style sheet distinguishes pages.
    pub(crate) class: &'a str,
    /// After how many seconds the browser reloads the page by itself.
    pub(crate) reload_s: Option<u32>,
}

impl Document<'_> {
    /// The whole page. `content` writes what is in `<main>`.
    pub(crate) fn html(
        &self,
        content: impl FnOnce(&mut String) -> std::fmt::Result,
    ) -> Result<String, std::fmt::Error> {
        let mut html = String::with_capacity(6 * 1024);
        let direction = if self.words.is_right_to_left() { "rtl" } else { "ltr" };
        write!(
            html,
            "<!doctype html><html lang=\"{}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">",
            self.words.tag
        )?;
        html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        if let Some(seconds) = self.reload_s {
            write!(html, "<meta http-equiv=\"refresh\" content=\"{seconds}\">")?;
        }
        write!(html, "<title>{}</title>", Escaped(self.title))?;
        html.push_str("<link rel=\"stylesheet\" href=\"/checkout.css\"></head>");
        write!(html, "<body class=\"{}\"><main>", self.class)?;
        content(&mut html)?;
        html.push_str("</main></body></html>");
        Ok(html)
    }

    /// The whole page of a few sentences below a headline, with a way to the site's start.
    pub(crate) fn of_sentences(&self, sentences: &[&str]) -> Result<String, std::fmt::Error> {
        self.html(|html| {
            write!(html, "<h1>{}</h1>", Escaped(self.title))?;
            for sentence in sentences {
                write!(html, "<p>{}</p>", Escaped(sentence))?;
            }
            self.way_home(html)
        })
    }

    /// Writes the link to the site's start.
    pub(crate) fn way_home(&self, html: &mut String) -> std::fmt::Result {
        write!(html, "<p><a href=\"/\">{}</a></p>", Escaped(self.words.home))
    }
}

/// Ends an answer with a page and the headers of every page. [`Document::html`] has made `html`.
pub(crate) fn answer(mut answer: Answer, html: Result<String, std::fmt::Error>) -> Result<Response, Failure> {
    let html = html.map_err(|_| Defect::PageNotWritten)?;
    for (name, value) in HEADERS {
        answer = answer.header(name, value);
    }
    Ok(answer.text("text/html; charset=utf-8", html))
}

/// A text, escaped for an element or for an attribute in double quotes.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

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
    use super::*;

    #[test]
    fn a_page_runs_nothing_loads_nothing_from_elsewhere_and_stands_in_nobody_s_frame() {
        let [(policy, directives), ..] = HEADERS;
        assert_eq!(policy, "content-security-policy");
        let mut directives: Vec<&str> = directives.split("; ").collect();
        directives.sort_unstable();
        assert_eq!(
            directives,
            [
                "base-uri 'none'",
                "default-src 'none'",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "style-src 'self'",
            ]
        );
        assert_eq!(HEADERS[1..], [("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]);
    }

    #[test]
    fn no_text_can_leave_its_element_or_its_attribute() {
        let text = "<b> \"quoted\" & 茶 </b>";
        assert_eq!(Escaped(text).to_string(), "&lt;b&gt; &quot;quoted&quot; &amp; 茶 &lt;/b&gt;");
    }
}

//! The one box that tells what to do, once all is running.

/// The lines in a frame as wide as the longest of them. Plain ASCII inside, so that one letter is one column.
pub(super) fn framed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let edge = "─".repeat(width + 4);
    let mut out = format!("╭{edge}╮\n");
    for line in lines {
        out += &format!("│  {line:<width$}  │\n");
    }
    out + &format!("╰{edge}╯")
}

pub(super) fn welcome(shop: &str, phone: &str) -> String {
    framed(&[
        String::new(),
        format!("The shop    {shop}"),
        format!("The phone   {phone}"),
        String::new(),
        "1. Open the shop, choose something and press Pay: a QR code appears.".to_owned(),
        "2. Follow the link to the simulated phone below the code, and pay there.".to_owned(),
        "3. Look at the shop again: it says thank you by itself.".to_owned(),
        String::new(),
        "No merchant account, no money: WeChat Pay is simulated on this machine.".to_owned(),
        "Ctrl-C stops everything. Logs: target/logs/demo-*.log".to_owned(),
        String::new(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_as_wide_as_the_longest_line() {
        assert_eq!(framed(&["a".to_owned(), "abc".to_owned()]), "╭───────╮\n│  a    │\n│  abc  │\n╰───────╯");
    }
}

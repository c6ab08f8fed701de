//! What a shop still has from the example that `wrangler.toml` comes with. Pure.
//!
//! With these values every order fails at WeChat Pay, or its money is told of to a host that nobody has. So a
//! Worker that has one is not ready. A demo may have all of them: its merchant is the simulator's.

/// The variables of `wrangler.toml` with a value that each merchant must replace, and what to put there.
const EXAMPLES: [(&str, &str, &str); 3] = [
    ("WECHAT_APPID", "wx5c1f9e2a7d3b6048", "put your own app ID into wrangler.toml"),
    ("WECHAT_MCH_ID", "1634117205", "put your own merchant number into wrangler.toml"),
    (
        "NOTIFY_BASE_URL",
        "https://pay.example.com",
        "put the public address of your Worker into wrangler.toml",
    ),
];
/// Variables with addresses. A host below `example.com` belongs to nobody (RFC 2606).
const ADDRESSES: [&str; 2] = ["WEBHOOK_URL", "ALLOWED_ORIGINS"];

/// A sentence for each example that is left, which says what to do.
pub(super) fn left(read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut left = Vec::new();
    for (name, example, mend) in EXAMPLES {
        if read(name).is_some_and(|value| value.trim_end_matches('/') == example) {
            left.push([name, " is still the example ", example, ": ", mend, "."].concat());
        }
    }
    for name in ADDRESSES {
        if read(name).is_some_and(|value| is_of_nobody(&value)) {
            left.push(
                [name, " has a host that belongs to nobody, as in example.com: put your own there."].concat(),
            );
        }
    }
    left
}

fn is_of_nobody(addresses: &str) -> bool {
    addresses.split([',', '/', ':']).any(|host| {
        let host = host.trim();
        host == "example.com" || host.ends_with(".example.com") || host.ends_with(".example")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::table::text_of;

    fn left_of(values: &[(&str, &str)]) -> Vec<String> {
        left(&|name| values.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_examples_are_the_values_of_wrangler_toml() {
        let wrangler = text_of("wrangler.toml");
        for (name, example, _) in EXAMPLES {
            assert!(wrangler.contains(&format!("\n{name} = \"{example}\"\n")), "{name}");
        }
        assert_eq!(left_of(&EXAMPLES.map(|(name, example, _)| (name, example))).len(), EXAMPLES.len());
    }

    #[test]
    fn each_example_is_named_with_what_to_do() {
        let left = left_of(&[
            ("WECHAT_APPID", "wx1"),
            ("NOTIFY_BASE_URL", "https://pay.example.com/"),
            ("WEBHOOK_URL", "https://shop.example:8443/hooks"),
            ("ALLOWED_ORIGINS", "https://tea.hk, https://example.com"),
        ]);
        assert!(left[0].starts_with("NOTIFY_BASE_URL is still the example"), "{left:?}");
        assert!(left[1].starts_with("WEBHOOK_URL has a host that belongs to nobody"), "{left:?}");
        assert!(left[2].starts_with("ALLOWED_ORIGINS"), "{left:?}");
        assert_eq!(left.len(), 3);
    }

    #[test]
    fn a_shop_of_its_own_has_no_example_left() {
        let own = [
            ("WECHAT_APPID", "wx1"),
            ("NOTIFY_BASE_URL", "https://pay.teahouse.hk"),
            ("WEBHOOK_URL", "https://example.com.hk/example.com-hooks?to=example"),
        ];
        assert_eq!(left_of(&own), Vec::<String>::new());
    }
}

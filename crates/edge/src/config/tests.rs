//! Mistakes of the operator, and settings that are left out.

use super::*;

const GOOD: &[(&str, &str)] = &[
    ("WECHAT_APPID", "wx5c1f9e2a7d3b6048"),
    ("WECHAT_MCH_ID", "1634117205"),
    ("WECHAT_API_KEY", "TESTONLYmd5key0123456789abcdefHK"),
    ("ORDER_SECRET", "a secret of the tests, 32 bytes!"),
    ("NOTIFY_BASE_URL", "https://pay.example.com"),
];

fn read_with(changes: &[(&str, &str)]) -> Result<Config, Mistakes> {
    Config::read(&|name| {
        let find = |list: &[(&str, &str)]| {
            list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        find(changes).or_else(|| find(GOOD)).filter(|value| !value.is_empty())
    })
}

fn mistakes(changes: &[(&str, &str)]) -> String {
    read_with(changes).err().map(|mistakes| mistakes.to_string()).unwrap_or_default()
}

#[test]
fn what_is_left_out_has_the_safe_default() {
    let config = read_with(&[]).unwrap();
    assert_eq!(config.sign_type, SignType::HmacSha256);
    assert_eq!(config.gateways, [wire::host::HONG_KONG]);
    assert_eq!(config.life_ms, 30 * 60_000);
    assert_eq!(config.keep_ms, 400 * 24 * 60 * 60_000);
    assert_eq!(config.notify_url.as_str(), "https://pay.example.com/notify/wechat");
    assert_eq!(config.refund_notify_url.as_str(), "https://pay.example.com/notify/wechat/refund");
    assert!(config.demo_phone_url.is_none() && config.webhook.is_none());
    assert!(config.admin_keys.is_empty() && config.offer_keys.is_empty());
}

#[test]
fn every_mistake_is_named_at_once_and_no_secret_is_repeated() {
    let text = mistakes(&[
        ("WECHAT_APPID", ""),
        ("WECHAT_API_KEY", "tooshortsecret"),
        ("ORDER_SECRET", "alsotooshort"),
        ("OFFER_KEY", "tooshort, too"),
        ("ORDER_EXPIRES_MINUTES", "5"),
    ]);
    for name in [
        "WECHAT_APPID is missing",
        "WECHAT_API_KEY",
        "ORDER_SECRET",
        "ORDER_EXPIRES_MINUTES: it must be 6 to 115 minutes",
    ] {
        assert!(text.contains(name), "{name} in: {text}");
    }
    assert!(!text.contains("tooshort"), "{text}");
}

#[test]
fn an_order_is_kept_for_as_long_as_it_can_be_refunded_and_not_for_ever() {
    for days in ["0", "365", "3661", "-400", "1e3", "9223372036854775807", "a year"] {
        let text = mistakes(&[("ORDER_KEEP_DAYS", days)]);
        assert!(text.contains("ORDER_KEEP_DAYS: it must be 366 to 3660 days"), "{days}: {text}");
    }
    assert_eq!(read_with(&[("ORDER_KEEP_DAYS", "366")]).unwrap().keep_ms, Terms::MIN_KEEP_MS);
    assert_eq!(read_with(&[("ORDER_KEEP_DAYS", "3660")]).unwrap().keep_ms, Terms::MAX_KEEP_MS);
}

#[test]
fn a_shopper_has_no_less_time_than_wechat_takes_and_no_more_than_a_code_lives() {
    for minutes in ["0", "5", "116", "-30", "30.5", "half an hour", "9223372036854775807"] {
        let text = mistakes(&[("ORDER_EXPIRES_MINUTES", minutes)]);
        assert!(text.contains("ORDER_EXPIRES_MINUTES: it must be 6 to 115 minutes"), "{minutes}: {text}");
    }
    assert_eq!(read_with(&[("ORDER_EXPIRES_MINUTES", "6")]).unwrap().life_ms, 6 * 60_000);
    assert_eq!(read_with(&[("ORDER_EXPIRES_MINUTES", " 115 ")]).unwrap().life_ms, 115 * 60_000);
}

#[test]
fn half_a_webhook_is_a_mistake_that_is_named() {
    let url = ("WEBHOOK_URL", "https://shop.example/webhooks");
    let secret = ("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let previous = ("WEBHOOK_SECRET_PREVIOUS", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    assert!(mistakes(&[url]).contains("WEBHOOK_SECRET is missing"));
    assert!(mistakes(&[previous]).contains("WEBHOOK_SECRET_PREVIOUS is set without"));
    assert!(mistakes(&[url, ("WEBHOOK_SECRET", "whsec_?")]).starts_with("WEBHOOK_SECRET: it must be"));
    assert_eq!(read_with(&[url, secret]).unwrap().webhook.unwrap().secrets.len(), 1);
    assert_eq!(read_with(&[url, secret, previous]).unwrap().webhook.unwrap().secrets.len(), 2);
    assert!(read_with(&[]).unwrap().webhook.is_none());
    // Stored before the address is deployed: nothing stops meanwhile.
    let before = read_with(&[secret]).unwrap();
    assert!(before.webhook.is_none());
    assert!(before.unfinished[0].starts_with("WEBHOOK_SECRET is set without WEBHOOK_URL"));
    assert!(read_with(&[url, secret]).unwrap().unfinished.is_empty());
}

#[test]
fn a_worker_that_takes_real_money_cannot_be_pointed_at_a_simulator_or_a_stranger() {
    for host in [
        "http://127.0.0.1:8788",
        "https://api.mch.weixin.qq.com",
        "https://evil.example",
        "https://apihk.mch.weixin.qq.com.evil.example",
    ] {
        assert!(mistakes(&[("WECHAT_GATEWAY", host)]).contains("WECHAT_GATEWAY"), "{host}");
    }
    assert!(
        read_with(&[("WECHAT_GATEWAY", "https://apihk.mch.weixin.qq.com, https://apius.mch.weixin.qq.com")])
            .is_ok()
    );
}

#[test]
fn a_demo_may_use_a_simulator_on_this_machine_but_on_no_other() {
    let demo = ("DEMO_PHONE_URL", "http://127.0.0.1:8788/phone");
    assert!(
        read_with(&[
            demo,
            ("WECHAT_GATEWAY", "http://127.0.0.1:8788"),
            ("NOTIFY_BASE_URL", "http://127.0.0.1:8787")
        ])
        .is_ok()
    );
    for host in
        ["http://127.0.0.1.evil.example", "http://127.0.0.1:8788@evil.example", "http://192.0.2.1:8788"]
    {
        assert!(mistakes(&[demo, ("WECHAT_GATEWAY", host)]).contains("WECHAT_GATEWAY"), "{host}");
    }
}

#[test]
fn notifications_come_by_https_alone() {
    for base in
        ["http://pay.example.com", "http://127.0.0.1:8787", "https://", "https://pay.example.com/path"]
    {
        assert!(mistakes(&[("NOTIFY_BASE_URL", base)]).contains("NOTIFY_BASE_URL"), "{base}");
    }
}

#[test]
fn webhooks_go_by_https_alone_or_to_this_machine_in_a_demo() {
    let secret = ("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let demo = ("DEMO_PHONE_URL", "http://127.0.0.1:8788/phone");
    for url in [
        "http://shop.example/webhooks",
        "http://127.0.0.1:9000/webhooks",
        "ftp://shop.example",
        "shop.example",
    ] {
        assert!(mistakes(&[secret, ("WEBHOOK_URL", url)]).contains("WEBHOOK_URL: it must be"), "{url}");
    }
    let elsewhere = ("WEBHOOK_URL", "http://shop.example/webhooks");
    assert!(mistakes(&[secret, demo, elsewhere]).contains("WEBHOOK_URL: it must be"));
    assert!(read_with(&[secret, demo, ("WEBHOOK_URL", "http://127.0.0.1:9000/webhooks")]).is_ok());
}

/// A good secret of each name. They have one length, so that each may stand in each place.
fn good_secret(name: &str) -> String {
    let text = base64_of(name);
    if name.starts_with("WEBHOOK") { format!("whsec_{text}") } else { text }
}

/// 32 characters of base64 that depend on the name.
fn base64_of(name: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(&sha2::Sha256::digest(name)[..24])
}

fn all_secrets_but(changes: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let mut all = vec![("WEBHOOK_URL", "https://shop.example/webhooks".to_owned())];
    all.extend(SECRETS.map(|name| (name, good_secret(name))));
    all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let all: Vec<(&str, &str)> =
        all.iter().map(|(name, text)| (*name, text.as_str())).chain(changes.iter().copied()).collect();
    read_with(&all)
}

#[test]
fn every_secret_is_in_the_list_that_is_compared() {
    let secrets = table::TABLE.iter().filter(|row| row.kind == table::Kind::Secret).map(|row| row.name);
    let named: Vec<_> = secrets.filter(|name| *name != "ADMIN_KEYS").collect();
    assert_eq!(named, SECRETS);
}

#[test]
fn the_admin_token_is_one_more_key_and_no_second_name_of_another() {
    use sha2::Digest as _;
    let token = good_secret("ADMIN_TOKEN");
    let line = |name: &str, key: &str| {
        let hash: String = sha2::Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}:read:{hash}")
    };
    let with = |keys: &str| all_secrets_but(&[("ADMIN_KEYS", keys)]).map_err(|mistakes| mistakes.to_string());
    let config = with(&line("till", "another key of the tests, of 38 characters")).ok().unwrap();
    let of =
        |key: &str| config.admin_keys.of(Some(&format!("Bearer {key}"))).map(|key| key.name().to_owned());
    assert_eq!(of(&token).as_deref(), Some("admin"));
    assert_eq!(of("another key of the tests, of 38 characters").as_deref(), Some("till"));
    for (keys, why) in [
        (line("till", &token), "is the same as the key `till`"),
        (line("admin", "another key of the tests, of 38 characters"), "has the name `admin`"),
        ("till".into(), "does not have the form"),
    ] {
        let text = with(&keys).err().unwrap();
        assert!(text.contains(why) && !text.contains(&token), "{text}");
    }
}

#[test]
fn every_secret_is_held_to_the_same_rule() {
    assert!(all_secrets_but(&[]).is_ok_and(|config| config.unfinished.is_empty()));
    for name in SECRETS {
        let good = good_secret(name);
        let prefix = if name.starts_with("WEBHOOK") { "whsec_" } else { "" };
        let weak = format!("{prefix}{}", "Zz".repeat(16));
        let short = &good[..good.len() - 8];
        for bad in [format!("{good}\n"), format!(" {good}"), short.to_owned(), weak] {
            let text = all_secrets_but(&[(name, &bad)]).err().map(|mistakes| mistakes.to_string());
            let text = text.unwrap_or_else(|| panic!("{name} may be {bad:?}"));
            assert!(text.starts_with(&format!("{name}: ")), "{text}");
            assert!(!text.contains(short) && !text.contains("Zz"), "{text}");
        }
    }
}

#[test]
fn no_secret_serves_two_purposes() {
    for (at, name) in SECRETS.into_iter().enumerate() {
        for other in &SECRETS[at + 1..] {
            let bare = good_secret(name).replace("whsec_", "");
            let same = if other.starts_with("WEBHOOK") { format!("whsec_{bare}") } else { bare.clone() };
            let result = all_secrets_but(&[(other, &same)]);
            if *other == format!("{name}_PREVIOUS") {
                let unfinished = result.unwrap().unfinished;
                assert_eq!(unfinished.len(), 1);
                assert!(unfinished[0].contains(other) && !unfinished[0].contains(&bare), "{unfinished:?}");
            } else {
                let text = result.err().map(|mistakes| mistakes.to_string()).unwrap_or_default();
                assert!(
                    text.starts_with(&format!("{name} and {other} are the same")),
                    "{name}, {other}: {text}"
                );
                assert!(!text.contains(&bare), "{text}");
            }
        }
    }
}

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
    assert_eq!(config.v2.as_ref().unwrap().sign_type, SignType::HmacSha256);
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
    all.extend(of_v3(&[]).into_iter().map(|(name, text)| (name, text.to_owned())));
    all.retain(|(name, _)| *name != "WECHAT_API_V3_KEY");
    all.extend(SECRETS.map(|name| (name, good_secret(name))));
    all.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let all: Vec<(&str, &str)> =
        all.iter().map(|(name, text)| (*name, text.as_str())).chain(changes.iter().copied()).collect();
    read_with(&all)
}

#[test]
fn every_secret_is_in_the_list_that_is_compared() {
    let secrets = table::TABLE.iter().filter(|row| row.kind == table::Kind::Secret).map(|row| row.name);
    let named: Vec<_> =
        secrets.filter(|name| !["ADMIN_KEYS", "WECHAT_MCH_PRIVATE_KEY"].contains(name)).collect();
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

const MERCHANT_KEY: &str = include_str!("../../../../tests/vectors/v3/keys/test-only-merchant-key.pem");
const CERTIFICATE: &str =
    include_str!("../../../../tests/vectors/v3/keys/test-only-merchant-certificate.pem");
const PUBLIC_KEY: &str =
    include_str!("../../../../tests/vectors/v3/keys/test-only-public-key-public-key.pem");

fn of_v3<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("WECHAT_API", "v3-global"),
        ("WECHAT_API_V3_KEY", "TESTONLYapiv3key0123456789abcdHK"),
        ("WECHAT_MCH_CERT_SERIAL", "1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D"),
        ("WECHAT_MCH_PRIVATE_KEY", MERCHANT_KEY),
        ("WECHAT_CATEGORY", "5499"),
    ];
    changes.iter().copied().chain(good).collect()
}

#[test]
fn an_account_of_api_v3_is_read_whole() {
    let config = read_with(&of_v3(&[])).unwrap();
    assert_eq!(config.api, Api::V3(wire::v3::Edition::Global));
    let account = config.v3.unwrap();
    assert_eq!(account.notify_url.as_str(), "https://pay.example.com/notify/wechat/v3");
    assert_eq!(account.category.unwrap().as_str(), "5499");
    assert_eq!(account.key_ring.keys().count(), 0);
    assert!(account.caller.user_agent.as_str().starts_with("wechatpay-edge/"));
    assert_eq!(config.gateways, [wire::host::HONG_KONG]);
    // Some editors write line ends so.
    let in_one_line = MERCHANT_KEY.replace('\n', "\\n");
    assert!(read_with(&of_v3(&[("WECHAT_MCH_PRIVATE_KEY", &in_one_line)])).is_ok());
}

#[test]
fn the_mainland_edition_has_its_own_hosts_and_no_category() {
    let mainland = ("WECHAT_API", "v3-mainland");
    let config = read_with(&of_v3(&[mainland, ("WECHAT_CATEGORY", "")])).unwrap();
    assert_eq!(config.gateways, wire::host::MAINLAND);
    assert!(config.v3.unwrap().category.is_none());
    let other = of_v3(&[mainland, ("WECHAT_GATEWAY", wire::host::HONG_KONG)]);
    assert!(mistakes(&other).contains("is not a host of this edition"));
    assert!(read_with(&of_v3(&[("WECHAT_GATEWAY", "https://api.mch.weixin.qq.com")])).is_err());
}

#[test]
fn every_mistake_of_api_v3_says_what_to_do_and_repeats_no_secret() {
    let pkcs1 = MERCHANT_KEY.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    for (changes, expected) in [
        (vec![("WECHAT_API", "v3")], "WECHAT_API: it must be v2, v3-global or v3-mainland"),
        (vec![("WECHAT_API_V3_KEY", "")], "WECHAT_API_V3_KEY is missing"),
        (
            vec![("WECHAT_API_V3_KEY", "secret of 31 characters, 31 of!")],
            "WECHAT_API_V3_KEY: an API v3 key has 32",
        ),
        (vec![("WECHAT_API_V3_KEY", "TESTONLYmd5key0123456789abcdefHK")], "are the same"),
        (vec![("WECHAT_MCH_CERT_SERIAL", "")], "openssl x509 -noout -serial"),
        (vec![("WECHAT_MCH_CERT_SERIAL", "4D:3C")], "WECHAT_MCH_CERT_SERIAL: not a serial number"),
        (vec![("WECHAT_MCH_CERT_SERIAL", "PUB_KEY_ID_01")], "your own certificate"),
        (vec![("WECHAT_MCH_PRIVATE_KEY", "")], "WECHAT_MCH_PRIVATE_KEY is missing"),
        (vec![("WECHAT_MCH_PRIVATE_KEY", &*pkcs1)], "openssl pkcs8 -topk8 -nocrypt"),
        (vec![("WECHAT_MCH_PRIVATE_KEY", CERTIFICATE)], "apiclient_key.pem"),
        (vec![("WECHAT_CATEGORY", "")], "WECHAT_CATEGORY is missing"),
        (vec![("WECHAT_CATEGORY", "54")], "WECHAT_CATEGORY: not a merchant category code"),
        (vec![("WECHAT_PUBLIC_KEY_ID", "PUB_KEY_ID_01")], "WECHAT_PUBLIC_KEY is missing"),
        (vec![("WECHAT_PUBLIC_KEY", PUBLIC_KEY)], "WECHAT_PUBLIC_KEY_ID is missing"),
        (
            vec![("WECHAT_PUBLIC_KEY", CERTIFICATE), ("WECHAT_PUBLIC_KEY_ID", "PUB_KEY_ID_01")],
            "WECHAT_PUBLIC_KEY: the PEM text must begin with",
        ),
        (
            vec![("WECHAT_PUBLIC_KEY", PUBLIC_KEY), ("WECHAT_PUBLIC_KEY_ID", "4D3C")],
            "WECHAT_PUBLIC_KEY_ID: it must be PUB_KEY_ID_",
        ),
    ] {
        let text = mistakes(&of_v3(&changes));
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(!text.contains("MII") && !text.contains("secret of 31"), "{text}");
    }
}

#[test]
fn a_public_key_is_named_in_every_request_and_verifies() {
    let id = "PUB_KEY_ID_0116980023152026030100000000000042";
    let config =
        read_with(&of_v3(&[("WECHAT_PUBLIC_KEY", PUBLIC_KEY), ("WECHAT_PUBLIC_KEY_ID", id)])).unwrap();
    let account = config.v3.unwrap();
    assert_eq!(account.key_ring.keys().count(), 1);
    assert_eq!(account.caller.answers_with.unwrap().as_str(), id);
}

#[test]
fn the_account_of_api_v3_stays_for_open_orders_when_new_ones_are_of_api_v2() {
    let config = read_with(&of_v3(&[("WECHAT_API", "v2")])).unwrap();
    assert_eq!(config.api, Api::V2(SignType::HmacSha256));
    assert!(config.v3.is_some());
    assert_eq!(config.apis().len(), 3);
    assert!(read_with(&[]).unwrap().v3.is_none());
    assert_eq!(read_with(&[]).unwrap().apis().len(), 2);
    // Half an account is a mistake, also then.
    let half = [("WECHAT_API_V3_KEY", "TESTONLYapiv3key0123456789abcdHK")];
    assert!(mistakes(&half).contains("WECHAT_MCH_PRIVATE_KEY is missing"));
}

/// A merchant of today, who has no API key of API v2.
fn of_v3_alone<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    of_v3(&changes.iter().copied().chain([("WECHAT_API_KEY", "")]).collect::<Vec<_>>())
}

#[test]
fn a_shop_of_api_v3_needs_nothing_of_api_v2() {
    for edition in ["v3-global", "v3-mainland"] {
        let config = read_with(&of_v3_alone(&[("WECHAT_API", edition)])).unwrap();
        assert!(config.v2.is_none() && config.keys().is_empty());
        assert_eq!(config.apis(), [config.api], "no number of API v2 is looked for");
    }
    // What `wrangler.toml` comes with is no mistake.
    assert!(read_with(&of_v3_alone(&[("WECHAT_SIGN_TYPE", "HMAC-SHA256")])).unwrap().v2.is_none());
    // With the key, open orders of API v2 go on.
    let both = read_with(&of_v3(&[("WECHAT_SIGN_TYPE", "MD5")])).unwrap();
    assert_eq!(both.v2.as_ref().unwrap().sign_type, SignType::Md5);
    assert_eq!(both.apis().len(), 3);
}

#[test]
fn a_shop_of_api_v2_without_its_key_is_told_of_both_ways() {
    let text = mistakes(&[("WECHAT_API_KEY", "")]);
    assert!(text.contains("WECHAT_API_KEY is missing") && text.contains("set WECHAT_API to"), "{text}");
    assert_eq!(mistakes(&[("WECHAT_API_KEY", ""), ("WECHAT_API", "v2")]), text);
    // A word that is no API says nothing about the key.
    let text = mistakes(&[("WECHAT_API_KEY", ""), ("WECHAT_API", "v3")]);
    assert_eq!(text, "WECHAT_API: it must be v2, v3-global or v3-mainland.");
}

#[test]
fn half_an_account_of_api_v2_is_a_mistake_that_is_named_in_a_shop_of_api_v3_too() {
    let previous = ("WECHAT_API_KEY_PREVIOUS", "TESTONLYmd5key9876543210abcdefHK");
    let text = mistakes(&of_v3_alone(&[previous]));
    assert!(text.starts_with("WECHAT_API_KEY_PREVIOUS is set without WECHAT_API_KEY"), "{text}");
    assert_eq!(read_with(&of_v3(&[previous])).unwrap().keys().len(), 2);
    for (name, bad) in [("WECHAT_API_KEY", "short"), ("WECHAT_SIGN_TYPE", "SHA1")] {
        let text = mistakes(&of_v3(&[(name, bad)]));
        assert!(text.starts_with(&format!("{name}: ")), "{text}");
    }
}

#[test]
fn an_account_of_api_v3_that_is_left_for_open_orders_keeps_its_edition() {
    use wire::v3::Edition;
    let edition = |changes: &[(&str, &str)]| {
        let config = read_with(&of_v3(changes)).unwrap();
        assert_eq!(config.api, Api::V2(SignType::HmacSha256));
        (config.v3.as_ref().unwrap().edition, config.gateways.clone(), config.apis().last().copied())
    };
    let back = ("WECHAT_API", "v2");
    let (global, hosts, api) = edition(&[back]);
    assert_eq!((global, api), (Edition::Global, Some(Api::V3(Edition::Global))));
    assert_eq!(hosts, [wire::host::HONG_KONG]);
    let (mainland, hosts, api) = edition(&[back, ("WECHAT_CATEGORY", "")]);
    assert_eq!((mainland, api), (Edition::Mainland, Some(Api::V3(Edition::Mainland))));
    assert_eq!(hosts, wire::host::MAINLAND);
}

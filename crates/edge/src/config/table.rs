//! Every variable, secret and binding of the Worker: what it means, and the test in workerd that fails when
//! the Worker ignores it. The README's tables and the comments of `wrangler.toml` are made from this table
//! ([`documents`](super::documents)). The tests here fail for a name that is read but has no row, and for a
//! row whose test or sabotage does not exist.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::Config;

/// Where a name is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In `[vars]` of `wrangler.toml`.
    Variable,
    /// By `npx wrangler secret put`.
    Secret,
    /// In its own section of `wrangler.toml`.
    Binding,
}

/// One name.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether it may be left out, or its default value. Empty for a variable or secret that is required.
    pub(super) unless_set: &'static str,
    /// What it is, in Markdown.
    pub(super) meaning: &'static str,
    /// The test that fails when the Worker ignores it: its file below `tests/worker`, and its name.
    test: (&'static str, &'static str),
}

const fn row(
    kind: Kind,
    name: &'static str,
    unless_set: &'static str,
    meaning: &'static str,
    test: (&'static str, &'static str),
) -> Row {
    Row { name, kind, unless_set, meaning, test }
}

use Kind::{Binding, Secret, Variable};

/// In the order of the documentation.
pub(super) const TABLE: &[Row] = &[
    row(
        Variable,
        "WECHAT_APPID",
        "",
        "the app ID that WeChat Pay gave you, or your institution's",
        ("settings", "WECHAT_APPID is the app ID of what is placed"),
    ),
    row(
        Variable,
        "WECHAT_MCH_ID",
        "",
        "the merchant number that is paid, or your institution's",
        ("settings", "WECHAT_MCH_ID is the merchant number of what is placed"),
    ),
    row(
        Variable,
        "WECHAT_SUB_APPID",
        "optional",
        "below an institution: the app ID of the merchant",
        ("settings", "WECHAT_SUB_APPID is the app ID of the merchant below an institution"),
    ),
    row(
        Variable,
        "WECHAT_SUB_MCH_ID",
        "optional",
        "below an institution: the number of the merchant that is paid",
        ("settings", "WECHAT_SUB_MCH_ID is the number of the merchant below an institution"),
    ),
    row(
        Variable,
        "WECHAT_SIGN_TYPE",
        "`HMAC-SHA256`",
        "how messages of API v2 are signed: `HMAC-SHA256`, or `MD5` for a merchant account that still demands it. An \
         order keeps the one it was placed with, and its `Idempotency-Key` finds it after a change",
        ("settings", "WECHAT_SIGN_TYPE signs what is placed"),
    ),
    row(
        Variable,
        "WECHAT_API",
        "`v2`",
        "how new orders are placed, and how bills are asked for: `v2`, `v3-global`, or `v3-mainland`. An order keeps the \
         API it was placed with, so both may be in use at once, each with its own keys. Only API v2 has the exchange rate",
        ("v3", "WECHAT_API is how new orders are placed"),
    ),
    row(
        Variable,
        "WECHAT_MCH_CERT_SERIAL",
        "with API v3",
        "the serial number of your API certificate: `openssl x509 -noout -serial -in apiclient_cert.pem`",
        (
            "v3",
            "WECHAT_MCH_PRIVATE_KEY and WECHAT_MCH_CERT_SERIAL sign each request, which names its program",
        ),
    ),
    row(
        Variable,
        "WECHAT_CATEGORY",
        "with `v3-global`",
        "your merchant category code (MCC), as in `5499`. When you go back to `v2`, keep it as long as orders of \
         `v3-global` live: an account of API v3 without it is one of the mainland edition",
        ("v3", "WECHAT_CATEGORY is what the merchant sells"),
    ),
    row(
        Variable,
        "WECHAT_PUBLIC_KEY_ID",
        "optional",
        "with API v3: the name of WeChat Pay's public key, `PUB_KEY_ID_` and digits, if your merchant account has one. \
         Without it WeChat Pay's certificates are downloaded, and again when they change",
        ("v3", "WECHAT_PUBLIC_KEY and WECHAT_PUBLIC_KEY_ID verify, and no certificate is asked for"),
    ),
    row(
        Variable,
        "WECHAT_PUBLIC_KEY",
        "with `WECHAT_PUBLIC_KEY_ID`",
        "the text of `pub_key.pem`. One without the other is a mistake",
        ("v3", "WECHAT_PUBLIC_KEY and WECHAT_PUBLIC_KEY_ID verify, and no certificate is asked for"),
    ),
    row(
        Variable,
        "WECHAT_GATEWAY",
        "the first host of the global edition, both of the mainland edition",
        "one or more hosts of your edition, separated by commas. Global: `https://apihk.mch.weixin.qq.com` (Hong Kong, \
         Asia), `https://apius.mch.weixin.qq.com` (Americas), `https://apieu.mch.weixin.qq.com` (Europe). Mainland: \
         `https://api.mch.weixin.qq.com`, `https://api2.mch.weixin.qq.com`. The next is tried when one cannot be \
         connected to",
        ("gateway-failures", "the first host cannot be reached: the order goes through the next one"),
    ),
    row(
        Variable,
        "NOTIFY_BASE_URL",
        "",
        "where WeChat can reach this Worker: its public https origin, without a path",
        ("settings", "NOTIFY_BASE_URL is where WeChat Pay is told to notify"),
    ),
    row(
        Variable,
        "ORDER_EXPIRES_MINUTES",
        "`30`",
        "how long a shopper may take, in minutes: 6 to 115",
        ("settings", "ORDER_EXPIRES_MINUTES is how long an order can be paid, in the page and at WeChat Pay"),
    ),
    row(
        Variable,
        "ORDER_KEEP_DAYS",
        "`400`",
        "how many days the object of a finished order keeps its history: 366 to 3660. A payment can be refunded for a \
         year, and a refund needs its order. Its row in the index stays for ever",
        (
            "changed-configuration",
            "ORDER_KEEP_DAYS is how long an order is kept, as it was when it was placed",
        ),
    ),
    row(
        Variable,
        "WEBHOOK_URL",
        "optional",
        "the https address that is told of paid orders; it answers by itself, without a redirect",
        (
            "webhooks",
            "hears of a paid order with its amount and transaction, signed as Standard Webhooks wants it",
        ),
    ),
    row(
        Variable,
        "ALLOWED_ORIGINS",
        "all",
        "the sites whose pages may order, separated by commas, as in `https://shop.example.com`. The Worker's own pages \
         always may, and so may programs: this keeps other sites from selling in your name, and nobody else out",
        ("admission", "ALLOWED_ORIGINS are the sites whose pages may order"),
    ),
    row(
        Variable,
        "SHOP_TIME_ZONE",
        "`Asia/Hong_Kong`",
        "where the days and months of the sums begin: a time zone of the IANA database, as in `Europe/Berlin`. WeChat's \
         own bills have days of UTC+8, which are those of Hong Kong",
        ("sums", "SHOP_TIME_ZONE is where the days of the sums begin"),
    ),
    row(
        Variable,
        "CATALOG_URL",
        "the site's `/catalog.json`",
        "the https address of the catalogue (`docs/catalog.md`), if it is not among the site's own files; it answers \
         by itself, without a redirect",
        ("catalog", "CATALOG_URL is where the catalogue is, and it is read again only when it has changed"),
    ),
    row(
        Variable,
        "DEMO_PHONE_URL",
        "only in a demo",
        "where the phone of a simulator is; allows a simulator on this machine as the gateway",
        ("order-api", "the page learns that this is a demo and where the phone is"),
    ),
    row(
        Secret,
        "WECHAT_API_KEY",
        "with API v2",
        "the 32 characters of the API key, from the merchant platform; signs and verifies. It stays set as long as \
         orders of API v2 live",
        ("settings", "WECHAT_API_KEY signs what is placed and verifies what is paid"),
    ),
    row(
        Secret,
        "WECHAT_API_KEY_PREVIOUS",
        "optional",
        "the key before: set it while you change the key, remove it a day later",
        (
            "configuration",
            "while the API key is being changed, messages signed with the one before still count",
        ),
    ),
    row(
        Secret,
        "WECHAT_API_V3_KEY",
        "with API v3",
        "the API v3 key, from the merchant platform; opens notifications. It stays set as long as \
         orders of API v3 live",
        ("v3", "WECHAT_API_V3_KEY opens the notification of a payment"),
    ),
    row(
        Secret,
        "WECHAT_MCH_PRIVATE_KEY",
        "with API v3",
        "the text of `apiclient_key.pem`, from `-----BEGIN PRIVATE KEY-----` on; signs requests",
        (
            "v3",
            "WECHAT_MCH_PRIVATE_KEY and WECHAT_MCH_CERT_SERIAL sign each request, which names its program",
        ),
    ),
    row(
        Secret,
        "ORDER_SECRET",
        "",
        "32 or more random characters (`openssl rand -hex 32`); makes order numbers and status tokens",
        (
            "changed-configuration",
            "ORDER_SECRET makes numbers and tokens: after a change without the one before, the old ones open nothing",
        ),
    ),
    row(
        Secret,
        "ORDER_SECRET_PREVIOUS",
        "optional",
        "the secret before: set it when you change `ORDER_SECRET`, and remove it a day later. Without it, open pages \
         lose sight of their orders, and a page that repeats its request makes a second order",
        (
            "changed-configuration",
            "after the secret was changed, an open page hears of the payment by its socket",
        ),
    ),
    row(
        Secret,
        "OFFER_KEY",
        "optional",
        "32 or more random characters; verifies [offers](#offers), the prices of a site without a catalogue. Without it \
         none is taken",
        ("offers", "sells by an offer, from the code to the money"),
    ),
    row(
        Secret,
        "OFFER_KEY_PREVIOUS",
        "optional",
        "the key before: set it when you change `OFFER_KEY`, and remove it when no page has an offer of it any more",
        ("offers", "while OFFER_KEY is changed, offers of the key before are taken, and those of no other"),
    ),
    row(
        Secret,
        "WEBHOOK_SECRET",
        "with `WEBHOOK_URL`",
        "`whsec_` and the base64 of 24 to 64 random bytes; signs the webhooks. Store it before you \
         deploy `WEBHOOK_URL`: the address without the secret is a mistake",
        (
            "webhooks",
            "hears of a paid order with its amount and transaction, signed as Standard Webhooks wants it",
        ),
    ),
    row(
        Secret,
        "WEBHOOK_SECRET_PREVIOUS",
        "optional",
        "the secret before: while it is set, each webhook carries a signature by either. Set it, teach your receiver the \
         new secret, remove it",
        ("webhooks", "while the secret is changed, a receiver with either secret takes the message"),
    ),
    row(
        Secret,
        "ADMIN_TOKEN",
        "optional",
        "32 or more random characters; opens all of `/admin/api`, as the key `admin`",
        ("refunds", "the history tells who did what, when, and by which message"),
    ),
    row(
        Secret,
        "ADMIN_KEYS",
        "optional",
        "the keys of your own systems: the lines that `npx wechatpay-edge key` prints, with commas between them. Each is \
         `name:roles:hash`, with the roles `read`, `write` and `refund`; the hash is the SHA-256 of the key",
        ("keys", "ADMIN_KEYS are the keys of the merchant’s systems, each for its roles"),
    ),
    row(
        Binding,
        "ORDERS",
        "required",
        "the Durable Object of each order",
        ("configuration", "without ORDERS nothing is sold, and /healthz says so"),
    ),
    row(
        Binding,
        "ASSETS",
        "required",
        "the site's static files, the catalogue among them",
        ("configuration", "without ASSETS nothing is sold by the catalogue, and /healthz says so"),
    ),
    row(
        Binding,
        "INDEX",
        "optional",
        "the D1 database of the list of orders, the inbox and the sweep; the Worker makes and changes its tables by \
         itself",
        ("index", "shows an order when it is placed and when it is paid"),
    ),
    row(
        Binding,
        "INDEX_2",
        "optional",
        "a second database of the index, and `INDEX_3` to `INDEX_16`, without a gap: they share the orders. One can be \
         added at any time and none taken away; `docs/scale.md` says when it is needed",
        (
            "index-shards",
            "INDEX_2 is a second database: added while orders live, none is lost or shown twice, and what is done is not shown again",
        ),
    ),
    row(
        Binding,
        "FILES",
        "required for files",
        "the R2 bucket of the files that are sold ([downloads](../../docs/downloads.md)); without it nothing that names a \
         file is sold",
        (
            "downloads",
            "FILES is where the files are: without it nothing that names a file is sold, and readiness says so",
        ),
    ),
    row(
        Binding,
        "METRICS",
        "optional",
        "the dataset of Analytics Engine that counts the events of orders",
        ("events", "each event is a point of the metrics, with its name, its outcome and its time"),
    ),
    row(
        Binding,
        "WECHAT_CERT",
        "required for refunds",
        "the mTLS certificate of your API account at WeChat Pay. Orders of API v3 are refunded without it",
        (
            "refunds",
            "is refunded, and the refund’s notification lets the order know before its own timer would",
        ),
    ),
    row(
        Binding,
        "LIMIT_ORDERS_PER_ADDRESS",
        "optional",
        "how many orders one address may place in a minute (a /64 of IPv6 counts as one address); the next is answered \
         429 with `Retry-After`",
        ("admission", "LIMIT_ORDERS_PER_ADDRESS is how many orders one address may place in a minute"),
    ),
    row(
        Binding,
        "LIMIT_ORDERS",
        "optional",
        "how many orders all shoppers together may place in a minute",
        ("admission", "LIMIT_ORDERS is how many orders the shop takes in a minute"),
    ),
    row(
        Binding,
        "LIMIT_READS_PER_ADDRESS",
        "optional",
        "how often one address may look at orders in a minute, beyond 40 times in each isolate",
        ("admission", "LIMIT_READS_PER_ADDRESS is how often one address may look at orders"),
    ),
    row(
        Binding,
        "LIMIT_FORGERIES",
        "optional",
        "how many notifications that do not verify may wake an order in a minute; one that verifies is never limited",
        ("admission", "LIMIT_FORGERIES is how many notifications that do not verify may wake an order"),
    ),
    row(
        Binding,
        "LIMIT_FAILED_KEYS",
        "optional",
        "how many requests with a wrong key for `/admin/api` one address may send in a minute; the next are answered \
         429 and not logged. A request with a right key is never limited",
        ("keys", "LIMIT_FAILED_KEYS is how many wrong keys of one address are answered and logged"),
    ),
];

/// The repository, where the tests and `wrangler.toml` are.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(super) fn text_of(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn names(kinds: &[Kind]) -> BTreeSet<&'static str> {
    TABLE.iter().filter(|row| kinds.contains(&row.kind)).map(|row| row.name).collect()
}

/// The texts in capital letters between quotation marks.
fn quoted_names(source: &str) -> BTreeSet<&str> {
    let is_name = |text: &&str| {
        text.len() > 2
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'))
    };
    source.split('"').filter(is_name).collect()
}

#[test]
fn each_variable_and_secret_that_is_read_has_a_row_and_each_row_is_read() {
    let asked = RefCell::new(BTreeSet::new());
    for set in [None, Some("text".to_owned())] {
        drop(Config::read(&|name| {
            asked.borrow_mut().insert(name.to_owned());
            set.clone()
        }));
    }
    let asked = asked.into_inner();
    assert_eq!(asked.iter().map(String::as_str).collect::<BTreeSet<_>>(), names(&[Variable, Secret]));
    // The source also names a variable that is read only when another one has a certain value.
    let config = concat!(include_str!("../config.rs"), include_str!("v2.rs"), include_str!("v3.rs"));
    let mut named = quoted_names(config);
    // The version of this crate, which the compiler sets.
    named.remove("CARGO_PKG_VERSION");
    assert_eq!(named, names(&[Variable, Secret]));
}

#[test]
fn each_binding_that_is_used_has_a_row_and_a_place_in_wrangler_toml() {
    assert_eq!(quoted_names(include_str!("../platform/environment.rs")), names(&[Binding]));
    let wrangler = text_of("wrangler.toml");
    for name in names(&[Binding]) {
        let bound = [format!("binding = \"{name}\""), format!("name = \"{name}\"")];
        assert!(bound.iter().any(|words| wrangler.contains(words)), "{name} is not bound in wrangler.toml");
    }
}

#[test]
fn nothing_but_one_file_opens_the_environment() {
    let opens = ["Reflect::get(env", ".durable_object(", ".d1(", "env.var(", "env.secret(", "get_binding"];
    let mut files = vec![root().join("crates/edge/src")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !path.ends_with("environment.rs") && !path.ends_with("config/table.rs") {
            let source = fs::read_to_string(&path).unwrap();
            let found: Vec<_> = opens.iter().filter(|words| source.contains(**words)).collect();
            assert!(found.is_empty(), "{}: {found:?}; ask environment.rs for it", path.display());
        }
    }
}

#[test]
fn each_row_names_a_test_in_workerd_that_there_is() {
    for Row { name, test: (file, test), .. } in TABLE {
        let source = text_of(&format!("tests/worker/{file}.test.mjs"));
        let quoted = [format!("test('{test}'"), format!("test(`{test}`")];
        assert!(quoted.iter().any(|words| source.contains(words)), "{name}: {file} has no test “{test}”");
    }
}

/// The sabotage which shows that the row's test can fail.
#[test]
fn each_row_has_a_sabotage_that_ignores_it_and_is_caught_by_its_test() {
    let list = text_of("tests/sabotage/configuration.toml");
    for Row { name, test: (file, test), .. } in TABLE {
        let heading = format!("name = \"{name} is ignored");
        let entry = list.split("[[sabotage]]").find(|entry| entry.contains(&heading));
        let entry = entry.unwrap_or_else(|| panic!("no sabotage “{name} is ignored…”"));
        let caught_by = format!("caught_by = \"tests/worker/{file}.test.mjs: {test}\"");
        assert!(entry.contains(&caught_by), "the sabotage of {name} is not caught by the test of its row");
    }
}

//! The `wrangler.toml` of the shops made for copying (`examples/shop`, `examples/shop-elsewhere`), made from
//! the project's own: the same bindings, flags, migrations and comments. The test fails when they differ;
//! `UPDATE_DOCS=1 cargo test -p edge shop_folders` writes them.

use super::documents::is_up_to_date;
use super::table::text_of;

/// What is different in a shop's folder: the words of the project, and those of the shop.
const DIFFERENT: [(&str, &str); 6] = [
    (
        "# The Worker on Cloudflare. Read the README's \"Deploy\" before the first `npx wrangler deploy`.\n",
        "# Your shop on Cloudflare. `npx wechatpay-edge check` says what is not yet right here.\n",
    ),
    ("main = \"crates/edge/build/index.js\"\n", "main = \"node_modules/wechatpay-edge/worker/index.js\"\n"),
    ("# The shop's pages and the widget. ", "# What `build` has put together. "),
    ("directory = \"www\"\n", "directory = \".wechatpay/public\"\n"),
    (
        "# What may be known. `cargo xtask demo` puts its own values in front of these.\n",
        "# What may be known.\n",
    ),
    (
        "# On this machine they are in `.dev.vars`, which `cargo xtask demo` makes and git ignores.\n",
        "# On this machine they are in `.dev.vars`, which `npx wechatpay-edge init` makes and git must ignore. All at once:\n\
         #   npx wrangler secret bulk .dev.vars\n",
    ),
];

const BUILD: &str = "# wrangler calls this before it serves or deploys, and again when one of these files changes. It puts together what is\n\
     # published, and checks it. With a site generator: npm run site && npx --no wechatpay-edge build --site _site\n\
     [build]\n\
     command = \"npx --no wechatpay-edge build\"\n\
     watch_dir = [\"site\", \"catalog.json\"]\n\n";

const DEV: &str = "\n# For `wrangler dev` on this machine: the Worker refuses plain http, so it is told that https was used.\n\
     [dev]\n\
     upstream_protocol = \"https\"\n";

#[test]
fn the_shops_made_for_copying_have_the_bindings_flags_and_migrations_of_the_project() {
    let shop = of_a_shop(&text_of("wrangler.toml"));
    is_up_to_date("examples/shop/wrangler.toml", &shop);
    let elsewhere =
        replaced(&shop, "watch_dir = [\"site\", \"catalog.json\"]", "watch_dir = [\"catalog.json\"]");
    let elsewhere =
        replaced(&elsewhere, "# ALLOWED_ORIGINS = \"…\"", "ALLOWED_ORIGINS = \"https://shop.example.com\"");
    is_up_to_date("examples/shop-elsewhere/wrangler.toml", &elsewhere);
}

fn of_a_shop(project: &str) -> String {
    let mut text = project.to_owned();
    for (ours, theirs) in DIFFERENT {
        text = replaced(&text, ours, theirs);
    }
    let (before, rest) = text.split_once("# wrangler builds before").expect("the comment of [build]");
    let (_, after) = rest.split_once("\n\n").expect("the end of [build]");
    [before, BUILD, after, DEV].concat()
}

/// Replaces what must be in the text exactly once.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "in wrangler.toml: {from}");
    text.replace(from, to)
}

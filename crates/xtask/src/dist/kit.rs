//! The part of the npm package that runs a shop: the Worker's bundle, what is published beside a shop's
//! pages, the command `wechatpay-edge`, and the shops made for copying.

use crate::prelude::*;

/// What is published with every shop, of `www`: nothing of the demo shop and nothing of the gallery.
const PUBLISHED: [&str; 4] = ["_headers", "checkout.css", "openapi.json", SCHEMA];
const SCHEMA: &str = "catalog.schema.json";

/// The shops, file by file: in the folder of one there may also be secrets, or what npm has installed.
const SHOPS: [(&str, &[&str]); 2] = [
    ("shop", &[".gitignore", "catalog.json", "package.json", "site/index.html", "wrangler.toml"]),
    ("shop-elsewhere", &[".gitignore", "catalog.json", "package.json", "page/index.html", "wrangler.toml"]),
];

pub(super) fn put(house: &House, to: &Path) -> Outcome {
    for name in ["index.js", "index_bg.wasm"] {
        copy(&house.at("crates/edge/build").join(name), &to.join("worker").join(name))?;
    }
    // Its table names the variables and secrets, for people and for the command.
    copy(&house.at("crates/edge/README.md"), &to.join("worker/README.md"))?;
    for folder in ["kit/bin", "kit/src"] {
        copy_below(&house.at(folder), &to.join(folder))?;
    }
    let (www, public) = (house.at("www"), to.join("public"));
    for name in PUBLISHED {
        copy(&www.join(name), &public.join(name))?;
    }
    super::copy_widget(house, &public.join("widget"))?;
    if www.join("admin").exists() {
        copy_below(&www.join("admin"), &public.join("admin"))?;
    }
    copy(&www.join(SCHEMA), &to.join("schema").join(SCHEMA))?;
    for (shop, files) in SHOPS {
        for name in files {
            // npm takes a file of this name for its own, and packs none.
            let packed = if *name == ".gitignore" { "gitignore" } else { name };
            let folder = Path::new("examples").join(shop);
            copy(&house.at(folder.join(name)), &to.join(folder).join(packed))?;
        }
    }
    Ok(())
}

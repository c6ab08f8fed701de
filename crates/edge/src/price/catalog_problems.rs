//! Everything that is wrong with the shop's catalog. What was found is kept as long as a catalog, because
//! anybody may ask `/healthz` as often as they like.

use std::cell::RefCell;

use worker::Env;

use super::catalog;
use super::published::{self, NoText};
use crate::config::Config;
use crate::platform::clock::now_ms;
use crate::platform::environment;

/// The shop of the catalog that this project comes with.
const EXAMPLE: &str = "Example Tea House";
/// How many are told at once.
const MOST: usize = 20;

/// What was found, and when.
type Found = (i64, Option<Vec<String>>);

thread_local! {
    static KEPT: RefCell<Option<Found>> = const { RefCell::new(None) };
}

/// What is wrong, in sentences; nothing if all can be sold. `None` if the site has no catalog and sells by
/// offers.
pub(crate) async fn catalog_problems(env: &Env, config: &Config) -> Option<Vec<String>> {
    let now_ms = now_ms();
    if let Some((at_ms, found)) = KEPT.with_borrow(Option::clone)
        && published::is_fresh(at_ms, now_ms)
    {
        return found;
    }
    let found = look(env, config).await;
    KEPT.with_borrow_mut(|kept| *kept = Some((now_ms, found.clone())));
    found
}

async fn look(env: &Env, config: &Config) -> Option<Vec<String>> {
    let text = match published::text(env, config).await {
        Ok(text) => text,
        Err(NoText::Status(404)) if !config.offer_keys.is_empty() => return None,
        Err(why) => return Some(vec![format!("catalog.json cannot be read: {why}.")]),
    };
    Some(problems(&text, config.demo_phone_url.is_some(), environment::files(env).is_some()))
}

fn problems(text: &str, demo: bool, has_bucket: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let faults = match catalog::read(text) {
        Ok(catalog) => {
            if !demo && catalog.shop.in_language("en") == EXAMPLE {
                problems.push(format!(
                    "catalog.json is still the example's, with the shop “{EXAMPLE}”: put your own there."
                ));
            }
            if catalog.items.is_empty() && catalog.faults.is_empty() {
                problems.push("catalog.json: `items` is empty, so nothing can be sold.".into());
            }
            if !has_bucket && !catalog.files().is_empty() {
                problems.push(
                    "catalog.json: items name a `file`, and wrangler.toml binds no bucket FILES; these items are not sold."
                        .into(),
                );
            }
            catalog.faults
        }
        Err(faults) => faults,
    };
    problems.extend(faults.iter().take(MOST).map(|fault| format!("catalog.json: {fault}.")));
    if faults.len() > MOST {
        problems.push("And more.".into());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::problems;

    const EXAMPLE: &str = include_str!("../../../../www/catalog.json");

    #[test]
    fn the_catalogue_of_the_example_is_right_in_a_demo_and_left_over_in_a_live_shop() {
        assert_eq!(problems(EXAMPLE, true, false), Vec::<String>::new());
        assert!(problems(EXAMPLE, false, false)[0].contains("still the example's"));
    }

    #[test]
    fn each_item_that_cannot_be_sold_is_named() {
        let item = |sku: &str, name: &str, amount: u64| {
            format!(r#"{{"sku":"{sku}","name":{{"{name}":"Tea"}},"amount_minor":{amount},"max_quantity":1}}"#)
        };
        let items =
            [item("a", "en", 1), item("b", "de", 1), item("c", "en", 0), item("d e", "en", 1)].join(",");
        let text = format!(r#"{{"currency":"HKD","shop":"Tea","items":[{items}]}}"#);
        let told = problems(&text, false, false);
        assert_eq!(told.len(), 3, "{told:?}");
        for (problem, words) in told.iter().zip([
            "items[1] (b): `name` has no text in `en`",
            "items[2] (c): `amount_minor`",
            "items[3]: `sku`",
        ]) {
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn files_need_their_bucket() {
        let text = r#"{"currency":"HKD","shop":"Tea","items":[{"sku":"a","name":"A","amount_minor":1,"file":"a.pdf"}]}"#;
        assert!(problems(text, false, false)[0].contains("FILES"));
        assert_eq!(problems(text, false, true), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_is_no_catalogue_is_one_problem() {
        for text in ["{", "", "[]", r#"{"currency":"HKD","shop":"A"}"#] {
            assert_eq!(problems(text, false, false).len(), 1, "{text}");
        }
        assert!(
            problems(r#"{"currency":"HKD","shop":"Tea","items":[]}"#, false, false)[0].contains("is empty")
        );
    }
}

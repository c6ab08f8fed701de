//! What can be judged without asking anybody else again: the clock, the certificate, the index, the sweep,
//! the hosts of this Worker. Pure.

use super::check::{Check, say};

/// How much our clock may differ from the gateway's. WeChat Pay reads our times of begin and end.
const CLOCKS_DIFFER_MS: i64 = 60_000;
/// The sweep runs every ten minutes. After three of them without one, something is wrong.
const SWEEPS_EVERY_MS: i64 = 30 * 60_000;

/// Our clock beside the gateway's, which its answer names in whole seconds.
pub(crate) fn clock(ours_ms: i64, theirs_ms: Option<i64>) -> Check {
    const NAME: &str = "clock";
    let Some(theirs_ms) = theirs_ms else {
        return Check::not_checked(NAME, "The gateway's answer says no time.", "");
    };
    let differ_s = ours_ms.saturating_sub(theirs_ms).abs() / 1_000;
    if differ_s.saturating_mul(1_000) <= CLOCKS_DIFFER_MS {
        return Check::ok(NAME, &say("It differs from the gateway's by {} s.", &[&differ_s.to_string()]));
    }
    Check::failed(
        NAME,
        &say("It differs from the gateway's by {} s.", &[&differ_s.to_string()]),
        "Set the clock of the machine that runs this Worker. Orders end too early or too late by it.",
    )
}

/// Whether the gateway takes the client certificate: the HTTP status of a call that needs one.
pub(crate) fn certificate(status: Result<u16, String>) -> Check {
    const NAME: &str = "certificate";
    match status {
        Ok(200) => Check::ok(NAME, "The gateway takes the certificate WECHAT_CERT."),
        Ok(status) if (400..500).contains(&status) => Check::failed(
            NAME,
            &say("The gateway does not take the certificate WECHAT_CERT (HTTP {}).", &[&status.to_string()]),
            "Upload the certificate that WeChat Pay issued to this merchant number, if it has expired a new one: \
             npx wrangler mtls-certificate upload. Put its id into wrangler.toml.",
        ),
        Ok(status) => Check::not_checked(
            NAME,
            &say("The gateway answered HTTP {}.", &[&status.to_string()]),
            "Ask again later.",
        ),
        Err(why) => {
            Check::not_checked(NAME, &say("The gateway did not answer: {}.", &[&why]), "Ask again later.")
        }
    }
}

/// No certificate is bound.
pub(crate) fn no_certificate() -> Check {
    Check::failed(
        "certificate",
        "There is no certificate WECHAT_CERT, so nothing can be refunded.",
        "Upload the certificate that WeChat Pay issued to you (npx wrangler mtls-certificate upload), and put its id into [[mtls_certificates]] of wrangler.toml.",
    )
}

/// Whether the receiver of webhooks took the test event: the status, or why not.
pub(crate) fn receiver(accepted: Result<u16, String>) -> Check {
    const NAME: &str = "receiver";
    match accepted {
        Ok(status) => {
            Check::ok(NAME, &say("WEBHOOK_URL took a signed test event (HTTP {}).", &[&status.to_string()]))
        }
        Err(why) => Check::failed(
            NAME,
            &say("WEBHOOK_URL did not take a signed test event: {}.", &[&why]),
            "Mend the receiver, or correct WEBHOOK_URL. It must answer 2xx to the event `readiness.test` when its signature is right.",
        ),
    }
}

/// The receiver gets a test event only if the merchant wants it.
pub(crate) fn receiver_left_alone() -> Check {
    let why = "It gets a test event only when the readiness is asked for by POST.";
    Check::not_checked("receiver", why, "POST to /admin/api/readiness.")
}

/// The catalogue names files, and there is no bucket.
pub(crate) fn no_bucket() -> Check {
    Check::failed(
        "files",
        "The catalogue names files, and there is no bucket, so these goods are not sold.",
        "Put a section [[r2_buckets]] with the binding FILES into wrangler.toml and deploy.",
    )
}

/// The bucket does not answer.
pub(crate) fn bucket_away(why: &str) -> Check {
    Check::failed("files", &say("The bucket FILES does not answer: {}.", &[why]), "Ask again later.")
}

/// The files that are missing, of those that were looked at.
pub(crate) fn files(missing: &[&str], not_looked_at: usize) -> Check {
    if !missing.is_empty() {
        let seen = say("The bucket FILES has not: {}.", &[&missing.join(", ")]);
        return Check::failed("files", &seen, "Put them there with `npx wrangler r2 object put`.");
    }
    if not_looked_at == 0 {
        return Check::ok("files", "Each file that the catalogue names is in the bucket.");
    }
    let seen =
        say("The first files are in the bucket; {} more were not looked at.", &[&not_looked_at.to_string()]);
    Check::ok("files", &seen)
}

/// No index is bound.
pub(crate) fn no_index() -> Check {
    Check::failed(
        "index",
        "There is no index: no list, no inbox and no sweep.",
        "Put the section [[d1_databases]] with the binding INDEX back into wrangler.toml and deploy.",
    )
}

/// A database of the index does not answer.
pub(crate) fn index_away(database: &str, why: &str) -> Check {
    Check::failed(
        "index",
        &say("{} does not answer: {}.", &[database, why]),
        "Payments go on without it. Look at Cloudflare's status page; docs/operations.md says what to do when the index is lost.",
    )
}

/// The tables of a database: their version, and the version that this Worker needs.
pub(crate) fn migrations(database: &str, found: u64, newest: u64) -> Check {
    const NAME: &str = "migrations";
    let versions = [database, &found.to_string(), &newest.to_string()];
    let seen = say("{} has version {} of its tables; this Worker needs {}.", &versions);
    if found >= newest {
        return Check::ok(NAME, &seen);
    }
    Check::failed(NAME, &seen, "The next sweep changes the tables. If it stays so, the log says why.")
}

/// When the sweep of a database last came to its end.
pub(crate) fn sweep(database: &str, swept_at_ms: Option<i64>, now_ms: i64) -> Check {
    const NAME: &str = "sweep";
    const MEND: &str = "Put `crons = [\"*/10 * * * *\"]` into [triggers] of wrangler.toml and deploy. If it is there, \
        look for `the sweep failed` in the log.";
    let Some(at_ms) = swept_at_ms else {
        let seen =
            "The sweep of {} never came to its end. The first one comes ten minutes after the first deploy.";
        return Check::failed(NAME, &say(seen, &[database]), MEND);
    };
    let age_ms = now_ms.saturating_sub(at_ms);
    let values = [database, &(age_ms / 60_000).to_string()];
    let seen = say("The sweep of {} last came to its end {} minutes ago.", &values);
    if age_ms <= SWEEPS_EVERY_MS { Check::ok(NAME, &seen) } else { Check::failed(NAME, &seen, MEND) }
}

/// The rate limits that are not bound.
pub(crate) fn rate_limits(missing: &[&str]) -> Check {
    const NAME: &str = "rate_limits";
    if missing.is_empty() {
        return Check::ok(NAME, "All of them are bound.");
    }
    let seen = say("Nothing is limited by {}.", &[&missing.join(", ")]);
    Check::failed(NAME, &seen, "Put their sections [[ratelimits]] back into wrangler.toml and deploy.")
}

/// Whether this Worker is used at workers.dev, where the firewall of a zone does not hold. `used` is the
/// address of this request and those that others are told.
pub(crate) fn workers_dev(used: &[&str]) -> Check {
    const NAME: &str = "workers_dev";
    match used.iter().find(|url| is_at_workers_dev(url)) {
        Some(url) => Check::failed(
            NAME,
            &say("{} is at workers.dev, where the firewall of your zone does not hold.", &[url]),
            "Name your domain in `routes` of wrangler.toml, put it into NOTIFY_BASE_URL, and set workers_dev = false.",
        ),
        None => Check::ok(
            NAME,
            "No address that is in use is at workers.dev. Whether the Worker answers there too, it cannot see: \
             `npx wechatpay-edge check` reads it in wrangler.toml.",
        ),
    }
}

fn is_at_workers_dev(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
    host.ends_with(".workers.dev")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readiness::check::Outcome::{Failed, NotChecked, Ok as Good};

    #[test]
    fn a_clock_may_differ_by_a_minute() {
        let now = 1_790_000_000_000;
        for (theirs, outcome) in [
            (Some(now), Good),
            (Some(now - 60_999), Good),
            (Some(now - 61_000), Failed),
            (Some(now + 61_000), Failed),
            (Some(i64::MIN), Failed),
            (None, NotChecked),
        ] {
            assert_eq!(clock(now, theirs).outcome, outcome, "{theirs:?}");
        }
    }

    #[test]
    fn a_certificate_that_the_gateway_refuses_is_told_from_a_gateway_that_is_away() {
        for (status, outcome) in [
            (Ok(200), Good),
            (Ok(400), Failed),
            (Ok(403), Failed),
            (Ok(502), NotChecked),
            (Err("x".into()), NotChecked),
        ] {
            assert_eq!(certificate(status.clone()).outcome, outcome, "{status:?}");
        }
    }

    #[test]
    fn tables_of_a_newer_worker_are_well_and_older_ones_are_not() {
        assert_eq!([1, 2, 3].map(|found| migrations("INDEX", found, 2).outcome), [Failed, Good, Good]);
    }

    #[test]
    fn a_sweep_that_did_not_come_for_half_an_hour_is_missed() {
        let now = 1_790_000_000_000;
        let of = |minutes: i64| sweep("INDEX", Some(now - minutes * 60_000), now).outcome;
        assert_eq!([0, 30, 31, 100_000].map(of), [Good, Good, Failed, Failed]);
        assert_eq!(sweep("INDEX", None, now).outcome, Failed);
        assert!(sweep("INDEX", None, now).mend.contains("crons"));
    }

    #[test]
    fn the_files_that_are_not_there_are_named() {
        assert_eq!(files(&[], 0).outcome, Good);
        assert!(files(&[], 3).seen.contains("3 more"));
        let missing = files(&["a.pdf", "b.pdf"], 3);
        assert_eq!(
            (missing.outcome, missing.seen.as_str()),
            (Failed, "The bucket FILES has not: a.pdf, b.pdf.")
        );
        assert_eq!(no_bucket().outcome, Failed);
        assert_eq!(bucket_away("slow").seen, "The bucket FILES does not answer: slow.");
    }

    #[test]
    fn the_limits_that_are_not_bound_are_named() {
        assert_eq!(rate_limits(&[]).outcome, Good);
        let missing = rate_limits(&["LIMIT_ORDERS", "LIMIT_FORGERIES"]);
        assert_eq!(missing.seen, "Nothing is limited by LIMIT_ORDERS, LIMIT_FORGERIES.");
        assert_eq!(missing.outcome, Failed);
    }

    #[test]
    fn an_address_at_workers_dev_is_seen_by_its_host_alone() {
        for bad in [
            "https://shop.me.workers.dev/admin/api/readiness",
            "https://shop.me.workers.dev:443",
            "https://a.workers.dev?x",
        ] {
            assert_eq!(workers_dev(&["https://pay.teahouse.hk", bad]).outcome, Failed, "{bad}");
        }
        for good in [
            "https://pay.teahouse.hk/.workers.dev",
            "https://workers.dev.teahouse.hk",
            "http://127.0.0.1:8787",
        ] {
            assert_eq!(workers_dev(&[good]).outcome, Good, "{good}");
        }
    }
}

//! Whether the demo's ports are free, asked before anything long is started.

use crate::problem::{Outcome, Problem};
use std::net::{Ipv4Addr, TcpListener};

pub(super) const SHOP: u16 = 8787;
pub(super) const SIMULATOR: u16 = 8788;

/// How far up a free port is looked for when one must be proposed.
const NEARBY: u16 = 50;

pub(super) fn must_be_free(shop: u16, simulator: u16) -> Outcome {
    let two = [("shop", "--port", shop), ("simulator", "--simulator-port", simulator)];
    if let Some((whose, option, port)) = two.into_iter().find(|(_, _, port)| !is_free(*port)) {
        let what = format!(
            "port {port}, where the {whose} would be, is taken by another program (a demo still running?)"
        );
        return Err(Problem::new(what).mend(other(option, port)));
    }
    if shop == simulator {
        let what = format!("the shop and the simulator cannot both have port {shop}");
        return Err(Problem::new(what).mend(other("--simulator-port", shop)));
    }
    Ok(())
}

fn other(option: &str, port: u16) -> String {
    let nearby = (1..NEARBY).filter_map(|step| port.checked_add(step));
    let free = nearby.into_iter().find(|port| *port != SHOP && is_free(*port)).unwrap_or(port);
    format!("stop it, or choose another: cargo xtask demo {option} {free}")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_together_with_the_option_that_chooses_another() {
        let Ok(taken) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return };
        let Ok(port) = taken.local_addr().map(|address| address.port()) else { return };
        let Err(problem) = must_be_free(port, SIMULATOR) else { panic!("the port is taken") };
        let text = problem.to_string();
        assert!(text.contains(&format!("port {port}")), "{text}");
        assert!(text.contains("--port "), "{text}");
    }

    #[test]
    fn one_port_is_not_enough_for_two_servers() {
        assert!(must_be_free(SHOP, SHOP).is_err());
    }
}

//! Whether the demo's ports are free, asked before anything long is started.

use crate::problem::{Outcome, Problem};
use std::net::{Ipv4Addr, TcpListener};

pub(super) const SHOP: u16 = 8787;
pub(super) const SIMULATOR: u16 = 8788;

/// How far up a free port is looked for when one must be proposed.
const NEARBY: u16 = 50;

pub(super) fn must_be_free(shop: u16, simulator: u16) -> Outcome {
    if shop == simulator {
        return Err(Problem::new(format!("the shop and the simulator cannot both have port {shop}"))
            .mend(command(shop, next_free(shop, &[shop]))));
    }
    let (shop_free, simulator_free) = (is_free(shop), is_free(simulator));
    let taken = match (shop_free, simulator_free) {
        (true, true) => return Ok(()),
        (false, true) => format!("port {shop}, where the shop would be, is taken by another program"),
        (true, false) => {
            format!("port {simulator}, where the simulator would be, is taken by another program")
        }
        (false, false) => {
            format!("ports {shop} and {simulator} are taken by another program (a demo still running?)")
        }
    };
    let shop = if shop_free { shop } else { next_free(shop, &[simulator]) };
    let simulator = if simulator_free { simulator } else { next_free(simulator, &[shop]) };
    Err(Problem::new(taken).mend(command(shop, simulator)))
}

fn command(shop: u16, simulator: u16) -> String {
    let mut command = "stop it, or choose another: cargo xtask demo".to_owned();
    if shop != SHOP {
        command += &format!(" --port {shop}");
    }
    if simulator != SIMULATOR {
        command += &format!(" --simulator-port {simulator}");
    }
    command
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn next_free(port: u16, not: &[u16]) -> u16 {
    (1..NEARBY)
        .filter_map(|step| port.checked_add(step))
        .find(|port| !not.contains(port) && is_free(*port))
        .unwrap_or(port)
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

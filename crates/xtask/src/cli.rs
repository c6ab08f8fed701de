//! The command line, and the help that teaches it.

use crate::build::Target;
use crate::dist::Part;
use crate::{check, demo, key, offer, prove, test};
use clap::{Parser, Subcommand};

/// Sets up, builds, demonstrates and tests wechatpay-edge.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true,
    after_help = "New here? `cargo xtask demo` is all you need: it installs what is missing, builds, and prints the address\n\
                  of a shop in which you can pay with a simulated phone. `cargo xtask test` proves that it works.\n\n\
                  Everything is installed under target/ and node_modules/; `cargo clean` takes it away again. What\n\
                  the compiler lacks, rustup adds. As root on Debian, apt-get installs the packages of the system that are\n\
                  missing; they are named first, and XTASK_NO_APT=1 forbids it.\n\n\
                  Logs of every tool: target/logs/."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Task,
}

#[derive(Subcommand)]
pub(crate) enum Task {
    /// Install what is missing; every other command does it by itself
    Setup,
    /// Show which tools are there, which are missing, and how to get them
    Doctor,
    /// Build the Worker, the widget and the simulator
    Build {
        /// What to build; everything when none is named
        #[arg(value_enum)]
        targets: Vec<Target>,
        /// Sooner there, and the widget twice as large: for looking and testing
        #[arg(long)]
        quick: bool,
        /// As soon as can be, with all that the tests need; nothing is made small
        #[arg(long, hide = true, conflicts_with = "quick")]
        rough: bool,
    },
    /// Run the shop and a simulated WeChat Pay on this machine
    Demo(demo::Options),
    /// Sign an offer: a price for a page without a catalogue
    Offer(offer::Options),
    /// Make a key for one of the merchant's systems
    Key(key::Options),
    /// Look before a deployment whether everything is as it must be, and say how to mend what is not
    Check(check::Options),
    /// Run every check and every test
    Test(test::Options),
    /// Copy a log of the Worker from stdin, with the names of the functions of the last build in its stacks
    Names,
    /// Weigh what a shopper and Cloudflare load, against the budget
    Size,
    /// Put together what is published, in dist/
    Dist {
        /// What to make; all four when none is named
        #[arg(value_enum)]
        parts: Vec<Part>,
    },
    /// Measure what parsing and signing cost; with `widget` a QR code, with `placing` an order behind a slow
    /// index, with `edge` the Worker beside one in JavaScript
    Bench {
        /// `widget`, `placing`, `edge`, or only the benches whose name has this in it
        filter: Option<String>,
        /// What the bench itself is asked for; `edge -- --help` says what it knows
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Place and pay orders under one fault after the other, and compare the books; `soak -- --help` says
    /// what can be chosen
    Soak {
        /// What the soak itself is asked for
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Feed mangled messages to the parsers for a while
    Fuzz(prove::FuzzOptions),
    /// Change the pure crates in small ways and see whether a test notices
    Mutants(prove::MutantsOptions),
    /// Put small defects into a copy of the project, one by one, and see whether the named test notices
    Sabotage(prove::SabotageOptions),
}

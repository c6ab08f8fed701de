//! The shell around the pure gateway: a port, a clock, deliveries, and files. It decides nothing about
//! payments.

pub(crate) mod cli;
mod clock;
mod config;
mod control;
mod control_actions;
mod decode;
mod delivery;
mod document;
mod gateway_routes;
mod http_client;
mod listen;
mod live_view;
mod phone_routes;
mod router;
mod server_state;
mod startup_message;
mod static_files;

use std::sync::Arc;

use cli::Cli;
use server_state::ServerState;
use simulator::gateway::Gateway;

/// Runs until Ctrl-C or a termination signal.
pub(crate) async fn run(cli: Cli) -> Result<(), String> {
    let setup = config::setup(&cli)?;
    let http = http_client::http_client(&setup.trust)?;
    let listener = listen::bind(&setup.listen).await?;
    let address = listener.local_addr().map_err(|error| format!("the port cannot be read back: {error}"))?;
    let gateway = Gateway::new(setup.merchants, setup.switches.clone(), setup.seed);
    let server = Arc::new(ServerState::new(gateway, setup.switches, http, setup.state_file, setup.log_file)?);
    // Listen for signals before the address is printed: a program that reads the address may stop this one at
    // once.
    let stop = listen::Stop::listen()?;
    startup_message::print(address, &server, &setup.keys_shown);

    let deliveries = tokio::spawn(delivery::run(server.clone()));
    let saver = tokio::spawn(server_state::save_regularly(server.clone()));
    listen::serve(listener, router::router(server.clone()), stop).await;
    deliveries.abort();
    saver.abort();
    server.save();
    println!("stopped");
    Ok(())
}

//! The shell around the pure gateway: a port, a clock, deliveries, files. It decides nothing about payments.

pub(crate) mod cli;
mod clock;
mod config;
mod control;
mod courier;
mod decode;
mod desk;
mod document;
mod gateway_routes;
mod http_client;
mod listen;
mod live;
mod phone;
mod provoke;
mod router;
mod welcome;

use std::sync::Arc;

use cli::Cli;
use desk::Desk;
use simulator::gateway::Gateway;

/// Runs until Ctrl-C or a termination signal.
pub(crate) async fn run(cli: Cli) -> Result<(), String> {
    let setup = config::setup(&cli)?;
    let http = http_client::http_client(&setup.trust)?;
    let listener = listen::bind(&setup.listen).await?;
    let address = listener.local_addr().map_err(|error| format!("the port cannot be read back: {error}"))?;
    let gateway = Gateway::new(setup.merchants, setup.switches.clone(), setup.seed);
    let desk = Arc::new(Desk::new(gateway, setup.switches, http, setup.state_file, setup.log_file)?);
    // Before the address is printed: whoever reads it may stop the program at once.
    let stop = listen::Stop::listen()?;
    welcome::print(address, &desk, &setup.keys_shown);

    let courier = tokio::spawn(courier::work(desk.clone()));
    let keeper = tokio::spawn(desk::keep(desk.clone()));
    listen::serve(listener, router::router(desk.clone()), stop).await;
    courier.abort();
    keeper.abort();
    desk.save();
    println!("stopped");
    Ok(())
}

//! The shell around the pure gateway: a port, a clock, deliveries, and files. It decides nothing about
//! payments.

mod certificates;
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
mod v3_routes;

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
    let tls = match (&cli.tls_listen, &cli.certificates) {
        (Some(address), Some(folder)) => {
            let acceptor = certificates::acceptor(folder)?;
            Some((listen::bind(address).await?, acceptor, listen::Stop::listen()?))
        }
        _ => None,
    };
    let tls_address = tls.as_ref().and_then(|(listener, ..)| listener.local_addr().ok());
    // Listen for signals before the address is printed: a program that reads the address may stop this one at
    // once.
    let stop = listen::Stop::listen()?;
    startup_message::print(address, tls_address.zip(cli.certificates.as_deref()), &server, &setup.keys_shown);

    let deliveries = tokio::spawn(delivery::run(server.clone()));
    let saver = tokio::spawn(server_state::save_regularly(server.clone()));
    let by_tls = tls.map(|(listener, acceptor, stop)| {
        tokio::spawn(listen::serve(listener, Some(acceptor), router::router(server.clone()), stop))
    });
    listen::serve(listener, None, router::router(server.clone()), stop).await;
    if let Some(by_tls) = by_tls {
        // It hears the same signal.
        let _ended = by_tls.await;
    }
    deliveries.abort();
    saver.abort();
    server.save();
    println!("stopped");
    Ok(())
}

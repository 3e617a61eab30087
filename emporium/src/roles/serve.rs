//! `emporium serve ROLE`: from the settings to the end.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};
use serving::config::Settings;
use telemetry::TelemetryConfig;

use super::{
    answering,
    ending::{Running, Signals},
    router, stand_in, work,
};
use crate::ShopError;

/// What a process can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// The users subgraph: accounts, sessions, keys.
    Users,
    /// The products subgraph: catalogue, search, stock, images.
    Products,
    /// The orders subgraph: carts, orders, live streams.
    Orders,
    /// The payments subgraph: payments, refunds, webhooks.
    Payments,
    /// The one graph that clients see.
    Router,
    /// What runs by itself: delivery of events, jobs, search indexing.
    Worker,
    /// The stand-in for Stripe, for the development profile alone.
    StripeEmulator,
}

/// A subgraph by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Domain {
    /// Accounts.
    Users,
    /// Catalogue and stock.
    Products,
    /// Carts and orders.
    Orders,
    /// Money.
    Payments,
}

impl Domain {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Users, Self::Products, Self::Orders, Self::Payments];

    /// Its name as a section of the settings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Products => "products",
            Self::Orders => "orders",
            Self::Payments => "payments",
        }
    }
}

impl Role {
    /// The subgraphs whose databases and parts it works with; `of` narrows a worker.
    pub(crate) fn domains(self, of: &[Domain]) -> Vec<Domain> {
        match self {
            Self::Users => vec![Domain::Users],
            Self::Products => vec![Domain::Products],
            Self::Orders => vec![Domain::Orders],
            Self::Payments => vec![Domain::Payments],
            Self::Worker if of.is_empty() => Domain::ALL.to_vec(),
            Self::Worker => of.to_vec(),
            Self::Router | Self::StripeEmulator => Vec::new(),
        }
    }
}

/// Which role, and where.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServeArgs {
    /// What this process is.
    #[arg(value_enum)]
    pub(crate) role: Role,
    /// A worker only: which subgraphs it works for, separated by commas. Without it: all of them.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SUBGRAPHS")]
    pub(crate) of: Vec<Domain>,
    /// Where it listens, such as 0.0.0.0:4100; port 0 takes a free one. The log says which.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
}

/// Runs one role until SIGTERM or SIGINT, then drains; a second signal ends at once.
pub(crate) async fn serve(
    settings: Settings,
    data: PathBuf,
    args: ServeArgs,
) -> Result<(), String> {
    let config: TelemetryConfig = settings
        .section("telemetry", telemetry::DEFAULTS)
        .map_err(|error| error.to_string())?;
    let telemetry = telemetry::init(&config).map_err(|error| error.to_string())?;
    let mut signals = Signals::listen()?;
    let role = args.role;
    let running = tokio::select! {
        started = start(settings, data, args) => started.map_err(|error| error.to_string())?,
        () = signals.wait() => return Err("ended while it started".to_owned()),
    };
    tracing::info!(role = ?role, address = %running.address, "serving");
    signals.wait().await;
    tracing::info!("ending: finishing what is under way; a second signal ends at once");
    tokio::select! {
        () = running.end => {
            telemetry.shutdown();
            Ok(())
        }
        () = signals.wait() => Err("ended at once by a second signal".to_owned()),
    }
}

async fn start(given: Settings, data: PathBuf, args: ServeArgs) -> Result<Running, ShopError> {
    let ServeArgs { role, of, listen } = args;
    let domains = role.domains(&of);
    match role {
        Role::Users => answering::start::<users::Users>(given, data, listen).await,
        Role::Products => answering::start::<products::Products>(given, data, listen).await,
        Role::Orders => answering::start::<orders::Orders>(given, data, listen).await,
        Role::Payments => answering::start::<payments::Payments>(given, data, listen).await,
        Role::Router => router::start(given, data, listen).await,
        Role::Worker => work::start(given, data, listen, &domains).await,
        Role::StripeEmulator => stand_in::start(&given, &data, listen).await,
    }
}

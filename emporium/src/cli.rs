//! The command line.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serving::config::Settings;
use uuid::Uuid;

use crate::{commands, control::Command, roles};

/// A federated GraphQL backend for a shop. Without a command it runs the whole shop in this process.
#[derive(Debug, Parser)]
#[command(name = "emporium", version, arg_required_else_help = false)]
pub struct Cli {
    /// The folder that holds the shop's data.
    #[arg(
        long,
        global = true,
        env = "EMPORIUM_DATA",
        hide_env_values = true,
        default_value = "data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// A file of settings in TOML; the environment (EMPORIUM__SECTION__KEY) goes above it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the whole shop in this process (the default).
    Up,
    /// Run one part of the shop in this process, on servers that all parts share.
    Serve(roles::ServeArgs),
    /// Bring all databases up to date, and the topics of Kafka where it is set, and end.
    Migrate,
    /// Add the demo accounts and catalogue, if they are missing.
    Seed {
        /// Add this many generated products too, for load work. The same number gives the same products.
        #[arg(long, default_value_t = 0, value_name = "N")]
        products: u32,
    },
    /// Build the search index anew, while the shop runs or not.
    Reindex,
    /// Look at events that are held back, and let them go on.
    #[command(subcommand)]
    Events(EventsVerb),
    /// Look at the keys that sign access tokens, and rotate them.
    #[command(subcommand)]
    Keys(KeysVerb),
    /// Compose the graph's schema, or check it for breaking changes.
    #[command(subcommand)]
    Schema(SchemaVerb),
    /// Check everything the shop depends on, and say how to mend what is wrong.
    Doctor {
        /// Check the invariants of stock, orders and money instead, over all databases and the payment provider.
        #[arg(long)]
        invariants: bool,
        /// Answers that shoppers received, one JSON object a line: none of them may be lost.
        #[arg(long, value_name = "FILE", requires = "invariants")]
        journal: Option<PathBuf>,
    },
    /// Measure a shop of its own, in a temporary folder. Prints one JSON object a line.
    Bench(commands::BenchArgs),
}

#[derive(Debug, Subcommand)]
enum EventsVerb {
    /// List parked events and those behind them.
    List {
        /// Those that wait for a retry too.
        #[arg(long)]
        waiting: bool,
    },
    /// Let parked events be tried again, in order. Without a selection: all of them.
    Replay(Selection),
    /// Announce the present state of everything in a topic again, so that copies of it are rebuilt.
    Republish {
        /// The topic: products.catalog or products.inventory.
        topic: String,
    },
}

#[derive(Debug, Args)]
struct Selection {
    /// Only those of this handler.
    #[arg(long)]
    handler: Option<String>,
    /// Only those of this aggregate.
    #[arg(long)]
    aggregate: Option<Uuid>,
    /// Only this one.
    #[arg(long)]
    event: Option<Uuid>,
}

#[derive(Debug, Subcommand)]
enum KeysVerb {
    /// Show the keys and their states.
    List,
    /// Publish a new key and let it take over; nobody is logged out.
    Rotate,
}

#[derive(Debug, Subcommand)]
enum SchemaVerb {
    /// Write schema/<subgraph>.graphql and schema/supergraph.graphql.
    Compose {
        /// Only compare them with what would be written; fail when they differ.
        #[arg(long)]
        check: bool,
    },
    /// Compare schema/supergraph.graphql with the last release in schema/released/; fail on a breaking change.
    Check,
    /// Make schema/supergraph.graphql the released one.
    Release,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // More than one provider of TLS is in the tree, so one is chosen before anything connects.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        eprintln!("emporium: TLS was set up twice");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("emporium: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("emporium: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), String> {
    let settings = Settings::load(cli.config.as_deref()).map_err(|error| error.to_string())?;
    let verb = cli.verb.unwrap_or(Verb::Up);
    let problems = match &verb {
        Verb::Serve(args) => roles::problems(&settings, args),
        _ => crate::settings::problems(&settings),
    };
    if !problems.is_empty() {
        return Err(crate::settings::told(&problems));
    }
    let place = commands::Place {
        settings,
        data: cli.data,
    };
    match verb {
        Verb::Up => commands::up(place).await,
        Verb::Serve(args) => roles::serve(place.settings, place.data, args).await,
        Verb::Migrate => commands::migrate(place).await,
        Verb::Seed { products } => place.order(Command::Seed { products }).await,
        Verb::Reindex => place.order(Command::Reindex).await,
        Verb::Events(EventsVerb::List { waiting }) => {
            place.order(Command::ListEvents { waiting }).await
        }
        Verb::Events(EventsVerb::Replay(Selection {
            handler,
            aggregate,
            event,
        })) => {
            place
                .order(Command::ReplayEvents {
                    handler,
                    aggregate,
                    event,
                })
                .await
        }
        Verb::Events(EventsVerb::Republish { topic }) => {
            place.order(Command::RepublishEvents { topic }).await
        }
        Verb::Keys(KeysVerb::List) => place.order(Command::ListKeys).await,
        Verb::Keys(KeysVerb::Rotate) => place.order(Command::RotateKeys).await,
        Verb::Schema(SchemaVerb::Compose { check }) => commands::compose(check),
        Verb::Schema(SchemaVerb::Check) => commands::check_schema(),
        Verb::Schema(SchemaVerb::Release) => commands::release_schema(),
        Verb::Doctor {
            invariants: false, ..
        } => place.order(Command::Doctor).await,
        Verb::Doctor {
            invariants: true,
            journal,
        } => {
            let journal = match journal {
                None => Vec::new(),
                Some(file) => std::fs::read_to_string(&file)
                    .map_err(|error| {
                        format!("cannot read the journal {}: {error}", file.display())
                    })?
                    .lines()
                    .map(ToOwned::to_owned)
                    .collect(),
            };
            place.order(Command::Invariants { journal }).await
        }
        Verb::Bench(args) => commands::bench(args).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}

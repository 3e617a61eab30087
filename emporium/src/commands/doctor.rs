//! `emporium doctor`: is everything there that the shop depends on?

use std::{path::PathBuf, sync::Arc};

use clock::Clock;
use database::Database;
use identity::{KeyRing, Verifier};
use router::RouterConfig;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serving::{Check, Subgraph, config::Settings};

use super::Reporter;
use crate::{
    ShopError, control::Report, databases, delivery, process::Process, settings::ShopSettings,
    subgraphs::Subgraphs,
};

/// Tells of each check and counts those that found something wrong.
struct Round<'a> {
    report: Reporter<'a>,
    ill: usize,
}

impl Round<'_> {
    fn tell(&mut self, check: Check) {
        let line = match check.outcome {
            Ok(found) => format!("ok    {}: {found}", check.name),
            Err(wrong) => {
                self.ill += 1;
                format!("WRONG {}: {wrong}", check.name)
            }
        };
        (self.report)(Report::Line(line));
    }

    /// The servers that all subgraphs share.
    async fn shared(&mut self, process: &Process) -> Result<(), String> {
        let kafka = delivery::check(process).await;
        if let Some(check) = kafka.map_err(|error| error.to_string())? {
            self.tell(check);
        }
        if let Some(check) = redis(&process.settings).await? {
            self.tell(check);
        }
        Ok(())
    }

    async fn database<S: Subgraph>(&mut self, process: &Process) {
        match databases::attach::<S>(&process.settings, &process.clock).await {
            Ok(database) => {
                if let Some(check) = server(S::NAME, &database).await {
                    self.tell(check);
                }
                databases::close(S::NAME, &database).await;
            }
            Err(error) => self.tell(Check {
                name: format!("{} server", S::NAME),
                outcome: Err(error.to_string()),
            }),
        }
    }

    fn end(self) -> Result<(), String> {
        if self.ill == 0 {
            Ok(())
        } else {
            Err(format!(
                "{} of the checks above found something wrong",
                self.ill
            ))
        }
    }
}

/// Checks every dependency; fails when one is not well.
pub(crate) async fn doctor(shop: &Subgraphs, report: Reporter<'_>) -> Result<(), String> {
    let mut round = Round { report, ill: 0 };
    round.shared(&shop.process).await?;
    for subgraph in shop.all() {
        if let Some(check) = server(subgraph.name(), subgraph.database()).await {
            round.tell(check);
        }
        for check in subgraph.checks().await {
            round.tell(check);
        }
        for check in subgraph.side_checks().await {
            round.tell(check);
        }
        let lag = messaging::outbox::lag(subgraph.database().read()).await;
        round.tell(Check {
            name: format!("{} outbox", subgraph.name()),
            outcome: lag
                .map(|lag| format!("{} events on their way", lag.pending))
                .map_err(|error| error.to_string()),
        });
    }
    round.tell(provider(shop)?);
    round.end()
}

/// Checks what can be looked at while a database does not answer, or is not up to date; fails for that reason at least.
pub(crate) async fn servers(
    settings: Settings,
    data: PathBuf,
    report: Reporter<'_>,
) -> Result<(), String> {
    let text = |error: ShopError| error.to_string();
    let clock = Clock::system();
    // Nobody's token is verified here.
    let verifier = Verifier::new(Arc::new(KeyRing::none(clock.clone())), "", clock.clone());
    let process = Process::new(settings, clock, Arc::new(verifier), data).map_err(text)?;
    let mut round = Round { report, ill: 0 };
    round.shared(&process).await?;
    round.database::<users::Users>(&process).await;
    round.database::<products::Products>(&process).await;
    round.database::<orders::Orders>(&process).await;
    round.database::<payments::Payments>(&process).await;
    round.tell(Check {
        name: "search index, payment provider, outboxes".to_owned(),
        outcome: Err("are looked at once every database answers".to_owned()),
    });
    round.end()
}

/// The PostgreSQL that a subgraph is on.
async fn server(subgraph: &str, database: &Database) -> Option<Check> {
    if database.backend() != DbBackend::Postgres {
        return None;
    }
    let asked = Statement::from_string(
        DbBackend::Postgres,
        "SELECT current_setting('server_version') AS version, current_database()::text AS name",
    );
    let told = database.read().query_one_raw(asked).await;
    let outcome = match told {
        Ok(Some(row)) => {
            let text = |column| row.try_get::<String>("", column).unwrap_or_default();
            Ok(format!(
                "PostgreSQL {}, database {}",
                text("version"),
                text("name")
            ))
        }
        Ok(None) => Err("no answer".to_owned()),
        Err(error) => Err(format!(
            "{error}; see that the server runs and that `database.{subgraph}` is right"
        )),
    };
    Some(Check {
        name: format!("{subgraph} server"),
        outcome,
    })
}

/// The Redis that routers share, when one is set.
async fn redis(settings: &Settings) -> Result<Option<Check>, String> {
    let config: RouterConfig = settings
        .section("router", router::DEFAULTS)
        .map_err(|error| error.to_string())?;
    let outcome = router::check_redis(&config).await;
    Ok(outcome.map(|outcome| Check {
        name: "redis".to_owned(),
        outcome: outcome.map_err(|error| {
            format!("{error}; see that it runs and that `router.redis_url` is right")
        }),
    }))
}

/// Where payments go. Whether it answers is among the checks of payments.
fn provider(shop: &Subgraphs) -> Result<Check, String> {
    let text = |error: serving::config::SettingError| error.to_string();
    let settings = &shop.process.settings;
    let config: payments::Config = settings
        .section("payments", payments::Payments::DEFAULTS)
        .map_err(text)?;
    let emulated = ShopSettings::of(settings)
        .map_err(text)?
        .stripe_emulator_url;
    let found = match shop.emulator {
        Some(address) => format!("the built-in Stripe emulator at http://{address}"),
        None if !emulated.is_empty() => format!("the Stripe emulator at {emulated}"),
        None if config.api_url.is_empty() => "Stripe".to_owned(),
        None => format!("Stripe's API at {}", config.api_url),
    };
    Ok(Check {
        name: "payments go to".to_owned(),
        outcome: Ok(found),
    })
}

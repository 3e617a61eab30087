//! `emporium doctor`: is everything there that the shop depends on?

use database::Database;
use router::RouterConfig;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serving::{Check, Subgraph, config::Settings};

use super::Reporter;
use crate::{control::Report, delivery, settings::ShopSettings, subgraphs::Subgraphs};

/// Checks every dependency; fails when one is not well.
pub(crate) async fn doctor(shop: &Subgraphs, report: Reporter<'_>) -> Result<(), String> {
    let mut ill = 0;
    let mut tell = |check: Check| {
        let line = match check.outcome {
            Ok(found) => format!("ok    {}: {found}", check.name),
            Err(wrong) => {
                ill += 1;
                format!("WRONG {}: {wrong}", check.name)
            }
        };
        report(Report::Line(line));
    };
    let kafka = delivery::check(&shop.process).await;
    if let Some(check) = kafka.map_err(|error| error.to_string())? {
        tell(check);
    }
    if let Some(check) = redis(&shop.process.settings).await? {
        tell(check);
    }
    for subgraph in shop.all() {
        if let Some(check) = server(subgraph.name(), subgraph.database()).await {
            tell(check);
        }
        for check in subgraph.checks().await {
            tell(check);
        }
        for check in subgraph.side_checks().await {
            tell(check);
        }
        let lag = messaging::outbox::lag(subgraph.database().read()).await;
        tell(Check {
            name: format!("{} outbox", subgraph.name()),
            outcome: lag
                .map(|lag| format!("{} events on their way", lag.pending))
                .map_err(|error| error.to_string()),
        });
    }
    tell(provider(shop)?);
    if ill == 0 {
        Ok(())
    } else {
        Err(format!("{ill} of the checks above found something wrong"))
    }
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

//! What a person reads when the shop starts.

use std::{net::SocketAddr, path::Path, time::Duration};

use crate::front::Front;

/// The first start in a folder takes a moment longer.
pub(crate) fn first_start(folder: &Path) {
    eprintln!(
        "First start: making the databases and a demo catalogue in {} …",
        folder.display()
    );
}

/// Where to click.
pub(crate) fn ready(front: &Front, emulator: Option<SocketAddr>, took: Duration) {
    let base = front.url();
    eprintln!();
    eprintln!("Emporium is open (started in {} ms).", took.as_millis());
    eprintln!("  Playground  {base}/");
    eprintln!("  GraphQL     {base}/graphql");
    eprintln!("  Health      {base}/health/ready");
    eprintln!("  Metrics     {base}/metrics");
    match emulator {
        Some(address) => eprintln!(
            "  Payments    built-in Stripe emulator at http://{address} (no Stripe key is set; test cards such as pm_card_visa)"
        ),
        None => eprintln!("  Payments    Stripe"),
    }
    eprintln!(
        "  Accounts    shopper@emporium.example, staff@emporium.example, admin@emporium.example (README.md has the passwords)"
    );
    eprintln!();
}

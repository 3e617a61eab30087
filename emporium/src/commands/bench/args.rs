//! What to measure.

use clap::{Args, ValueEnum};

/// What to measure, and how long.
#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// What to measure; several are separated by commas. Without it: everything.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME")]
    pub(super) scenario: Vec<Scenario>,
    /// How many clients at once, each on a connection of its own; one measurement for each number.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) clients: Vec<u32>,
    /// How many generated products beside the demo catalogue; one shop for each number.
    #[arg(long, value_delimiter = ',', default_value = "1000", value_name = "N")]
    pub(super) products: Vec<u32>,
    /// How long each measurement lasts, after a second to warm up. At most 600: access tokens last no longer.
    #[arg(long, default_value_t = 5, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) seconds: u64,
    /// A shop that runs already, such as http://localhost:4000, instead of one of its own. Raise its limits first:
    /// router.rates.enabled = false, users.registrations_per_address. It is bought from in earnest.
    #[arg(long, value_name = "URL")]
    pub(super) url: Option<String>,
    /// The same afterwards on a shop whose roles run apart, two replicas of each, on the servers that the settings name
    /// (`tests/servers/up --settings` prints them). It makes databases of its own there, which the user in
    /// database.users must be allowed to, and drops them.
    #[arg(long, conflicts_with = "url")]
    pub(super) servers: bool,
}

/// Something to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Scenario {
    /// From the start of the process to its first answer: on existing data, and on an empty folder.
    ColdStart,
    /// Memory of a shop that nobody visits.
    Memory,
    /// A page of 20 products with name, slug and price, from anywhere in the catalogue.
    List,
    /// One product with its variants, by slug.
    Detail,
    /// One word, the best 20 hits, one facet with counts.
    Search,
    /// A signed-in shopper adds a product to the cart.
    CartAdd,
    /// A whole purchase, from the search to PAID.
    Checkout,
    /// From placeOrder to AWAITING_PAYMENT at the subscriber, at 50 orders a second.
    Latency,
    /// From the commit of a cancellation to CANCELLED at the subscriber.
    Wake,
    /// Everybody wants the same variant: 10,000 orders, until all of their stock is reserved.
    FlashSale,
    /// The search index anew.
    Reindex,
}

impl Scenario {
    /// What it is called in results, as on the command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ColdStart => "cold-start",
            Self::Memory => "memory",
            Self::List => "list",
            Self::Detail => "detail",
            Self::Search => "search",
            Self::CartAdd => "cart-add",
            Self::Checkout => "checkout",
            Self::Latency => "latency",
            Self::Wake => "wake",
            Self::FlashSale => "flash-sale",
            Self::Reindex => "reindex",
        }
    }
}

impl BenchArgs {
    /// Whether `scenario` is to be measured.
    pub(super) fn wants(&self, scenario: Scenario) -> bool {
        self.scenario.is_empty() || self.scenario.contains(&scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_and_command_line_use_the_same_names() {
        for scenario in Scenario::value_variants() {
            let value = scenario.to_possible_value().unwrap();
            assert_eq!(value.get_name(), scenario.name());
        }
    }
}

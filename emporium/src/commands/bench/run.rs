//! One measurement after the other.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    args::{BenchArgs, Scenario},
    catalogue::Catalogue,
    connection::{Connection, Target},
    process::Process,
    record::Printer,
    scenarios,
    shop_process::{self, ShopProcess},
};

/// A shop to measure, and what is known of it.
pub(super) struct Subject<'a> {
    pub(super) target: Target,
    pub(super) process: Process,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) products: Option<u32>,
    pub(super) span: Duration,
    pub(super) printer: &'a Printer,
}

/// Measures what `args` ask for; fails when an operation did, or an invariant does not hold.
pub(crate) async fn bench(args: BenchArgs) -> Result<(), String> {
    let printer = Printer::new();
    if let Some(url) = &args.url {
        eprintln!(
            "measuring {url}: without cold start, memory, processor time and invariants, which need a shop of one's own"
        );
        let subject =
            Subject::of(Target::parse(url)?, Process(None), None, &args, &printer).await?;
        visit(&subject, &args).await?;
    } else {
        for products in &args.products {
            own_shop(*products, &args, &printer).await?;
        }
    }
    match printer.errors() {
        0 => Ok(()),
        errors => Err(format!("{errors} operations did not go well")),
    }
}

async fn own_shop(products: u32, args: &BenchArgs, printer: &Printer) -> Result<(), String> {
    let folder = tempfile::Builder::new()
        .prefix("emporium-bench-")
        .tempdir()
        .map_err(|error| error.to_string())?;
    let data = &folder.path().join("data");
    eprintln!("seeding {products} products");
    shop_process::run(data, &["seed", "--products", &products.to_string()]).await?;
    if args.wants(Scenario::ColdStart) {
        eprintln!("starting, again and again");
        scenarios::cold_start(data, products, printer).await?;
        scenarios::first_start(folder.path(), printer).await?;
    }
    let shop = ShopProcess::start(data).await?;
    if args.wants(Scenario::Memory) {
        eprintln!("waiting, to see how much memory it takes");
        scenarios::memory(&shop, products, printer).await;
    }
    let subject = Subject::of(
        shop.target.clone(),
        shop.process(),
        Some(products),
        args,
        printer,
    )
    .await?;
    if visit(&subject, args).await? {
        invariants(data).await?;
    }
    shop.stop().await
}

impl<'a> Subject<'a> {
    async fn of(
        target: Target,
        process: Process,
        products: Option<u32>,
        args: &BenchArgs,
        printer: &'a Printer,
    ) -> Result<Self, String> {
        let catalogue = Arc::new(Catalogue::read(&mut Connection::open(&target).await?).await?);
        Ok(Self {
            target,
            process,
            catalogue,
            products,
            span: Duration::from_secs(args.seconds),
            printer,
        })
    }
}

/// Measures everything that clients do; tells whether something was bought.
async fn visit(subject: &Subject<'_>, args: &BenchArgs) -> Result<bool, String> {
    for clients in args.clients.iter().copied() {
        for scenario in [
            Scenario::List,
            Scenario::Detail,
            Scenario::Search,
            Scenario::CartAdd,
            Scenario::Checkout,
        ] {
            if !args.wants(scenario) {
                continue;
            }
            eprintln!("measuring {} with {clients} clients", scenario.name());
            let measured = match scenario {
                Scenario::List => scenarios::list(subject, clients).await?,
                Scenario::Detail => scenarios::detail(subject, clients).await?,
                Scenario::Search => scenarios::search(subject, clients).await?,
                Scenario::CartAdd => scenarios::cart_add(subject, clients).await?,
                _ => scenarios::checkout(subject, clients).await?,
            };
            subject
                .printer
                .print(scenario.name(), clients, subject.products, measured);
        }
    }
    if args.wants(Scenario::Latency) {
        eprintln!("measuring the time to AWAITING_PAYMENT");
        let measured = scenarios::latency(subject).await?;
        subject.printer.print(
            "latency",
            scenarios::LATENCY_SHOPPERS,
            subject.products,
            measured,
        );
    }
    Ok(args.wants(Scenario::Checkout) || args.wants(Scenario::Latency))
}

/// Do stock, orders and money agree after all that?
async fn invariants(data: &Path) -> Result<(), String> {
    let found = shop_process::run(data, &["doctor", "--invariants"]).await?;
    eprint!("{found}");
    Ok(())
}

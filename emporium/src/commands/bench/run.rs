//! One measurement after the other.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tempfile::TempDir;

use super::{
    args::{BenchArgs, Scenario},
    catalogue::Catalogue,
    connection::{Connection, Target},
    process::Process,
    record::Printer,
    roles::{Ground, Roles},
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
        let subject = Subject::of(
            Target::parse(url)?,
            Process::default(),
            None,
            &args,
            &printer,
        )
        .await?;
        visit(&subject, &args).await?;
    } else {
        for products in &args.products {
            own_shop(*products, &args, &printer).await?;
            if args.servers {
                shop_on_servers(*products, &args, &printer).await?;
            }
        }
    }
    match printer.errors() {
        0 => Ok(()),
        errors => Err(format!("{errors} operations did not go well")),
    }
}

/// Where a shop of the bench's own keeps its things, and what its processes are told.
pub(super) struct Home<'a> {
    pub(super) folder: &'a Path,
    settings: &'a [(String, String)],
}

impl Home<'_> {
    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs a command on this shop to its end.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<String, String> {
        shop_process::run(&self.data(), self.settings, arguments).await
    }
}

fn folder() -> Result<TempDir, String> {
    tempfile::Builder::new()
        .prefix("emporium-bench-")
        .tempdir()
        .map_err(|error| error.to_string())
}

async fn own_shop(products: u32, args: &BenchArgs, printer: &Printer) -> Result<(), String> {
    let folder = folder()?;
    let home = Home {
        folder: folder.path(),
        settings: &[],
    };
    let data = &home.data();
    eprintln!("seeding {products} products");
    home.run(&["seed", "--products", &products.to_string()])
        .await?;
    if args.wants(Scenario::ColdStart) {
        eprintln!("starting, again and again");
        scenarios::cold_start(data, products, printer).await?;
        scenarios::first_start(folder.path(), printer).await?;
    }
    let shop = ShopProcess::start(data).await?;
    let known = (shop.target.clone(), shop.process());
    measure(&home, known, products, args, printer).await?;
    shop.stop().await
}

/// The same scenarios on a shop whose roles run apart.
async fn shop_on_servers(products: u32, args: &BenchArgs, printer: &Printer) -> Result<(), String> {
    let folder = folder()?;
    let ground = Ground::make(folder.path()).await?;
    let home = Home {
        folder: folder.path(),
        settings: &ground.settings,
    };
    printer.roles_apart(true);
    let measured = on_ground(&ground, &home, products, args, printer).await;
    printer.roles_apart(false);
    ground.leave().await?;
    measured
}

async fn on_ground(
    ground: &Ground,
    home: &Home<'_>,
    products: u32,
    args: &BenchArgs,
    printer: &Printer,
) -> Result<(), String> {
    eprintln!("seeding {products} products on the servers");
    home.run(&["keys", "rotate"]).await?;
    home.run(&["migrate"]).await?;
    home.run(&["seed", "--products", &products.to_string()])
        .await?;
    let roles = Roles::start(ground, home).await?;
    let known = (roles.target.clone(), roles.process());
    let measured = measure(home, known, products, args, printer).await;
    roles.stop().await?;
    measured
}

async fn measure(
    home: &Home<'_>,
    (target, process): (Target, Process),
    products: u32,
    args: &BenchArgs,
    printer: &Printer,
) -> Result<(), String> {
    if args.wants(Scenario::Memory) {
        eprintln!("waiting, to see how much memory it takes");
        scenarios::memory(&process, products, printer).await;
    }
    let subject = Subject::of(target, process, Some(products), args, printer).await?;
    let bought = visit(&subject, args).await?;
    if args.wants(Scenario::Reindex) {
        eprintln!("building the search index anew");
        scenarios::reindex(home, products, printer).await?;
    }
    if bought {
        eprint!("{}", home.run(&["doctor", "--invariants"]).await?);
    }
    Ok(())
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
            Scenario::Wake,
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
                Scenario::Wake => scenarios::wake(subject, clients).await?,
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
    if args.wants(Scenario::FlashSale) {
        eprintln!("measuring a flash sale");
        let measured = scenarios::flash_sale(subject).await?;
        let clients = scenarios::FLASH_SALE_SHOPPERS;
        subject
            .printer
            .print("flash-sale", clients, subject.products, measured);
    }
    let buys = [
        Scenario::Checkout,
        Scenario::Latency,
        Scenario::Wake,
        Scenario::FlashSale,
    ];
    Ok(buys.into_iter().any(|scenario| args.wants(scenario)))
}

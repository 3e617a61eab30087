//! Many shoppers who buy at once for as long as a test lasts.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    task::JoinHandle,
    time::{Interval, MissedTickBehavior},
};

use crate::{Client, Journal, PatientShopper};

/// For the first purchases, on whatever machine.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often each code of an error came that a shopper had to be patient with.
pub type Codes = Arc<Mutex<BTreeMap<String, usize>>>;

/// Shoppers who buy until they are sent home.
pub struct Crowd {
    shared: Arc<Shared>,
    shoppers: Vec<JoinHandle<()>>,
}

struct Shared {
    began: Instant,
    stop: AtomicBool,
    bought: AtomicUsize,
    /// When the youngest finished purchase began, in milliseconds since the crowd did.
    youngest: AtomicU64,
    codes: Codes,
    /// How long somebody took to buy with everything well.
    calm: OnceLock<Duration>,
    /// When the next purchase may begin.
    pace: Option<tokio::sync::Mutex<Interval>>,
}

impl Crowd {
    /// So many shoppers, spread over the shop's doors; each buys one of the variants after another, and every fifth
    /// purchase is cancelled before it is paid. Purchases begin no closer together than `pace`; with zero, one after another.
    pub fn gather(
        doors: &[Client],
        journal: &Arc<Journal>,
        variants: &[String],
        shoppers: usize,
        pace: Duration,
    ) -> Self {
        let pace = (!pace.is_zero()).then(|| {
            let mut beats = tokio::time::interval(pace);
            // What was missed while all were waiting is not made up for.
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
            tokio::sync::Mutex::new(beats)
        });
        let shared = Arc::new(Shared {
            began: Instant::now(),
            stop: AtomicBool::new(false),
            bought: AtomicUsize::new(0),
            youngest: AtomicU64::new(0),
            codes: Codes::default(),
            calm: OnceLock::new(),
            pace,
        });
        let shoppers = (0..shoppers)
            .map(|number| {
                let door = doors[number % doors.len()].clone();
                let (shared, journal) = (Arc::clone(&shared), Arc::clone(journal));
                let variants = variants.to_vec();
                tokio::spawn(shop(shared, door, journal, variants, number))
            })
            .collect();
        Self { shared, shoppers }
    }

    /// Purchases that were finished so far.
    pub fn bought(&self) -> usize {
        self.shared.bought.load(Ordering::Relaxed)
    }

    /// Waits until everybody has bought on average, and sees how long that takes with everything well: the measure of this
    /// machine.
    pub async fn warms_up(&self) {
        let began = Instant::now();
        while self.bought() < self.shoppers.len() {
            assert!(
                began.elapsed() < PATIENCE,
                "nobody buys: {:?}",
                self.codes()
            );
            self.all_are_well();
            // Between two looks at the condition.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let calm = self.next_purchase(PATIENCE, "at the beginning").await;
        println!("with everything well somebody buys within {calm:?}");
        // A crowd warms up once.
        let _ = self.shared.calm.set(calm);
    }

    /// Waits until a purchase is finished that began after now; gives how long that took. Fails the test when it was not
    /// [`Crowd::in_time`].
    pub async fn buys_again(&self, after: &str) -> Duration {
        let took = self.next_purchase(PATIENCE, after).await;
        self.in_time(took, after).await;
        took
    }

    /// Waits until so many more purchases are finished; gives how long that took. Fails the test when it was not
    /// [`Crowd::in_time`].
    pub async fn buys_on(&self, purchases: usize, when: &str) -> Duration {
        let (began, before) = (Instant::now(), self.bought());
        while self.bought() < before + purchases {
            assert!(began.elapsed() < PATIENCE, "nobody buys {when}");
            self.all_are_well();
            // Between two looks at the condition.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let took = began.elapsed();
        self.in_time(took, when).await;
        took
    }

    /// Fails the test when something took longer than 30 seconds where somebody buys within 2 with everything well, or in
    /// proportion on a machine that is slower: than it was at first, or has become, because it has more to do meanwhile.
    pub async fn in_time(&self, took: Duration, what: &str) {
        let calm = *self.shared.calm.get().expect("it has warmed up");
        if took < in_proportion(calm) {
            return;
        }
        let mut calm = PATIENCE;
        for _ in 0..3 {
            calm = calm.min(self.next_purchase(PATIENCE, "by now").await);
        }
        let within = in_proportion(calm);
        println!("{took:?} {what}; by now somebody buys within {calm:?}");
        assert!(
            took < within,
            "it took {took:?} and not {within:?} {what}; codes so far: {:?}",
            self.codes()
        );
    }

    async fn next_purchase(&self, within: Duration, after: &str) -> Duration {
        let now = self.shared.now();
        let began = Instant::now();
        while self.shared.youngest.load(Ordering::Relaxed) <= now {
            assert!(
                began.elapsed() < within,
                "nobody could buy within {within:?} {after}; codes so far: {:?}",
                self.codes()
            );
            self.all_are_well();
            // Between two looks at the condition.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    /// What shoppers had to be patient with so far.
    pub fn codes(&self) -> BTreeMap<String, usize> {
        self.shared.codes.lock().expect("nobody failed").clone()
    }

    /// Sends everybody home when their purchase at hand is done; gives the number of purchases.
    pub async fn go_home(self) -> usize {
        self.shared.stop.store(true, Ordering::Relaxed);
        for shopper in self.shoppers {
            shopper.await.expect("a shopper who was served");
        }
        self.shared.bought.load(Ordering::Relaxed)
    }

    fn all_are_well(&self) {
        let gone = self.shoppers.iter().filter(|shopper| shopper.is_finished());
        assert_eq!(gone.count(), 0, "a shopper gave up");
    }
}

fn in_proportion(calm: Duration) -> Duration {
    Duration::from_secs(30).mul_f64((calm.as_secs_f64() / 2.0).max(1.0))
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).expect("a test does not last so long")
    }
}

async fn shop(
    shared: Arc<Shared>,
    door: Client,
    journal: Arc<Journal>,
    variants: Vec<String>,
    number: usize,
) {
    let shopper = PatientShopper::register(&door, &journal)
        .await
        .telling(&shared.codes);
    for round in number.. {
        if let Some(pace) = &shared.pace {
            pace.lock().await.tick().await;
        }
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let began = shared.now();
        let variant = &variants[round % variants.len()];
        if shopper.buy(variant, round % 5 == 0).await {
            shared.youngest.fetch_max(began, Ordering::Relaxed);
            shared.bought.fetch_add(1, Ordering::Relaxed);
        }
    }
}

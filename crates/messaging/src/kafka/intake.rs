//! What has been fetched and is not handled yet: a queue for each partition, a lane of partitions for each worker.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Range,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use events::Envelope;
use tokio::sync::Notify;

/// A partition of a topic.
pub(super) type Place = (Arc<str>, i32);

/// What a message turned out to be.
pub(super) enum Content {
    /// An event that someone here takes.
    Event(Envelope),
    /// An event that nobody here takes.
    Other,
    /// No event of ours: its letter, and what is wrong.
    Unreadable(Envelope, String),
}

/// A fetched message.
pub(super) struct Item {
    pub(super) offset: i64,
    pub(super) bytes: usize,
    pub(super) content: Content,
}

/// The bounds of what waits in memory.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Events that are taken at once.
    pub(super) batch: usize,
    /// Events of a partition.
    pub(super) events: usize,
    /// Bytes of a partition.
    pub(super) bytes: usize,
}

/// All that was fetched for one group. The thread that polls puts in; workers take out.
pub(super) struct Intake {
    lanes: Vec<Lane>,
    limits: Limits,
}

struct Lane {
    state: Mutex<State>,
    /// Something came, or a partition went.
    news: Notify,
    /// Nothing of a partition is at hand any more.
    settled: Condvar,
}

#[derive(Default)]
struct State {
    queues: BTreeMap<Place, Queue>,
    at_hand: BTreeSet<(Place, u64)>,
    /// Counts assignments: a batch of an earlier one says nothing about a later one.
    assignments: u64,
    /// The partition that was served first last time.
    turn: usize,
    closed: bool,
}

struct Queue {
    assignment: u64,
    items: VecDeque<Item>,
    bytes: usize,
    paused: bool,
    leaving: bool,
    /// The offset after the last one that is handled, when it has not been told yet.
    handled: Option<i64>,
}

/// Events of some partitions, each one's in order, and whatever else lay between them.
pub(super) struct Batch {
    pub(super) events: Vec<Envelope>,
    pub(super) letters: Vec<(Envelope, String)>,
    shares: Vec<Share>,
}

struct Share {
    place: Place,
    assignment: u64,
    events: Range<usize>,
    letters: Range<usize>,
    next: i64,
}

impl Intake {
    pub(super) fn new(workers: usize, limits: Limits) -> Self {
        let lane = || Lane {
            state: Mutex::default(),
            news: Notify::new(),
            settled: Condvar::new(),
        };
        Self {
            lanes: std::iter::repeat_with(lane).take(workers.max(1)).collect(),
            limits,
        }
    }

    pub(super) fn lanes(&self) -> usize {
        self.lanes.len()
    }

    fn lane(&self, (topic, partition): &Place) -> &Lane {
        let topic = topic.bytes().map(usize::from).sum::<usize>();
        let partition = usize::try_from(*partition).unwrap_or(0);
        &self.lanes[(topic + partition) % self.lanes.len()]
    }

    /// Begins with these partitions.
    pub(super) fn assign(&self, places: impl IntoIterator<Item = Place>) {
        for place in places {
            let mut state = self.lane(&place).lock();
            state.assignments += 1;
            let queue = Queue {
                assignment: state.assignments,
                items: VecDeque::new(),
                bytes: 0,
                paused: false,
                leaving: false,
                handled: None,
            };
            state.queues.insert(place, queue);
        }
    }

    /// Puts a message into its queue; true when the queue has just become full, and its partition is to be paused.
    pub(super) fn put(&self, place: &Place, item: Item) -> bool {
        let lane = self.lane(place);
        let mut state = lane.lock();
        let Some(queue) = state.queues.get_mut(place).filter(|queue| !queue.leaving) else {
            return false;
        };
        queue.bytes += item.bytes;
        queue.items.push_back(item);
        let full = queue.items.len() >= self.limits.events || queue.bytes >= self.limits.bytes;
        let becomes_full = full && !queue.paused;
        queue.paused |= full;
        drop(state);
        lane.news.notify_one();
        becomes_full
    }

    /// Partitions that were paused and have room again.
    pub(super) fn with_room(&self) -> Vec<Place> {
        let mut found = Vec::new();
        for lane in &self.lanes {
            for (place, queue) in &mut lane.lock().queues {
                let room = queue.items.len() <= self.limits.events / 2
                    && queue.bytes <= self.limits.bytes / 2;
                if queue.paused && room {
                    queue.paused = false;
                    found.push(place.clone());
                }
            }
        }
        found
    }

    /// How far each partition has been handled, where that is news: the offset to go on with.
    pub(super) fn handled(&self) -> Vec<(Place, i64)> {
        let mut found = Vec::new();
        for lane in &self.lanes {
            for (place, queue) in &mut lane.lock().queues {
                found.extend(queue.handled.take().map(|next| (place.clone(), next)));
            }
        }
        found
    }

    /// The partitions at hand.
    pub(super) fn places(&self) -> BTreeSet<Place> {
        let places = |lane: &Lane| lane.lock().queues.keys().cloned().collect::<Vec<_>>();
        self.lanes.iter().flat_map(places).collect()
    }

    /// Ends with these partitions: what waits is forgotten, what is at hand is finished, at most until `patience` ends. Tells
    /// how far each was handled, where that is news.
    pub(super) fn revoke(&self, places: &[Place], patience: Duration) -> Vec<(Place, i64)> {
        for place in places {
            let lane = self.lane(place);
            if let Some(queue) = lane.lock().queues.get_mut(place) {
                queue.leaving = true;
                queue.items.clear();
            }
            lane.news.notify_one();
        }
        let until = Instant::now() + patience;
        let mut handled = Vec::new();
        for place in places {
            let lane = self.lane(place);
            let mut state = lane.lock();
            while let Some(queue) = state.queues.get(place) {
                let left = until.saturating_duration_since(Instant::now());
                let busy = state.at_hand.contains(&(place.clone(), queue.assignment));
                if !busy || left.is_zero() {
                    let next = state.queues.remove(place).and_then(|queue| queue.handled);
                    handled.extend(next.map(|next| (place.clone(), next)));
                    break;
                }
                state = lane
                    .settled
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
        }
        handled
    }

    /// Nothing more will come; workers end after the batch at hand.
    pub(super) fn close(&self) {
        for lane in &self.lanes {
            lane.lock().closed = true;
            lane.news.notify_one();
        }
    }

    /// The next batch of a lane: what is there now of all its partitions, a fair share of each. `None` at the end.
    pub(super) async fn next(&self, lane: usize) -> Option<Batch> {
        let lane = &self.lanes[lane];
        loop {
            {
                let mut state = lane.lock();
                if state.closed {
                    return None;
                }
                if let Some(batch) = state.batch(self.limits.batch) {
                    return Some(batch);
                }
            }
            lane.news.notified().await;
        }
    }

    /// Waits before a batch is tried again; drops the partitions from it that are leaving. False when nothing is left of it.
    pub(super) async fn pause(&self, lane: usize, batch: &mut Batch, pause: Duration) -> bool {
        let lane = &self.lanes[lane];
        let until = tokio::time::Instant::now() + pause;
        loop {
            {
                let mut state = lane.lock();
                batch.keep(&mut state);
                if state.closed {
                    batch.shares.clear();
                }
            }
            lane.settled.notify_all();
            if batch.shares.is_empty() {
                return false;
            }
            tokio::select! {
                () = lane.news.notified() => {}
                () = tokio::time::sleep_until(until) => return true,
            }
        }
    }

    /// Notes that a batch has taken effect.
    pub(super) fn finish(&self, lane: usize, batch: Batch) {
        let lane = &self.lanes[lane];
        let mut state = lane.lock();
        for share in batch.shares {
            state
                .at_hand
                .remove(&(share.place.clone(), share.assignment));
            let queue = state.queues.get_mut(&share.place);
            if let Some(queue) = queue.filter(|queue| queue.assignment == share.assignment) {
                queue.handled = Some(share.next);
            }
        }
        drop(state);
        lane.settled.notify_all();
    }
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn batch(&mut self, limit: usize) -> Option<Batch> {
        let waiting: Vec<Place> = self
            .queues
            .iter()
            .filter(|(_, queue)| !queue.items.is_empty())
            .map(|(place, _)| place.clone())
            .collect();
        let share = limit.checked_div(waiting.len())?.max(1);
        self.turn = (self.turn + 1) % waiting.len();
        let mut batch = Batch {
            events: Vec::new(),
            letters: Vec::new(),
            shares: Vec::new(),
        };
        let (first, last) = waiting.split_at(self.turn);
        for place in last.iter().chain(first) {
            if batch.events.len() >= limit {
                break;
            }
            if let Some(queue) = self.queues.get_mut(place) {
                batch.add(place, queue, share);
                self.at_hand.insert((place.clone(), queue.assignment));
            }
        }
        Some(batch)
    }
}

impl Batch {
    fn add(&mut self, place: &Place, queue: &mut Queue, most: usize) {
        let (events, letters) = (self.events.len(), self.letters.len());
        let mut next = 0;
        while self.events.len() - events < most
            && let Some(item) = queue.items.pop_front()
        {
            queue.bytes -= item.bytes;
            next = item.offset + 1;
            match item.content {
                Content::Event(event) => self.events.push(event),
                Content::Other => {}
                Content::Unreadable(letter, reason) => self.letters.push((letter, reason)),
            }
        }
        self.shares.push(Share {
            place: place.clone(),
            assignment: queue.assignment,
            events: events..self.events.len(),
            letters: letters..self.letters.len(),
            next,
        });
    }

    /// Keeps only what belongs to partitions that stay.
    fn keep(&mut self, state: &mut State) {
        let stays = |share: &Share| {
            let queue = state.queues.get(&share.place);
            queue.is_some_and(|queue| queue.assignment == share.assignment && !queue.leaving)
        };
        if self.shares.iter().all(stays) {
            return;
        }
        let (mut events, mut letters) = (
            std::mem::take(&mut self.events).into_iter(),
            std::mem::take(&mut self.letters).into_iter(),
        );
        for share in std::mem::take(&mut self.shares) {
            let (own, own_letters) = (
                events.by_ref().take(share.events.len()),
                letters.by_ref().take(share.letters.len()),
            );
            if stays(&share) {
                let (first, first_letter) = (self.events.len(), self.letters.len());
                self.events.extend(own);
                self.letters.extend(own_letters);
                self.shares.push(Share {
                    events: first..self.events.len(),
                    letters: first_letter..self.letters.len(),
                    ..share
                });
            } else {
                own.for_each(drop);
                own_letters.for_each(drop);
                state.at_hand.remove(&(share.place, share.assignment));
            }
        }
    }
}

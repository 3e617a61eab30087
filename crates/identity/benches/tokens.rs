//! What it takes to sign an access token, to verify one for the first time, and to verify one that is known.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::{hint::black_box, sync::Arc, time::Duration};

use clock::Clock;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use identity::{Issuer, KeyRing, KeyRingSettings, Scopes, Verifier};

fn tokens(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let keys = KeyRing::open(
        folder.path().join("keys"),
        KeyRingSettings::default(),
        clock.clone(),
    );
    let keys = Arc::new(keys.unwrap());
    let issuer = Issuer::new(
        Arc::clone(&keys),
        "emporium",
        Duration::from_mins(15),
        clock.clone(),
    );
    let verifier = Verifier::new(keys, "emporium", clock.clone());
    let mint = || {
        issuer
            .mint(clock.id(), clock.id(), Scopes::default())
            .unwrap()
            .token
    };
    c.bench_function("sign a token", |b| b.iter(mint));
    c.bench_function("verify a new token", |b| {
        b.iter_batched(
            mint,
            |token| verifier.verify(black_box(&token)),
            BatchSize::SmallInput,
        );
    });
    let known = mint();
    c.bench_function("verify a known token", |b| {
        b.iter(|| verifier.verify(black_box(&known)))
    });
}

criterion_group!(benches, tokens);
criterion_main!(benches);

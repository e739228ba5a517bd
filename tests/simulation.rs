//! A fixed range of seeds on every run of the tests; `cargo run --release -p fengsui-sim` runs as many as one likes.

use fengsui_sim::{Counts, STEPS, run};

/// Seeds that are run every time: under a minute on an old machine.
const SEEDS: u64 = 300;

/// Every fault that the simulator knows must have been injected, or "0 lost" says nothing about it.
const FAULTS: [&str; 16] = [
    "altered frame",
    "clock jump",
    "connection broken",
    "disk failed",
    "engine behind",
    "engine lost",
    "frame doubled",
    "frame lost",
    "lie of a child",
    "lie of a hub",
    "new incarnation",
    "old image",
    "one-way cut",
    "partition",
    "power cut",
    "withheld frame",
];

#[test]
fn nothing_promised_is_lost_and_everything_arrives() {
    let mut counts = Counts::default();
    for seed in 0..SEEDS {
        let outcome = run(seed, STEPS);
        assert!(
            outcome.failure.is_none(),
            "seed {seed}: {:?}\nagain: cargo run --release -p fengsui-sim -- --seeds 1 --from {seed}",
            outcome.failure
        );
        counts.add(&outcome.counts);
    }
    for fault in FAULTS {
        assert!(counts.faults.get(fault).is_some_and(|count| *count > 0), "{fault} was never injected");
    }
    assert!(
        counts.entries > 50 * SEEDS && counts.receipted > 40 * SEEDS,
        "hardly anything was written: {counts:?}"
    );
    assert!(
        counts.reviews > 5 * SEEDS && counts.withdrawals > SEEDS / 2,
        "hardly anything was reviewed: {counts:?}"
    );
}

#[test]
fn one_seed_is_one_world() {
    let (first, second) = (run(7, STEPS), run(7, STEPS));
    assert_eq!(first, second);
    assert_eq!(first.digest, fengsui_sim::replay(7, STEPS).digest, "listening must not change the world");
    assert_ne!(first.digest, run(8, STEPS).digest);
}

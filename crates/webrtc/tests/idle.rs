//! A network that has nothing to do, sleeps. One test, since it looks at the threads of its process.

mod support;

use std::fs::read_to_string;
use std::time::{Duration, Instant};
use support::{Side, connected, network};
use trellis_webrtc::PeerConfig;

const PEERS: usize = 100;

/// The accounts of all I/O threads of this process: nanoseconds on the CPU, and turns there.
fn threads() -> Vec<(u64, u64)> {
    let mut threads = Vec::new();
    for task in std::fs::read_dir("/proc/self/task").expect("the threads").flatten() {
        let named = read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim() == "webrtc-io");
        let Some(figures) = read_to_string(task.path().join("schedstat")).ok().filter(|_| named) else { continue };
        let figures: Vec<u64> = figures.split_ascii_whitespace().filter_map(|figure| figure.parse().ok()).collect();
        // A thread that ends has no account any more.
        if let [cpu, _, turns] = figures[..] {
            threads.push((cpu, turns));
        }
    }
    threads
}

fn spent() -> (u64, u64) {
    threads().into_iter().fold((0, 0), |sum, thread| (sum.0 + thread.0, sum.1 + thread.1))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(5), "never: {what}");
        std::thread::yield_now();
    }
    start.elapsed()
}

fn spent_in(duration: Duration) -> (Duration, u64) {
    let before = spent();
    std::thread::sleep(duration);
    let after = spent();
    (Duration::from_nanos(after.0 - before.0), after.1 - before.1)
}

#[test]
fn idle_network_sleeps_and_an_owners_call_wakes_it() {
    let network = network();
    let mut peers: Vec<Side> = (0..PEERS).map(|_| Side::new(network.clone(), PeerConfig::default())).collect();
    // They are all looked after once.
    std::thread::sleep(Duration::from_millis(200));
    let (cpu, turns) = spent_in(Duration::from_secs(2));
    println!("{PEERS} idle peers, 2 s: {cpu:?} in {turns} turns");
    assert!(turns < 20, "{turns} turns");

    // No timer is near, so that only the call can have woken the thread.
    drop(peers.pop());
    let heard = wait_until("the call is heard", || network.counters().peers < PEERS as u64);
    println!("heard after {heard:?}");
    drop((peers, network));
    wait_until("the thread ends with its network", || threads().is_empty());

    let (offerer, answerer) = connected(&PeerConfig::default());
    std::thread::sleep(Duration::from_millis(200));
    let (cpu, turns) = spent_in(Duration::from_secs(2));
    println!("two connected peers of two networks, 2 s: {cpu:?} in {turns} turns");
    assert!(turns < 100, "{turns} turns");
    drop((offerer, answerer));
}

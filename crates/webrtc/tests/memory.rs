//! What a peer costs that has negotiated and waits for its remote. One test, since it counts all of its process.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use support::{Side, network};
use trellis_webrtc::{OfferOptions, PeerConfig};

const PEERS: usize = 50;

/// The system's allocator, counting what is held.
struct Counting;

static BYTES: AtomicI64 = AtomicI64::new(0);
static BLOCKS: AtomicI64 = AtomicI64::new(0);

// SAFETY: every call is passed on to the system's allocator as it came; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(layout.size() as i64, Ordering::Relaxed);
        BLOCKS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's contract is ours.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size() as i64, Ordering::Relaxed);
        BLOCKS.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller's contract is ours.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn held() -> (i64, i64) {
    (BYTES.load(Ordering::Relaxed), BLOCKS.load(Ordering::Relaxed))
}

/// webrtc-rs holds 56 KB of it, mostly in small blocks: its connection itself (8.5 KB), both descriptions as it has read
/// them (16 KB), the queues between its layers (9 KB), transceivers, tables of codecs.
#[test]
fn peer_that_waits_for_its_remote_takes_sixty_six_kilobytes() {
    let network = network();
    let offer = Side::new(network.clone(), PeerConfig::default())
        .peer
        .create_offer(OfferOptions { audio: true, video: true })
        .expect("an offer");
    let negotiated = || {
        let side = Side::new(network.clone(), PeerConfig::default());
        side.peer.process_offer(&offer).expect("an answer");
        side.gather();
        side
    };
    drop(negotiated());
    let before = held();
    let peers: Vec<Side> = (0..PEERS).map(|_| negotiated()).collect();
    // The thread of the network looks after all of them once; what is held grows until then.
    let mut after = held();
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let now = held();
        if now == after || Instant::now() > deadline {
            break;
        }
        after = now;
    }
    let each = |total: i64| total / PEERS as i64;
    let (bytes, blocks) = (each(after.0 - before.0), each(after.1 - before.1));
    println!("{bytes} bytes in {blocks} blocks each");
    assert!(bytes < 66 * 1_024 && blocks < 560, "{bytes} bytes in {blocks} blocks");
    drop(peers);
}

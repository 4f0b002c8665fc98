//! What a peer costs that has negotiated and waits for its remote. One test, since it counts all of its process.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
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

/// webrtc-rs holds all but some 10 KB of it: both descriptions, read, and tables of codecs.
#[test]
fn peer_that_waits_for_its_remote_takes_seventy_kilobytes() {
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
    // The thread of the network has looked after all of them: nothing more comes of an idle one.
    std::thread::sleep(Duration::from_millis(300));
    let after = held();
    let each = |total: i64| total / PEERS as i64;
    let (bytes, blocks) = (each(after.0 - before.0), each(after.1 - before.1));
    println!("{bytes} bytes in {blocks} blocks each");
    assert!(bytes < 70 * 1_024 && blocks < 700, "{bytes} bytes in {blocks} blocks");
    drop(peers);
}

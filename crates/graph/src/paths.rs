//! What follows from how the nodes are linked: who is live, and how long an item may take to come there.

use crate::machine::Machine;
use crate::slot::ElementId;
use smallvec::SmallVec;
use trellis_media::MediaTime;

/// Nodes on one path whose latencies are summed; beyond, the links go round in a circle.
const LONGEST_PATH: usize = 64;

impl Machine {
    /// Finds anew who is fed by a live source, and the latencies along the paths. Called when links have changed.
    pub fn refresh_paths(&mut self) {
        self.refresh_liveness();
        self.refresh_promises();
        self.retry_blocked();
    }

    /// Who is fed by a live source is live.
    fn refresh_liveness(&mut self) {
        for slot in self.slots.values_mut() {
            slot.live = slot.live_source;
        }
        let mut frontier: Vec<ElementId> =
            self.slots.iter().filter(|(_, slot)| slot.live).map(|(key, _)| key).collect();
        while let Some(key) = frontier.pop() {
            for next in self.fed_by(key) {
                if let Some(slot) = self.slots.get_mut(next).filter(|slot| !slot.live) {
                    slot.live = true;
                    frontier.push(next);
                }
            }
        }
    }

    /// The largest sum of latencies along a path to each node. What a live source gives has come from outside: its
    /// path begins there.
    fn refresh_promises(&mut self) {
        for slot in self.slots.values_mut() {
            slot.promised = slot.latency;
        }
        let mut frontier: Vec<ElementId> = self.slots.keys().collect();
        for _ in 0..LONGEST_PATH {
            let mut changed = Vec::new();
            for key in std::mem::take(&mut frontier) {
                let Some(slot) = self.slots.get(key) else { continue };
                let sum = slot.promised;
                for next in self.fed_by(key) {
                    if let Some(slot) = self.slots.get_mut(next).filter(|slot| !slot.live_source)
                        && sum + slot.latency > slot.promised
                    {
                        slot.promised = sum + slot.latency;
                        changed.push(next);
                    }
                }
            }
            if changed.is_empty() {
                return;
            }
            frontier = changed;
        }
    }

    /// The latency of the pipeline: the largest sum along a path.
    pub fn latency(&self) -> MediaTime {
        self.slots.values().map(|slot| slot.promised).max().unwrap_or(MediaTime::ZERO)
    }

    fn fed_by(&self, key: ElementId) -> SmallVec<[ElementId; 8]> {
        let outputs = self.slots.get(key).map_or(&[][..], |slot| &slot.outputs);
        outputs.iter().flat_map(|output| &output.targets).map(|target| target.node).collect()
    }
}

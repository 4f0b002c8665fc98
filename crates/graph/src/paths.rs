//! What follows from how the nodes are linked: who is live, and how long an item may take to come there.

use crate::machine::Machine;
use crate::slot::{ElementId, Slot};
use slotmap::SecondaryMap;
use smallvec::SmallVec;
use trellis_media::MediaTime;

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
    /// path begins there. A link that closes a circle (a detector tells the filter that it looks for) delays nobody.
    fn refresh_promises(&mut self) {
        let order = self.downstream();
        let ranks: SecondaryMap<ElementId, usize> = order.iter().enumerate().map(|(rank, key)| (*key, rank)).collect();
        for slot in self.slots.values_mut() {
            slot.promised = slot.delay();
        }
        for (rank, key) in order.into_iter().enumerate() {
            let sum = self.slots[key].promised;
            for next in self.fed_by(key) {
                let Some(slot) = self.slots.get_mut(next).filter(|slot| !slot.live_source) else { continue };
                if ranks.get(next).is_some_and(|next| *next > rank) {
                    slot.promised = slot.promised.max(sum + slot.delay());
                }
            }
        }
    }

    /// All nodes, each after those that feed it; where links go round in a circle, from where it is entered.
    fn downstream(&self) -> Vec<ElementId> {
        enum Visit {
            Enter(ElementId),
            Leave(ElementId),
        }
        let is_root = |slot: &Slot| slot.live_source || slot.inputs.iter().all(|input| input.feeder.is_none());
        let roots = self.slots.iter().filter(|(_, slot)| is_root(slot));
        let mut seen: SecondaryMap<ElementId, ()> = SecondaryMap::new();
        let mut order = Vec::with_capacity(self.slots.len());
        for root in roots.map(|(key, _)| key).chain(self.slots.keys()) {
            let mut path = vec![Visit::Enter(root)];
            while let Some(visit) = path.pop() {
                match visit {
                    Visit::Leave(key) => order.push(key),
                    Visit::Enter(key) if !self.slots.contains_key(key) || seen.insert(key, ()).is_some() => {}
                    Visit::Enter(key) => {
                        path.push(Visit::Leave(key));
                        path.extend(self.fed_by(key).into_iter().map(Visit::Enter));
                    }
                }
            }
        }
        order.reverse();
        order
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

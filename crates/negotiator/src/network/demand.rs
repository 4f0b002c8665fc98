//! What hangs off a pad, told apart by content: sinks that are alike are one kind, and pads with the same sinks have
//! one crowd, whatever element they are of. So what was found out for one is known for all.

use super::wiring::Wiring;
use super::{Follows, Gives, Pad};
use crate::hash::{HashMap, HashSet};
use crate::want::{WantSet, pull_through};
use crate::{Rule, Work};
use smallvec::SmallVec;
use std::rc::Rc;
use trellis_media::{Alternative, Caps};

/// Sinks that are alike: with the same caps, and the same behind them.
pub(crate) struct Kind<'n> {
    pub caps: &'n Caps,
    /// What it costs to take what comes.
    pub work: Work,
    /// The source pads that follow from such a sink and feed something. None: the sink is an end.
    pub behind: Vec<Behind<'n>>,
    /// Ends that it serves: itself, or those behind it.
    pub ends: u32,
    /// Sinks that are not served when it is not: itself and those behind it.
    pub sinks: u32,
    /// What is wanted of its input for the sake of those behind it.
    pub asks: Rc<[Alternative]>,
}

/// A source pad that follows from a sink.
#[derive(Clone, Copy)]
pub(crate) struct Behind<'n> {
    pub follows: &'n Follows,
    /// The crowd that it feeds.
    pub crowd: usize,
    pub pad: Pad,
}

/// All that hangs off a pad.
pub(crate) struct Crowd {
    /// Kinds, and how many sinks are of each.
    pub members: Rc<[(usize, u32)]>,
    pub ends: u32,
    pub sinks: u32,
}

/// Kinds, and how many sinks are of each; and sinks whose kind depends on options.
#[derive(Default)]
struct Steady {
    members: Vec<(usize, u32)>,
    others: Vec<Pad>,
}

/// Counts one more sink of a kind.
fn add(members: &mut Vec<(usize, u32)>, kind: usize) {
    match members.iter_mut().find(|(known, _)| *known == kind) {
        Some((_, count)) => *count = count.saturating_add(1),
        None => members.push((kind, 1)),
    }
}

/// The kinds and crowds of a network that were met.
pub(crate) struct Demands<'n> {
    pub kinds: Vec<Kind<'n>>,
    pub crowds: Vec<Crowd>,
    /// Whether everything that is wanted was looked at.
    pub complete: bool,
    rules: &'n [Rule],
    /// Pads that are told apart from others with the same crowd, because different things run behind them.
    apart: HashSet<Pad>,
    steady: HashMap<Pad, Rc<Steady>>,
    known_caps: HashMap<&'n Caps, usize>,
    known_follows: HashMap<&'n Follows, usize>,
    known_kinds: HashMap<KindKey, usize>,
    known_crowds: HashMap<Rc<[(usize, u32)]>, usize>,
    /// What is asked for the sake of those behind, by the caps before them.
    known_asks: HashMap<AsksKey, Rc<[Alternative]>>,
    /// What the members of a crowd want of the formats that the pad gives, once somebody asked.
    wants: HashMap<usize, Rc<[Alternative]>>,
}

/// Caps, work, and for each pad behind: what follows, the crowd, and the pad if it is told apart.
type KindKey = (usize, Work, SmallVec<[(usize, usize, Option<Pad>); 2]>);

/// Caps, and for each pad behind what follows and the crowd.
type AsksKey = (usize, SmallVec<[(usize, usize); 2]>);

impl<'n> Demands<'n> {
    pub fn new(rules: &'n [Rule], apart: HashSet<Pad>) -> Demands<'n> {
        Demands {
            kinds: Vec::new(),
            crowds: Vec::new(),
            complete: true,
            rules,
            apart,
            steady: HashMap::default(),
            known_caps: HashMap::default(),
            known_follows: HashMap::default(),
            known_kinds: HashMap::default(),
            known_crowds: HashMap::default(),
            known_asks: HashMap::default(),
            wants: HashMap::default(),
        }
    }

    /// What a source pad feeds when these options are in force.
    pub fn crowd(&mut self, wiring: &Wiring<'n>, choices: &[usize], source: Pad) -> usize {
        let steady = self.steady(wiring, choices, source);
        let mut members = steady.members.clone();
        for sink in &steady.others {
            add(&mut members, self.kind(wiring, choices, *sink));
        }
        if let Some(known) = self.known_crowds.get(members.as_slice()) {
            return *known;
        }
        let sum = |of: fn(&Kind) -> u32| {
            let all = members.iter().map(|(kind, count)| of(&self.kinds[*kind]).saturating_mul(*count));
            all.fold(0, u32::saturating_add)
        };
        let (ends, sinks) = (sum(|kind| kind.ends), sum(|kind| kind.sinks));
        let members: Rc<[(usize, u32)]> = members.into();
        self.known_crowds.insert(Rc::clone(&members), self.crowds.len());
        self.crowds.push(Crowd { members, ends, sinks });
        self.crowds.len() - 1
    }

    /// The sinks of a source pad whose kind no option changes, and the others; each in the order of the links, so that
    /// the same network gives the same plan, step by step.
    fn steady(&mut self, wiring: &Wiring<'n>, choices: &[usize], source: Pad) -> Rc<Steady> {
        if let Some(known) = self.steady.get(&source) {
            return Rc::clone(known);
        }
        let mut steady = Steady::default();
        for sink in wiring.fed_by(source) {
            let options = &wiring.network.elements[sink.element].options;
            let follows = || options[0].sources.iter().any(|gives| matches!(gives, Gives::Follows(_)));
            if options.len() == 1 && !follows() {
                add(&mut steady.members, self.kind(wiring, choices, *sink));
            } else {
                steady.others.push(*sink);
            }
        }
        let steady = Rc::new(steady);
        self.steady.insert(source, Rc::clone(&steady));
        steady
    }

    /// The kind of a sink when these options are in force.
    pub fn kind(&mut self, wiring: &Wiring<'n>, choices: &[usize], sink: Pad) -> usize {
        let pads = wiring.pads(sink.element, choices[sink.element]);
        let mut behind: Vec<Behind<'n>> = Vec::new();
        let mut key = SmallVec::new();
        for (pad, gives) in pads.sources.iter().enumerate() {
            let pad = Pad { element: sink.element, pad };
            if let Gives::Follows(follows) = gives
                && follows.sink == sink.pad
                && !wiring.fed_by(pad).is_empty()
            {
                let crowd = self.crowd(wiring, choices, pad);
                behind.push(Behind { follows, crowd, pad });
                let next = self.known_follows.len();
                let follows = *self.known_follows.entry(follows).or_insert(next);
                key.push((follows, crowd, Some(pad).filter(|pad| self.apart.contains(pad))));
            }
        }
        let (caps, work) = (&pads.sinks[sink.pad], pads.work(sink.pad));
        let next = self.known_caps.len();
        let key = (*self.known_caps.entry(caps).or_insert(next), work, key);
        if let Some(known) = self.known_kinds.get(&key) {
            return *known;
        }
        let asks = (key.0, key.2.iter().map(|(follows, crowd, _)| (*follows, *crowd)).collect());
        let asks = self.asks(asks, caps, &behind);
        let sum = |of: fn(&Crowd) -> u32| {
            behind.iter().map(|behind| of(&self.crowds[behind.crowd])).fold(0, u32::saturating_add)
        };
        let (ends, sinks) = (sum(|crowd| crowd.ends).max(1), sum(|crowd| crowd.sinks).saturating_add(1));
        let kind = Kind { caps, work, behind, ends, sinks, asks };
        self.known_kinds.insert(key, self.kinds.len());
        self.kinds.push(kind);
        self.kinds.len() - 1
    }

    /// What a sink with these caps asks for the sake of those behind it.
    fn asks(&mut self, key: AsksKey, caps: &Caps, behind: &[Behind<'n>]) -> Rc<[Alternative]> {
        if let Some(known) = self.known_asks.get(&key) {
            return Rc::clone(known);
        }
        let mut asks = WantSet::default();
        for behind in behind {
            for want in self.wants(behind.crowd).iter() {
                for alternative in caps.alternatives() {
                    if let Some(earlier) = pull_through(behind.follows, alternative, want) {
                        asks.insert(earlier);
                    }
                }
            }
        }
        self.complete &= !asks.overflowed;
        let asks: Rc<[Alternative]> = asks.list.into();
        self.known_asks.insert(key, Rc::clone(&asks));
        asks
    }

    /// Everything that a crowd wants of the format before it, and before whatever the rules can do with it.
    fn wants(&mut self, crowd: usize) -> Rc<[Alternative]> {
        if let Some(wants) = self.wants.get(&crowd) {
            return Rc::clone(wants);
        }
        let kinds = self.crowds[crowd].members.iter().map(|(kind, _)| &self.kinds[*kind]);
        let wanted = kinds.flat_map(|kind| kind.caps.alternatives().iter().chain(&*kind.asks));
        let set = WantSet::closed(wanted, self.rules.iter());
        self.complete &= !set.overflowed;
        let wants: Rc<[Alternative]> = set.list.into();
        self.wants.insert(crowd, Rc::clone(&wants));
        wants
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer::Answers;
    use super::super::{Element, Link, Network, Pads, plan_network};
    use super::*;
    use crate::{Cost, Percent};
    use trellis_media::{Codec, FieldSet, Format};

    /// A source of VP8 that some filters lead to as many sinks of VP9 or of both: the kinds of sinks there are while it
    /// runs.
    fn kinds_behind_filters(filters: usize, sink: &str) -> usize {
        let rules = [Rule {
            name: "convert".into(),
            input: Alternative::like(&Format::encoded(Codec::Vp8)),
            output: Alternative::like(&Format::encoded(Codec::Vp9)),
            keep: FieldSet::NONE,
            choose: FieldSet::NONE,
            cost: |_, _| Cost { generations: 1, cpu: 1_000, latency: 0 },
        }];
        let pad = |element: usize| Pad { element, pad: 0 };
        let mut elements = vec![Element::new(Pads::source([Format::encoded(Codec::Vp8)]))];
        let mut links = Vec::new();
        for _ in 0..filters {
            let filter = elements.len();
            elements.push(Element::new(Pads::same(Caps::any_of(trellis_media::Kind::Video))));
            elements.push(Element::new(Pads::sink(sink.parse().expect("caps"))));
            links.push(Link { source: pad(0), sink: pad(filter) });
            links.push(Link { source: pad(filter), sink: pad(filter + 1) });
        }
        let network =
            Network { elements: &elements, links: &links, rules: &rules, running: None, threshold: Percent(0) };
        let running = plan_network(&network).expect("a network");
        let network = Network { running: Some(&running), ..network };
        let wiring = Wiring::new(&network).expect("a network");
        let mut answers = Answers::new(&network, &[]);
        answers.demands.crowd(&wiring, &running.choices, pad(0));
        answers.demands.kinds.len()
    }

    #[test]
    fn filters_with_the_same_behind_them_are_one_kind_while_the_plan_runs() {
        for sink in ["video/vp9", "video/vp8", "video/vp8|video/vp9"] {
            let kinds = [2, 50].map(|filters| kinds_behind_filters(filters, sink));
            assert_eq!(kinds, [2, 2], "{sink}: the filters, and the sinks behind them");
        }
    }
}

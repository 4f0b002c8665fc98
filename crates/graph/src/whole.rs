//! Plans of whole pipelines: what a filter is best given depends on what is wanted behind it.
//!
//! Where no source pad [follows](crate::PadSpec::follows) a sink pad, each tree is planned alone: nothing that one
//! decides changes another. Else the negotiator is asked about all trees at once that hang together, and each is changed
//! to its part of the answer. A pad that follows gives what it gave until the new format has come through its element;
//! its tree is changed then.
//!
//! A sink has one source, so what hangs together is a tree too: a pad that follows nothing (its *root*), the pads that
//! follow the sinks that it feeds, and so on. A change has no effect beyond the tree that it is made in, and is not
//! planned beyond: who joins a room of many is planned with those who are given the same as he is.

use crate::machine::Machine;
use crate::slot::{ElementId, Output};
use crate::tree::Tree;
use std::collections::{HashMap, HashSet};
use trellis_media::Format;
use trellis_negotiator::{
    Conversion, Element, Gives, Link, MOST_FILTERS_IN_A_ROW, Network, NetworkPlan, Pad, PadPlan, Pads, Percent, Plan,
    Problem, Rule, plan_network_without, plan_without,
};

/// A source pad.
type Source = (ElementId, usize);

/// A pipeline, or what hangs together in it, as the negotiator sees it.
pub(crate) struct Whole {
    pub keys: Vec<ElementId>,
    elements: Vec<Element>,
    links: Vec<Link>,
    /// What runs, and without what failed. Its cost is not known before [`Whole::reckon`].
    pub running: NetworkPlan,
}

/// What hangs together, and how it had better run.
pub(crate) struct Solution {
    whole: Whole,
    plan: NetworkPlan,
    root: Source,
    /// How often the root has been planned with this.
    number: u64,
}

impl Whole {
    /// Finds what runs to cost what it does.
    pub fn reckon(&mut self, rules: &[Rule]) {
        let running = std::mem::take(&mut self.running);
        let running = NetworkPlan { choices: vec![0; self.elements.len()], ..running };
        self.running = running.reckoned(&self.network(rules));
    }

    /// The pipeline as a problem.
    pub fn network<'w>(&'w self, rules: &'w [Rule]) -> Network<'w> {
        Network {
            elements: &self.elements,
            links: &self.links,
            rules,
            running: Some(&self.running),
            threshold: Percent::default(),
        }
    }
}

impl Machine {
    /// What hangs together with a source pad, and how it had better run; `None` where each tree is planned alone, and
    /// while nothing is known to be given.
    pub fn solution(&mut self, pad: Source) -> Option<Solution> {
        if !self.has_filters() {
            return None;
        }
        let root = self.root(pad)?;
        let output = &mut self.slots[root.0].outputs[root.1];
        output.tree.as_ref().and_then(|tree| tree.format).filter(|_| output.follows.is_none())?;
        output.solved += 1;
        let number = output.solved;
        let reach = self.reach(root);
        self.solved += 1;
        self.planned += reach.len() as u64;
        let whole = self.part(&reach);
        let plan = self.solve(&whole)?;
        Some(Solution { whole, plan, root, number })
    }

    /// Whether a source pad still hangs together with what a solution is of, and that was not planned again since.
    pub fn is_current(&self, solution: &Solution, pad: Source) -> bool {
        let Solution { root, number, .. } = *solution;
        let output = self.slots.get(root.0).and_then(|slot| slot.outputs.get(root.1));
        output.is_some_and(|output| output.solved == number) && self.root(pad) == Some(root)
    }

    /// The pad that everything before a source pad comes from, itself if it follows nothing; `None` when there are too
    /// many filters in between, as in a circle.
    fn root(&self, mut pad: Source) -> Option<Source> {
        for _ in 0..=MOST_FILTERS_IN_A_ROW {
            let slot = self.slots.get(pad.0)?;
            let followed = slot.outputs.get(pad.1)?.follows.as_ref().and_then(|follows| slot.inputs.get(follows.sink));
            match followed.and_then(|input| input.source) {
                Some(source) => pad = source,
                None => return Some(pad),
            }
        }
        None
    }

    /// A source pad and all that follow from it, each after the one that it follows from.
    fn reach(&self, root: Source) -> Vec<Source> {
        let (mut reach, mut seen, mut next) = (vec![root], HashSet::from([root]), 0);
        while let Some(pad) = reach.get(next).copied() {
            next += 1;
            for sink in self.fed_sinks(pad) {
                let outputs = self.slots[sink.0].outputs.iter().enumerate();
                let follows = |output: &Output| output.follows.as_ref().is_some_and(|follows| follows.sink == sink.1);
                let behind = outputs.filter(|(_, output)| follows(output)).map(|(output, _)| (sink.0, output));
                reach.extend(behind.filter(|pad| seen.insert(*pad)));
            }
        }
        reach
    }

    /// The sinks of a tree that are not about to leave it.
    fn fed_sinks(&self, pad: Source) -> impl Iterator<Item = (ElementId, usize)> {
        let tree = self.slots.get(pad.0).and_then(|slot| slot.outputs.get(pad.1)?.tree.as_deref());
        let sinks = tree.map_or(&[][..], |tree| &tree.sinks).iter().copied();
        sinks.filter(move |sink| self.slots.get(sink.0).is_some_and(|slot| slot.inputs[sink.1].source == Some(pad)))
    }

    /// The plan of a source pad's tree, by the plan of the whole if that can be followed.
    pub fn plan_for(&self, (key, output): (ElementId, usize), solution: Option<&Solution>) -> Option<Plan> {
        let tree = self.slots.get(key)?.outputs.get(output)?.tree.as_deref()?;
        let source = tree.format.filter(|_| !tree.sinks.is_empty())?;
        let part = solution.and_then(|Solution { whole, plan, .. }| {
            let element = whole.keys.iter().position(|other| *other == key)?;
            let part = plan.pad(Pad { element, pad: output })?;
            // Until the format of the plan has come to a pad that follows, and while a sink is about to leave for
            // another source, the tree does what is best as it is.
            (part.formats == [source] && self.sinks_of(whole, part) == tree.sinks).then(|| part.plan.clone())
        });
        Some(part.unwrap_or_else(|| self.plan_alone(tree, source)))
    }

    fn plan_alone(&self, tree: &Tree, source: Format) -> Plan {
        self.plan_without(tree, source, &[])
    }

    /// The plan of a tree by itself, without what failed and without these conversions.
    pub fn plan_without(&self, tree: &Tree, source: Format, denied: &[Conversion]) -> Plan {
        let caps: Vec<_> = tree.sinks.iter().map(|sink| self.caps_of(*sink).clone()).collect();
        let running = tree.plan.as_ref();
        let problem = Problem { source, sinks: &caps, rules: self.registry.rules(), running };
        let avoided: Vec<Conversion> = tree.failures.avoided().chain(denied.iter().copied()).collect();
        // Mostly it is one more viewer like others.
        let usable =
            |plan: &&Plan| plan.steps.iter().all(|step| !avoided.contains(&(step.rule, step.input, step.output)));
        let unchanged = running.filter(|_| tree.planned == Some(source)).filter(usable).cloned();
        let grown = unchanged.and_then(|mut grown| grown.join(&problem).then_some(grown));
        grown.unwrap_or_else(|| plan_without(&problem, &avoided))
    }

    /// Which of several formats a source pad had better give, by what that would cost the whole pipeline; the first
    /// when it makes no difference, or when the pipeline cannot be planned.
    pub fn cheapest(&self, key: ElementId, output: usize, formats: &[Format]) -> usize {
        let mut whole = self.part(&self.reach((key, output)));
        let Some(element) = whole.keys.iter().position(|other| *other == key) else { return 0 };
        let Some(now) = whole.elements[element].options.first().filter(|pads| output < pads.sources.len()) else {
            return 0;
        };
        let option = |format: &Format| {
            let mut pads = now.clone();
            pads.sources[output] = Gives::All(vec![*format]);
            pads
        };
        whole.elements[element].options = formats.iter().map(option).collect();
        let solved = self.solve(&whole);
        solved.and_then(|solved| solved.choices.get(element).copied()).unwrap_or(0)
    }

    fn has_filters(&self) -> bool {
        self.slots.values().any(|slot| slot.outputs.iter().any(|output| output.follows.is_some()))
    }

    fn solve(&self, whole: &Whole) -> Option<NetworkPlan> {
        // What cannot be planned as a whole, a filter that feeds itself, is planned pad by pad.
        plan_network_without(&whole.network(self.registry.rules()), &whole.running.without).ok()
    }

    /// The pipeline as the negotiator sees it.
    pub fn whole(&self) -> Whole {
        let keys = self.slots.iter().filter(|(_, slot)| slot.is_element()).map(|(key, _)| key).collect();
        self.network_of(keys, |_| true)
    }

    /// These source pads with all that they feed as the negotiator sees them; of their elements, nothing else gives
    /// anything.
    fn part(&self, sources: &[Source]) -> Whole {
        let (mut keys, mut known) = (Vec::new(), HashSet::new());
        for source in sources {
            let sinks = self.fed_sinks(*source).map(|(key, _)| key);
            keys.extend(std::iter::once(source.0).chain(sinks).filter(|key| known.insert(*key)));
        }
        let sources: HashSet<Source> = sources.iter().copied().collect();
        self.network_of(keys, |source| sources.contains(&source))
    }

    fn network_of(&self, keys: Vec<ElementId>, gives_anything: impl Fn(Source) -> bool) -> Whole {
        let places: HashMap<ElementId, usize> = keys.iter().enumerate().map(|(place, key)| (*key, place)).collect();
        let pad = |(key, pad): (ElementId, usize)| Some(Pad { element: *places.get(&key)?, pad });
        let mut whole = Whole { elements: Vec::new(), links: Vec::new(), running: NetworkPlan::default(), keys };
        for key in &whole.keys {
            let slot = &self.slots[*key];
            let gives = |(place, output): (usize, &Output)| {
                let format = output.tree.as_ref().and_then(|tree| tree.format);
                match (&output.follows, format) {
                    _ if !gives_anything((*key, place)) => Gives::Nothing,
                    (Some(follows), _) => Gives::Follows(follows.clone()),
                    (None, Some(format)) => Gives::All(vec![format]),
                    (None, None) => Gives::Nothing,
                }
            };
            whole.elements.push(Element::new(Pads {
                sinks: slot.inputs.iter().map(|input| input.caps.clone()).collect(),
                sources: slot.outputs.iter().enumerate().map(gives).collect(),
                work: slot.inputs.iter().map(|input| input.work).collect(),
            }));
            let trees = slot.outputs.iter().enumerate().filter_map(|(at, out)| Some((at, out.tree.as_ref()?)));
            for (output, tree) in trees.filter(|(at, _)| gives_anything((*key, *at))) {
                let Some(source) = pad((*key, output)) else { continue };
                let linked = |sink: &&(ElementId, usize)| {
                    self.slots.get(sink.0).is_some_and(|slot| slot.inputs[sink.1].source == Some((*key, output)))
                };
                whole.running.without.extend(tree.failures.avoided().map(|conversion| (source, conversion)));
                let kept: Vec<usize> = (0..tree.sinks.len()).filter(|place| linked(&&tree.sinks[*place])).collect();
                let sinks: Vec<Pad> = kept.iter().filter_map(|place| pad(tree.sinks[*place])).collect();
                whole.links.extend(sinks.iter().map(|sink| Link { source, sink: *sink }));
                if let (Some(plan), Some(format)) = (&tree.plan, tree.planned) {
                    let plan = only(plan, &kept);
                    whole.running.pads.push(PadPlan { pad: source, formats: vec![format], sinks, plan });
                }
            }
        }
        whole
    }

    fn sinks_of(&self, whole: &Whole, part: &PadPlan) -> Vec<(ElementId, usize)> {
        part.sinks.iter().map(|sink| (whole.keys[sink.element], sink.pad)).collect()
    }

    /// The other pads that give already what the plan of the whole has them give, but not yet in its way.
    pub fn others(&self, solution: &Solution, but: (ElementId, usize)) -> Vec<(ElementId, usize)> {
        let Solution { whole, plan, .. } = solution;
        let changes = |part: &&PadPlan| {
            let (key, output) = (whole.keys[part.pad.element], part.pad.pad);
            let tree = self.slots[key].outputs[output].tree.as_ref();
            (key, output) != but
                && tree.is_some_and(|tree| {
                    let running = tree.plan.as_ref();
                    tree.format.is_some_and(|format| part.formats == [format])
                        && running
                            .is_some_and(|running| running.steps != part.plan.steps || running.sinks != part.plan.sinks)
                })
        };
        plan.pads.iter().filter(changes).map(|part| (whole.keys[part.pad.element], part.pad.pad)).collect()
    }
}

/// A plan without the sinks that are about to leave.
fn only(plan: &Plan, kept: &[usize]) -> Plan {
    let mut plan = plan.clone();
    plan.sinks = kept.iter().map(|place| plan.sinks.get(*place).copied().flatten()).collect();
    plan.unserved.retain_mut(|unserved| match kept.iter().position(|place| *place == unserved.sink) {
        Some(place) => {
            unserved.sink = place;
            true
        }
        None => false,
    });
    plan
}

//! Checks that a plan is what it says, and gives its cost as the oracle counts it.

use super::Total;
use super::ground::changed_on_the_way;
use super::reading::{could_give, follow, preference};
use super::whole::World;
use std::collections::BTreeMap;
use trellis_media::Format;
use trellis_negotiator::{Cost, Gives, Network, NetworkPlan, Pad, PadPlan};

/// What a plan costs; panics where it is wrong.
pub fn judge(network: &Network, plan: &NetworkPlan) -> Total {
    let mut world = World::new(network, plan.choices.clone());
    let mut sum = Total::default();
    let mut ends: BTreeMap<Pad, Cost> = BTreeMap::new();
    for pad in &plan.pads {
        check_formats(&world, plan, pad);
        sum = sum.plus(judge_pad(&mut world, pad, &mut ends));
    }
    check_cost(&world, plan, &ends, sum.cpu);
    sum
}

fn check_formats(world: &World, plan: &NetworkPlan, pad: &PadPlan) {
    let expected = match world.gives(pad.pad) {
        Gives::All(formats) => formats.clone(),
        Gives::Nothing => Vec::new(),
        Gives::Follows(follows) => {
            let given = plan.given(Pad { element: pad.pad.element, pad: follows.sink });
            given.and_then(|given| follow(follows, &given)).into_iter().collect()
        }
    };
    assert_eq!(pad.formats, expected, "{:?} gives something else", pad.pad);
    assert_eq!(pad.sinks, world.fed_by(pad.pad));
    assert_eq!(pad.sinks.len(), pad.plan.sinks.len());
}

/// What a pad adds; `ends` learns generations and latency from the pad to each of its sinks.
fn judge_pad(world: &mut World, pad: &PadPlan, ends: &mut BTreeMap<Pad, Cost>) -> Total {
    let mut sum = Total { steps: pad.plan.steps.len() as u64, ..Total::default() };
    let depths = depths(world, pad);
    sum.cpu = pad.plan.steps.iter().map(|step| step.cost.cpu).sum();
    let ground = (!pad.sinks.is_empty() && !pad.formats.is_empty()).then(|| world.ground(pad.pad, &pad.formats));
    for step in &pad.plan.steps {
        assert!(
            ground.as_ref().is_some_and(|ground| ground.has(step)),
            "nobody asks for this, or it loses more: {step:?}"
        );
    }
    for (sink, attachment) in pad.sinks.iter().zip(&pad.plan.sinks) {
        let Some(attachment) = attachment else {
            sum.unserved += 1;
            continue;
        };
        let (cost, change) = match attachment.step {
            Some(step) => {
                assert_eq!(pad.plan.steps[step].output, attachment.format, "a sink is fed by another format");
                depths[step]
            }
            None => {
                assert!(pad.formats.contains(&attachment.format), "a sink is fed by a format that is not there");
                (Cost::default(), changed_on_the_way(&[attachment.format], &pad.formats))
            }
        };
        let taken = preference(world.caps(*sink), &attachment.format);
        let (_, preference) = taken.expect("a sink gets what it accepts");
        let (_, count) = world.sinks_and_ends(*sink);
        let work = world.work(*sink).cost(&attachment.format);
        let cost = Cost { latency: cost.latency + work.latency, ..cost };
        let end = world.behind(*sink).is_empty();
        let least =
            ground.as_ref().filter(|_| end).and_then(|ground| ground.takes(world.caps(*sink), world.work(*sink)));
        sum = sum.plus(Total {
            generations: u64::from(cost.generations) * count,
            change: least.map_or(change * count, |(_, least)| least.1),
            cpu: work.cpu,
            latency: u64::from(cost.latency) * count,
            preference,
            ..Total::default()
        });
        ends.insert(*sink, cost);
    }
    assert!(pad.plan.served().iter().all(|served| *served > 0), "a step serves nobody");
    sum
}

/// For each step of a pad's plan, the cost and the change from the source to behind it.
fn depths(world: &World, pad: &PadPlan) -> Vec<(Cost, u64)> {
    let rules = world.network.rules;
    let mut depths: Vec<(Cost, Vec<Format>)> = Vec::new();
    for (index, step) in pad.plan.steps.iter().enumerate() {
        assert!(step.parent.is_none_or(|parent| parent < index), "a child before its parent");
        let (before, mut path) = match step.parent {
            Some(parent) => {
                assert_eq!(pad.plan.steps[parent].output, step.input, "a step is fed by another format");
                depths[parent].clone()
            }
            None => {
                assert!(pad.formats.contains(&step.input), "a step is fed by a format that is not there");
                (Cost::default(), vec![step.input])
            }
        };
        let rule = &rules[step.rule];
        assert!(could_give(rule, &step.input, &world.named).contains(&step.output), "no such conversion: {step:?}");
        assert_eq!((rule.cost)(&step.input, &step.output), step.cost);
        path.push(step.output);
        depths.push((before + step.cost, path));
    }
    depths.into_iter().map(|(cost, path)| (cost, changed_on_the_way(&path, &pad.formats))).collect()
}

/// The cost of the whole, from what each end suffers on its pad and before.
fn check_cost(world: &World, plan: &NetworkPlan, at: &BTreeMap<Pad, Cost>, cpu: u64) {
    let mut cost = Cost { cpu, ..Cost::default() };
    for (sink, last) in at.iter().filter(|(sink, _)| world.behind(**sink).is_empty()) {
        let mut sum = *last;
        let mut source = world.network.links.iter().find(|link| link.sink == *sink).map(|link| link.source);
        while let Some(Gives::Follows(follows)) = source.map(|source| world.gives(source)) {
            let above = Pad { element: source.expect("it gives something").element, pad: follows.sink };
            sum = sum + at[&above];
            source = world.network.links.iter().find(|link| link.sink == above).map(|link| link.source);
        }
        cost.generations += sum.generations;
        cost.latency += sum.latency;
    }
    assert_eq!(plan.cost, cost);
}

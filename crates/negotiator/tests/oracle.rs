//! Random small problems against a brute-force oracle that shares no code with the planner: it looks at every format
//! there could be and at every tree that can be made of them.

use std::collections::{BTreeMap, BTreeSet};
use trellis_media::{Alternative, Caps, Codec, Constraint, Field, FieldSet, Format, Kind};
use trellis_negotiator::{Cost, Difference, Plan, Problem, Rule, difference, plan};

const CASES: u64 = 6_000;
/// Problems with more trees than this are left to others.
const MOST_TREES: u64 = 20_000;

/// The fields that vary, and their largest value. The first is there always; the others may be not stated.
const FIELDS: [(Field, u32); 3] = [(Field::Codec, 4), (Field::Width, 2), (Field::RateClass, 2)];

/// SplitMix64 (public domain, S. Vigna).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// A cost that depends on both formats in no way that one could guess, with few distinct values, so that ties happen.
fn cost(salt: u64, input: &Format, output: &Format, lossy: u64) -> Cost {
    let of = |format: &Format| FIELDS.iter().fold(0, |sum, (field, _)| sum * 7 + u64::from(format.value(*field)));
    let bits = mix(salt ^ of(input) << 32 ^ of(output));
    Cost { generations: u32::from(bits % 5 < lossy), cpu: 1 + bits / 8 % 4, latency: (bits / 64 % 3) as u32 }
}

const COSTS: [fn(&Format, &Format) -> Cost; 4] =
    [|a, b| cost(1, a, b, 0), |a, b| cost(2, a, b, 1), |a, b| cost(3, a, b, 5), |a, b| cost(4, a, b, 2)];

fn random_constraint(random: &mut Random, largest: u32) -> Constraint {
    match random.below(4) {
        0 | 1 => Constraint::Some((0..2).map(|_| 1 + random.below(largest)).collect()),
        _ => Constraint::One(1 + random.below(largest)),
    }
}

fn random_alternative(random: &mut Random, one_in: u32) -> Alternative {
    let mut alternative = Alternative::any();
    for (index, (field, largest)) in FIELDS.into_iter().enumerate() {
        if index == 0 || random.one_in(one_in) {
            alternative = alternative.with(field, random_constraint(random, largest));
        }
    }
    alternative
}

fn random_rule(random: &mut Random, index: usize) -> Rule {
    let mut fields: [Vec<Field>; 2] = Default::default();
    for (field, _) in &FIELDS[1..] {
        match random.below(6) {
            0..=2 => fields[0].push(*field),
            3 => fields[1].push(*field),
            4 => fields.iter_mut().for_each(|fields| fields.push(*field)),
            _ => {}
        }
    }
    Rule {
        name: format!("r{index}").into(),
        input: random_alternative(random, 10),
        output: random_alternative(random, 8),
        keep: FieldSet::of(&[&[Field::Kind, Field::Carriage], fields[0].as_slice()].concat()),
        choose: FieldSet::of(&fields[1]),
        cost: COSTS[random.below(4) as usize],
    }
}

struct Case {
    source: Format,
    sinks: Vec<Caps>,
    rules: Vec<Rule>,
}

impl Case {
    fn random(seed: u64) -> Case {
        let random = &mut Random(seed);
        let source = FIELDS.iter().fold(Format::encoded(Codec::Vp8), |format, (field, largest)| {
            let least = u32::from(*field == Field::Codec);
            format.with(*field, least + random.below(largest + 1 - least))
        });
        let rules = (0..3 + random.below(5) as usize).map(|index| random_rule(random, index)).collect();
        let mut sinks: Vec<Caps> = Vec::new();
        for _ in 0..3 + random.below(4) {
            let again = sinks.len().checked_sub(1).filter(|_| random.one_in(4)).map(|last| sinks[last].clone());
            let new = (0..1 + random.below(2)).map(|_| random_alternative(random, 4)).collect();
            sinks.push(again.unwrap_or(new));
        }
        Case { source, sinks, rules }
    }

    fn problem(&self) -> Problem<'_> {
        Problem { source: self.source, sinks: &self.sinks, rules: &self.rules, running: None }
    }
}

// --- The oracle's own reading of constraints and rules.

fn ok(constraint: &Constraint, value: u32) -> bool {
    match constraint {
        Constraint::Any => true,
        Constraint::One(one) => value == *one,
        Constraint::Some(some) => some.contains(&value),
        Constraint::Range(..) => panic!("the oracle knows no ranges"),
    }
}

fn fits(alternative: &Alternative, format: &Format) -> bool {
    Field::ALL.iter().all(|field| ok(alternative.constraint(*field), format.value(*field)))
}

type Mask = u8;

/// The fields that an alternative says something about.
fn mask(alternative: &Alternative) -> Mask {
    let said = |index: usize| *alternative.constraint(FIELDS[index].0) != Constraint::Any;
    (0..FIELDS.len()).filter(|index| said(*index)).map(|index| 1 << index).sum()
}

/// Whether a rule could give an output for an input, apart from whether anybody asked for what it chooses.
fn could(rule: &Rule, input: &Format, output: &Format) -> bool {
    fits(&rule.input, input)
        && fits(&rule.output, output)
        && FIELDS.iter().all(|(field, _)| {
            let (came, went) = (input.value(*field), output.value(*field));
            if rule.choose.contains(*field) {
                true
            } else if rule.keep.contains(*field) {
                came == went
            } else {
                *rule.output.constraint(*field) != Constraint::Any || went == 0
            }
        })
}

/// Every format there could be.
fn universe() -> Vec<Format> {
    let mut all = vec![Format::encoded(Codec::Vp8)];
    for (index, (field, largest)) in FIELDS.into_iter().enumerate() {
        let values = u32::from(index == 0)..=largest;
        all = all.iter().flat_map(|format| values.clone().map(|value| format.with(field, value))).collect();
    }
    all
}

/// For each format, the sets of fields that something behind it can ask for at once. Who takes the source's format as
/// it is asks for nothing.
fn asked(case: &Case, universe: &[Format]) -> BTreeMap<Format, BTreeSet<Mask>> {
    let mut asked: BTreeMap<Format, BTreeSet<Mask>> = BTreeMap::new();
    let passed = |caps: &&Caps| caps.alternatives().iter().any(|one| fits(one, &case.source));
    let converted = case.sinks.iter().filter(|caps| !passed(caps));
    for alternative in converted.flat_map(|caps| caps.alternatives()) {
        for format in universe.iter().filter(|format| fits(alternative, format)) {
            asked.entry(*format).or_default().insert(mask(alternative));
        }
    }
    let possible: Vec<(&Rule, Format, Format)> = case
        .rules
        .iter()
        .flat_map(|rule| universe.iter().flat_map(move |a| universe.iter().map(move |b| (rule, *a, *b))))
        .filter(|(rule, input, output)| could(rule, input, output))
        .collect();
    loop {
        let before: usize = asked.values().map(BTreeSet::len).sum();
        for masks in asked.values_mut() {
            let both: Vec<Mask> = masks.iter().flat_map(|a| masks.iter().map(move |b| a | b)).collect();
            masks.extend(both);
        }
        for (rule, input, output) in &possible {
            let behind: Vec<Mask> = asked.get(output).into_iter().flatten().copied().collect();
            for behind in behind {
                let passed = (0..FIELDS.len())
                    .filter(|index| {
                        let field = FIELDS[*index].0;
                        let said = *rule.output.constraint(field) != Constraint::Any || behind & 1 << index != 0;
                        said && rule.keep.contains(field) && !rule.choose.contains(field)
                    })
                    .fold(0, |mask, index| mask | 1 << index);
                asked.entry(*input).or_default().insert(passed | mask(&rule.input));
            }
        }
        if before == asked.values().map(BTreeSet::len).sum() {
            return asked;
        }
    }
}

/// What can be converted into what: rule, input, output.
type Arc = (usize, Format, Format);

/// Every conversion that the rules allow, from what the source can become.
fn arcs(case: &Case) -> (Vec<Format>, Vec<Arc>) {
    let universe = universe();
    let asked = asked(case, &universe);
    let (mut reached, mut arcs) = (vec![case.source], Vec::new());
    let mut next = 0;
    while next < reached.len() {
        let input = reached[next];
        for (index, rule) in case.rules.iter().enumerate() {
            for output in universe.iter().filter(|output| **output != input && could(rule, &input, output)) {
                let justified = asked.get(output).into_iter().flatten().any(|asked| {
                    FIELDS.iter().enumerate().all(|(bit, (field, _))| {
                        let came = input.value(*field);
                        !rule.choose.contains(*field)
                            || asked & 1 << bit != 0
                            || came == output.value(*field)
                            || !ok(rule.output.constraint(*field), came)
                    })
                });
                if justified {
                    arcs.push((index, input, *output));
                    if !reached.contains(output) {
                        reached.push(*output);
                    }
                }
            }
        }
        next += 1;
    }
    (reached, arcs)
}

/// Lossy generations, CPU, latency, steps, preference: as the crate's page orders them.
type Total = (u64, u64, u64, u64, u64);

/// Lossy generations, and how far the width was changed on the way: thousandths of an octave, and one for each time.
type Lost = (u64, u64);

fn lost(case: &Case, before: Lost, (rule, input, output): &Arc) -> Lost {
    let changed = match (input.value(Field::Width), output.value(Field::Width)) {
        (0, 1..) | (1, 2) | (2, 1) => 1_001,
        _ => 0,
    };
    (before.0 + u64::from((case.rules[*rule].cost)(input, output).generations), before.1 + changed)
}

/// A format that a sink may be given, the number of the alternative, and the loss with which it must come.
type Take = (Format, u64, Lost);

/// For each sink what it may be given; empty when it cannot be served.
fn may_take(case: &Case, formats: &[Format], arcs: &[Arc]) -> Vec<Vec<Take>> {
    let mut least: BTreeMap<Format, Lost> = BTreeMap::from([(case.source, (0, 0))]);
    for _ in formats {
        for arc in arcs {
            if let Some(before) = least.get(&arc.1).copied() {
                let after = lost(case, before, arc);
                let known = least.entry(arc.2).or_insert(after);
                *known = after.min(*known);
            }
        }
    }
    let of_sink = |caps: &Caps| {
        if let Some(one) = caps.alternatives().iter().position(|one| fits(one, &case.source)) {
            return vec![(case.source, one as u64, (0, 0))];
        }
        let accepted: Vec<Take> = formats
            .iter()
            .filter_map(|format| {
                let one = caps.alternatives().iter().position(|one| fits(one, format))?;
                Some((*format, one as u64, least[format]))
            })
            .collect();
        let fewest = accepted.iter().map(|(_, _, lost)| lost.0).min();
        let nearest = |one: u64| accepted.iter().filter(|take| take.1 == one).map(|take| take.2).min();
        let best = |take: &&Take| Some(take.2.0) == fewest && Some(take.2) == nearest(take.1);
        accepted.iter().filter(best).copied().collect()
    };
    case.sinks.iter().map(of_sink).collect()
}

/// The best of all trees: every way of giving each format at most one conversion that makes it.
fn best_tree(case: &Case) -> Option<(Vec<bool>, Total)> {
    let (formats, arcs) = arcs(case);
    let makers: Vec<Vec<&Arc>> = formats[1..].iter().map(|f| arcs.iter().filter(|arc| arc.2 == *f).collect()).collect();
    let trees = makers.iter().try_fold(1_u64, |product, makers| product.checked_mul(makers.len() as u64 + 1))?;
    if trees > MOST_TREES {
        return None;
    }
    let takes = may_take(case, &formats, &arcs);
    let best = (0..trees)
        .filter_map(|mut number| {
            let mut tree: BTreeMap<Format, &Arc> = BTreeMap::new();
            for (format, makers) in formats[1..].iter().zip(&makers) {
                let choice = (number % (makers.len() as u64 + 1)) as usize;
                number /= makers.len() as u64 + 1;
                if let Some(maker) = choice.checked_sub(1) {
                    tree.insert(*format, makers[maker]);
                }
            }
            total(case, &tree, &takes)
        })
        .min()?;
    Some((takes.iter().map(|takes| !takes.is_empty()).collect(), best))
}

/// What a tree costs; `None` when it leaves out a sink that can be served, or is none.
fn total(case: &Case, tree: &BTreeMap<Format, &Arc>, takes: &[Vec<Take>]) -> Option<Total> {
    let mut sum = (0, 0, 0, tree.len() as u64, 0);
    for (rule, input, output) in tree.values() {
        sum.1 += (case.rules[*rule].cost)(input, output).cpu;
    }
    let depth = |format: Format| {
        let (mut at, mut all, mut latency) = (format, (0, 0), 0);
        for _ in 0..=tree.len() {
            if at == case.source {
                return Some((all, latency));
            }
            let arc = tree.get(&at)?;
            all = lost(case, all, arc);
            latency += u64::from((case.rules[arc.0].cost)(&arc.1, &arc.2).latency);
            at = arc.1;
        }
        None
    };
    for takes in takes.iter().filter(|takes| !takes.is_empty()) {
        let best = takes.iter().filter_map(|(format, one, least)| {
            let (lost, late) = depth(*format)?;
            (lost == *least).then_some((late, *one, lost.0))
        });
        let (late, one, lossy) = best.min()?;
        sum = (sum.0 + lossy, sum.1, sum.2 + late, sum.3, sum.4 + one);
    }
    Some(sum)
}

// --- What a plan is, judged without the planner.

/// Checks that a plan is what it says, and gives its cost as the oracle counts it.
fn judge(case: &Case, plan: &Plan) -> Total {
    let mut sum = (0, 0, 0, plan.steps.len() as u64, 0);
    let mut depths: Vec<(u64, u64)> = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(step.parent.is_none_or(|parent| parent < index), "a child before its parent");
        let feeds = step.parent.map_or(case.source, |parent| plan.steps[parent].output);
        assert_eq!(feeds, step.input, "a step is fed by another format");
        assert!(could(&case.rules[step.rule], &step.input, &step.output), "no such conversion: {step:?}");
        let cost = (case.rules[step.rule].cost)(&step.input, &step.output);
        assert_eq!(cost, step.cost);
        let (lossy, late) = step.parent.map_or((0, 0), |parent| depths[parent]);
        depths.push((lossy + u64::from(cost.generations), late + u64::from(cost.latency)));
        sum.1 += cost.cpu;
    }
    for (caps, attachment) in case.sinks.iter().zip(&plan.sinks) {
        let Some(attachment) = attachment else { continue };
        let gets = attachment.step.map_or(case.source, |step| plan.steps[step].output);
        assert_eq!(gets, attachment.format, "a sink is fed by another format");
        let one = caps.alternatives().iter().position(|one| fits(one, &gets)).expect("a sink gets what it accepts");
        let (lossy, late) = attachment.step.map_or((0, 0), |step| depths[step]);
        sum = (sum.0 + lossy, sum.1, sum.2 + late, sum.3, sum.4 + one as u64);
    }
    let cost = plan.cost;
    assert_eq!((u64::from(cost.generations), cost.cpu, u64::from(cost.latency)), (sum.0, sum.1, sum.2));
    sum
}

#[test]
fn no_tree_is_cheaper_than_the_plan() {
    let (mut compared, mut with_steps, mut sharing, mut unserved) = (0, 0, 0, 0);
    for seed in 0..CASES {
        let case = Case::random(seed);
        let Some((served, best)) = best_tree(&case) else { continue };
        let plan = plan(&case.problem());
        let text = || format!("seed {seed}: {:?} to {:?}\n{:#?}\n{plan:#?}", case.source, case.sinks, case.rules);
        assert!(plan.proven, "{}", text());
        assert_eq!(plan.sinks.iter().map(Option::is_some).collect::<Vec<_>>(), served, "{}", text());
        assert_eq!(judge(&case, &plan), best, "{}", text());
        compared += 1;
        with_steps += u32::from(plan.steps.len() > 1);
        sharing += u32::from(plan.served().iter().any(|served| *served > 1));
        unserved += u32::from(!plan.unserved.is_empty());
    }
    println!(
        "{compared} compared, {with_steps} of more than one step, {sharing} shared, {unserved} with unserved sinks"
    );
    assert!(compared > 3_000 && with_steps > 1_000 && sharing > 500 && unserved > 500, "too few problems of a kind");
}

#[test]
fn whoever_accepts_the_source_is_fed_by_the_source() {
    let mut passed = 0;
    for seed in 0..CASES {
        let case = Case::random(seed);
        let plan = plan(&case.problem());
        for (caps, attachment) in case.sinks.iter().zip(&plan.sinks) {
            if caps.alternatives().iter().any(|one| fits(one, &case.source)) {
                assert_eq!(attachment.map(|attachment| attachment.step), Some(None), "seed {seed}");
                passed += 1;
            }
        }
        judge(&case, &plan);
    }
    assert!(passed > 500);
}

#[test]
fn a_step_that_serves_nobody_is_not_planned() {
    for seed in 0..CASES {
        let case = Case::random(seed);
        assert!(plan(&case.problem()).served().iter().all(|served| *served > 0), "seed {seed}");
    }
}

#[test]
fn no_sink_loses_quality_to_its_neighbours() {
    for seed in 0..CASES / 4 {
        let case = Case::random(seed);
        let together = plan(&case.problem());
        let lossy = |plan: &Plan, sink: usize| {
            plan.path(sink).map(|path| path.iter().map(|step| plan.steps[*step].cost.generations).sum::<u32>())
        };
        let (mut apart, mut alike) = (0, true);
        for (sink, caps) in case.sinks.iter().enumerate() {
            let alone = plan(&Problem { sinks: std::slice::from_ref(caps), ..case.problem() });
            assert_eq!(alone.sinks[0].is_some(), together.sinks[sink].is_some(), "seed {seed}");
            assert!(lossy(&together, sink) <= lossy(&alone, 0), "seed {seed}");
            alike &= lossy(&alone, 0) == lossy(&together, sink);
            alike &= alone.sinks[0].map(|one| one.format) == together.sinks[sink].map(|one| one.format);
            apart += alone.cost.cpu;
        }
        assert!(!alike || together.cost.cpu <= apart, "seed {seed}: sharing costs more than not sharing");
    }
}

#[test]
fn the_order_of_the_sinks_does_not_change_the_cost() {
    for seed in 0..CASES / 4 {
        let mut case = Case::random(seed);
        let before = plan(&case.problem());
        case.sinks.reverse();
        assert_eq!(plan(&case.problem()).cost, before.cost, "seed {seed}");
    }
}

#[test]
fn what_runs_and_is_still_the_best_stays() {
    for seed in 0..CASES / 4 {
        let case = Case::random(seed);
        let before = plan(&case.problem());
        let again = plan(&Problem { running: Some(&before), ..case.problem() });
        assert_eq!(again, before, "seed {seed}");
    }
}

#[test]
fn differences_add_up() {
    let mut changed = 0;
    for seed in 0..CASES / 4 {
        let case = Case::random(seed);
        let new = plan(&case.problem());
        let old = plan(&Problem { sinks: &case.sinks[1..], ..case.problem() });
        assert!(difference(&new, &new).is_empty());
        let Difference { keep, add, remove } = difference(&old, &new);
        let olds: BTreeSet<usize> = keep.iter().map(|(old, _)| *old).chain(remove.iter().copied()).collect();
        let news: BTreeSet<usize> = keep.iter().map(|(_, new)| *new).chain(add.iter().copied()).collect();
        assert_eq!((olds.len(), news.len()), (old.steps.len(), new.steps.len()), "seed {seed}");
        assert_eq!((keep.len() + remove.len(), keep.len() + add.len()), (old.steps.len(), new.steps.len()));
        for (of_old, of_new) in &keep {
            let (of_old, of_new) = (&old.steps[*of_old], &new.steps[*of_new]);
            assert_eq!((of_old.rule, of_old.input, of_old.output), (of_new.rule, of_new.input, of_new.output));
        }
        let back = difference(&new, &old);
        let mut turned: Vec<(usize, usize)> = back.keep.iter().map(|(new, old)| (*old, *new)).collect();
        turned.sort_unstable_by_key(|(_, new)| *new);
        assert_eq!(turned, keep, "seed {seed}: a difference and its reverse keep the same");
        assert_eq!((back.add.len(), back.remove.len()), (remove.len(), add.len()), "seed {seed}");
        changed += u32::from(!add.is_empty());
    }
    assert!(changed > 100);
}

#[test]
fn the_oracle_counts_only_formats_of_its_own_kind() {
    assert!(universe().iter().all(|format| format.kind() == Some(Kind::Video)));
}

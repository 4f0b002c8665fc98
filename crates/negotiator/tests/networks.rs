//! Whole pipelines: filters, undecided endpoints, several formats at once.

mod common;

use common::{caps, format, rules};
use expect_test::expect;
use trellis_media::{Alternative, Caps, Codec, Field, FieldSet, Format, Kind};
use trellis_negotiator::{
    Attachment, Cost, Element, Follows, Gives, Link, Network, NetworkError, NetworkPlan, Pad, Pads, Percent, Rule,
    Work, dot_network, explain_network, plan_network, plan_network_without, why,
};

fn pad(element: usize) -> Pad {
    Pad { element, pad: 0 }
}

/// Links between the first pads of elements.
fn links(pairs: &[(usize, usize)]) -> Vec<Link> {
    pairs.iter().map(|(source, sink)| Link { source: pad(*source), sink: pad(*sink) }).collect()
}

fn source(text: &str) -> Element {
    Element::new(Pads::source([format(text)]))
}

fn sink(text: &str) -> Element {
    Element::new(Pads::sink(caps(text)))
}

/// A filter on raw pictures that leaves them as they are in size and rate.
fn filter() -> Element {
    Element::new(Pads::same(caps("video/raw")))
}

/// An endpoint that answers with one of these codecs, and gives what it answers with.
fn endpoint(codecs: &[&str]) -> Element {
    let pads = |codec: &&str| Pads { sources: vec![Gives::All(vec![format(codec)])], ..Pads::sink(caps(codec)) };
    Element { options: codecs.iter().map(pads).collect() }
}

fn network<'a>(elements: &'a [Element], links: &'a [Link], rules: &'a [Rule]) -> Network<'a> {
    Network { elements, links, rules, running: None, threshold: Percent::default() }
}

fn planned(elements: &[Element], links: &[Link]) -> NetworkPlan {
    plan_network(&network(elements, links, &rules())).unwrap_or_else(|error| panic!("{error}"))
}

/// What each first sink pad of some elements is given.
fn given(plan: &NetworkPlan, elements: &[usize]) -> Vec<String> {
    elements.iter().map(|element| plan.given(pad(*element)).map_or("-".into(), |format| format.to_string())).collect()
}

/// Work that costs a microsecond a second for a pixel of width, and delays by a millisecond.
fn by_width() -> Work {
    Work::new(|taken| Cost { generations: 7, cpu: u64::from(taken.value(Field::Width)), latency: 1_000 })
}

#[test]
fn what_comes_out_of_a_filter_follows_from_what_goes_in() {
    let elements = [source("rtp(video/vp8) 640x480@30"), filter(), sink("rtp(video/vp8)")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2)]));
    assert_eq!(given(&plan, &[1, 2]), ["video/raw I420 640x480@30", "rtp(video/vp8) 640x480@30"]);
    assert_eq!(plan.cost, Cost { generations: 1, cpu: 200 + 9_000 + 72_000 + 200, latency: 5_000 });
    assert!(plan.proven);
}

#[test]
fn generations_before_a_filter_count_for_everyone_behind_it() {
    // The filter takes VP8 or pictures; whoever is behind it takes VP8. Encoding before it serves both.
    let elements = [
        source("video/raw I420 640x480@30"),
        Element::new(Pads::same(caps("video/raw | video/vp8"))),
        sink("video/vp8"),
        sink("video/vp8"),
        sink("video/vp8"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (1, 3), (0, 4)]));
    assert_eq!(given(&plan, &[1, 2, 3, 4]), ["video/vp8 640x480@30"; 4]);
    assert_eq!(plan.cost, Cost { generations: 3, cpu: 72_000, latency: 15_000 });
}

#[test]
fn a_picture_is_not_made_small_before_a_filter_for_one_of_those_behind_it() {
    let elements = [source("video/raw I420 1280x720@30"), filter(), sink("video/raw I420 320x180"), sink("video/raw")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (1, 3)]));
    assert_eq!(given(&plan, &[1, 3]), ["video/raw I420 1280x720@30"; 2]);
}

#[test]
fn a_picture_is_made_small_before_a_filter_when_a_neighbour_needs_it_small_too() {
    let elements = [
        source("video/raw I420 1280x720@30"),
        filter(),
        sink("video/raw I420 320x180"),
        sink("video/raw I420 320x180"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (0, 3)]));
    assert_eq!(given(&plan, &[1, 2, 3]), ["video/raw I420 320x180@30"; 3]);
    assert_eq!(plan.cost.cpu, 300 * 27);
}

#[test]
fn an_answer_takes_the_codec_that_the_whole_pipeline_is_cheapest_with() {
    // Loopback through a camera that must be decoded anyway: H.264 is cheaper to encode, VP8 is listed first.
    let elements =
        [source("video/raw I420 640x480@30"), endpoint(&["rtp(video/vp8)", "rtp(video/h264)"]), sink("video/raw")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2)]));
    assert_eq!(plan.choices, [0, 1, 0]);
    let elements = [source("rtp(video/vp8)"), endpoint(&["rtp(video/h264)", "rtp(video/vp8)"]), sink("rtp(video/vp8)")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2)]));
    assert_eq!((plan.choices[1], plan.cost), (1, Cost::default()));
}

#[test]
fn an_answer_follows_from_what_others_want_of_it() {
    // What the endpoint sends is recorded and watched as H.264; what it watches is encoded either way.
    let elements = [
        source("video/raw I420 640x480@30"),
        endpoint(&["rtp(video/vp8)", "rtp(video/h264)"]),
        sink("video/h264"),
        sink("rtp(video/h264)"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (1, 3)]));
    assert_eq!((plan.choices[1], plan.cost.generations), (1, 1));
}

#[test]
fn options_that_cost_the_same_are_taken_in_their_order() {
    let elements = [source("rtp(video/vp8)"), endpoint(&["rtp(video/vp8)", "rtp(video/vp8)"])];
    assert_eq!(planned(&elements, &links(&[(0, 1)])).choices, [0, 0]);
}

#[test]
fn serving_one_more_sink_goes_before_cost() {
    let mut silent = Pads { sources: vec![Gives::Nothing], ..Pads::sink(caps("rtp(video/vp8)")) };
    let speaking = endpoint(&["rtp(video/h264)"]).options.remove(0);
    let elements = [
        source("rtp(video/vp8) 640x480@30"),
        Element { options: vec![silent.clone(), speaking.clone()] },
        sink("video/h264"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2)]));
    assert_eq!((plan.choices[1], plan.cost.generations), (1, 1));
    silent.sinks = vec![Caps::none()];
    let elements = [elements[0].clone(), Element { options: vec![silent, speaking] }, elements[2].clone()];
    assert_eq!(planned(&elements, &links(&[(0, 1)])).choices[1], 1);
}

#[test]
fn sinks_behind_a_filter_that_is_not_served_are_listed_and_keep_nobody_else() {
    let elements = [source("video/h265"), filter(), sink("rtp(video/vp8)"), sink("video/h265")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (0, 3)]));
    assert_eq!(given(&plan, &[1, 2, 3]), ["-", "-", "video/h265"]);
    let unserved: Vec<String> =
        plan.pads.iter().flat_map(|pad| &pad.plan.unserved).map(|unserved| unserved.to_string()).collect();
    assert_eq!(unserved.len(), 2);
    assert!(unserved[1].ends_with("nothing comes from its source"), "{unserved:?}");
}

#[test]
fn each_viewer_of_a_simulcast_takes_the_layer_that_fits_it_best() {
    let layers = ["rtp(video/vp8) 1280x720@30", "rtp(video/vp8) 640x360@30", "rtp(video/vp8) 320x180@30"];
    let layers: Vec<Format> = layers.iter().map(|text| format(text)).collect();
    let elements = [
        Element::new(Pads::source(layers)),
        sink("rtp(video/vp8)"),
        sink("rtp(video/vp8) 320x180"),
        sink("rtp(video/h264)"),
        sink("rtp(video/h264) 640x360"),
        sink("video/raw I420 480x270"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]));
    let expected = [
        "rtp(video/vp8) 1280x720@30",
        "rtp(video/vp8) 320x180@30",
        "rtp(video/h264) constrained-baseline 1280x720@30",
        "rtp(video/h264) constrained-baseline 640x360@30",
        "video/raw I420 480x270@30",
    ];
    assert_eq!(given(&plan, &[1, 2, 3, 4, 5]), expected);
    let scaled: Vec<&Format> = plan.pads[0]
        .plan
        .steps
        .iter()
        .filter(|step| step.output.size() == Some((480, 270)))
        .map(|step| &step.input)
        .collect();
    assert_eq!(scaled, [&format("video/raw I420 640x360@30")]);
}

#[test]
fn tracks_of_two_codecs_serve_each_viewer_with_his_own() {
    let both = vec![format("rtp(video/vp8)"), format("rtp(video/h264)")];
    let elements = [Element::new(Pads::source(both)), sink("rtp(video/h264)"), sink("rtp(video/vp8)")];
    let plan = planned(&elements, &links(&[(0, 1), (0, 2)]));
    assert_eq!(plan.cost, Cost::default());
}

#[test]
fn a_filter_may_change_what_it_gives() {
    let grey = Follows {
        sink: 0,
        output: Alternative::like(&format("video/raw I420 320x240")),
        keep: FieldSet::ALL.without(FieldSet::of(&[Field::Width, Field::Height])),
    };
    let shrink = Element::new(Pads { sources: vec![Gives::Follows(Box::new(grey))], ..Pads::sink(caps("video/raw")) });
    let elements = [source("video/raw I420 640x480@30"), shrink, sink("video/raw")];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2)]));
    assert_eq!(given(&plan, &[2]), ["video/raw I420 320x240@30"]);
}

#[test]
fn filters_in_a_row_pass_on_what_needs_no_change() {
    let mut elements = vec![source("rtp(video/vp8) 640x480@30")];
    elements.extend(std::iter::repeat_n(filter(), 100));
    elements.push(sink("rtp(video/vp8)"));
    let pairs: Vec<(usize, usize)> = (0..101).map(|element| (element, element + 1)).collect();
    let plan = planned(&elements, &links(&pairs));
    assert!(plan.proven);
    assert_eq!(plan.cost.generations, 1);
}

#[test]
fn what_does_not_fit_together_is_no_network() {
    let rules = rules();
    let check = |elements: &[Element], pairs: &[(usize, usize)]| {
        plan_network(&network(elements, &links(pairs), &rules)).map(|plan| plan.cost)
    };
    let two = [filter(), filter()];
    assert!(matches!(check(&two, &[(0, 1), (1, 0)]), Err(NetworkError::Cycle(_))));
    assert_eq!(check(&two, &[(0, 0)]), Err(NetworkError::Cycle(pad(0))));
    assert_eq!(check(&two, &[(0, 2)]), Err(NetworkError::NoPad(pad(2))));
    assert_eq!(
        check(&[source("video/vp8"), sink("video/vp8")], &[(0, 1), (0, 1)]),
        Err(NetworkError::TwoLinks(pad(1)))
    );
    assert_eq!(check(&[Element { options: Vec::new() }], &[]), Err(NetworkError::NoOption(0)));
    let differing = Element { options: vec![Pads::sink(caps("video/vp8")), Pads::default()] };
    assert_eq!(check(&[differing], &[]), Err(NetworkError::Pads(0)));
    let mut long = vec![source("video/vp8")];
    long.extend(std::iter::repeat_n(filter(), 200));
    let pairs: Vec<(usize, usize)> = (0..200).map(|element| (element, element + 1)).collect();
    assert!(matches!(check(&long, &pairs), Err(NetworkError::TooLong(_))));
}

#[test]
fn what_runs_stays_the_same_when_nothing_changes() {
    let elements = [
        source("video/raw I420 640x480@30"),
        filter(),
        endpoint(&["rtp(video/vp8)", "rtp(video/h264)"]),
        sink("video/raw"),
    ];
    let (links, rules) = (links(&[(0, 1), (1, 2), (2, 3)]), rules());
    let first = plan_network(&network(&elements, &links, &rules)).expect("a network");
    let again = plan_network(&Network { running: Some(&first), ..network(&elements, &links, &rules) });
    assert_eq!(again, Ok(first));
}

/// A camera in VP8 that is filtered, watched by somebody who has not answered yet, recorded, and shown small.
fn conference() -> (Vec<Element>, Vec<Link>) {
    let elements = vec![
        source("rtp(video/vp8) 640x480@30"),
        filter(),
        endpoint(&["rtp(video/vp9)", "rtp(video/h264)", "rtp(video/vp8)"]),
        sink("video/vp8"),
        sink("rtp(video/vp8)"),
        sink("video/theora"),
    ];
    (elements, links(&[(0, 1), (1, 2), (1, 3), (0, 4), (0, 5)]))
}

const NAMES: [&str; 5] = ["camera", "overlay", "guest", "recorder", "viewer"];

#[test]
fn an_explanation_tells_of_choices_and_of_every_pad() {
    let ((elements, links), rules) = (conference(), rules());
    let network = network(&elements, &links, &rules);
    let plan = plan_network(&network).expect("a network");
    expect![[r#"
        guest has option 2; the next best, option 1: +63.0 ms/s
        camera gives rtp(video/vp8) 640x480@30
        step | converter       | from -> to                                        | cost                           | sinks | without it
        0    | vp8-depacketise | rtp(video/vp8) 640x480@30 -> video/vp8 640x480@30 | 0 lossy, 0.2 ms/s, 0.0 ms late | 1     | 3 sinks unserved
        1    |   vp8-decode    | video/vp8 640x480@30 -> video/raw I420 640x480@30 | 0 lossy, 9.0 ms/s, 0.0 ms late | 1     | 3 sinks unserved
        overlay: takes video/raw I420 640x480@30 from step 1; not from the source: its carriage is rtp, not raw
        viewer: takes rtp(video/vp8) 640x480@30 from the source
        element 5: not served: it accepts video/theora; what comes closest is video/vp8 640x480@30 (wrong codec) or video/vp9 640x480@30 (wrong codec) or video/h264 constrained-baseline 640x480@30 (wrong codec)
        overlay gives video/raw I420 640x480@30
        step | converter       | from -> to                                        | cost                            | sinks | without it
        0    | vp8-encode      | video/raw I420 640x480@30 -> video/vp8 640x480@30 | 1 lossy, 72.0 ms/s, 5.0 ms late | 2     | 1 sink unserved
        1    |   vp8-packetise | video/vp8 640x480@30 -> rtp(video/vp8) 640x480@30 | 0 lossy, 0.2 ms/s, 0.0 ms late  | 1     | +63.0 ms/s
        guest: takes rtp(video/vp8) 640x480@30 from step 1; not from the source: its carriage is raw, not rtp
        recorder: takes video/vp8 640x480@30 from step 0; not from the source: its carriage is raw, not frames
        total 2 lossy, 81.4 ms/s, 10.0 ms late; no plan is cheaper
    "#]].assert_eq(&explain_network(&network, &plan, &NAMES));
}

#[test]
fn a_drawing_shows_elements_and_the_converters_between_them() {
    let ((elements, links), rules) = (conference(), rules());
    let network = network(&elements, &links, &rules);
    let plan = plan_network(&network).expect("a network");
    expect![[r#"
        digraph network {
          rankdir=LR;
          node [shape=box];
          e0 [label="camera", shape=ellipse];
          e1 [label="overlay", shape=ellipse];
          e2 [label="guest\noption 2", shape=ellipse];
          e3 [label="recorder", shape=ellipse];
          e4 [label="viewer", shape=ellipse];
          e5 [label="element 5", shape=ellipse];
          p0_0_s0 [label="vp8-depacketise\n200 us/s", style=rounded];
          e0 -> p0_0_s0 [label="rtp(video/vp8) 640x480@30"];
          p0_0_s1 [label="vp8-decode\n9000 us/s", style=rounded];
          p0_0_s0 -> p0_0_s1 [label="video/vp8 640x480@30"];
          p0_0_s1 -> e1 [label="video/raw I420 640x480@30"];
          e0 -> e4 [label="rtp(video/vp8) 640x480@30"];
          e0 -> e5 [label="not served", style=dashed];
          p1_0_s0 [label="vp8-encode\n72000 us/s", style=rounded];
          e1 -> p1_0_s0 [label="video/raw I420 640x480@30"];
          p1_0_s1 [label="vp8-packetise\n200 us/s", style=rounded];
          p1_0_s0 -> p1_0_s1 [label="video/vp8 640x480@30"];
          p1_0_s1 -> e2 [label="rtp(video/vp8) 640x480@30"];
          p1_0_s0 -> e3 [label="video/vp8 640x480@30"];
        }
    "#]]
    .assert_eq(&dot_network(&network, &plan, &NAMES));
}

#[test]
fn a_filter_works_on_the_small_picture_where_everybody_behind_it_wants_a_small_one() {
    let (camera, viewer) = (source("video/raw I420 1280x720@30"), sink("video/raw I420 320x180"));
    let idle = [camera.clone(), filter(), viewer.clone()];
    let busy = [camera, Element::new(Pads::same(caps("video/raw")).working(by_width())), viewer];
    let links = links(&[(0, 1), (1, 2)]);
    let (idle, plan) = (planned(&idle, &links), planned(&busy, &links));
    assert_eq!(given(&plan, &[1, 2]), ["video/raw I420 320x180@30", "video/raw I420 320x180@30"]);
    // What is done is the same, and the filter's own work is counted, but not as a loss.
    let work = Cost { generations: 0, cpu: 320, latency: 1_000 };
    assert_eq!(plan.cost, idle.cost + work);
    assert!(plan.proven);
}

#[test]
fn a_filter_that_works_gets_the_large_picture_when_one_behind_it_wants_that() {
    let elements = [
        source("video/raw I420 1280x720@30"),
        Element::new(Pads::same(caps("video/raw")).working(by_width())),
        sink("video/raw I420 320x180"),
        sink("video/raw I420 1280x720"),
    ];
    let plan = planned(&elements, &links(&[(0, 1), (1, 2), (1, 3)]));
    assert_eq!(given(&plan, &[1]), ["video/raw I420 1280x720@30"]);
}

#[test]
fn an_end_takes_of_two_formats_the_one_that_is_less_work() {
    let work = Work::new(|taken| Cost { cpu: u64::from(taken.codec() == Some(Codec::H264)), ..Cost::default() });
    let both = Element::new(Pads::source([format("video/h264 640x480"), format("video/vp8 640x480")]));
    let elements = [both, Element::new(Pads::sink(Caps::any_of(Kind::Video)).working(work))];
    let plan = planned(&elements, &links(&[(0, 1)]));
    assert_eq!(given(&plan, &[1]), ["video/vp8 640x480"]);
    assert_eq!(plan.cost, Cost::default());
}

#[test]
fn a_filter_keeps_what_it_is_given_while_little_of_its_work_would_be_saved() {
    let work =
        Work::new(|taken| Cost { cpu: 1_000 + u64::from(taken.codec() == Some(Codec::H264)), ..Cost::default() });
    let both = Element::new(Pads::source([format("video/h264 640x480"), format("video/vp8 640x480")]));
    let filter = Element::new(Pads::same(Caps::any_of(Kind::Video)).working(work));
    let elements = [both, filter, Element::new(Pads::sink(Caps::any_of(Kind::Video)))];
    let (links, rules) = (links(&[(0, 1), (1, 2)]), rules());
    let fresh = planned(&elements, &links);
    assert_eq!(given(&fresh, &[1]), ["video/vp8 640x480"]);
    let mut running = fresh;
    running.pads[0].plan.sinks[0] = Some(Attachment { step: None, format: format("video/h264 640x480") });
    let again = |threshold| {
        let network = Network { running: Some(&running), threshold, ..network(&elements, &links, &rules) };
        given(&plan_network(&network).unwrap(), &[1])
    };
    assert_eq!(again(Percent(10)), ["video/h264 640x480"]);
    assert_eq!(again(Percent(0)), ["video/vp8 640x480"]);
}

#[test]
fn what_an_element_does_itself_is_explained() {
    let filter = Element::new(Pads::same(caps("video/raw")).working(by_width()));
    let elements = [source("video/raw I420 640x480@30"), filter, sink("video/raw")];
    let (links, rules) = (links(&[(0, 1), (1, 2)]), rules());
    let network = network(&elements, &links, &rules);
    let text = explain_network(&network, &plan_network(&network).unwrap(), &["camera", "hat", "screen"]);
    assert!(text.contains("own work of hat on video/raw I420 640x480@30: 0 lossy, 0.6 ms/s, 1.0 ms late\n"), "{text}");
    assert!(text.contains("total 0 lossy, 0.6 ms/s, 1.0 ms late"), "{text}");
}

#[test]
fn what_a_network_does_without_is_not_planned_and_is_told() {
    let elements = [source("video/vp8 640x480@30"), sink("video/vp9 640x480@30 | video/h264 640x480@30")];
    let (links, rules) = (links(&[(0, 1)]), rules());
    let network = network(&elements, &links, &rules);
    let first = plan_network(&network).unwrap();
    let last = *first.pads[0].plan.steps.last().unwrap();
    let without = [(pad(0), (last.rule, last.input, last.output))];
    let plan = plan_network_without(&network, &without).unwrap();
    assert_eq!(plan.without, without);
    assert!(plan.cost > first.cost);
    assert_ne!(given(&plan, &[1]), given(&first, &[1]));
    let text = explain_network(&network, &plan, &["camera", "viewer"]);
    assert!(text.contains(&format!("not to be had behind camera: {}", rules[last.rule].name)), "{text}");
    // Nor is it what would be taken instead of another step.
    let why = why(&network, &plan, &["camera", "viewer"], (pad(0), plan.pads[0].plan.steps.len() - 1)).unwrap();
    assert_eq!(why.without, "1 sink unserved");
    assert!(why.cost.ends_with(" for viewer") && why.reason.starts_with("the source's codec is vp8"), "{why:?}");
}

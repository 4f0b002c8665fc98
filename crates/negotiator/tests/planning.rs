//! Re-planning, explaining and drawing.

mod common;

use common::{caps, decode, format, rules, sketch};
use expect_test::expect;
use trellis_media::{Caps, Codec};
use trellis_negotiator::{Cost, Plan, Problem, difference, dot, explain, plan};

const CHEAP: fn(&trellis_media::Format, &trellis_media::Format) -> Cost =
    |_, _| Cost { generations: 0, cpu: 1_000, latency: 0 };

/// The plan after the cost of another decoder becomes known while `CHEAP` runs; the name of the decoder it uses.
fn decoder_after(rival: fn(&trellis_media::Format, &trellis_media::Format) -> Cost) -> String {
    let sinks = [caps("video/raw")];
    let mut rules = vec![decode("running", Codec::Vp8, CHEAP)];
    let source = format("video/vp8 640x480@30");
    let running = plan(&Problem { source, sinks: &sinks, rules: &rules, running: None });
    rules.push(decode("rival", Codec::Vp8, rival));
    let after = plan(&Problem { source, sinks: &sinks, rules: &rules, running: Some(&running) });
    rules[after.steps[0].rule].name.to_string()
}

#[test]
fn what_runs_stays_when_little_would_be_saved() {
    assert_eq!(decoder_after(|_, _| Cost { generations: 0, cpu: 910, latency: 0 }), "running");
}

#[test]
fn what_runs_goes_when_much_would_be_saved() {
    assert_eq!(decoder_after(|_, _| Cost { generations: 0, cpu: 890, latency: 0 }), "rival");
}

#[test]
fn what_runs_is_not_kept_at_the_cost_of_quality() {
    let sinks = [caps("video/vp9")];
    let lossy = |_: &_, _: &_| Cost { generations: 2, cpu: 1, latency: 0 };
    let clean = |_: &_, _: &_| Cost { generations: 1, cpu: 1_000_000, latency: 0 };
    let transcode = |name, cost| {
        let mut rule = decode(name, Codec::Vp8, cost);
        rule.output = caps("video/vp9").alternatives()[0].clone();
        rule
    };
    let source = format("video/vp8 640x480@30");
    let mut rules = vec![transcode("lossy", lossy)];
    let running = plan(&Problem { source, sinks: &sinks, rules: &rules, running: None });
    rules.push(transcode("clean", clean));
    let after = plan(&Problem { source, sinks: &sinks, rules: &rules, running: Some(&running) });
    assert_eq!(after.cost, Cost { generations: 1, cpu: 1_000_000, latency: 0 });
}

/// Plans of a meeting that people enter and leave.
fn meeting(sinks: &[&str], running: Option<&Plan>) -> Plan {
    let (sinks, rules): (Vec<Caps>, _) = (sinks.iter().map(|text| caps(text)).collect(), rules());
    plan(&Problem { source: format("rtp(video/h264) 1280x720@30"), sinks: &sinks, rules: &rules, running })
}

#[test]
fn one_more_viewer_of_a_known_kind_adds_nothing() {
    let before = meeting(&["rtp(video/h264)", "rtp(video/vp8)"], None);
    let after = meeting(&["rtp(video/h264)", "rtp(video/vp8)", "rtp(video/vp8)"], Some(&before));
    assert!(difference(&before, &after).is_empty());
}

#[test]
fn the_first_viewer_of_another_kind_adds_only_what_is_new() {
    let before = meeting(&["rtp(video/vp8)"], None);
    let after = meeting(&["rtp(video/vp8)", "rtp(video/vp9)"], Some(&before));
    let difference = difference(&before, &after);
    assert_eq!((difference.keep.len(), difference.add.len(), difference.remove.len()), (4, 2, 0));
}

#[test]
fn the_last_viewer_of_a_kind_takes_its_converters_along_leaves_first() {
    let before = meeting(&["rtp(video/h264)", "rtp(video/vp8)"], None);
    let after = meeting(&["rtp(video/h264)"], Some(&before));
    let difference = difference(&before, &after);
    assert_eq!((difference.keep.len(), difference.add.len()), (0, 0));
    assert_eq!(difference.remove, [3, 2, 1, 0]);
}

#[test]
fn removing_what_was_added_gives_the_first_plan_back() {
    let first = meeting(&["rtp(video/vp8)", "rtp(video/h264)"], None);
    let more =
        meeting(&["rtp(video/vp8)", "rtp(video/h264)", "video/raw I420 640x360", "rtp(video/vp9)"], Some(&first));
    let back = meeting(&["rtp(video/vp8)", "rtp(video/h264)"], Some(&more));
    assert_eq!(back, first);
}

#[test]
fn a_thousand_sinks_of_eight_kinds_are_served_with_proof() {
    let texts: Vec<String> =
        (0..8).map(|kind| format!("rtp(video/vp8) {}x{}", 160 * (kind + 1), 90 * (kind + 1))).collect();
    let sinks: Vec<Caps> = (0..1_000).map(|sink| caps(&texts[sink % 8])).collect();
    let rules = rules();
    let source = format("rtp(video/h264) 1920x1080@30");
    let plan = plan(&Problem { source, sinks: &sinks, rules: &rules, running: None });
    assert!(plan.proven && plan.unserved.is_empty());
    assert_eq!((plan.cost.generations, plan.steps.len()), (1_000, 26));
}

#[test]
fn an_explanation_tells_costs_reasons_and_alternatives() {
    let sinks = [
        caps("rtp(video/vp8)"),
        caps("rtp(video/vp8)"),
        caps("rtp(video/h264)"),
        caps("video/theora"),
        caps("video/raw I420 640x360"),
    ];
    let rules = rules();
    let problem =
        Problem { source: format("rtp(video/h264) 1280x720@30"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        source rtp(video/h264) 1280x720@30
        step | converter           | from -> to                                              | cost                             | sinks | without it
        0    | h264-depacketise    | rtp(video/h264) 1280x720@30 -> video/h264 1280x720@30   | 0 lossy, 0.2 ms/s, 0.0 ms late   | 3     | 3 sinks unserved
        1    |   h264-decode       | video/h264 1280x720@30 -> video/raw I420 1280x720@30    | 0 lossy, 24.3 ms/s, 0.0 ms late  | 3     | 3 sinks unserved
        2    |     vp8-encode      | video/raw I420 1280x720@30 -> video/vp8 1280x720@30     | 1 lossy, 216.0 ms/s, 5.0 ms late | 2     | -168.0 ms/s, more thrown away
        3    |       vp8-packetise | video/vp8 1280x720@30 -> rtp(video/vp8) 1280x720@30     | 0 lossy, 0.2 ms/s, 0.0 ms late   | 2     | -168.0 ms/s, more thrown away
        4    |     scale           | video/raw I420 1280x720@30 -> video/raw I420 640x360@30 | 0 lossy, 8.1 ms/s, 0.0 ms late   | 1     | 1 sink unserved
        sinks 0, 1: takes rtp(video/vp8) 1280x720@30 from step 3; not from the source: its codec is h264, not vp8
        sink 2: takes rtp(video/h264) 1280x720@30 from the source
        sink 3: not served: it accepts video/theora; what comes closest is video/h264 1280x720@30 (wrong codec) or video/vp8 1280x720@30 (wrong codec) or video/vp9 1280x720@30 (wrong codec)
        sink 4: takes video/raw I420 640x360@30 from step 4; not from the source: its carriage is rtp, not raw
        total 2 lossy, 248.8 ms/s, 10.0 ms late; no plan is cheaper
    "#]].assert_eq(&explain(&problem, &plan(&problem)));
}

#[test]
fn an_explanation_of_no_conversion_says_so() {
    let sinks = vec![caps("rtp(video/vp8)"); 5];
    let rules = rules();
    let problem = Problem { source: format("rtp(video/vp8)"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        source rtp(video/vp8)
        no conversion: passes through
        sinks 0, 1, 2 and 2 more: takes rtp(video/vp8) from the source
        total 0 lossy, 0.0 ms/s, 0.0 ms late; no plan is cheaper
    "#]]
    .assert_eq(&explain(&problem, &plan(&problem)));
}

#[test]
fn an_explanation_names_the_rival_that_lost() {
    let sinks = [caps("video/raw")];
    let rules = [
        decode("small", Codec::Vp8, |_, _| Cost { generations: 0, cpu: 2_000, latency: 5_000 }),
        decode("large", Codec::Vp8, |_, _| Cost { generations: 0, cpu: 9_500, latency: 0 }),
    ];
    let problem = Problem { source: format("video/vp8 640x480@30"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        source video/vp8 640x480@30
        step | converter | from -> to                                        | cost                           | sinks | without it
        0    | small     | video/vp8 640x480@30 -> video/raw I420 640x480@30 | 0 lossy, 2.0 ms/s, 5.0 ms late | 1     | +7.5 ms/s
        sink 0: takes video/raw I420 640x480@30 from step 0; not from the source: its carriage is frames, not raw
        total 0 lossy, 2.0 ms/s, 5.0 ms late; no plan is cheaper
    "#]].assert_eq(&explain(&problem, &plan(&problem)));
}

#[test]
fn a_drawing_shows_source_steps_and_sinks() {
    let sinks = [caps("rtp(video/h264)"), caps("video/raw")];
    let rules = rules();
    let problem =
        Problem { source: format("rtp(video/h264) 1280x720@30"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        digraph plan {
          rankdir=LR;
          node [shape=box];
          source [label="source\nrtp(video/h264) 1280x720@30", shape=ellipse];
          s0 [label="h264-depacketise\n200 us/s", style=rounded];
          source -> s0 [label="rtp(video/h264) 1280x720@30"];
          s1 [label="h264-decode\n24300 us/s", style=rounded];
          s0 -> s1 [label="video/h264 1280x720@30"];
          k0 [label="sink 0\nrtp(video/h264)", shape=ellipse];
          source -> k0 [label="rtp(video/h264) 1280x720@30"];
          k1 [label="sink 1\nvideo/raw I420", shape=ellipse];
          s1 -> k1 [label="video/raw I420 1280x720@30"];
        }
    "#]]
    .assert_eq(&dot(&problem, &plan(&problem)));
}

#[test]
fn between_equal_cpu_the_quicker_decoder_is_taken() {
    let mut rules = rules();
    rules.insert(0, decode("slow", Codec::Vp8, |_, _| Cost { generations: 0, cpu: 100, latency: 9_000 }));
    rules.push(decode("quick", Codec::Vp8, |_, _| Cost { generations: 0, cpu: 100, latency: 1_000 }));
    let sinks = [caps("video/raw"), caps("video/raw")];
    let problem = Problem { source: format("video/vp8 640x480@30"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        video/vp8 640x480@30
          quick: video/raw I420 640x480@30 <- 0 1
        0 lossy, 100 us/s, 2000 us late
    "#]]
    .assert_eq(&sketch(&problem));
}

#[test]
fn without_converters_only_what_fits_is_served() {
    let sinks = [caps("video/vp8"), caps("video/raw")];
    let problem = Problem { source: format("video/vp8"), sinks: &sinks, rules: &[], running: None };
    expect![[r#"
        video/vp8 <- 0
        sink 1: it accepts video/raw I420; what comes closest is video/vp8 (wrong carriage, pixels)
        0 lossy, 0 us/s, 0 us late
    "#]]
    .assert_eq(&sketch(&problem));
}

#[test]
fn nine_distinct_demands_are_served_without_proof() {
    let sinks: Vec<Caps> = (1..=9).map(|step| caps(&format!("video/raw I420 {}x{}", step * 160, step * 90))).collect();
    let rules = rules();
    let problem = Problem { source: format("video/h264 1920x1080@30"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
            video/h264 1920x1080@30
              h264-decode: video/raw I420 1920x1080@30
                scale: video/raw I420 160x90@30 <- 0
                scale: video/raw I420 320x180@30 <- 1
                scale: video/raw I420 480x270@30 <- 2
                scale: video/raw I420 640x360@30 <- 3
                scale: video/raw I420 800x450@30 <- 4
                scale: video/raw I420 960x540@30 <- 5
                scale: video/raw I420 1120x630@30 <- 6
                scale: video/raw I420 1280x720@30 <- 7
                scale: video/raw I420 1440x810@30 <- 8
            0 lossy, 223200 us/s, 0 us late, not proven
        "#]]
    .assert_eq(&sketch(&problem));
}

#[test]
fn nine_demands_that_the_same_formats_serve_are_one() {
    let sinks: Vec<Caps> =
        [Codec::Av1, Codec::H265, Codec::Mjpeg, Codec::Theora, Codec::Flv1, Codec::H263, Codec::Mpeg2]
            .iter()
            .flat_map(|codec| {
                [caps(&format!("video/{codec} | video/vp8")), caps(&format!("video/vp8 | video/{codec}"))]
            })
            .collect();
    let rules = rules();
    let problem = Problem { source: format("rtp(video/vp8)"), sinks: &sinks, rules: &rules, running: None };
    expect![[r#"
        rtp(video/vp8)
          vp8-depacketise: video/vp8 <- 0 to 13 (14)
        0 lossy, 200 us/s, 0 us late
    "#]]
    .assert_eq(&sketch(&problem));
}

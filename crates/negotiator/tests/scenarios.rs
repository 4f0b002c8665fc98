//! What is planned where, by name. Each table is a plan: what each converter makes, and which sinks take it.

mod common;

use common::{caps, decode, format, rules, sketch};
use expect_test::{Expect, expect};
use trellis_media::{Caps, Codec, Constraint, Field};
use trellis_negotiator::{Cost, Problem};

fn check(source: &str, sinks: &[&str], expected: Expect) {
    let sinks: Vec<Caps> = sinks.iter().map(|text| caps(text)).collect();
    check_caps(source, &sinks, expected);
}

fn check_caps(source: &str, sinks: &[Caps], expected: Expect) {
    let rules = rules();
    expected.assert_eq(&sketch(&Problem { source: format(source), sinks, rules: &rules, running: None }));
}

/// `text` with a field's constraint replaced.
fn with(text: &str, field: Field, constraint: Constraint) -> Caps {
    caps(text).alternatives().iter().map(|alternative| alternative.clone().with(field, constraint.clone())).collect()
}

fn at_most(text: &str, width: u32, height: u32) -> Caps {
    let narrow = with(text, Field::Width, Constraint::Range(1, width));
    narrow.alternatives().iter().map(|one| one.clone().with(Field::Height, Constraint::Range(1, height))).collect()
}

#[test]
fn the_same_codec_passes_through() {
    check(
        "rtp(video/vp8)",
        &["rtp(video/vp8)"],
        expect![[r#"
        rtp(video/vp8) <- 0
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn three_hundred_viewers_of_the_same_codec_need_no_converter() {
    check(
        "rtp(video/vp8)",
        &["rtp(video/vp8)"; 300],
        expect![[r#"
        rtp(video/vp8) <- 0 to 299 (300)
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_file_in_the_viewers_codec_is_only_packetised() {
    check(
        "video/h264 1280x720@30",
        &["rtp(video/h264)"],
        expect![[r#"
        video/h264 1280x720@30
          h264-packetise: rtp(video/h264) 1280x720@30 <- 0
        0 lossy, 200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_file_in_another_codec_is_transcoded() {
    check(
        "video/h264 1280x720@30",
        &["rtp(video/vp8)"],
        expect![[r#"
        video/h264 1280x720@30
          h264-decode: video/raw I420 1280x720@30
            vp8-encode: video/vp8 1280x720@30
              vp8-packetise: rtp(video/vp8) 1280x720@30 <- 0
        1 lossy, 240500 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn a_hundred_viewers_share_one_decoder_and_one_encoder() {
    check(
        "video/h264 1280x720@30",
        &["rtp(video/vp8)"; 100],
        expect![[r#"
        video/h264 1280x720@30
          h264-decode: video/raw I420 1280x720@30
            vp8-encode: video/vp8 1280x720@30
              vp8-packetise: rtp(video/vp8) 1280x720@30 <- 0 to 99 (100)
        100 lossy, 240500 us/s, 500000 us late
    "#]],
    );
}

#[test]
fn only_the_viewer_of_another_codec_is_transcoded() {
    check(
        "rtp(video/h264) 1280x720@30",
        &["rtp(video/h264)", "rtp(video/vp8)", "rtp(video/h264)"],
        expect![[r#"
        rtp(video/h264) 1280x720@30 <- 0 2
          h264-depacketise: video/h264 1280x720@30
            h264-decode: video/raw I420 1280x720@30
              vp8-encode: video/vp8 1280x720@30
                vp8-packetise: rtp(video/vp8) 1280x720@30 <- 1
        1 lossy, 240700 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn a_recorder_takes_the_stream_as_it_comes() {
    check(
        "rtp(video/vp8)",
        &["video/vp8 | video/vp9"],
        expect![[r#"
        rtp(video/vp8)
          vp8-depacketise: video/vp8 <- 0
        0 lossy, 200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_recorder_shares_the_transcoding_of_the_viewers() {
    check(
        "rtp(video/h264) 1280x720@30",
        &["video/vp8 | video/vp9", "rtp(video/vp8)", "rtp(video/vp8)"],
        expect![[r#"
        rtp(video/h264) 1280x720@30
          h264-depacketise: video/h264 1280x720@30
            h264-decode: video/raw I420 1280x720@30
              vp8-encode: video/vp8 1280x720@30 <- 0
                vp8-packetise: rtp(video/vp8) 1280x720@30 <- 1 2
        3 lossy, 240700 us/s, 15000 us late
    "#]],
    );
}

#[test]
fn a_filter_and_a_recorder_share_the_depacketiser() {
    check(
        "rtp(video/vp8) 640x480@30",
        &["video/vp8", "video/raw"],
        expect![[r#"
        rtp(video/vp8) 640x480@30
          vp8-depacketise: video/vp8 640x480@30 <- 0
            vp8-decode: video/raw I420 640x480@30 <- 1
        0 lossy, 9200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_filter_on_a_camera_costs_a_decoder_only() {
    check(
        "rtp(video/vp8) 640x480@30",
        &["video/raw"],
        expect![[r#"
        rtp(video/vp8) 640x480@30
          vp8-depacketise: video/vp8 640x480@30
            vp8-decode: video/raw I420 640x480@30 <- 0
        0 lossy, 9200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn filtered_pictures_are_encoded_once_for_all() {
    check(
        "video/raw I420 640x480@30",
        &["rtp(video/vp8)", "rtp(video/vp8)", "video/vp8 | video/vp9"],
        expect![[r#"
        video/raw I420 640x480@30
          vp8-encode: video/vp8 640x480@30 <- 2
            vp8-packetise: rtp(video/vp8) 640x480@30 <- 0 1
        3 lossy, 72200 us/s, 15000 us late
    "#]],
    );
}

#[test]
fn an_open_offer_takes_what_the_source_gives() {
    check(
        "rtp(video/h264)",
        &["rtp(video/vp8) | rtp(video/h264)"],
        expect![[r#"
        rtp(video/h264) <- 0
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn an_open_offer_joins_the_encoder_that_somebody_needs() {
    check(
        "video/raw I420 640x480@30",
        &["rtp(video/h264) | rtp(video/vp8)", "rtp(video/vp8)"],
        expect![[r#"
        video/raw I420 640x480@30
          vp8-encode: video/vp8 640x480@30
            vp8-packetise: rtp(video/vp8) 640x480@30 <- 0 1
        2 lossy, 72200 us/s, 10000 us late
    "#]],
    );
}

#[test]
fn an_open_offer_takes_the_cheapest_codec_when_alone() {
    check(
        "video/raw I420 640x480@30",
        &["rtp(video/vp9) | rtp(video/vp8) | rtp(video/h264)"],
        expect![[r#"
        video/raw I420 640x480@30
          h264-encode: video/h264 constrained-baseline 640x480@30
            h264-packetise: rtp(video/h264) constrained-baseline 640x480@30 <- 0
        1 lossy, 63200 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn quality_comes_before_the_neighbours_cpu() {
    check(
        "rtp(video/vp8) 1280x720@30",
        &["rtp(video/h264)", "rtp(video/vp8) | rtp(video/h264)"],
        expect![[r#"
        rtp(video/vp8) 1280x720@30 <- 1
          vp8-depacketise: video/vp8 1280x720@30
            vp8-decode: video/raw I420 1280x720@30
              h264-encode: video/h264 constrained-baseline 1280x720@30
                h264-packetise: rtp(video/h264) constrained-baseline 1280x720@30 <- 0
        1 lossy, 216400 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn two_sizes_share_the_decoder() {
    check(
        "video/h264 1920x1080@30",
        &["rtp(video/vp8) 1280x720", "rtp(video/vp8) 640x360"],
        expect![[r#"
            video/h264 1920x1080@30
              h264-decode: video/raw I420 1920x1080@30
                scale: video/raw I420 1280x720@30
                  vp8-encode: video/vp8 1280x720@30
                    vp8-packetise: rtp(video/vp8) 1280x720@30 <- 0
                scale: video/raw I420 640x360@30
                  vp8-encode: video/vp8 640x360@30
                    vp8-packetise: rtp(video/vp8) 640x360@30 <- 1
            2 lossy, 357400 us/s, 10000 us late
        "#]],
    );
}

#[test]
fn the_size_that_the_source_has_is_not_scaled() {
    check(
        "video/h264 1280x720@30",
        &["rtp(video/vp8) 1280x720", "rtp(video/vp8) 640x360"],
        expect![[r#"
            video/h264 1280x720@30
              h264-decode: video/raw I420 1280x720@30
                vp8-encode: video/vp8 1280x720@30
                  vp8-packetise: rtp(video/vp8) 1280x720@30 <- 0
                scale: video/raw I420 640x360@30
                  vp8-encode: video/vp8 640x360@30
                    vp8-packetise: rtp(video/vp8) 640x360@30 <- 1
            2 lossy, 296800 us/s, 10000 us late
        "#]],
    );
}

#[test]
fn two_rate_classes_of_one_size_share_the_scaler() {
    check(
        "video/raw I420 1280x720@30",
        &["video/vp8 640x360 class 1", "video/vp8 640x360 class 2"],
        expect![[r#"
            video/raw I420 1280x720@30
              scale: video/raw I420 640x360@30
                vp8-encode: video/vp8 640x360@30 class 1 <- 0
                vp8-encode: video/vp8 640x360@30 class 2 <- 1
            2 lossy, 104100 us/s, 10000 us late
        "#]],
    );
}

#[test]
fn who_names_no_class_joins_an_encoder() {
    check(
        "video/raw I420 640x360@30",
        &["video/vp8 class 1", "video/vp8", "video/vp8"],
        expect![[r#"
        video/raw I420 640x360@30
          vp8-encode: video/vp8 640x360@30 class 1 <- 0 1 2
        3 lossy, 48000 us/s, 15000 us late
    "#]],
    );
}

#[test]
fn who_names_no_size_is_not_given_a_neighbours_small_picture() {
    check(
        "video/raw I420 1280x720@30",
        &["video/vp8", "video/vp8 320x180"],
        expect![[r#"
            video/raw I420 1280x720@30
              vp8-encode: video/vp8 1280x720@30 <- 0
              scale: video/raw I420 320x180@30
                vp8-encode: video/vp8 320x180@30 <- 1
            2 lossy, 232100 us/s, 10000 us late
        "#]],
    );
}

#[test]
fn a_stream_of_unknown_size_is_scaled_for_who_names_one() {
    check(
        "rtp(video/vp8)",
        &["video/raw I420 640x360"],
        expect![[r#"
            rtp(video/vp8)
              vp8-depacketise: video/vp8
                vp8-decode: video/raw I420
                  scale: video/raw I420 640x360 <- 0
            0 lossy, 35300 us/s, 0 us late
        "#]],
    );
}

#[test]
fn a_stream_of_unknown_size_does_for_who_names_none() {
    check(
        "rtp(video/vp8)",
        &["video/raw"],
        expect![[r#"
        rtp(video/vp8)
          vp8-depacketise: video/vp8
            vp8-decode: video/raw I420 <- 0
        0 lossy, 27200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn an_unknown_size_is_transcoded_without_a_scaler() {
    check(
        "video/h264",
        &["rtp(video/vp8)"],
        expect![[r#"
        video/h264
          h264-decode: video/raw I420
            vp8-encode: video/vp8
              vp8-packetise: rtp(video/vp8) <- 0
        1 lossy, 240500 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn an_encoded_stream_of_another_size_is_decoded_scaled_and_encoded() {
    check(
        "rtp(video/vp8) 1280x720@30",
        &["rtp(video/vp8) 640x360"],
        expect![[r#"
            rtp(video/vp8) 1280x720@30
              vp8-depacketise: video/vp8 1280x720@30
                vp8-decode: video/raw I420 1280x720@30
                  scale: video/raw I420 640x360@30
                    vp8-encode: video/vp8 640x360@30
                      vp8-packetise: rtp(video/vp8) 640x360@30 <- 0
            1 lossy, 83500 us/s, 5000 us late
        "#]],
    );
}

#[test]
fn too_large_a_picture_is_scaled_to_the_upper_limit() {
    check_caps(
        "video/raw I420 1920x1080@30",
        &[at_most("video/vp8", 1280, 720)],
        expect![[r#"
            video/raw I420 1920x1080@30
              scale: video/raw I420 1280x720@30
                vp8-encode: video/vp8 1280x720@30 <- 0
            1 lossy, 234600 us/s, 5000 us late
        "#]],
    );
}

#[test]
fn a_picture_within_the_limit_is_left_alone() {
    check_caps(
        "video/vp8 640x480@30",
        &[at_most("video/vp8", 1280, 720)],
        expect![[r#"
        video/vp8 640x480@30 <- 0
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn two_limits_each_get_the_size_at_their_limit() {
    let sinks = [at_most("video/vp8", 1280, 720), at_most("video/vp8", 640, 480)];
    check_caps(
        "video/raw I420 1920x1080@30",
        &sinks,
        expect![[r#"
            video/raw I420 1920x1080@30
              scale: video/raw I420 1280x720@30
                vp8-encode: video/vp8 1280x720@30 <- 0
              scale: video/raw I420 640x480@30
                vp8-encode: video/vp8 640x480@30 <- 1
            2 lossy, 325200 us/s, 10000 us late
        "#]],
    );
}

#[test]
fn a_lower_frame_rate_is_made_before_encoding() {
    check(
        "video/raw I420 640x480@30",
        &["video/vp8 @15"],
        expect![[r#"
            video/raw I420 640x480@30
              frame-rate: video/raw I420 640x480@15
                vp8-encode: video/vp8 640x480@15 <- 0
            1 lossy, 32100 us/s, 5000 us late
        "#]],
    );
}

#[test]
fn a_high_profile_is_transcoded_for_a_baseline_viewer() {
    check(
        "video/h264 high 1280x720@30",
        &["rtp(video/h264) constrained-baseline"],
        expect![[r#"
        video/h264 high 1280x720@30
          h264-decode: video/raw I420 1280x720@30
            h264-encode: video/h264 constrained-baseline 1280x720@30
              h264-packetise: rtp(video/h264) constrained-baseline 1280x720@30 <- 0
        1 lossy, 213500 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn reordered_pictures_are_transcoded_for_a_viewer_in_real_time() {
    let viewer = with("rtp(video/h264)", Field::Reordered, Constraint::One(1));
    check_caps(
        "video/h264 main reordered 1280x720@30",
        &[viewer, caps("video/h264")],
        expect![[r#"
        video/h264 main reordered 1280x720@30 <- 1
          h264-decode: video/raw I420 1280x720@30
            h264-encode: video/h264 constrained-baseline 1280x720@30
              h264-packetise: rtp(video/h264) constrained-baseline 1280x720@30 <- 0
        1 lossy, 213500 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn aac_of_another_rate_is_resampled_for_opus() {
    check(
        "audio/aac 44100/2",
        &["rtp(audio/opus)"],
        expect![[r#"
            audio/aac 44100/2
              aac-decode: audio/raw s16 44100/2
                resample: audio/raw s16 48000/2
                  opus-encode: audio/opus 48000/2
                    opus-packetise: rtp(audio/opus) 48000/2 <- 0
            1 lossy, 15700 us/s, 21000 us late
        "#]],
    );
}

#[test]
fn aac_of_the_right_rate_is_not_resampled() {
    check(
        "audio/aac 48000/2",
        &["rtp(audio/opus)"],
        expect![[r#"
        audio/aac 48000/2
          aac-decode: audio/raw s16 48000/2
            opus-encode: audio/opus 48000/2
              opus-packetise: rtp(audio/opus) 48000/2 <- 0
        1 lossy, 14200 us/s, 20000 us late
    "#]],
    );
}

#[test]
fn aac_of_unknown_rate_is_resampled_for_opus() {
    check(
        "audio/aac",
        &["rtp(audio/opus)"],
        expect![[r#"
            audio/aac
              aac-decode: audio/raw s16
                resample: audio/raw s16 48000/2
                  opus-encode: audio/opus 48000/2
                    opus-packetise: rtp(audio/opus) 48000/2 <- 0
            1 lossy, 15700 us/s, 21000 us late
        "#]],
    );
}

#[test]
fn six_channels_become_two() {
    check(
        "audio/aac 48000/6",
        &["audio/opus"],
        expect![[r#"
            audio/aac 48000/6
              aac-decode: audio/raw s16 48000/6
                resample: audio/raw s16 48000/2
                  opus-encode: audio/opus 48000/2 <- 0
            1 lossy, 15500 us/s, 21000 us late
        "#]],
    );
}

#[test]
fn opus_for_a_telephone_is_resampled_once_for_both_laws() {
    check(
        "rtp(audio/opus) 48000/2",
        &["rtp(audio/pcmu)", "rtp(audio/pcma)"],
        expect![[r#"
            rtp(audio/opus) 48000/2
              opus-depacketise: audio/opus 48000/2
                opus-decode: audio/raw s16 48000/2
                  resample: audio/raw s16 8000/1
                    pcmu-encode: audio/pcmu 8000/1
                      pcmu-packetise: rtp(audio/pcmu) 8000/1 <- 0
                    pcma-encode: audio/pcma 8000/1
                      pcma-packetise: rtp(audio/pcma) 8000/1 <- 1
            2 lossy, 4200 us/s, 2000 us late
        "#]],
    );
}

#[test]
fn one_law_becomes_the_other_without_resampling() {
    check(
        "rtp(audio/pcmu) 8000/1",
        &["rtp(audio/pcma)"],
        expect![[r#"
        rtp(audio/pcmu) 8000/1
          pcmu-depacketise: audio/pcmu 8000/1
            pcmu-decode: audio/raw s16 8000/1
              pcma-encode: audio/pcma 8000/1
                pcma-packetise: rtp(audio/pcma) 8000/1 <- 0
        1 lossy, 500 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_recorder_that_takes_opus_or_aac_takes_opus_as_it_is() {
    check(
        "rtp(audio/opus) 48000/2",
        &["audio/aac | audio/opus"],
        expect![[r#"
        rtp(audio/opus) 48000/2
          opus-depacketise: audio/opus 48000/2 <- 0
        0 lossy, 200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn messages_pass_through() {
    check(
        "data",
        &["data"],
        expect![[r#"
        data <- 0
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn video_does_not_serve_a_sink_for_sound() {
    check(
        "rtp(video/vp8)",
        &["rtp(audio/opus)", "rtp(video/vp8)"],
        expect![[r#"
            rtp(video/vp8) <- 1
            sink 0: it accepts rtp(audio/opus); what comes closest is rtp(video/vp8) (wrong kind, codec)
            0 lossy, 0 us/s, 0 us late
        "#]],
    );
}

#[test]
fn a_codec_that_nobody_encodes_is_named_and_the_others_are_served() {
    check(
        "rtp(video/h264) 1280x720@30",
        &["video/theora", "rtp(video/vp8)", "video/av1 1280x720"],
        expect![[r#"
        rtp(video/h264) 1280x720@30
          h264-depacketise: video/h264 1280x720@30
            h264-decode: video/raw I420 1280x720@30
              vp8-encode: video/vp8 1280x720@30
                vp8-packetise: rtp(video/vp8) 1280x720@30 <- 1
        sink 0: it accepts video/theora; what comes closest is video/h264 1280x720@30 (wrong codec) or video/vp8 1280x720@30 (wrong codec) or video/vp9 1280x720@30 (wrong codec)
        sink 2: it accepts video/av1 1280x720; what comes closest is video/h264 1280x720@30 (wrong codec) or video/vp8 1280x720@30 (wrong codec) or video/vp9 1280x720@30 (wrong codec)
        1 lossy, 240700 us/s, 5000 us late
    "#]],
    );
}

#[test]
fn a_codec_that_nobody_decodes_still_passes_through() {
    check(
        "video/h265",
        &["video/h265", "video/raw"],
        expect![[r#"
        video/h265 <- 0
        sink 1: it accepts video/raw I420; what comes closest is video/h265 (wrong carriage, pixels)
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn a_sink_that_accepts_nothing_yet_waits_alone() {
    check_caps(
        "rtp(video/vp8)",
        &[Caps::none(), caps("rtp(video/vp8)")],
        expect![[r#"
        rtp(video/vp8) <- 1
        sink 0: it accepts nothing
        0 lossy, 0 us/s, 0 us late
    "#]],
    );
}

#[test]
fn preference_decides_between_what_costs_the_same() {
    check(
        "video/raw I420 640x480@30",
        &["video/vp8 class 2 | video/vp8 class 1"],
        expect![[r#"
        video/raw I420 640x480@30
          vp8-encode: video/vp8 640x480@30 class 2 <- 0
        1 lossy, 72000 us/s, 5000 us late
    "#]],
    );
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
fn eight_distinct_demands_are_proven() {
    let sinks: Vec<Caps> = (1..=8).map(|step| caps(&format!("rtp(video/vp8) {}x{}", step * 160, step * 90))).collect();
    check_caps(
        "rtp(video/h264) 1920x1080@30",
        &sinks,
        expect![[r#"
            rtp(video/h264) 1920x1080@30
              h264-depacketise: video/h264 1920x1080@30
                h264-decode: video/raw I420 1920x1080@30
                  scale: video/raw I420 160x90@30
                    vp8-encode: video/vp8 160x90@30
                      vp8-packetise: rtp(video/vp8) 160x90@30 <- 0
                  scale: video/raw I420 1280x720@30
                    vp8-encode: video/vp8 1280x720@30
                      vp8-packetise: rtp(video/vp8) 1280x720@30 <- 7
                  scale: video/raw I420 1120x630@30
                    vp8-encode: video/vp8 1120x630@30
                      vp8-packetise: rtp(video/vp8) 1120x630@30 <- 6
                  scale: video/raw I420 960x540@30
                    vp8-encode: video/vp8 960x540@30
                      vp8-packetise: rtp(video/vp8) 960x540@30 <- 5
                  scale: video/raw I420 800x450@30
                    vp8-encode: video/vp8 800x450@30
                      vp8-packetise: rtp(video/vp8) 800x450@30 <- 4
                  scale: video/raw I420 640x360@30
                    vp8-encode: video/vp8 640x360@30
                      vp8-packetise: rtp(video/vp8) 640x360@30 <- 3
                  scale: video/raw I420 480x270@30
                    vp8-encode: video/vp8 480x270@30
                      vp8-packetise: rtp(video/vp8) 480x270@30 <- 2
                  scale: video/raw I420 320x180@30
                    vp8-encode: video/vp8 320x180@30
                      vp8-packetise: rtp(video/vp8) 320x180@30 <- 1
            8 lossy, 878400 us/s, 40000 us late
        "#]],
    );
}

#[test]
fn nine_distinct_demands_are_served_without_proof() {
    let sinks: Vec<Caps> = (1..=9).map(|step| caps(&format!("video/raw I420 {}x{}", step * 160, step * 90))).collect();
    check_caps(
        "video/h264 1920x1080@30",
        &sinks,
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
        "#]],
    );
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
    check_caps(
        "rtp(video/vp8)",
        &sinks,
        expect![[r#"
        rtp(video/vp8)
          vp8-depacketise: video/vp8 <- 0 to 13 (14)
        0 lossy, 200 us/s, 0 us late
    "#]],
    );
}

#[test]
fn who_names_no_size_gets_a_stream_of_unknown_size_as_it_is() {
    check(
        "rtp(video/h264)",
        &["rtp(video/vp8)", "rtp(video/vp8) 320x180"],
        expect![[r#"
        rtp(video/h264)
          h264-depacketise: video/h264
            h264-decode: video/raw I420
              vp8-encode: video/vp8
                vp8-packetise: rtp(video/vp8) <- 0
              scale: video/raw I420 320x180
                vp8-encode: video/vp8 320x180
                  vp8-packetise: rtp(video/vp8) 320x180 <- 1
        2 lossy, 257000 us/s, 10000 us late
    "#]],
    );
}

#[test]
fn a_neighbours_mono_is_not_given_to_who_has_stereo() {
    check(
        "audio/aac 44100/2",
        &["audio/opus", "audio/raw s16 48000/1"],
        expect![[r#"
        audio/aac 44100/2
          aac-decode: audio/raw s16 44100/2
            resample: audio/raw s16 48000/2
              opus-encode: audio/opus 48000/2 <- 0
            resample: audio/raw s16 48000/1 <- 1
        1 lossy, 17000 us/s, 22000 us late
    "#]],
    );
}

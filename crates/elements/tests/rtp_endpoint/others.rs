//! Other programs as remotes: ffmpeg, and GStreamer where it is.

use crate::world::{Probe, Program, SIZE, World, free_ports, loudness, number, port, wait, words};
use crate::{SUITES, consecutive};
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

/// What carries pictures and sound.
struct Codecs {
    video: &'static str,
    audio: &'static str,
    /// How ffmpeg encodes them.
    encoders: [&'static str; 2],
}

const VP8_OPUS: Codecs = Codecs {
    video: "96\r\na=rtpmap:96 VP8/90000\r\n",
    audio: "111\r\na=rtpmap:111 opus/48000/2\r\n",
    encoders: ["libvpx -deadline realtime -cpu-used 8 -b:v 800k -g 12", "libopus"],
};
const H264_PCMU: Codecs = Codecs {
    video: "96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n",
    audio: "0\r\n",
    encoders: ["libx264 -preset ultrafast -tune zerolatency -profile:v baseline -b:v 800k -g 12", "pcm_mulaw -ar 8000"],
};

const THEIR_KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const OUR_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5";

/// A description of somebody at the loopback address.
struct Description<'a> {
    ports: [u16; 2],
    codecs: &'a Codecs,
    direction: &'a str,
    /// A suite and a key.
    crypto: Option<(&'a str, &'a str)>,
}

impl Description<'_> {
    fn text(&self) -> String {
        let protocol = if self.crypto.is_some() { "RTP/SAVP" } else { "RTP/AVP" };
        let crypto = self.crypto.map(|(suite, key)| format!("a=crypto:1 {suite} inline:{key}\r\n")).unwrap_or_default();
        let section = |medium: &str, port: u16, formats: &str| {
            format!("m={medium} {port} {protocol} {formats}a={}\r\n{crypto}", self.direction)
        };
        let [audio, video] = self.ports;
        let head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
        head.to_owned() + &section("audio", audio, self.codecs.audio) + &section("video", video, self.codecs.video)
    }
}

/// ffmpeg receives until it has as many pictures, and as much sound.
fn ffmpeg_receives(codecs: &Codecs, suite: Option<&str>) {
    let (world, folder) = (World::start(), tempfile::tempdir().unwrap());
    let endpoint = suite.map_or_else(|| world.endpoint(), |suite| world.secure(our_name(suite), Some(OUR_KEY)));
    let ports = free_ports::<2>();
    let describe = |direction, key| {
        let crypto = suite.map(|suite| (suite, key));
        Description { ports, codecs, direction, crypto }.text()
    };
    endpoint.answer(&describe("recvonly", THEIR_KEY));
    let sdp = folder.path().join("in.sdp");
    std::fs::write(&sdp, describe("sendonly", OUR_KEY)).unwrap();
    let (video, audio) = (folder.path().join("video"), folder.path().join("audio"));
    let line = format!(
        "-hide_banner -nostdin -y -protocol_whitelist file,udp,rtp,srtp,crypto -fflags nobuffer -i {} -flush_packets 1 \
         -map 0:v -fps_mode passthrough -pix_fmt gray -f rawvideo {} -map 0:a -ac 1 -ar 48000 -f s16le {}",
        sdp.display(),
        video.display(),
        audio.display()
    );
    let Some(mut ffmpeg) = Program::start("ffmpeg", &words(&line)) else { return };
    let (source, giver) = world.probe();
    source.connect(&endpoint);
    giver.give_until("ffmpeg", || {
        assert!(!ffmpeg.has_ended(), "it has no end");
        are_long(&video, &audio)
    });
    check_files(&video, &audio);
}

/// Whether there are sixty pictures, and a second and a half of sound.
fn are_long(video: &Path, audio: &Path) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|file| file.len()).unwrap_or_default();
    length(video) >= u64::from(SIZE.0 * SIZE.1) * 60 && length(audio) >= 2 * 72_000
}

/// The numbers of pictures that are stored as grey planes.
fn numbers_in(video: &Path) -> Vec<usize> {
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let pictures = std::fs::read(video).unwrap_or_default();
    pictures.chunks_exact(width * height).map(|plane| number(plane, width)).collect()
}

/// Pictures as grey planes, sound as samples.
fn check_files(video: &Path, audio: &Path) {
    let numbers = numbers_in(video);
    assert!(consecutive(&numbers) >= 50, "{numbers:?}");
    let sound = std::fs::read(audio).unwrap();
    let samples: Vec<i16> = sound.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]])).collect();
    let loud = loudness(&samples[samples.len() / 2..]);
    assert!(loud > 4_000.0, "{} samples, the tone has {loud}", samples.len());
}

/// The name of a suite in the object model.
fn our_name(suite: &str) -> &'static str {
    SUITES.into_iter().find(|name| name.replace("AES_128_CM", "AES_CM_128") == suite).expect("a suite")
}

/// ffmpeg sends numbered pictures and a tone until enough have come.
fn ffmpeg_sends(codecs: &Codecs, suite: Option<&str>) {
    let world = World::start();
    let endpoint = suite.map_or_else(|| world.endpoint(), |suite| world.secure(our_name(suite), Some(OUR_KEY)));
    let crypto = suite.map(|suite| (suite, THEIR_KEY));
    let answer =
        endpoint.answer(&Description { ports: free_ports::<2>(), codecs, direction: "sendonly", crypto }.text());
    let (sink, taker) = world.probe();
    endpoint.connect(&sink);
    let stripes = format!("geq=lum='if(bitand(N,pow(2,floor(X/{}))),210,40)':cb=128:cr=128", SIZE.0 / 8);
    let protect =
        suite.map(|suite| format!("-srtp_out_suite {suite} -srtp_out_params {THEIR_KEY}")).unwrap_or_default();
    let scheme = if suite.is_some() { "srtp" } else { "rtp" };
    let [video, audio] = codecs.encoders;
    let number = |formats: &str| formats.split("\r\n").next().unwrap_or_default().to_owned();
    let line = format!(
        "-hide_banner -nostdin -re -f lavfi -i color=size={}x{}:rate=25,format=yuv420p,{stripes} \
         -re -f lavfi -i sine=frequency=440:sample_rate=48000,volume=8 \
         -map 0:v -c:v {video} -f rtp -payload_type {} {protect} {scheme}://127.0.0.1:{} \
         -map 1:a -ac 1 -c:a {audio} -f rtp -payload_type {} {protect} {scheme}://127.0.0.1:{}",
        SIZE.0,
        SIZE.1,
        number(codecs.video),
        port(&answer, "video"),
        number(codecs.audio),
        port(&answer, "audio"),
    );
    let Some(mut ffmpeg) = Program::start("ffmpeg", &words(&line)) else { return };
    wait("pictures and sound of ffmpeg", || {
        assert!(!ffmpeg.has_ended(), "it has no end");
        consecutive(&taker.numbers()) >= 40 && taker.samples().len() > 72_000
    });
    let samples = taker.samples();
    let loud = loudness(&samples[samples.len() / 2..]);
    assert!(loud > 2_000.0, "the tone has {loud}");
}

#[test]
fn ffmpeg_receives_vp8_and_opus() {
    ffmpeg_receives(&VP8_OPUS, None);
}

#[test]
fn ffmpeg_receives_h264_and_pcmu() {
    ffmpeg_receives(&H264_PCMU, None);
}

#[test]
fn ffmpeg_sends_vp8_and_opus() {
    ffmpeg_sends(&VP8_OPUS, None);
}

#[test]
fn ffmpeg_sends_h264_and_pcmu() {
    ffmpeg_sends(&H264_PCMU, None);
}

#[test]
fn ffmpeg_receives_what_is_protected() {
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] {
        ffmpeg_receives(&VP8_OPUS, Some(suite));
    }
}

#[test]
fn ffmpeg_sends_what_it_protects() {
    for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] {
        ffmpeg_sends(&H264_PCMU, Some(suite));
    }
}

/// Whether GStreamer has all these elements; a word about it when not.
fn gstreamer_has(elements: &[&str]) -> bool {
    let missing = |element: &&&str| {
        let asked = Command::new("gst-inspect-1.0").args(["--exists", element]).output();
        !asked.is_ok_and(|output| output.status.success())
    };
    let missing: Vec<_> = elements.iter().filter(missing).collect();
    if !missing.is_empty() {
        println!("skipped: no GStreamer with {missing:?}");
    }
    missing.is_empty()
}

#[test]
fn gstreamer_receives_vp8_and_opus() {
    if !gstreamer_has(&["rtpbin", "rtpvp8depay", "vp8dec", "rtpopusdepay", "opusdec"]) {
        return;
    }
    let (world, folder) = (World::start(), tempfile::tempdir().unwrap());
    let (endpoint, ports) = (world.endpoint(), free_ports::<2>());
    endpoint.answer(&Description { ports, codecs: &VP8_OPUS, direction: "recvonly", crypto: None }.text());
    let (video, audio) = (folder.path().join("video"), folder.path().join("audio"));
    let line = format!(
        "-q rtpbin name=bin \
         udpsrc port={} caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96 ! bin.recv_rtp_sink_0 \
         udpsrc port={} ! bin.recv_rtcp_sink_0 \
         udpsrc port={} caps=application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS,payload=111 ! bin.recv_rtp_sink_1 \
         udpsrc port={} ! bin.recv_rtcp_sink_1 \
         bin. ! rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=GRAY8 ! filesink async=false sync=false buffer-mode=unbuffered location={} \
         bin. ! rtpopusdepay ! opusdec ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! \
         filesink async=false sync=false buffer-mode=unbuffered location={}",
        ports[1],
        ports[1] + 1,
        ports[0],
        ports[0] + 1,
        video.display(),
        audio.display()
    );
    let Some(mut gstreamer) = Program::start("gst-launch-1.0", &words(&line)) else { return };
    let (source, giver) = world.probe();
    source.connect(&endpoint);
    giver.give_until("GStreamer", || {
        assert!(!gstreamer.has_ended(), "it has no end");
        are_long(&video, &audio)
    });
    check_files(&video, &audio);
}

#[test]
fn gstreamer_sends_vp8_and_opus() {
    if !gstreamer_has(&["rtpbin", "rtpvp8pay", "vp8enc", "rtpopuspay", "opusenc", "videotestsrc", "audiotestsrc"]) {
        return;
    }
    let world = World::start();
    let endpoint = world.endpoint();
    let theirs = Description { ports: free_ports::<2>(), codecs: &VP8_OPUS, direction: "sendonly", crypto: None };
    let answer = endpoint.answer(&theirs.text());
    let (sink, taker) = world.probe();
    endpoint.connect(&sink);
    let (video, audio) = (port(&answer, "video"), port(&answer, "audio"));
    let line = format!(
        "-q rtpbin name=bin \
         videotestsrc is-live=true pattern=white ! video/x-raw,width={},height={},framerate=25/1 ! \
         vp8enc deadline=1 cpu-used=8 keyframe-max-dist=12 ! rtpvp8pay pt=96 ! bin.send_rtp_sink_0 \
         bin.send_rtp_src_0 ! udpsink host=127.0.0.1 port={video} bin.send_rtcp_src_0 ! udpsink host=127.0.0.1 port={} sync=false async=false \
         audiotestsrc is-live=true freq=440 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! rtpopuspay pt=111 ! bin.send_rtp_sink_1 \
         bin.send_rtp_src_1 ! udpsink host=127.0.0.1 port={audio} bin.send_rtcp_src_1 ! udpsink host=127.0.0.1 port={} sync=false async=false",
        SIZE.0,
        SIZE.1,
        video + 1,
        audio + 1
    );
    let Some(mut gstreamer) = Program::start("gst-launch-1.0", &words(&line)) else { return };
    wait("pictures and sound of GStreamer", || {
        assert!(!gstreamer.has_ended(), "it has no end");
        taker.numbers().len() >= 40 && taker.samples().len() > 72_000
    });
    assert!(taker.numbers().iter().all(|number| *number == 255), "white in every stripe");
    let samples = taker.samples();
    assert!(loudness(&samples[samples.len() / 2..]) > 4_000.0);
}

/// SRTP of GStreamer, in both suites that it shares with everybody.
#[test]
fn gstreamer_sends_what_it_protects() {
    if !gstreamer_has(&["srtpenc", "rtpvp8pay", "vp8enc"]) {
        return;
    }
    for (suite, auth) in [("AES_CM_128_HMAC_SHA1_80", "hmac-sha1-80"), ("AES_256_CM_HMAC_SHA1_80", "hmac-sha1-80")] {
        let bytes = if suite.contains("256") { 46 } else { 30 };
        let world = World::start();
        let endpoint = world.secure(our_name(suite), None);
        // Base 64 of bytes of 0x41 only, which GStreamer takes in hexadecimal.
        let base64 = "QUFB".repeat(bytes / 3) + ["", "QQ==", "QUE="][bytes % 3];
        let theirs = Description {
            ports: free_ports::<2>(),
            codecs: &VP8_OPUS,
            direction: "sendonly",
            crypto: Some((suite, &base64)),
        };
        let answer = endpoint.answer(&theirs.text());
        let (sink, taker) = world.probe();
        endpoint.connect(&sink);
        let cipher = if suite.contains("256") { "aes-256-icm" } else { "aes-128-icm" };
        let line = format!(
            "-q videotestsrc is-live=true pattern=white ! video/x-raw,width={},height={},framerate=25/1 ! \
             vp8enc deadline=1 cpu-used=8 keyframe-max-dist=12 ! rtpvp8pay pt=96 ! srtpenc key={} rtp-cipher={cipher} \
             rtcp-cipher={cipher} rtp-auth={auth} rtcp-auth={auth} ! udpsink host=127.0.0.1 port={}",
            SIZE.0,
            SIZE.1,
            "41".repeat(bytes),
            port(&answer, "video")
        );
        let Some(mut gstreamer) = Program::start("gst-launch-1.0", &words(&line)) else { return };
        wait("protected pictures of GStreamer", || {
            assert!(!gstreamer.has_ended(), "it has no end");
            taker.numbers().len() >= 40
        });
    }
}

/// Who sends what comes to a port: GStreamer must be told before the first packet.
fn source_at(port: u16, giver: &Probe) -> u32 {
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    let mut packet = [0; 2_048];
    giver.give_until("a packet", || socket.recv(&mut packet).is_ok_and(|length| length > 12));
    u32::from_be_bytes(packet[8..12].try_into().unwrap())
}

#[test]
fn gstreamer_receives_what_is_protected() {
    if !gstreamer_has(&["srtpdec", "rtpvp8depay", "vp8dec", "videoconvert"]) {
        return;
    }
    for (suite, auth) in [("AES_CM_128_HMAC_SHA1_80", "hmac-sha1-80"), ("AES_CM_128_HMAC_SHA1_32", "hmac-sha1-32")] {
        let (world, folder) = (World::start(), tempfile::tempdir().unwrap());
        // Base 64 of thirty bytes of 0x41, which GStreamer takes in hexadecimal.
        let endpoint = world.secure(our_name(suite), Some(&"QUFB".repeat(10)));
        let ports = free_ports::<2>();
        let crypto = Some((suite, THEIR_KEY));
        endpoint.answer(&Description { ports, codecs: &VP8_OPUS, direction: "recvonly", crypto }.text());
        let (source, giver) = world.probe();
        source.connect(&endpoint);
        let (ssrc, video) = (source_at(ports[1], &giver), folder.path().join("video"));
        let line = format!(
            "-q udpsrc port={} caps=application/x-srtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96,\
             ssrc=(uint){ssrc},srtp-key=(buffer){},srtp-cipher=aes-128-icm,srtp-auth={auth},srtcp-cipher=aes-128-icm,\
             srtcp-auth=hmac-sha1-80 ! srtpdec ! rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=GRAY8 ! \
             filesink async=false sync=false buffer-mode=unbuffered location={}",
            ports[1],
            "41".repeat(30),
            video.display()
        );
        let Some(mut gstreamer) = Program::start("gst-launch-1.0", &words(&line)) else { return };
        giver.give_until("protected pictures at GStreamer", || {
            assert!(!gstreamer.has_ended(), "it has no end");
            consecutive(&numbers_in(&video)) >= 40
        });
    }
}

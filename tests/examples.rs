//! Every example runs, and finds what it should.

mod support;

#[path = "../crates/trellis/examples/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "../crates/trellis/examples/codec.rs"]
#[allow(dead_code)]
mod codec;
#[path = "../crates/trellis/examples/convert.rs"]
#[allow(dead_code)]
mod convert;
#[path = "../crates/trellis/examples/filter.rs"]
#[allow(dead_code)]
mod filter;
#[path = "../crates/trellis/examples/mixer.rs"]
#[allow(dead_code)]
mod mixer;
#[path = "../crates/trellis/examples/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "../crates/trellis/examples/rtp_filter.rs"]
#[allow(dead_code)]
mod rtp_filter;

use std::path::PathBuf;

/// A file with a track of each kind: real media, or what ffmpeg makes.
fn film(folder: &std::path::Path) -> Option<PathBuf> {
    if let Some(film) = support::media("mp4/sample.mp4") {
        return Some(film);
    }
    let film = folder.join("film.mp4");
    let card = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-f", "lavfi", "-i", "sine=r=48000", "-t", "2"];
    let codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", film.to_str()?];
    let made = support::ffmpeg(&[&card[..], &codecs].concat())?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(film)
}

#[test]
fn a_file_becomes_another_format() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film(folder.path()) else { return };
    convert::convert(&film, &folder.path().join("out.webm")).unwrap();
    assert!(convert::convert(&film, &folder.path().join("out.avi")).is_err(), "no container of that ending");
    assert!(convert::convert(&folder.path().join("none.mp4"), &folder.path().join("x.webm")).is_err());
}

#[tokio::test]
async fn a_film_is_recorded_through_the_media_api() {
    let folder = tempfile::tempdir().unwrap();
    let Some(film) = film(folder.path()) else { return };
    let server = trellis_client::MediaServer::embedded(&client::control().unwrap()).unwrap();
    let copy = folder.path().join("copy.webm");
    let millis = client::record(&server, film.to_str().unwrap(), copy.to_str().unwrap()).await.unwrap();
    assert!(millis > 500, "{millis}");
    let Some((streams, _)) = support::probe(&copy) else { return };
    let codecs: Vec<&str> = streams.iter().map(|stream| stream.codec.as_str()).collect();
    assert_eq!((codecs.len(), codecs.contains(&"vp8"), codecs.contains(&"opus")), (2, true, true));
}

#[test]
fn a_filter_of_ones_own_works_on_pictures() {
    filter::run().unwrap();
}

#[test]
fn rtp_is_forwarded_through_a_filter_of_ones_own() {
    rtp_filter::run().unwrap();
}

#[test]
fn a_codec_of_ones_own_is_used_where_it_is_needed() {
    codec::run().unwrap();
}

#[test]
fn four_parties_are_mixed() {
    let folder = tempfile::tempdir().unwrap();
    mixer::run(&folder.path().join("mixed.webm")).unwrap();
}

#[test]
fn a_network_is_simulated() {
    network::run().unwrap();
}

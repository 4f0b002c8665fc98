//! Media over HTTP: endpoints with URLs, players of what servers have, recorders that send; with the real server, sockets
//! of our own, and ffprobe.

mod support;
#[path = "support/web.rs"]
mod web;

use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::{Client, Server};
use web::{Answer, ask, begin, send};

/// A clip of ten seconds, VP8 and Opus, with keyframes at 0 and 5 s.
const WEBM: &str = "synth/out/avsync.webm";
/// One of four seconds, H.264 alone, with its index at its end.
const MP4: &str = "synth/out/green.mp4";
const SESSION: &[&str] = &["MediaSessionStarted", "MediaSessionTerminated", "Error"];

/// A file of the media folder; `None`, and a word about it, where there is none, or no ffprobe.
fn media(name: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/media"));
    let path = std::env::var_os("TRELLIS_MEDIA").map_or_else(default, PathBuf::from).join(name);
    let ffprobe = Command::new("ffprobe").arg("-version").output().is_ok();
    if !path.is_file() || !ffprobe {
        println!("skipped: no media, or no ffprobe");
        return None;
    }
    Some(path)
}

/// The packets of a kind that ffprobe finds: time and whether it is a keyframe.
fn packets(of: &str, kind: &str) -> Vec<(f64, bool)> {
    let arguments =
        ["-v", "error", "-of", "csv=p=0", "-show_entries", "packet=pts_time,flags", "-select_streams", kind];
    let output = Command::new("ffprobe").args(arguments).arg(of).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let packet = |line: &str| {
        let (time, flags) = line.split_once(',')?;
        Some((time.parse().ok()?, flags.starts_with('K')))
    };
    text.lines().filter_map(packet).collect()
}

fn counts(of: &Path) -> (usize, usize) {
    let of = of.to_str().unwrap();
    (packets(of, "v").len(), packets(of, "a").len())
}

/// A server, a client of it and a pipeline.
struct World {
    server: Server,
    client: Client,
    pipeline: String,
}

impl World {
    async fn new(config: &str) -> World {
        let server = Server::start(config);
        let mut client = Client::open(&server).await;
        let pipeline = client.create("MediaPipeline", json!({})).await;
        World { server, client, pipeline }
    }

    async fn create(&mut self, kind: &str, mut params: Json) -> String {
        params["mediaPipeline"] = self.pipeline.as_str().into();
        self.client.create(kind, params).await
    }

    async fn call(&mut self, object: &str, operation: &str) -> Json {
        self.client.value(object, operation, json!({})).await
    }

    async fn connect(&mut self, from: &str, to: &str) {
        self.client.value(from, "connect", json!({ "sink": to })).await;
    }

    async fn url(&mut self, endpoint: &str) -> String {
        self.call(endpoint, "getUrl").await.as_str().unwrap().to_owned()
    }

    /// A clip that plays, and an endpoint that streams it.
    async fn playing(&mut self, clip: &Path, params: Json) -> (String, String) {
        let player = self.create("PlayerEndpoint", json!({ "uri": clip })).await;
        let get = self.create("HttpGetEndpoint", params).await;
        self.client.subscribe(&get, SESSION).await;
        self.connect(&player, &get).await;
        self.call(&player, "play").await;
        let url = self.url(&get).await;
        (get, url)
    }

    /// An endpoint that takes an upload, and a recorder of it.
    async fn taking(&mut self, name: &str) -> (String, String, Recording) {
        let post = self.create("HttpPostEndpoint", json!({ "disconnectionTimeout": 1 })).await;
        self.client.subscribe(&post, &[SESSION, &["EndOfStream"]].concat()).await;
        let file = self.server.folder.path().join(name);
        let recorder = self.create("RecorderEndpoint", json!({ "uri": file })).await;
        self.connect(&post, &recorder).await;
        self.call(&recorder, "record").await;
        let url = self.url(&post).await;
        (post, url, Recording { recorder, file })
    }
}

struct Recording {
    recorder: String,
    file: PathBuf,
}

/// What a reader gets in some pieces, the header first.
fn pieces(answer: &mut Answer, count: usize) -> Vec<u8> {
    (0..count).flat_map(|_| answer.chunk().expect("the stream goes on")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reader_begins_with_the_header_and_a_keyframe() {
    let Some(clip) = media(WEBM) else { return };
    let mut world = World::new("").await;
    let (_, url) = world.playing(&clip, json!({})).await;
    let mut first = ask("GET", &url);
    assert_eq!(first.status, 200);
    assert!(first.headers.contains("content-type: video/webm; codecs=\"vp8,opus\""), "{}", first.headers);
    assert!(first.headers.contains("cache-control: no-store"), "{}", first.headers);
    let mut bytes = pieces(&mut first, 8);
    let mut late = ask("GET", &url);
    for (name, bytes) in [
        ("late", pieces(&mut late, 8)),
        ("first", {
            bytes.extend(pieces(&mut first, 4));
            bytes
        }),
    ] {
        let file = world.server.folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let video = packets(file.to_str().unwrap(), "v");
        assert!(video.len() > 20 && video[0].1, "{name}: {video:?}");
        let steady = video.windows(2).all(|pair| pair[1].0 - pair[0].0 < 0.1);
        assert!(steady, "{name}: {video:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_takes_nothing_delays_nobody() {
    let Some(clip) = media(WEBM) else { return };
    let mut world = World::new("").await;
    let (_, url) = world.playing(&clip, json!({})).await;
    let _asleep = begin("GET", &url, "");
    let mut awake = ask("GET", &url);
    pieces(&mut awake, 2);
    let start = Instant::now();
    pieces(&mut awake, 10);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(4), "two seconds of media took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_begins_with_the_first_reader_and_ends_after_the_last() {
    let Some(clip) = media(WEBM) else { return };
    let mut world = World::new("").await;
    let (get, url) = world.playing(&clip, json!({ "disconnectionTimeout": 1 })).await;
    assert_eq!(ask("HEAD", &url).status, 200);
    assert!(world.client.events.is_empty(), "a look is no reader: {:?}", world.client.events);
    let readers = [ask("GET", &url), ask("GET", &url)];
    world.client.event(&get, "MediaSessionStarted").await;
    drop(readers);
    let gone = Instant::now();
    world.client.event(&get, "MediaSessionTerminated").await;
    assert!(gone.elapsed() >= Duration::from_millis(900), "{:?}", gone.elapsed());
    assert_eq!((ask("GET", &url).status, ask("HEAD", &url).status), (410, 410));
    world.client.ok("release", json!({ "object": get })).await;
    assert_eq!(ask("GET", &url).status, 404);
    let started = world.client.events.iter().filter(|event| event["params"]["value"]["type"] == "MediaSessionStarted");
    assert_eq!(started.count(), 0, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_with_its_media_where_that_is_wanted() {
    let Some(clip) = media(MP4) else { return };
    let mut world = World::new("").await;
    let params = json!({ "mediaProfile": "MP4_VIDEO_ONLY", "terminateOnEOS": true });
    let (get, url) = world.playing(&clip, params).await;
    let mut answer = ask("GET", &url);
    assert!(answer.headers.contains("content-type: video/mp4; codecs=\"avc1."), "{}", answer.headers);
    let file = world.server.folder.path().join("whole.mp4");
    std::fs::write(&file, std::iter::from_fn(|| answer.chunk()).flatten().collect::<Vec<u8>>()).unwrap();
    world.client.event(&get, "MediaSessionTerminated").await;
    assert_eq!(counts(&file).0, packets(clip.to_str().unwrap(), "v").len(), "every frame of the clip");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_knows_its_methods_and_nobody_guesses_one() {
    let mut world = World::new("").await;
    let get = world.create("HttpGetEndpoint", json!({})).await;
    let post = world.create("HttpPostEndpoint", json!({})).await;
    let (get, post) = (world.url(&get).await, world.url(&post).await);
    assert_ne!(get, post);
    for (method, url, status, allowed) in [
        ("POST", &get, 405, "get, head, options"),
        ("OPTIONS", &get, 200, "get, head, options"),
        ("GET", &post, 405, "post, put, options"),
        ("OPTIONS", &post, 200, "post, put, options"),
    ] {
        let answer = ask(method, url);
        assert_eq!(answer.status, status, "{method}");
        assert!(answer.headers.contains(&format!("allow: {allowed}")), "{method}: {}", answer.headers);
        assert!(answer.headers.contains("access-control-allow-origin: *"), "{method}: {}", answer.headers);
    }
    let guessed = format!("{}00000000-0000-4000-8000-000000000000", get.split_at(get.len() - 36).0);
    assert_eq!((ask("GET", &guessed).status, ask("GET", &guessed[..guessed.len() - 1]).status), (404, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_begin_as_the_configuration_says() {
    let mut world = World::new("[http]\nannounced_url = \"https://media.example.com/\"\n").await;
    let get = world.create("HttpGetEndpoint", json!({})).await;
    let url = world.url(&get).await;
    assert!(url.starts_with("https://media.example.com/media/"), "{url}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_played_as_it_comes() {
    let Some(clip) = media(WEBM) else { return };
    let bytes = std::fs::read(&clip).unwrap();
    let mut world = World::new("").await;
    let (post, url, recording) = world.taking("raw.webm").await;
    let answer = send("PUT", &url, ("video/webm", &bytes));
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.client.event(&post, "MediaSessionStarted").await;
    assert_eq!(send("POST", &url, ("video/webm", &bytes)).status, 409, "one at a time");
    world.client.event(&post, "EndOfStream").await;
    world.client.event(&post, "MediaSessionTerminated").await;
    assert_eq!(send("POST", &url, ("video/webm", b"")).status, 410);
    world.call(&recording.recorder, "stopAndWait").await;
    assert_eq!(counts(&recording.file), counts(&clip));
    assert!(world.client.events.is_empty(), "no error: {:?}", world.client.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_form_is_played_also_where_its_index_is_at_its_end() {
    let Some(clip) = media(MP4) else { return };
    let mut form =
        b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA clip\r\n--x\r\nContent-Disposition: \
        form-data; name=\"file\"; filename=\"a.mp4\"\r\nContent-Type: video/mp4\r\n\r\n"
            .to_vec();
    form.extend(std::fs::read(&clip).unwrap());
    form.extend(b"\r\n--x--\r\n");
    let mut world = World::new("").await;
    let (post, url, recording) = world.taking("form.mkv").await;
    let answer = send("POST", &url, ("multipart/form-data; boundary=x", &form));
    assert_eq!(answer.status, 200, "{}", answer.text());
    world.client.event(&post, "EndOfStream").await;
    world.call(&recording.recorder, "stopAndWait").await;
    assert!(counts(&recording.file).0 * 10 > packets(clip.to_str().unwrap(), "v").len() * 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_an_upload_that_breaks_off_is_played() {
    let Some(clip) = media(WEBM) else { return };
    let bytes = std::fs::read(&clip).unwrap();
    let mut world = World::new("").await;
    let (post, url, recording) = world.taking("half.webm").await;
    let mut upload = begin("POST", &url, &format!("Content-Length: {}\r\n", bytes.len()));
    upload.write_all(&bytes[..bytes.len() / 2]).unwrap();
    world.client.event(&post, "MediaSessionStarted").await;
    drop(upload);
    let error = world.client.event(&post, "Error").await;
    assert!(error["description"].as_str().unwrap().contains("broke off"), "{error}");
    world.client.event(&post, "EndOfStream").await;
    world.client.event(&post, "MediaSessionTerminated").await;
    world.call(&recording.recorder, "stopAndWait").await;
    let (pictures, sounds) = counts(&recording.file);
    let (all_pictures, all_sounds) = counts(&clip);
    assert!(pictures * 3 > all_pictures && pictures < all_pictures, "{pictures} of {all_pictures}");
    assert!(sounds * 3 > all_sounds && sounds < all_sounds, "{sounds} of {all_sounds}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_media_is_refused_by_its_reason() {
    let mut world = World::new("").await;
    let post = world.create("HttpPostEndpoint", json!({ "disconnectionTimeout": 0 })).await;
    world.client.subscribe(&post, SESSION).await;
    let url = world.url(&post).await;
    let answer = send("POST", &url, ("text/plain", &b"no media at all ".repeat(1_000)));
    assert_eq!(answer.status, 415);
    assert!(answer.text().contains("not a media file"));
    assert_eq!(world.client.event(&post, "Error").await["type"], "INVALID_MEDIA");
    world.client.event(&post, "MediaSessionTerminated").await;
    let form = world.create("HttpPostEndpoint", json!({})).await;
    let url = world.url(&form).await;
    let empty = b"--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA clip\r\n--x--\r\n";
    assert_eq!(send("POST", &url, ("multipart/form-data; boundary=x", empty)).status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_plays_and_seeks_what_a_server_has() {
    let Some(clip) = media(MP4) else { return };
    let file = std::fs::read(&clip).unwrap();
    let (url, _asked) = web::serve(move |asked| web::ranged(asked, &file));
    let mut world = World::new("[uri]\nhosts = [\"loopback\"]\n").await;
    let player = world.create("PlayerEndpoint", json!({ "uri": format!("{url}/clip.mp4"), "networkCache": 500 })).await;
    world.client.subscribe(&player, &["EndOfStream", "Error", "MediaFlowOutStateChanged"]).await;
    let get = world.create("HttpGetEndpoint", json!({ "mediaProfile": "MP4" })).await;
    world.connect(&player, &get).await;
    world.call(&player, "play").await;
    world.client.event(&player, "MediaFlowOutStateChanged").await;
    let info = world.call(&player, "getVideoInfo").await;
    assert!(info["isSeekable"] == true && info["duration"] == 4_000, "{info}");
    world.client.value(&player, "setPosition", json!({ "position": 2_500 })).await;
    let start = Instant::now();
    world.client.event(&player, "EndOfStream").await;
    // From the keyframe at 2 s.
    assert!(start.elapsed() < Duration::from_millis(3_500), "{:?}", start.elapsed());
    let errors = world.client.events.iter().filter(|event| event["params"]["value"]["type"] == "Error");
    assert_eq!(errors.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_plays_a_stream_of_this_server() {
    let Some(clip) = media(WEBM) else { return };
    let mut world = World::new("[uri]\nhosts = [\"loopback\"]\n").await;
    let (_, url) = world.playing(&clip, json!({})).await;
    let player = world.create("PlayerEndpoint", json!({ "uri": url, "networkCache": 300 })).await;
    world.client.subscribe(&player, &["Error", "MediaFlowOutStateChanged"]).await;
    let file = world.server.folder.path().join("again.webm");
    let recorder = world.create("RecorderEndpoint", json!({ "uri": file })).await;
    world.connect(&player, &recorder).await;
    world.call(&recorder, "record").await;
    world.call(&player, "play").await;
    for _ in ["sound", "pictures"] {
        world.client.event(&player, "MediaFlowOutStateChanged").await;
    }
    let target = Instant::now() + Duration::from_secs(20);
    while world.call(&player, "getPosition").await.as_i64().unwrap() < 1_500 {
        assert!(Instant::now() < target, "it plays");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.call(&recorder, "stopAndWait").await;
    let (pictures, sounds) = counts(&file);
    assert!(pictures > 20 && sounds > 40, "{pictures} pictures, {sounds} sounds");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_player_cannot_have_is_an_error_event() {
    let (url, _asked) = web::serve(|asked| match asked.path.as_str() {
        "/inside" => web::status("302 Found\r\nLocation: http://169.254.169.254/"),
        "/text" => b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ntext".to_vec(),
        _ => web::status("404 Not Found"),
    });
    let mut world = World::new("[uri]\nhosts = [\"127.0.0.1/32\"]\n").await;
    for (path, kind, text) in [
        (format!("{url}/missing"), "INVALID_URI", "404"),
        (format!("{url}/inside"), "INVALID_URI", "link-local"),
        (format!("{url}/text"), "INVALID_MEDIA", "not a media file"),
        ("http://127.0.0.2:1/".to_owned(), "INVALID_URI", "loopback"),
    ] {
        let player = world.create("PlayerEndpoint", json!({ "uri": path })).await;
        world.client.subscribe(&player, &["Error"]).await;
        world.call(&player, "play").await;
        let error = world.client.event(&player, "Error").await;
        assert_eq!(error["type"], kind, "{error}");
        assert!(error["description"].as_str().unwrap().contains(text), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_given_up() {
    let Some(clip) = media(WEBM) else { return };
    let file = std::fs::read(&clip).unwrap();
    let half = file.len() / 2;
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", file.len());
    // The connection stays open with the request that is told of.
    let (url, _open) = web::serve(move |_| [head.as_bytes(), &file[..half]].concat());
    let mut world = World::new("[uri]\nhosts = [\"loopback\"]\n").await;
    let player = world.create("PlayerEndpoint", json!({ "uri": url, "networkCache": 0 })).await;
    world.client.subscribe(&player, &["Error", "EndOfStream"]).await;
    world.call(&player, "play").await;
    let error = world.client.event(&player, "Error").await;
    assert_eq!((&error["type"], &error["errorCode"]), (&json!("RESOURCE_ERROR_READ"), &json!(9)), "{error}");
    world.client.event(&player, "EndOfStream").await;
    let position = world.call(&player, "getPosition").await.as_i64().unwrap();
    assert!(position > 3_000, "what came was played: {position} ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_sent_while_it_is_made() {
    let Some(clip) = media(WEBM) else { return };
    let (url, asked) = web::serve(|_| web::status("201 Created"));
    let mut world = World::new("[uri]\nhosts = [\"loopback\"]\n").await;
    let player = world.create("PlayerEndpoint", json!({ "uri": clip })).await;
    let recorder = world.create("RecorderEndpoint", json!({ "uri": format!("{url}/up.webm") })).await;
    world.client.subscribe(&recorder, &["Stopped", "Error"]).await;
    world.client.subscribe(&player, &["EndOfStream"]).await;
    world.connect(&player, &recorder).await;
    world.call(&recorder, "record").await;
    world.call(&player, "play").await;
    world.client.event(&player, "EndOfStream").await;
    world.call(&recorder, "stopAndWait").await;
    let sent = asked.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("PUT", "/up.webm"));
    assert!(sent.headers.contains("content-type: video/webm") && sent.headers.contains("chunked"), "{}", sent.headers);
    let file = world.server.folder.path().join("sent.webm");
    std::fs::write(&file, sent.body).unwrap();
    assert_eq!(counts(&file), counts(&clip));
    world.client.event(&recorder, "Stopped").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_a_recording_is_an_error_event() {
    let Some(clip) = media(MP4) else { return };
    let (url, _asked) = web::serve(|_| web::status("507 Insufficient Storage"));
    let mut world = World::new("[uri]\nhosts = [\"loopback\"]\n").await;
    let player = world.create("PlayerEndpoint", json!({ "uri": clip })).await;
    let params = json!({ "uri": url, "mediaProfile": "MP4_VIDEO_ONLY" });
    let recorder = world.create("RecorderEndpoint", params).await;
    world.client.subscribe(&recorder, &["Stopped", "Error"]).await;
    world.connect(&player, &recorder).await;
    world.call(&recorder, "record").await;
    world.call(&player, "play").await;
    let error = world.client.event(&recorder, "Error").await;
    assert_eq!((&error["type"], &error["errorCode"]), (&json!("RESOURCE_ERROR_WRITE"), &json!(10)), "{error}");
    assert!(error["description"].as_str().unwrap().contains("507"), "{error}");
    world.client.event(&recorder, "Stopped").await;
}

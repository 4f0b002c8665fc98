//! HttpGetEndpoint: streams and who reads them.

use super::*;

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
async fn ffmpeg_plays_a_stream_by_its_url() {
    let Some(clip) = media(WEBM) else { return };
    let mut world = World::new("").await;
    let (_, url) = world.playing(&clip, json!({ "mediaProfile": "MKV" })).await;
    let arguments = ["-nostdin", "-v", "error", "-t", "1.5", "-i", &url, "-f", "null", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
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

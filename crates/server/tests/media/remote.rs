//! Players of what servers have, and recorders that send to them.

use super::*;

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
    let params = json!({ "uri": url, "mediaProfile": "MP4_VIDEO_ONLY", "stopOnEndOfStream": true });
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

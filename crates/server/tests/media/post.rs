//! HttpPostEndpoint: uploads.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_played_as_it_comes() {
    let Some(clip) = media(WEBM) else { return };
    let bytes = std::fs::read(&clip).unwrap();
    let mut world = World::new("").await;
    let (post, url, recording) = world.taking("raw.webm").await;
    let answer = send("PUT", &url, ("video/webm", &bytes));
    assert!(answer.status == 200, "{}", answer.text());
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
    assert!(answer.status == 200, "{}", answer.text());
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

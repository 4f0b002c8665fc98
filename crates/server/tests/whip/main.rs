//! WHIP and WHEP over real sockets: every status, and media from publishers to viewers.

#[path = "../support/mod.rs"]
mod support;

mod aiortc;

use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use support::{Client, Fetched, PATIENCE, Server, fetch};
use tokio::time::sleep;

const SDP: (&str, &str) = ("Content-Type", "application/sdp");
const FRAGMENT: (&str, &str) = ("Content-Type", "application/trickle-ice-sdpfrag");

/// The server that is tested.
struct Stage {
    server: Server,
}

/// An endpoint of another server, and its offer. Each has a server, and so a UDP port, of its own, as in real life.
struct Peer {
    _server: Server,
    client: Client,
    pipeline: String,
    endpoint: String,
    offer: String,
}

impl Peer {
    async fn new(direction: &str) -> Peer {
        let server = Server::start("");
        let mut client = Client::open(&server).await;
        let pipeline = client.create("MediaPipeline", json!({})).await;
        let params = json!({ "mediaPipeline": pipeline, direction: true });
        let endpoint = client.create("WebRtcEndpoint", params).await;
        let offer = client.value(&endpoint, "generateOffer", json!({})).await.as_str().unwrap().to_owned();
        Peer { _server: server, client, pipeline, endpoint, offer }
    }

    async fn publisher() -> Peer {
        Peer::new("sendonly").await
    }

    async fn viewer() -> Peer {
        Peer::new("recvonly").await
    }

    /// Takes an answer, so that it connects.
    async fn take(&mut self, answer: &Fetched) {
        assert_eq!(answer.status, 201, "{answer:?}");
        self.client.value(&self.endpoint, "processAnswer", json!({ "answer": answer.body })).await;
        self.client.value(&self.endpoint, "gatherCandidates", json!({})).await;
    }

    /// Waits until packets of video have come.
    async fn sees_video(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let stats = self.client.value(&self.endpoint, "getStats", json!({ "mediaType": "VIDEO" })).await;
            let inbound = stats.as_object().unwrap().values().filter(|record| record["type"] == "inboundrtp");
            let packets: u64 = inbound.filter_map(|record| record["packetsReceived"].as_u64()).sum();
            if packets > 20 {
                return;
            }
            assert!(Instant::now() < deadline, "no video: {stats}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Goes without a word to the server's door.
    async fn leave(&mut self) {
        self.client.ok("release", json!({ "object": self.endpoint })).await;
    }
}

impl Stage {
    fn set(config: &str) -> Stage {
        Stage { server: Server::start(config) }
    }

    async fn post(&self, path: &str, offer: &str) -> Fetched {
        fetch(self.server.address, "POST", path, &[SDP], offer).await
    }

    async fn delete(&self, resource: &str) -> u16 {
        fetch(self.server.address, "DELETE", resource, &[], "").await.status
    }

    /// Waits until a resource has ended.
    async fn is_gone(&self, resource: &str) {
        let deadline = Instant::now() + PATIENCE;
        let tag = [FRAGMENT, ("If-Match", "*")];
        while fetch(self.server.address, "PATCH", resource, &tag, "a=end-of-candidates\r\n").await.status != 404 {
            assert!(Instant::now() < deadline, "{resource} is still there");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

fn location(answer: &Fetched) -> String {
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.header("location").expect("a location").to_owned()
}

#[tokio::test]
async fn an_offer_is_answered_with_a_resource_that_can_be_ended() {
    let stage = Stage::set(
        "[whip]\nice_servers = [{ url = \"stun:stun.example.org\" }, { url = \"turn:t.example.org\", username = \"vine\", credential = \"word\" }]\n",
    );
    let peer = Peer::publisher().await;
    let made = stage.post("/whip/garden", &peer.offer).await;
    let resource = location(&made);
    assert!(resource.starts_with("/whip/garden/") && resource.len() > "/whip/garden/".len() + 30, "{resource}");
    assert_eq!(made.header("content-type"), Some("application/sdp"));
    assert_eq!(made.header("accept-patch"), Some(FRAGMENT.1));
    assert!(made.header("etag").is_some_and(|tag| tag.starts_with('"') && tag.ends_with('"')), "{made:?}");
    let links: Vec<&str> =
        made.headers.iter().filter(|(name, _)| name == "link").map(|(_, value)| value.as_str()).collect();
    assert_eq!(
        links,
        [
            "<stun:stun.example.org>; rel=\"ice-server\"",
            "<turn:t.example.org>; rel=\"ice-server\"; username=\"vine\"; credential=\"word\"; credential-type=\"password\"",
        ]
    );
    // Nothing is told later, so all is in the answer.
    assert!(made.body.contains("\r\na=candidate:") && made.body.contains("a=recvonly"), "{}", made.body);
    assert_eq!(stage.delete(&resource).await, 200);
    assert_eq!(stage.delete(&resource).await, 404);
    assert_eq!(stage.post("/whip/garden", &peer.offer).await.status, 201, "the stream is free again");
}

#[tokio::test]
async fn what_is_no_offer_is_refused_by_what_is_wrong_with_it() {
    let stage = Stage::set("");
    let (publisher, viewer) = (Peer::publisher().await.offer, Peer::viewer().await.offer);
    for (path, offer, status) in [
        ("/whip/a", "hello", 400),
        ("/whip/a", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", 400),
        ("/whip/a", viewer.as_str(), 422),
        ("/whip/a", "v=0\r\n", 422),
        ("/whip/a%20b", publisher.as_str(), 400),
        ("/whep/a", viewer.as_str(), 409),
        ("/whep/a", publisher.as_str(), 422),
    ] {
        let answer = stage.post(path, offer).await;
        assert_eq!(answer.status, status, "{path} {offer}: {}", answer.body);
    }
    let renamed = |offer: String, codec: &str| offer.replace(&format!("{codec}/"), "unheard-of/");
    let unknown =
        ["opus", "VP8", "VP9", "H264", "AV1"].iter().fold(publisher.clone(), |offer, codec| renamed(offer, codec));
    let unknown = unknown.replace("SAVPF 111 0 8\r\n", "SAVPF 111\r\n");
    let answer = stage.post("/whip/a", &unknown).await;
    assert!(answer.status == 400 && answer.body.contains("no codec"), "{answer:?}");
    let (address, bytes) = (stage.server.address, "x".repeat(66_000));
    let plain = fetch(address, "POST", "/whip/a", &[("Content-Type", "text/plain")], &publisher).await;
    assert_eq!((plain.status, plain.header("accept-post")), (415, Some("application/sdp")));
    assert_eq!(fetch(address, "POST", "/whip/a", &[SDP], &bytes).await.status, 413);
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
        assert_eq!(fetch(address, method, "/whip/a", &[], "").await.status, 405, "{method}");
    }
    for method in ["GET", "HEAD", "PUT", "POST"] {
        assert_eq!(fetch(address, method, "/whip/a/b", &[], "").await.status, 405, "{method}");
    }
    // Nothing of all that is left.
    assert_eq!(stage.post("/whip/a", &publisher).await.status, 201);
}

#[tokio::test]
async fn candidates_are_taken_under_the_tag_of_the_session_and_restarts_are_not() {
    let stage = Stage::set("");
    let offer = Peer::publisher().await.offer;
    let made = stage.post("/whip/a", &offer).await;
    let (resource, tag) = (location(&made), made.header("etag").unwrap().to_owned());
    let line = |name: &str| offer.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let candidate =
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 UDP 2130706431 127.0.0.1 9 typ host\r\n";
    let fragment = format!("{}\r\n{}\r\n{candidate}a=end-of-candidates\r\n", line("a=ice-ufrag"), line("a=ice-pwd"));
    let other = format!("a=ice-ufrag:newu\r\na=ice-pwd:newpasswordnewpasswordnew\r\n{candidate}");
    let unusable =
        "a=mid:0\r\na=candidate:1 1 TCP 1 nowhere.local 9 typ host tcptype active\r\na=candidate:nonsense\r\n";
    let matching = ("If-Match", tag.as_str());
    let address = stage.server.address;
    for (headers, body, status) in [
        (vec![FRAGMENT, matching], fragment.as_str(), 204),
        (vec![FRAGMENT, matching], unusable, 204),
        // As a client of npm says it.
        (vec![FRAGMENT, ("ETag", tag.as_str())], &fragment, 204),
        (vec![FRAGMENT], &fragment, 428),
        (vec![FRAGMENT, ("If-Match", "\"another\"")], &fragment, 412),
        (vec![FRAGMENT, ("If-Match", "*")], &other, 422),
        (vec![FRAGMENT, matching], "nonsense", 400),
        (vec![SDP, matching], &fragment, 415),
        (vec![FRAGMENT, matching], &"a=x\r\n".repeat(20_000), 413),
    ] {
        let answer = fetch(address, "PATCH", &resource, &headers, body).await;
        assert_eq!(answer.status, status, "{headers:?} {body}: {}", answer.body);
        assert_eq!(answer.header("etag"), None);
    }
    // A failed restart ends nothing, a tag that does not match hinders no end, and names of others lead nowhere.
    for wrong in [resource.replace("/whip/a", "/whip/b"), resource.replace("/whip/", "/whep/"), "/whip/a/x".into()] {
        assert_eq!(fetch(address, "PATCH", &wrong, &[FRAGMENT, matching], &fragment).await.status, 404, "{wrong}");
        assert_eq!(stage.delete(&wrong).await, 404, "{wrong}");
    }
    assert_eq!(fetch(address, "DELETE", &resource, &[("If-Match", "\"another\"")], "").await.status, 200);
}

#[tokio::test]
async fn a_stream_has_one_publisher_and_no_viewer_without_one() {
    let stage = Stage::set("[whip]\nstreams = 2\nviewers = 1\n");
    let (publisher, viewer) = (Peer::publisher().await.offer, Peer::viewer().await.offer);
    let early = stage.post("/whep/a", &viewer).await;
    assert_eq!((early.status, early.header("retry-after")), (409, Some("2")));
    let first = location(&stage.post("/whip/a", &publisher).await);
    let second = stage.post("/whip/a", &publisher).await;
    assert_eq!((second.status, second.header("retry-after")), (409, Some("2")));
    location(&stage.post("/whip/b", &publisher).await);
    let full = stage.post("/whip/c", &publisher).await;
    assert_eq!((full.status, full.header("retry-after")), (503, Some("2")));
    let watching = location(&stage.post("/whep/a", &viewer).await);
    assert_eq!(stage.post("/whep/a", &viewer).await.status, 503);
    assert_eq!(stage.delete(&watching).await, 200);
    let watching = location(&stage.post("/whep/a", &viewer).await);
    // The publisher's end is that of its viewers.
    assert_eq!(stage.delete(&first).await, 200);
    assert_eq!(stage.delete(&watching).await, 404);
    assert_eq!(stage.post("/whep/a", &viewer).await.status, 409);
    let pipelines = Client::open(&stage.server).await.value(support::MANAGER, "getPipelines", json!({})).await;
    assert_eq!(pipelines.as_array().map(Vec::len), Some(1), "only that of b is left");
}

#[tokio::test]
async fn who_never_connects_is_not_waited_for_longer_than_is_set() {
    let stage = Stage::set("[whip]\nidle_seconds = 1\n");
    let (mut publisher, viewer) = (Peer::publisher().await, Peer::viewer().await);
    let published = stage.post("/whip/a", &publisher.offer).await;
    publisher.take(&published).await;
    let watching = location(&stage.post("/whep/a", &viewer.offer).await);
    let idle = location(&stage.post("/whip/b", &viewer.offer.replace("recvonly", "sendonly")).await);
    stage.is_gone(&idle).await;
    stage.is_gone(&watching).await;
    // The one that did connect is there still, until its peer goes.
    let published = location(&published);
    let tag = [FRAGMENT, ("If-Match", "*")];
    let still = fetch(stage.server.address, "PATCH", &published, &tag, "a=end-of-candidates\r\n").await;
    assert_eq!(still.status, 204);
    publisher.leave().await;
    stage.is_gone(&published).await;
}

#[tokio::test]
async fn media_goes_from_the_publisher_to_every_viewer_until_it_ends() {
    let stage = Stage::set("");
    // An empty mixer gives a black picture.
    let mut publisher = Peer::publisher().await;
    let hub = publisher.client.create("Composite", json!({ "mediaPipeline": publisher.pipeline })).await;
    let port = publisher.client.create("HubPort", json!({ "hub": hub })).await;
    publisher.client.value(&port, "connect", json!({ "sink": publisher.endpoint })).await;
    let published = stage.post("/whip/garden", &publisher.offer).await;
    publisher.take(&published).await;
    let mut viewers = Vec::new();
    for _ in 0..2 {
        let mut viewer = Peer::viewer().await;
        let watching = stage.post("/whep/garden", &viewer.offer).await;
        viewer.take(&watching).await;
        viewer.sees_video().await;
        viewers.push((viewer, location(&watching)));
    }
    assert_eq!(stage.delete(&viewers[0].1).await, 200);
    publisher.leave().await;
    stage.is_gone(&location(&published)).await;
    stage.is_gone(&viewers[1].1).await;
}

#[tokio::test]
async fn bearer_tokens_say_who_may_publish_and_who_may_watch() {
    let config =
        "[tokens.static]\nred-token = \"red\"\n[whip]\npublish_tokens = [\"gardener\"]\nplay_tokens = [\"guest\"]\n";
    let stage = Stage::set(config);
    let (publisher, viewer) = (Peer::publisher().await.offer, Peer::viewer().await.offer);
    let address = stage.server.address;
    let ask = async |method: &str, path: &str, token: &str, body: &str| {
        let bearer = format!("Bearer {token}");
        fetch(address, method, path, &[SDP, ("Authorization", &bearer)], body).await
    };
    let refused = stage.post("/whip/a", &publisher).await;
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")));
    for token in ["guest", "red-token", "gardene", ""] {
        assert_eq!(ask("POST", "/whip/a", token, &publisher).await.status, 401, "{token}");
    }
    let published = location(&ask("POST", "/whip/a", "gardener", &publisher).await);
    assert_eq!(ask("POST", "/whep/a", "gardener", &viewer).await.status, 401);
    let watching = location(&ask("POST", "/whep/a", "guest", &viewer).await);
    assert_eq!(stage.delete(&published).await, 401);
    assert_eq!(ask("DELETE", &watching, "guest", "").await.status, 200);
    // What is published belongs to a tenant of its own.
    let mut red = Client::at(&format!("{}?access_token=red-token", stage.server.url())).await;
    assert_eq!(red.value(support::MANAGER, "getPipelines", json!({})).await, json!([]));
    assert_eq!(ask("DELETE", &published, "gardener", "").await.status, 200);
}

#[tokio::test]
async fn it_is_off_where_tokens_are_and_none_of_its_own_and_where_it_is_said() {
    for config in ["[tokens.static]\nred-token = \"red\"\n", "[whip]\nenabled = false\n"] {
        let server = Server::start(config);
        for path in ["/whip/a", "/whep/a"] {
            assert_eq!(fetch(server.address, "POST", path, &[SDP], "v=0").await.status, 404, "{config}");
        }
    }
    let server = Server::start("[whip]\npublish_tokens = [\"gardener\"]\n");
    assert_eq!(fetch(server.address, "POST", "/whip/a", &[SDP], "v=0").await.status, 401);
    assert_eq!(fetch(server.address, "POST", "/whep/a", &[SDP], "v=0").await.status, 422);
}

#[tokio::test]
async fn pages_of_other_sites_are_told_what_they_may_do() {
    let stage = Stage::set("[http]\norigins = [\"https://app.example.com\"]\n");
    let address = stage.server.address;
    let page = ("Origin", "https://app.example.com");
    for (path, header, kind) in
        [("/whip/a", "accept-post", "application/sdp"), ("/whep/a/b", "accept-patch", FRAGMENT.1)]
    {
        let told = fetch(address, "OPTIONS", path, &[page], "").await;
        assert_eq!((told.status, told.header(header)), (204, Some(kind)));
        assert_eq!(told.header("access-control-allow-origin"), Some(page.1));
        let headers = told.header("access-control-allow-headers").unwrap();
        assert!(["authorization", "content-type", "if-match"].iter().all(|name| headers.contains(name)), "{headers}");
        let exposed = told.header("access-control-expose-headers").unwrap();
        assert!(["location", "etag", "link"].iter().all(|name| exposed.contains(name)), "{exposed}");
    }
    // Errors can be read too.
    let refused = fetch(address, "POST", "/whip/a", &[page, SDP], "hello").await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (400, Some(page.1)));
    let other = fetch(address, "POST", "/whip/a", &[("Origin", "https://evil.example.com"), SDP], "hello").await;
    assert_eq!((other.status, other.header("access-control-allow-origin")), (403, None));
}

#[tokio::test]
async fn whoever_hangs_up_while_asking_leaves_nothing_behind() {
    use tokio::io::AsyncWriteExt;
    let stage = Stage::set("[whip]\nidle_seconds = 1\nstreams = 1\n");
    let offer = Peer::publisher().await.offer;
    for _ in 0..5 {
        let mut stream = tokio::net::TcpStream::connect(stage.server.address).await.unwrap();
        let head = format!(
            "POST /whip/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
            offer.len()
        );
        stream.write_all(format!("{head}{offer}").as_bytes()).await.unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    while stage.post("/whip/a", &offer).await.status != 201 {
        assert!(Instant::now() < deadline, "the stream stays taken");
        sleep(Duration::from_millis(50)).await;
    }
    let pipelines: Json = Client::open(&stage.server).await.value(support::MANAGER, "getPipelines", json!({})).await;
    assert_eq!(pipelines.as_array().map(Vec::len), Some(1));
}

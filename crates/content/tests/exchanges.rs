//! The exchanges of Kurento's first SDK, message by message: what its classes send, and what they look for in the answers.
//!
//! `>` is a POST of the SDK and `<` its answer; `$NAME` in an answer takes a text, in a request it puts it.

mod support;

use serde_json::Value as Json;
use std::collections::HashMap;
use support::Host;
use support::server::media_server;
use trellis_client::{MediaPipeline, MediaServer, WebRtcEndpoint};
use trellis_content::{
    Application, Attributes, Code, Command, ContentError, ContentHandler, HttpPlayer, HttpRecorder, Kind, Repository,
    Session, WebRtc,
};

/// Starts everything but what it is to refuse, and does what commands say.
struct Demo;

async fn obey<K: Kind>(session: &Session<K>, command: Command) -> Result<String, ContentError> {
    match command.kind.as_str() {
        "event" => session.publish_event("test", command.data).map(|()| "event sent".to_owned()),
        "end" => {
            session.terminate(Code(2), command.data);
            Ok("ended".to_owned())
        }
        _ => Ok(command.data),
    }
}

impl ContentHandler<HttpPlayer> for Demo {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        if session.content_id() == "reject" {
            session.terminate(Code(407), "Rejected in handler");
            return Ok(());
        }
        session.start_at("http://127.0.0.1:1/").await
    }

    async fn on_content_command(&self, session: Session<HttpPlayer>, command: Command) -> Result<String, ContentError> {
        obey(&session, command).await
    }
}

impl ContentHandler<HttpRecorder> for Demo {
    async fn on_content_request(&self, session: Session<HttpRecorder>) -> Result<(), ContentError> {
        let item = session.repository()?.create(Attributes::new()).await?;
        session.start(item).await
    }
}

impl ContentHandler<WebRtc> for Demo {
    async fn on_content_request(&self, session: Session<WebRtc>) -> Result<(), ContentError> {
        session.start(None, None).await
    }

    async fn on_content_command(&self, session: Session<WebRtc>, command: Command) -> Result<String, ContentError> {
        obey(&session, command).await
    }
}

/// KwsContentPlayer: start, poll after poll, a command, an event, the end by the user.
const PLAYER: &str = r#"
> /play/movie/one.webm {"jsonrpc":"2.0","method":"start","params":{"constraints":{"audio":"recvonly","video":"recvonly"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"sessionId":"$SESSION","url":"$URL"}}
> /play/movie/one.webm {"jsonrpc":"2.0","method":"execute","params":{"sessionId":"$SESSION","command":{"type":"echo","data":"hello"}},"id":2}
< 200 {"jsonrpc":"2.0","id":2,"result":{"sessionId":"$SESSION","commandResult":"hello"}}
> /play/movie/one.webm {"jsonrpc":"2.0","method":"execute","params":{"sessionId":"$SESSION","command":{"type":"event","data":"now"}},"id":3}
< 200 {"jsonrpc":"2.0","id":3,"result":{"sessionId":"$SESSION","commandResult":"event sent"}}
> /play/movie/one.webm {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":4}
< 200 {"jsonrpc":"2.0","id":4,"result":{"contentEvents":[{"type":"test","data":"now"}]}}
> /play/movie/one.webm {"jsonrpc":"2.0","method":"terminate","params":{"sessionId":"$SESSION","reason":{"code":1,"message":"User ended session"}},"id":5}
< 200 {"jsonrpc":"2.0","id":5,"result":{}}
> /play/movie/one.webm {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":6}
< 400 {"jsonrpc":"2.0","id":6,"error":{"code":-32602,"message":"there is no such session","data":10021}}
"#;

/// The server says no.
const REJECTION: &str = r#"
> /play/reject {"jsonrpc":"2.0","method":"start","params":{"constraints":{"audio":"RECVONLY","video":"RECVONLY"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"rejected":{"code":407,"message":"Rejected in handler"}}}
"#;

/// The server ends the session: the next poll brings it, and there is none after it.
const ENDED: &str = r#"
> /play/x {"jsonrpc":"2.0","method":"start","params":{"constraints":{"audio":"recvonly","video":"recvonly"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"sessionId":"$SESSION","url":"$URL"}}
> /play/x {"jsonrpc":"2.0","method":"execute","params":{"sessionId":"$SESSION","command":{"type":"end","data":"Server ended session"}},"id":2}
< 200 {"jsonrpc":"2.0","id":2,"result":{"sessionId":"$SESSION","commandResult":"ended"}}
> /play/x {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":3}
< 200 {"jsonrpc":"2.0","id":3,"result":{"controlEvents":[{"type":"sessionTerminated","data":{"code":2,"message":"Server ended session"}}]}}
> /play/x {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":4}
< 400 {"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"there is no such session","data":10021}}
"#;

/// KwsContentUploader: start, then the upload at the URL, which the media's own request is.
const UPLOADER: &str = r#"
> /record/x {"jsonrpc":"2.0","method":"start","params":{"constraints":{"audio":"sendonly","video":"sendonly"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"sessionId":"$SESSION","url":"$URL"}}
> /record/x {"jsonrpc":"2.0","method":"execute","params":{"sessionId":"$SESSION","command":{"type":"echo","data":""}},"id":2}
< 400 {"jsonrpc":"2.0","id":2,"error":{"code":-32600,"message":"this content takes no commands","data":10026}}
> /record/x {"jsonrpc":"2.0","method":"terminate","params":{"sessionId":"$SESSION","reason":{"code":1,"message":"User ended session"}},"id":3}
< 200 {"jsonrpc":"2.0","id":3,"result":{}}
"#;

/// KwsWebRtcContent: one offer with all candidates, one answer with all candidates.
const WEBRTC: &str = r#"
> /call/room/1 {"jsonrpc":"2.0","method":"start","params":{"sdp":"$OFFER","constraints":{"audio":"sendrecv","video":"sendrecv"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"sessionId":"$SESSION","sdp":"$ANSWER"}}
> /call/room/1 {"jsonrpc":"2.0","method":"start","params":{"sessionId":"$SESSION","sdp":"$OFFER","constraints":{}},"id":2}
< 403 {"jsonrpc":"2.0","id":2,"error":{"code":-32603,"message":"the session was started before: it is Active","data":10011}}
> /call/room/1 {"jsonrpc":"2.0","method":"execute","params":{"sessionId":"$SESSION","command":{"type":"event","data":"a"}},"id":3}
< 200 {"jsonrpc":"2.0","id":3,"result":{"sessionId":"$SESSION","commandResult":"event sent"}}
> /call/room/1 {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":4}
< 200 {"jsonrpc":"2.0","id":4,"result":{"contentEvents":[{"type":"test","data":"a"}]}}
> /call/room/1 {"jsonrpc":"2.0","method":"terminate","params":{"sessionId":"$SESSION","reason":{"code":1,"message":"User ended session"}},"id":5}
< 200 {"jsonrpc":"2.0","id":5,"result":{}}
"#;

/// A command begins the session; later ones and polls go on in it.
const COMMAND_FIRST: &str = r#"
> /play/x {"jsonrpc":"2.0","method":"execute","params":{"command":{"type":"event","data":"early"}},"id":1}
< 200 {"jsonrpc":"2.0","id":1,"result":{"sessionId":"$SESSION","commandResult":"event sent"}}
> /play/x {"jsonrpc":"2.0","method":"poll","params":{"sessionId":"$SESSION"},"id":2}
< 200 {"jsonrpc":"2.0","id":2,"result":{"contentEvents":[{"type":"test","data":"early"}]}}
> /play/x {"jsonrpc":"2.0","method":"terminate","params":{"sessionId":"$SESSION","reason":{"code":1,"message":"done"}},"id":3}
< 200 {"jsonrpc":"2.0","id":3,"result":{}}
"#;

type Names = HashMap<String, String>;

/// Puts what is known in the place of names.
fn put(value: &mut Json, names: &Names) {
    match value {
        Json::String(text) => {
            if let Some(known) = text.strip_prefix('$').and_then(|name| names.get(name)) {
                known.clone_into(text);
            }
        }
        Json::Object(members) => members.values_mut().for_each(|member| put(member, names)),
        Json::Array(items) => items.iter_mut().for_each(|item| put(item, names)),
        _ => {}
    }
}

/// Takes the texts that stand in the place of names not known yet.
fn take(expected: &Json, got: &Json, names: &mut Names) {
    match (expected, got) {
        (Json::String(name), Json::String(text)) => {
            if let Some(name) = name.strip_prefix('$') {
                names.entry(name.to_owned()).or_insert_with(|| text.clone());
            }
        }
        (Json::Object(expected), Json::Object(got)) => {
            let both = expected.iter().filter_map(|(name, member)| Some((member, got.get(name)?)));
            both.for_each(|(expected, got)| take(expected, got, names));
        }
        _ => {}
    }
}

async fn replay(host: &Host, script: &str, names: &mut Names) {
    let mut lines = script.lines().filter(|line| !line.is_empty());
    while let (Some(request), Some(expected)) = (lines.next(), lines.next()) {
        let (path, body) = request.strip_prefix("> ").unwrap().split_once(' ').unwrap();
        let mut body: Json = serde_json::from_str(body).unwrap();
        put(&mut body, names);
        let answer = host.post(path, "application/json", body.to_string()).await;
        let (status, expected) = expected.strip_prefix("< ").unwrap().split_once(' ').unwrap();
        let mut expected: Json = serde_json::from_str(expected).unwrap();
        take(&expected, &answer.json(), names);
        put(&mut expected, names);
        assert_eq!((answer.status.as_str(), answer.json()), (status, expected), "{request}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

async fn offer(server: &MediaServer) -> String {
    let pipeline = MediaPipeline::create(server).await.unwrap();
    WebRtcEndpoint::create(&pipeline).await.unwrap().generate_offer(None).await.unwrap()
}

#[tokio::test]
async fn the_exchanges_of_the_old_sdk_are_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let server = media_server(folder.path());
    let application = Application::new(server.clone())
        .repository(Repository::folder(folder.path()).unwrap())
        .player("/play", Demo)
        .recorder("/record", Demo)
        .webrtc("/call", Demo);
    let host = Host::start(application).await;
    for script in [PLAYER, REJECTION, ENDED, UPLOADER, COMMAND_FIRST] {
        replay(&host, script, &mut Names::new()).await;
    }
    let mut names = Names::from([("OFFER".to_owned(), offer(&server).await)]);
    replay(&host, WEBRTC, &mut names).await;
    assert!(names["ANSWER"].contains("a=candidate:"));
}

//! Who may come in: tokens, tenants, origins, TLS, and what a server without tokens dares.

mod support;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use support::{Client, MANAGER, PATIENCE, Server, command, refusal};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto, pki_types::ServerName};
use tokio_tungstenite::tungstenite::Message;

const SECRET: &str = "a secret of thirty-two bytes, no less";
const TOKENS: &str =
    "[tokens]\njwt_key = \"FOLDER/secret\"\n[tokens.static]\nred-token = \"red\"\nblue-token = \"blue\"\n";

fn guarded() -> Server {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("secret"), SECRET).unwrap();
    Server::start_in(folder, TOKENS)
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn jwt(claims: Json, secret: &str) -> String {
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

fn url(server: &Server, token: &str) -> String {
    format!("{}?access_token={token}", server.url())
}

#[tokio::test]
async fn without_a_good_token_the_handshake_is_answered_401_in_words() {
    let server = guarded();
    let (status, text) = refusal(Client::with(&server.url(), &[]).await);
    assert_eq!((status.as_u16(), text.contains("access_token")), (401, true), "{text}");
    let end = seconds() + 600;
    let good = json!({ "sub": "red", "aud": "trellis", "exp": end });
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJyZWQiLCJhdWQiOiJ0cmVsbGlzIiwiZXhwIjo0MTAyNDQ0ODAwfQ.";
    let bad = [
        "red-toke".to_owned(),
        "red-tokenn".to_owned(),
        "%00".to_owned(),
        none.to_owned(),
        jwt(good.clone(), "another secret of thirty-two bytes"),
        jwt(json!({ "sub": "red", "aud": "elsewhere", "exp": end }), SECRET),
        jwt(json!({ "sub": "red", "exp": end }), SECRET),
        jwt(json!({ "sub": "red", "aud": "trellis" }), SECRET),
        jwt(json!({ "sub": "red", "aud": "trellis", "exp": seconds() - 60 }), SECRET),
        jwt(json!({ "sub": "red", "aud": "trellis", "exp": end.to_string() }), SECRET),
        jwt(json!({ "sub": "red", "aud": "trellis", "exp": end, "nbf": end }), SECRET),
        jwt(json!({ "sub": "../blue", "aud": "trellis", "exp": end }), SECRET),
        jwt(json!({ "aud": "trellis", "exp": end }), SECRET),
    ];
    for token in bad {
        let (status, text) = refusal(Client::with(&url(&server, &token), &[]).await);
        assert_eq!(status, 401, "{token}: {text}");
        assert!(!text.contains(&token));
    }
    Client::at(&url(&server, &jwt(good, SECRET))).await.ok("ping", json!({})).await;
    let header = [("authorization", "Bearer red-token")];
    Client::with(&server.url(), &header).await.unwrap().ok("ping", json!({})).await;
}

#[tokio::test]
async fn what_a_tenant_has_no_other_sees_on_any_page() {
    let server = guarded();
    let mut red = Client::at(&url(&server, "red-token")).await;
    let mut blue = Client::at(&url(&server, "blue-token")).await;
    let same = jwt(json!({ "sub": "red", "aud": "trellis", "exp": seconds() + 600 }), SECRET);
    let mut also_red = Client::at(&url(&server, &same)).await;
    let pipeline = red.create("MediaPipeline", json!({})).await;
    assert_eq!(also_red.value(MANAGER, "getPipelines", json!({})).await, json!([pipeline]));
    assert_eq!(blue.value(MANAGER, "getPipelines", json!({})).await, json!([]));
    assert_eq!(blue.call("describe", json!({ "object": pipeline })).await["error"]["code"], 40_101);
    for (tenant, text) in [("red", "red's"), ("blue", "blue's")] {
        let folder = server.folder.path().join("recordings").join(tenant);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.webm"), text).unwrap();
    }
    let explain = format!("/explain?pipeline={pipeline}");
    for (path, token, status, holds) in [
        (explain.as_str(), "", 401, ""),
        (explain.as_str(), "red-token", 200, ""),
        (explain.as_str(), "blue-token", 404, ""),
        ("/metrics", "", 401, ""),
        ("/metrics", "red-token", 200, "\"pipelines\":1"),
        ("/metrics", "blue-token", 200, "\"pipelines\":0"),
        ("/demo.json", "", 401, ""),
        ("/recordings/a.webm", "", 401, ""),
        ("/recordings/a.webm", "red-token", 200, "red's"),
        ("/recordings/a.webm", "blue-token", 200, "blue's"),
        ("/recordings/../red/a.webm", "blue-token", 404, ""),
        ("/recordings/%2e%2e/red/a.webm", "blue-token", 404, ""),
        ("/healthz", "", 200, "ok"),
    ] {
        let answer = get(&server, path, token).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(holds),
            "{path} {token}: {answer}"
        );
    }
}

async fn get(server: &Server, path: &str, token: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let bearer = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_socket_is_closed_when_its_token_ends_and_its_session_goes_on_with_a_new_one() {
    let server = guarded();
    // Five seconds of leeway come on top.
    let ending = jwt(json!({ "sub": "red", "aud": "trellis", "exp": seconds() - 3 }), SECRET);
    let mut client = Client::at(&url(&server, &ending)).await;
    let pipeline = client.create("MediaPipeline", json!({})).await;
    let session = client.ok("describe", json!({ "object": pipeline })).await["sessionId"].clone();
    assert_eq!(client.close_code().await, Some(1008));
    let (status, _) = refusal(Client::with(&url(&server, &ending), &[]).await);
    assert_eq!(status, 401);
    let mut client = Client::at(&url(&server, "red-token")).await;
    client.ok("connect", json!({ "sessionId": session })).await;
    client.next = 100;
    client.ok("describe", json!({ "object": pipeline })).await;
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_and_programs_are_not_asked() {
    let server = Server::start("[http]\norigins = [\"https://app.example.com\"]\n");
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://APP.example.com", true),
        ("http://app.example.com", false),
        ("https://app.example.com.evil.com", false),
        ("null", false),
        // What kurento-client on Node says.
        ("127.0.0.1:18888", true),
    ] {
        let outcome = Client::with(&server.url(), &[("origin", origin)]).await;
        match allowed {
            true => assert!(outcome.is_ok(), "{origin}"),
            false => assert_eq!(refusal(outcome).0, 403, "{origin}"),
        }
    }
    assert!(Client::with(&server.url(), &[]).await.is_ok());
}

#[tokio::test]
async fn too_many_sockets_of_a_tenant_are_closed_with_1013() {
    let server = Server::start("[limits]\nsockets = 2\n");
    let mut clients = [Client::open(&server).await, Client::open(&server).await];
    for client in &mut clients {
        client.ok("ping", json!({})).await;
    }
    let closed = Client::open(&server).await.closed().await;
    assert_eq!(closed, Some((1013, "quota 'sockets' is reached: at most 2".to_owned())));
}

#[test]
fn without_tokens_it_listens_on_the_loopback_only_unless_it_is_told_so() {
    let folder = TempDir::new().unwrap();
    let output = command(&folder, "[http]\nlisten = \"0.0.0.0:0\"\n").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(text.contains("http.allow_unauthenticated") && text.contains("loopback"), "{text}");
    let open = Server::start("[http]\nlisten = \"0.0.0.0:0\"\nallow_unauthenticated = true\n");
    assert!(open.address.ip().is_unspecified());
    let tokens = "[http]\nlisten = \"0.0.0.0:0\"\n[tokens.static]\nred-token = \"red\"\n";
    assert!(Server::start(tokens).address.ip().is_unspecified());
}

#[test]
fn a_weak_secret_or_a_bad_tenant_is_an_error_at_the_start() {
    for (config, word) in [
        ("[tokens]\njwt_key = \"FOLDER/secret\"\n", "32 bytes"),
        ("[tokens]\njwt_key = \"FOLDER/nothing\"\n", "jwt_key"),
        ("[tokens]\njwt_key = \"FOLDER/secret\"\njwt_algorithm = \"none\"\n", "jwt_algorithm"),
        ("[tokens.static]\nt = \"../x\"\n", "'../x'"),
    ] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("secret"), "short").unwrap();
        let output = command(&folder, config).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(word), "{config}: {text}");
    }
}

#[tokio::test]
async fn with_a_certificate_the_port_speaks_wss() {
    let folder = TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let config = "[http.tls]\ncertificate = \"FOLDER/cert.pem\"\nkey = \"FOLDER/key.pem\"\n";
    let server = Server::start_in(folder, config);
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/kurento", stream).await.unwrap();
    use futures_util::{SinkExt, StreamExt};
    socket.send(Message::text(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)).await.unwrap();
    let pong = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(pong.to_text().unwrap().contains("pong"));
    // Who speaks no TLS is let go, and costs nobody anything.
    let answer = get(&server, "/healthz", "").await;
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
}

//! What the Media API adds to a call within the process.
//!
//! `cargo bench --bench client`. The bare call is [`Connection::receive`] with the text of the request ready.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value as Json, json};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use trellis_client::{ClientError, MediaPipeline, MediaServer, MediaType, PassThrough, PlayerEndpoint};
use trellis_control::{Connection, Control, ControlSettings, Tenant};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

fn control() -> Control {
    let media = Media::start(MediaSettings::default()).expect("the media plane");
    Control::new(Arc::new(ElementFactory::new(media)), ControlSettings::default())
}

/// The bare call, over and over.
fn bare(connection: &Connection, object: &str, operation: &str, params: &Json) -> impl Fn() -> String {
    let params = json!({ "object": object, "operation": operation, "operationParams": params });
    // Without an id no answer is kept, as it is for embedded calls.
    let text = json!({ "jsonrpc": "2.0", "id": null, "method": "invoke", "params": params }).to_string();
    move || connection.receive(black_box(&text))
}

/// So many calls within one task, as a program awaits them.
async fn timed<T>(count: u64, call: impl AsyncFn() -> Result<T, ClientError>) -> Duration {
    let begun = Instant::now();
    for _ in 0..count {
        black_box(call().await.expect("an answer"));
    }
    begun.elapsed()
}

fn calls(c: &mut Criterion) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let control = control();
    let server = MediaServer::embedded(&control).expect("a session");
    let made = runtime.block_on(async {
        let pipeline = MediaPipeline::create(&server).await?;
        let player = PlayerEndpoint::create(&pipeline, "film.mp4").await?;
        let element = PassThrough::create(&pipeline).await?;
        Ok::<_, ClientError>((pipeline, player, element))
    });
    let (pipeline, player, element) = made.expect("objects");
    let connection = control.connect_as(&Tenant::everybody(), Arc::new(|_| true)).expect("a connection");
    let none = json!({});

    let mut group = c.benchmark_group("embedded");
    // Answered by the control plane.
    group.bench_function("getName, bare", |b| b.iter(bare(&connection, pipeline.id(), "getName", &none)));
    group.bench_function("getName", |b| {
        b.iter_custom(|count| runtime.block_on(timed(count, async || pipeline.get_name().await)));
    });
    // Answered by the object.
    group.bench_function("getUri, bare", |b| b.iter(bare(&connection, player.id(), "getUri", &none)));
    group.bench_function("getUri", |b| {
        b.iter_custom(|count| runtime.block_on(timed(count, async || player.get_uri().await)));
    });
    // A method may wait, so it is done on a thread that may.
    group.bench_function("isMediaFlowingIn, bare", |b| {
        b.iter(bare(&connection, element.id(), "isMediaFlowingIn", &json!({ "mediaType": "VIDEO" })));
    });
    group.bench_function("isMediaFlowingIn", |b| {
        let call = async || element.is_media_flowing_in(MediaType::Video, None).await;
        b.iter_custom(|count| runtime.block_on(timed(count, call)));
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);

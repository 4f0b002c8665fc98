//! Module `elements`, part `hubs`.
//!
//! Made from the declarations of the remote classes: `trellis model rust elements/hubs`.

use trellis_client::classes::core::{Hub, HubPort, MediaPipeline, MediaType};
use trellis_client::generated::*;

/// Shows all parties in one picture, and mixes their sound. The pictures stand in a grid of as many columns as the
/// square root of their number, rounded up. All ports give the same picture; the sound that a port gives leaves out its
/// own party.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Composite(Hub);

impl Deref for Composite {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl Class for Composite {
    const NAME: &'static str = "Composite";

    fn of(object: Object) -> Composite {
        Composite(Hub::of(object))
    }
}

impl ToWire for Composite {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Composite {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Composite, ClientError> {
        Object::from_wire(json, server).map(Composite::of)
    }
}

impl Composite {
    /// Makes one without ports. What may be left out is set on the builder.
    ///
    /// - `media_pipeline`: The pipeline.
    pub fn build(media_pipeline: &MediaPipeline) -> CompositeBuilder {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        CompositeBuilder(Creation::new(media_pipeline.server(), "Composite", params))
    }

    /// Makes one without ports. Nothing that may be left out is set.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<Composite, ClientError> {
        Composite::build(media_pipeline).create().await
    }
}

/// What a `Composite` is made with; `create` makes it.
#[derive(Clone, Debug)]
#[must_use]
pub struct CompositeBuilder(Creation);

impl CompositeBuilder {
    /// Width of the picture, in pixels. Left out, it is `800`.
    pub fn width(self, width: i32) -> Self {
        CompositeBuilder(self.0.with("width", width.to_wire()))
    }

    /// Height of the picture, in pixels. Left out, it is `600`.
    pub fn height(self, height: i32) -> Self {
        CompositeBuilder(self.0.with("height", height.to_wire()))
    }

    /// Pictures a second. Left out, it is `15`.
    pub fn framerate(self, framerate: i32) -> Self {
        CompositeBuilder(self.0.with("framerate", framerate.to_wire()))
    }

    /// Makes it.
    pub async fn create(self) -> Result<Composite, ClientError> {
        self.0.create().await
    }
}

/// Gives each port what one other port is fed, as the application says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dispatcher(Hub);

impl Deref for Dispatcher {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl Class for Dispatcher {
    const NAME: &'static str = "Dispatcher";

    fn of(object: Object) -> Dispatcher {
        Dispatcher(Hub::of(object))
    }
}

impl ToWire for Dispatcher {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Dispatcher {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Dispatcher, ClientError> {
        Object::from_wire(json, server).map(Dispatcher::of)
    }
}

impl Dispatcher {
    /// Makes one without ports.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<Dispatcher, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "Dispatcher", params).create().await
    }

    /// Gives one port what another is fed, instead of what it gave before.
    ///
    /// - `source`: The port that is fed.
    /// - `sink`: The port that gives it.
    pub async fn connect(&self, source: &HubPort, sink: &HubPort) -> Result<(), ClientError> {
        Object::call(self, "connect", vec![("source", source.to_wire()), ("sink", sink.to_wire())]).await
    }
}

/// Gives all ports what one of them is fed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DispatcherOneToMany(Hub);

impl Deref for DispatcherOneToMany {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl Class for DispatcherOneToMany {
    const NAME: &'static str = "DispatcherOneToMany";

    fn of(object: Object) -> DispatcherOneToMany {
        DispatcherOneToMany(Hub::of(object))
    }
}

impl ToWire for DispatcherOneToMany {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for DispatcherOneToMany {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<DispatcherOneToMany, ClientError> {
        Object::from_wire(json, server).map(DispatcherOneToMany::of)
    }
}

impl DispatcherOneToMany {
    /// Makes one without ports.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<DispatcherOneToMany, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "DispatcherOneToMany", params).create().await
    }

    /// Chooses the port whose media all ports give, itself too.
    ///
    /// - `source`: The port.
    pub async fn set_source(&self, source: &HubPort) -> Result<(), ClientError> {
        Object::call(self, "setSource", vec![("source", source.to_wire())]).await
    }

    /// Chooses none: the ports give nothing.
    pub async fn remove_source(&self) -> Result<(), ClientError> {
        Object::call(self, "removeSource", vec![]).await
    }
}

/// Gives each port the pictures of one port and the sound of several, as the application says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mixer(Hub);

impl Deref for Mixer {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl Class for Mixer {
    const NAME: &'static str = "Mixer";

    fn of(object: Object) -> Mixer {
        Mixer(Hub::of(object))
    }
}

impl ToWire for Mixer {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for Mixer {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Mixer, ClientError> {
        Object::from_wire(json, server).map(Mixer::of)
    }
}

impl Mixer {
    /// Makes one without ports.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<Mixer, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "Mixer", params).create().await
    }

    /// Lets one port give what another is fed: pictures instead of those that it gave, sound mixed with what it gives.
    ///
    /// - `media`: The kind of media.
    /// - `source`: The port that is fed.
    /// - `sink`: The port that gives it.
    pub async fn connect(&self, media: MediaType, source: &HubPort, sink: &HubPort) -> Result<(), ClientError> {
        Object::call(self, "connect", vec![
            ("media", media.to_wire()),
            ("source", source.to_wire()),
            ("sink", sink.to_wire()),
        ]).await
    }

    /// Takes back what `connect` said.
    ///
    /// - `media`: The kind of media.
    /// - `source`: The port that is fed.
    /// - `sink`: The port that gave it.
    pub async fn disconnect(&self, media: MediaType, source: &HubPort, sink: &HubPort) -> Result<(), ClientError> {
        Object::call(self, "disconnect", vec![
            ("media", media.to_wire()),
            ("source", source.to_wire()),
            ("sink", sink.to_wire()),
        ]).await
    }
}

/// Lays the pictures of ports over that of one of them, the master, and mixes the sound of all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlphaBlending(Hub);

impl Deref for AlphaBlending {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.0
    }
}

impl Class for AlphaBlending {
    const NAME: &'static str = "AlphaBlending";

    fn of(object: Object) -> AlphaBlending {
        AlphaBlending(Hub::of(object))
    }
}

impl ToWire for AlphaBlending {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for AlphaBlending {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<AlphaBlending, ClientError> {
        Object::from_wire(json, server).map(AlphaBlending::of)
    }
}

impl AlphaBlending {
    /// Makes one without ports.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<AlphaBlending, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "AlphaBlending", params).create().await
    }

    /// Chooses the master: its picture has the size of the whole.
    ///
    /// - `source`: The port.
    /// - `z_order`: Its layer; what has a higher number lies above.
    pub async fn set_master(&self, source: &HubPort, z_order: i32) -> Result<(), ClientError> {
        Object::call(self, "setMaster", vec![("source", source.to_wire()), ("zOrder", z_order.to_wire())]).await
    }

    /// Places the picture of a port. Places and sizes are parts of the master's picture, from 0 to 1.
    pub async fn set_port_properties(&self, params: &AlphaBlendingSetPortProperties) -> Result<(), ClientError> {
        Object::call(self, "setPortProperties", vec![
            ("relativeX", params.relative_x.to_wire()),
            ("relativeY", params.relative_y.to_wire()),
            ("zOrder", params.z_order.to_wire()),
            ("relativeWidth", params.relative_width.to_wire()),
            ("relativeHeight", params.relative_height.to_wire()),
            ("port", params.port.to_wire()),
        ]).await
    }
}

/// What `AlphaBlending::set_port_properties` is given.
#[derive(Clone, Debug, PartialEq)]
pub struct AlphaBlendingSetPortProperties {
    /// Its left edge.
    pub relative_x: f64,
    /// Its upper edge.
    pub relative_y: f64,
    /// Its layer; what has a higher number lies above.
    pub z_order: i32,
    /// Its width.
    pub relative_width: f64,
    /// Its height.
    pub relative_height: f64,
    /// The port.
    pub port: HubPort,
}

//! What makes live objects: a maker for each class, ours and those of other crates.

use super::filters::FilterObject;
use super::http::{HttpGetObject, HttpPostObject};
use super::hubs::{HubObject, HubPortObject};
use super::player::PlayerObject;
use super::recorder::RecorderObject;
use super::rtp::RtpObject;
use super::webrtc::WebRtcObject;
use super::{PipelineObject, class};
use crate::Media;
use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use trellis_model::{Args, Class, Factory, NewObject, ObjectRef, Remote, RemoteError};

/// Makes the live objects of a media plane.
pub struct ElementFactory {
    media: Arc<Media>,
    makers: HashMap<&'static str, Box<Make>>,
}

/// What a maker is given.
pub struct Making<'a> {
    /// The pipeline that the new object will live in.
    pub pipeline: Arc<PipelineObject>,
    /// What its constructor was given.
    pub args: &'a Args,
    /// Its id, and where it raises its events.
    pub new: NewObject,
}

type Make = dyn Fn(Making<'_>) -> Result<Arc<dyn Remote>, RemoteError> + Send + Sync;

impl ElementFactory {
    /// A factory of all classes that this crate makes.
    pub fn new(media: Arc<Media>) -> ElementFactory {
        ElementFactory { media, makers: HashMap::new() }
            .with(class("WebRtcEndpoint"), |new| made(WebRtcObject::new(&new.pipeline, new.args, new.new)))
            .with(class("RtpEndpoint"), |new| made(RtpObject::new(&new.pipeline, new.args, new.new)))
            .with(class("PlayerEndpoint"), |new| made(PlayerObject::new(&new.pipeline, new.args, new.new)))
            .with(class("RecorderEndpoint"), |new| made(RecorderObject::new(&new.pipeline, new.args, new.new)))
            .with(class("HttpGetEndpoint"), |new| made(HttpGetObject::new(&new.pipeline, new.args, new.new)))
            .with(class("HttpPostEndpoint"), |new| made(HttpPostObject::new(&new.pipeline, new.args, new.new)))
            .with(class("FaceOverlayFilter"), |new| made(FilterObject::face_overlay(&new.pipeline, new.new)))
            .with(class("ImageOverlayFilter"), |new| Ok(FilterObject::image_overlay(&new.pipeline, new.new)))
            .with(class("ZBarFilter"), |new| made(FilterObject::codes(&new.pipeline, new.new)))
            .with(class("PassThrough"), |new| Ok(FilterObject::pass_through(&new.pipeline, new.new)))
            .with(class("HubPort"), |new| made(HubPortObject::new(new.args, new.new)))
            .with(class("Dispatcher"), |new| Ok(HubObject::dispatcher(&new.pipeline, new.new)))
            .with(class("DispatcherOneToMany"), |new| Ok(HubObject::one_to_many(&new.pipeline, new.new)))
            .with(class("Composite"), |new| made(HubObject::composite(&new.pipeline, new.args, new.new)))
            .with(class("Mixer"), |new| made(HubObject::mixer(&new.pipeline, new.new)))
    }

    /// The factory with one class more, or made otherwise: a class whose constructor takes the pipeline or the hub
    /// that its objects live in. An object that others connect to is an [`ElementObject`](super::ElementObject).
    pub fn with(
        mut self,
        class: &'static Class,
        make: impl Fn(Making<'_>) -> Result<Arc<dyn Remote>, RemoteError> + Send + Sync + 'static,
    ) -> ElementFactory {
        self.makers.insert(class.name, Box::new(make));
        self
    }

    /// The pipeline that a constructor's arguments name: itself, or as the one of a hub.
    fn pipeline(&self, args: &Args) -> Result<Arc<PipelineObject>, RemoteError> {
        if let Ok(hub) = args.object("hub") {
            let gone = || RemoteError::not_found(format_args!("Object '{}' not found", hub.id));
            let root = hub.id.split('/').next().unwrap_or_default();
            return self.media.pipeline(root).ok_or_else(gone);
        }
        let ObjectRef { remote, .. } = args.object("mediaPipeline")?;
        let remote: Arc<dyn Any + Send + Sync> = remote;
        remote.downcast().map_err(|_| RemoteError::marshal("'mediaPipeline' parameter should be a MediaPipeline"))
    }
}

fn made<T: Remote>(object: Result<Arc<T>, RemoteError>) -> Result<Arc<dyn Remote>, RemoteError> {
    object.map(|object| object as Arc<dyn Remote>)
}

impl Factory for ElementFactory {
    fn makes(&self, class: &'static Class) -> bool {
        class.name == "MediaPipeline" || self.makers.contains_key(class.name)
    }

    fn create(
        &self,
        class: &'static Class,
        args: &Args,
        new: NewObject,
    ) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        if class.name == "MediaPipeline" {
            let id = Arc::clone(&new.id);
            let pipeline = PipelineObject::new(&self.media, new);
            self.media.register(&id, &pipeline);
            return Some(Ok(pipeline));
        }
        let make = self.makers.get(class.name)?;
        Some(self.pipeline(args).and_then(|pipeline| make(Making { pipeline, args, new })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaSettings;

    #[test]
    fn every_class_that_is_made_here_can_be_created() {
        let factory = ElementFactory::new(Media::start(MediaSettings::default()).expect("threads"));
        for name in factory.makers.keys() {
            assert!(class(name).constructor.is_some() && !class(name).is_abstract, "{name}");
        }
    }
}

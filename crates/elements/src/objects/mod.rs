//! Live objects: what an application creates, calls and hears, bound to the nodes that do the work.

mod bitrates;
mod element;
mod filters;
mod formats;
mod links;
mod pipeline;
mod player;
mod recorder;
mod webrtc;

pub use pipeline::PipelineObject;

use crate::Media;
use element::ElementObject;
use filters::FilterObject;
use player::PlayerObject;
use recorder::RecorderObject;
use std::any::Any;
use std::sync::Arc;
use trellis_model::{Args, Class, Factory, NewObject, ObjectRef, Remote, RemoteError};
use webrtc::WebRtcObject;

/// Makes the live objects of a media plane.
pub struct ElementFactory(pub Arc<Media>);

/// The classes that are made here.
const MADE: &[&str] = &[
    "MediaPipeline",
    "WebRtcEndpoint",
    "PlayerEndpoint",
    "RecorderEndpoint",
    "FaceOverlayFilter",
    "ImageOverlayFilter",
    "PassThrough",
];

impl Factory for ElementFactory {
    fn makes(&self, class: &'static Class) -> bool {
        MADE.contains(&class.name)
    }

    fn create(
        &self,
        class: &'static Class,
        args: &Args,
        new: NewObject,
    ) -> Option<Result<Arc<dyn Remote>, RemoteError>> {
        if class.name == "MediaPipeline" {
            let pipeline = PipelineObject::new(&self.0, &new.id);
            self.0.register(&new.id, &pipeline);
            return Some(Ok(pipeline));
        }
        let pipeline = match args.object("mediaPipeline").and_then(|object| pipeline_of(&object)) {
            Ok(pipeline) => pipeline,
            Err(error) => return Some(Err(error)),
        };
        Some(match class.name {
            "WebRtcEndpoint" => made(WebRtcObject::new(&pipeline, args, new)),
            "PlayerEndpoint" => made(PlayerObject::new(&pipeline, args, new)),
            "RecorderEndpoint" => made(RecorderObject::new(&pipeline, args, new)),
            "FaceOverlayFilter" => made(FilterObject::face_overlay(&pipeline, new)),
            "ImageOverlayFilter" => made(Ok(FilterObject::image_overlay(&pipeline, new))),
            "PassThrough" => made(Ok(FilterObject::pass_through(&pipeline, new))),
            _ => return None,
        })
    }
}

fn made<T: Remote>(object: Result<Arc<T>, RemoteError>) -> Result<Arc<dyn Remote>, RemoteError> {
    object.map(|object| object as Arc<dyn Remote>)
}

fn pipeline_of(object: &ObjectRef) -> Result<Arc<PipelineObject>, RemoteError> {
    let remote: Arc<dyn Any + Send + Sync> = Arc::clone(&object.remote) as _;
    remote.downcast().map_err(|_| RemoteError::marshal("'mediaPipeline' parameter should be a MediaPipeline"))
}

/// An object as the element that it is.
pub(crate) fn as_element(object: &ObjectRef) -> Result<&dyn ElementObject, RemoteError> {
    element_of(&*object.remote).ok_or_else(|| RemoteError::marshal("'sink' parameter should be a MediaElement"))
}

fn element_of(any: &dyn Any) -> Option<&dyn ElementObject> {
    let element = any.downcast_ref::<WebRtcObject>().map(|object| object as &dyn ElementObject);
    let element = element.or_else(|| any.downcast_ref::<PlayerObject>().map(|object| object as _));
    let element = element.or_else(|| any.downcast_ref::<RecorderObject>().map(|object| object as _));
    element.or_else(|| any.downcast_ref::<FilterObject>().map(|object| object as _))
}

/// A class that is declared: a test holds every name used here against the model.
fn class(name: &'static str) -> &'static Class {
    Class::find(name).unwrap_or_else(|| panic!("{name} is not declared"))
}

#[cfg(test)]
mod tests {
    use super::{MADE, class};

    #[test]
    fn every_class_that_is_made_here_is_declared() {
        for name in MADE {
            assert!(class(name).constructor.is_some(), "{name}");
        }
    }
}

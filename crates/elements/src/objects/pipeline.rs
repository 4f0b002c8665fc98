//! MediaPipeline: the live object around a graph pipeline, and the way of notices to the elements' objects.

use super::links::Links;
use crate::media::Media;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use trellis_graph::{ElementId, Notice, Pipeline};
use trellis_model::{Args, Class, Remote, RemoteError, Value};

/// Hears what its element's node tells.
pub(crate) trait Listener: Send + Sync {
    fn notice(&self, notice: Notice);
}

/// A pipeline and the objects of its elements.
pub struct PipelineObject {
    pub(crate) media: Arc<Media>,
    pipeline: Pipeline,
    listeners: Arc<Listeners>,
    pub(crate) links: Links,
}

#[derive(Default)]
struct Listeners(Mutex<HashMap<ElementId, Weak<dyn Listener>>>);

impl Listeners {
    fn tell(&self, element: ElementId, notice: Notice) {
        // The object is called without the lock: it may remove elements.
        let listener = self.0.lock().get(&element).and_then(Weak::upgrade);
        if let Some(listener) = listener {
            listener.notice(notice);
        }
    }
}

impl PipelineObject {
    /// An empty pipeline.
    pub fn new(media: &Arc<Media>) -> Arc<PipelineObject> {
        let listeners = Arc::new(Listeners::default());
        let told = Arc::clone(&listeners);
        let observer = move |element: ElementId, notice: Notice| told.tell(element, notice);
        let pipeline = Pipeline::new(&media.executor, Arc::clone(&media.clock), Arc::clone(&media.registry), observer);
        Arc::new(PipelineObject { media: Arc::clone(media), pipeline, listeners, links: Links::default() })
    }

    /// The graph's pipeline.
    pub fn graph(&self) -> &Pipeline {
        &self.pipeline
    }

    pub(crate) fn listen(&self, element: ElementId, listener: Weak<dyn Listener>) {
        self.listeners.0.lock().insert(element, listener);
    }

    /// Takes an element out of the pipeline; nobody hears of it any more.
    pub(crate) fn remove(&self, element: ElementId) {
        self.listeners.0.lock().remove(&element);
        self.pipeline.remove(element);
    }
}

impl Remote for PipelineObject {
    fn class(&self) -> &'static Class {
        super::class("MediaPipeline")
    }

    fn invoke(&self, operation: &str, _args: &Args) -> Option<Result<Value, RemoteError>> {
        match operation {
            "getGstreamerDot" => Some(Ok(self.pipeline.report().dot().into())),
            _ => None,
        }
    }

    /// The elements have been closed before: they are its children.
    fn close(&self) {
        self.listeners.0.lock().clear();
    }
}

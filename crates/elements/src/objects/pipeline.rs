//! MediaPipeline: the live object around a graph pipeline, and the way of notices to the elements' objects.

use super::element::{ElementObject, raise_error};
use super::links::Links;
use crate::media::Media;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use trellis_graph::{ElementId, NodeError, Notice, Pipeline};
use trellis_model::{Args, Class, EventSink, NewObject, Remote, RemoteError, Value};

/// Names the folder of dumped graphs, as GStreamer and Kurento have it.
const DOT_FOLDER: &str = "GST_DEBUG_DUMP_DOT_DIR";

/// A pipeline and the objects of its elements.
pub struct PipelineObject {
    pub(crate) media: Arc<Media>,
    id: Arc<str>,
    events: EventSink,
    pipeline: Pipeline,
    elements: Arc<Elements>,
    pub(crate) links: Links,
    /// Whether elements measure how old what comes to them is.
    pub(crate) latency_stats: Arc<AtomicBool>,
}

/// Hears what the node of one element tells.
type Listener = Arc<dyn Fn(Notice) + Send + Sync>;

/// The objects of a pipeline's elements.
#[derive(Default)]
struct Elements(Mutex<Known>);

#[derive(Default)]
struct Known {
    by_key: HashMap<ElementId, Listener>,
    by_id: HashMap<Arc<str>, Weak<dyn ElementObject>>,
}

impl Elements {
    fn tell(&self, element: ElementId, notice: Notice) {
        // Who listens is called without the lock: it may remove elements.
        let listener = self.0.lock().by_key.get(&element).cloned();
        if let Some(listener) = listener {
            listener(notice);
        }
    }
}

impl PipelineObject {
    /// An empty pipeline.
    pub fn new(media: &Arc<Media>, new: NewObject) -> Arc<PipelineObject> {
        let elements = Arc::new(Elements::default());
        let told = Arc::clone(&elements);
        let observer = move |element: ElementId, notice: Notice| told.tell(element, notice);
        let pipeline = Pipeline::new(&media.executor, Arc::clone(&media.clock), Arc::clone(&media.registry), observer);
        pipeline.turn(|turn| {
            turn.set_hold(media.settings.converter_hold);
            if let Some(allowance) = media.encoders_of(&new.owner) {
                turn.set_encoder_allowance(allowance);
            }
        });
        Arc::new(PipelineObject {
            media: Arc::clone(media),
            id: new.id,
            events: new.events,
            pipeline,
            elements,
            links: Links::default(),
            latency_stats: Arc::default(),
        })
    }

    /// The graph's pipeline.
    pub fn graph(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Raises `Error` for an element that failed: who listens to the pipeline need not listen to each of its elements.
    pub(crate) fn failed(&self, element: &str, error: &NodeError) {
        raise_error(&self.events, "UNEXPECTED_PIPELINE_ERROR", &NodeError::new(format_args!("{element}: {error}")));
    }

    /// The pipeline as a DOT graph. It shows everything, whatever details are asked for: what runs, what it has done, and
    /// why each converter is there.
    pub(crate) fn dot(&self) -> Value {
        self.pipeline.explain().dot().into()
    }

    /// Writes the graph into the folder that the environment names, by the name of the object that was asked; does
    /// nothing where none is named.
    pub(crate) fn dump_dot(&self, asked: &str) -> Result<Value, RemoteError> {
        match std::env::var_os(DOT_FOLDER).filter(|folder| !folder.is_empty()) {
            Some(folder) => self.write_dot(Path::new(&folder), asked),
            None => Ok(Value::Null),
        }
    }

    fn write_dot(&self, folder: &Path, asked: &str) -> Result<Value, RemoteError> {
        let path = folder.join(format!("{}.dot", asked.replace('/', "_")));
        let failed = |error| RemoteError::unexpected(format_args!("{}: {error}", path.display()));
        std::fs::write(&path, self.pipeline.explain().dot()).map_err(failed)?;
        Ok(Value::Null)
    }

    pub(crate) fn adopt(&self, element: ElementId, id: &Arc<str>, object: &Arc<dyn ElementObject>) {
        let object = Arc::downgrade(object);
        self.elements.0.lock().by_id.insert(Arc::clone(id), Weak::clone(&object));
        self.listen(element, move |notice| {
            if let Some(object) = object.upgrade() {
                object.notice(notice);
            }
        });
    }

    /// Has somebody hear what the node of an element tells: of one that has no object of its own, but belongs to one.
    pub(crate) fn listen(&self, element: ElementId, listener: impl Fn(Notice) + Send + Sync + 'static) {
        self.elements.0.lock().by_key.insert(element, Arc::new(listener));
    }

    /// An element's object, by its id.
    pub(crate) fn element(&self, id: &str) -> Option<Arc<dyn ElementObject>> {
        self.elements.0.lock().by_id.get(id).and_then(Weak::upgrade)
    }

    /// Takes the element of an object out of the pipeline; nobody hears of it any more.
    pub(crate) fn remove(&self, element: ElementId, id: &str) {
        self.elements.0.lock().by_id.remove(id);
        self.remove_inner(element);
    }

    /// Takes out an element that belongs to an object, such as the detector beside a filter.
    pub(crate) fn remove_inner(&self, element: ElementId) {
        self.elements.0.lock().by_key.remove(&element);
        self.pipeline.remove(element);
    }
}

impl Remote for PipelineObject {
    fn class(&self) -> &'static Class {
        super::class("MediaPipeline")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        Some(match operation {
            "getGstreamerDot" => Ok(self.dot()),
            "dumpGstreamerDot" => self.dump_dot(&self.id),
            "getLatencyStats" => Ok(self.latency_stats.load(Ordering::Relaxed).into()),
            "setLatencyStats" => args.bool("latencyStats").map(|wanted| {
                self.latency_stats.store(wanted, Ordering::Relaxed);
                Value::Null
            }),
            _ => return None,
        })
    }

    /// The elements have been closed before: they are its children.
    fn close(&self) {
        *self.elements.0.lock() = Known::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MediaSettings;

    #[test]
    fn a_graph_is_written_under_the_name_of_the_object_that_was_asked() {
        let folder = std::env::temp_dir().join(format!("trellis-dot-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let settings = MediaSettings { threads: 1, default_path: folder.clone(), ..MediaSettings::default() };
        let new = NewObject { id: "p".into(), events: EventSink::new(|_, _| ()), owner: "".into() };
        let pipeline = PipelineObject::new(&Media::start(settings).expect("threads"), new);
        pipeline.write_dot(&folder, "p/e").expect("written");
        let text = std::fs::read_to_string(folder.join("p_e.dot")).expect("a file");
        assert!(text.starts_with("digraph"), "{text}");
        std::fs::remove_dir_all(&folder).expect("removed");
        assert!(pipeline.write_dot(&folder, "p").is_err(), "there is no such folder any more");
    }
}

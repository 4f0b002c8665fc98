//! PassThrough, ImageOverlayFilter, FaceOverlayFilter, ZBarFilter.

use super::element::{ElementCore, ElementObject};
use super::pipeline::PipelineObject;
use crate::filter::codes::{self, CodesFound};
use crate::filter::face_overlay::{self, DETECTOR_PADS, FaceOverlayNode, FacePlacement, SetOverlay};
use crate::filter::image_overlay::{self, ImageOverlayCommand, ImageOverlayNode, PlacedImage};
use crate::filter::pass_through;
use crate::resource;
use std::sync::Arc;
use trellis_graph::{Element, ElementId, Notice};
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};
use trellis_vision::{Overlay, Placement};

/// An element that has nothing of its own to tell: a filter.
pub(crate) struct FilterObject {
    core: ElementCore,
    class: &'static str,
    /// What looks at the pictures beside the filter's path.
    detector: Option<ElementId>,
}

impl FilterObject {
    fn of(class: &'static str, pipeline: &Arc<PipelineObject>, element: Element, new: NewObject) -> FilterObject {
        FilterObject { core: ElementCore::add(pipeline, element, new), class, detector: None }
    }

    fn listening(self) -> Arc<FilterObject> {
        let object = Arc::new(self);
        object.core.adopt(&object);
        object
    }

    pub fn pass_through(pipeline: &Arc<PipelineObject>, new: NewObject) -> Arc<FilterObject> {
        FilterObject::of("PassThrough", pipeline, pass_through::element("PassThrough"), new).listening()
    }

    pub fn image_overlay(pipeline: &Arc<PipelineObject>, new: NewObject) -> Arc<FilterObject> {
        let element = image_overlay::element("ImageOverlayFilter", ImageOverlayNode::default());
        FilterObject::of("ImageOverlayFilter", pipeline, element, new).listening()
    }

    pub fn face_overlay(pipeline: &Arc<PipelineObject>, new: NewObject) -> Result<Arc<FilterObject>, RemoteError> {
        let element = face_overlay::element("FaceOverlayFilter", FaceOverlayNode::live());
        let mut object = FilterObject::of("FaceOverlayFilter", pipeline, element, new);
        let graph = pipeline.graph();
        let detector = graph.add(face_overlay::detector("face detector"));
        object.detector = Some(detector);
        let (probe, faces) = DETECTOR_PADS;
        let links = [((object.core.key, probe), (detector, 0)), ((detector, 0), (object.core.key, faces))];
        for (from, to) in links {
            graph.connect(from, to).map_err(RemoteError::unexpected)?;
        }
        Ok(object.listening())
    }

    pub fn codes(pipeline: &Arc<PipelineObject>, new: NewObject) -> Result<Arc<FilterObject>, RemoteError> {
        let mut object = FilterObject::of("ZBarFilter", pipeline, codes::element("ZBarFilter"), new);
        let graph = pipeline.graph();
        let detector = graph.add(codes::detector("code reader"));
        object.detector = Some(detector);
        graph.connect((object.core.key, codes::PROBE), (detector, 0)).map_err(RemoteError::unexpected)?;
        let object = object.listening();
        let listener = Arc::downgrade(&object);
        pipeline.listen(detector, move |notice| {
            if let Some(object) = listener.upgrade() {
                object.detected(notice);
            }
        });
        Ok(object)
    }

    /// Hears what the reader of codes tells.
    fn detected(&self, notice: Notice) {
        match notice {
            Notice::Custom(found) => {
                for code in found.downcast::<CodesFound>().map(|found| found.0).unwrap_or_default() {
                    let fields = [("codeType", code.symbology.name().into()), ("value", code.text.into())];
                    self.core.events.raise("CodeFound", fields);
                }
            }
            Notice::Error(_) | Notice::Warning(_) => {
                self.core.notice(notice);
            }
            _ => {}
        }
    }

    /// `setOverlayedImage`: the image, and where it goes in sizes of the face.
    pub fn set_overlayed_image(&self, args: &Args) -> Result<(), RemoteError> {
        let placement = FacePlacement {
            x: args.float("offsetXPercent")?,
            y: args.float("offsetYPercent")?,
            width: args.float("widthPercent")?,
            height: args.float("heightPercent")?,
        };
        let overlay = self.load(&args.text("uri")?)?;
        self.core.pipeline.graph().command(self.core.key, SetOverlay(Some((overlay, placement))));
        Ok(())
    }

    pub fn unset_overlayed_image(&self) {
        self.core.pipeline.graph().command(self.core.key, SetOverlay(None));
    }

    /// `addImage`: an image, and where it goes in sizes of the picture.
    pub fn add_image(&self, args: &Args) -> Result<(), RemoteError> {
        let placement = Placement {
            x: args.float("offsetXPercent")?,
            y: args.float("offsetYPercent")?,
            width: args.float("widthPercent")?,
            height: args.float("heightPercent")?,
            keep_aspect_ratio: args.bool("keepAspectRatio")?,
            center: args.bool("center")?,
        };
        let id = args.text("id")?.as_str().into();
        let image = PlacedImage { id, overlay: self.load(&args.text("uri")?)?, placement };
        self.core.pipeline.graph().command(self.core.key, ImageOverlayCommand::Add(Box::new(image)));
        Ok(())
    }

    pub fn remove_image(&self, args: &Args) -> Result<(), RemoteError> {
        let id = args.text("id")?.as_str().into();
        self.core.pipeline.graph().command(self.core.key, ImageOverlayCommand::Remove(id));
        Ok(())
    }

    fn load(&self, uri: &str) -> Result<Overlay, RemoteError> {
        let settings = &self.core.pipeline.media.settings;
        let bytes = resource::load(&settings.uris, &settings.default_path, uri).map_err(RemoteError::uri_not_found)?;
        Overlay::decode(&bytes).map_err(|error| RemoteError::illegal_param(format_args!("{uri}: {error}")))
    }
}

impl ElementObject for FilterObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }
}

impl Remote for FilterObject {
    fn class(&self) -> &'static Class {
        super::class(self.class)
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let done = match operation {
            "setOverlayedImage" => self.set_overlayed_image(args),
            "unsetOverlayedImage" => {
                self.unset_overlayed_image();
                Ok(())
            }
            "addImage" => self.add_image(args),
            "removeImage" => self.remove_image(args),
            _ => return self.core.invoke(operation, args),
        };
        Some(done.map(|()| Value::Null))
    }

    fn close(&self) {
        if let Some(detector) = self.detector {
            self.core.pipeline.remove_inner(detector);
        }
        self.core.close();
    }
}

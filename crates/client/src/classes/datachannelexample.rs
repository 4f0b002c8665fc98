//! Module `datachannelexample`. Elements that make and show data.
//!
//! Made from the declarations of the remote classes: `trellis model rust datachannelexample`.

use trellis_client::classes::core::{Filter, MediaElement, MediaPipeline};
use trellis_client::generated::*;

/// Writes the text that comes as data over the pictures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KmsShowData(MediaElement);

impl Deref for KmsShowData {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for KmsShowData {
    const NAME: &'static str = "KmsShowData";

    fn of(object: Object) -> KmsShowData {
        KmsShowData(MediaElement::of(object))
    }
}

impl ToWire for KmsShowData {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for KmsShowData {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<KmsShowData, ClientError> {
        Object::from_wire(json, server).map(KmsShowData::of)
    }
}

impl KmsShowData {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<KmsShowData, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "KmsShowData", params).create().await
    }
}

/// Gives numbers that count up, as data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KmsSendData(MediaElement);

impl Deref for KmsSendData {
    type Target = MediaElement;

    fn deref(&self) -> &MediaElement {
        &self.0
    }
}

impl Class for KmsSendData {
    const NAME: &'static str = "KmsSendData";

    fn of(object: Object) -> KmsSendData {
        KmsSendData(MediaElement::of(object))
    }
}

impl ToWire for KmsSendData {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for KmsSendData {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<KmsSendData, ClientError> {
        Object::from_wire(json, server).map(KmsSendData::of)
    }
}

impl KmsSendData {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<KmsSendData, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "KmsSendData", params).create().await
    }
}

/// Finds faces, and gives where they are as data beside the pictures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KmsDetectFaces(Filter);

impl Deref for KmsDetectFaces {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for KmsDetectFaces {
    const NAME: &'static str = "KmsDetectFaces";

    fn of(object: Object) -> KmsDetectFaces {
        KmsDetectFaces(Filter::of(object))
    }
}

impl ToWire for KmsDetectFaces {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for KmsDetectFaces {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<KmsDetectFaces, ClientError> {
        Object::from_wire(json, server).map(KmsDetectFaces::of)
    }
}

impl KmsDetectFaces {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<KmsDetectFaces, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "KmsDetectFaces", params).create().await
    }
}

/// Draws rectangles where the data says that faces are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KmsShowFaces(Filter);

impl Deref for KmsShowFaces {
    type Target = Filter;

    fn deref(&self) -> &Filter {
        &self.0
    }
}

impl Class for KmsShowFaces {
    const NAME: &'static str = "KmsShowFaces";

    fn of(object: Object) -> KmsShowFaces {
        KmsShowFaces(Filter::of(object))
    }
}

impl ToWire for KmsShowFaces {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for KmsShowFaces {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<KmsShowFaces, ClientError> {
        Object::from_wire(json, server).map(KmsShowFaces::of)
    }
}

impl KmsShowFaces {
    /// Makes one.
    ///
    /// - `media_pipeline`: The pipeline.
    pub async fn create(media_pipeline: &MediaPipeline) -> Result<KmsShowFaces, ClientError> {
        let params = vec![("mediaPipeline", media_pipeline.to_wire())];
        Creation::new(media_pipeline.server(), "KmsShowFaces", params).create().await
    }
}

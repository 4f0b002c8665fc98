//! Module `core`, part `object`.
//!
//! Made from the declarations of the remote classes: `trellis model rust core/object`.

use trellis_client::generated::*;

/// A text that an application keeps with an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Tag {
    /// What it is found by.
    pub key: String,
    /// The text.
    pub value: String,
}

impl FromWire for Tag {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<Tag, ClientError> {
        let fields = Fields::of(json, server)?;
        Ok(Tag {
            key: fields.get("key")?,
            value: fields.get("value")?,
        })
    }
}

/// How much a drawing of a graph shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GstreamerDotDetails {
    /// `SHOW_MEDIA_TYPE`.
    ShowMediaType,
    /// `SHOW_CAPS_DETAILS`.
    ShowCapsDetails,
    /// `SHOW_NON_DEFAULT_PARAMS`.
    ShowNonDefaultParams,
    /// `SHOW_STATES`.
    ShowStates,
    /// `SHOW_FULL_PARAMS`.
    ShowFullParams,
    /// `SHOW_ALL`.
    ShowAll,
    /// `SHOW_VERBOSE`.
    ShowVerbose,
    /// A value that is not declared here.
    Unknown(String),
}

impl GstreamerDotDetails {
    /// Its name in the declarations.
    pub fn name(&self) -> &str {
        match self {
            GstreamerDotDetails::ShowMediaType => "SHOW_MEDIA_TYPE",
            GstreamerDotDetails::ShowCapsDetails => "SHOW_CAPS_DETAILS",
            GstreamerDotDetails::ShowNonDefaultParams => "SHOW_NON_DEFAULT_PARAMS",
            GstreamerDotDetails::ShowStates => "SHOW_STATES",
            GstreamerDotDetails::ShowFullParams => "SHOW_FULL_PARAMS",
            GstreamerDotDetails::ShowAll => "SHOW_ALL",
            GstreamerDotDetails::ShowVerbose => "SHOW_VERBOSE",
            GstreamerDotDetails::Unknown(name) => name,
        }
    }
}

impl ToWire for GstreamerDotDetails {
    fn to_wire(&self) -> Json {
        self.name().into()
    }
}

impl FromWire for GstreamerDotDetails {
    fn from_wire(json: &Json, _: &MediaServer) -> Result<GstreamerDotDetails, ClientError> {
        Ok(match text(json)? {
            "SHOW_MEDIA_TYPE" => GstreamerDotDetails::ShowMediaType,
            "SHOW_CAPS_DETAILS" => GstreamerDotDetails::ShowCapsDetails,
            "SHOW_NON_DEFAULT_PARAMS" => GstreamerDotDetails::ShowNonDefaultParams,
            "SHOW_STATES" => GstreamerDotDetails::ShowStates,
            "SHOW_FULL_PARAMS" => GstreamerDotDetails::ShowFullParams,
            "SHOW_ALL" => GstreamerDotDetails::ShowAll,
            "SHOW_VERBOSE" => GstreamerDotDetails::ShowVerbose,
            other => GstreamerDotDetails::Unknown(other.to_owned()),
        })
    }
}

/// Something failed after the request that led to it was answered. The object goes on if it can.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// The object that raises it.
    pub source: MediaObject,
    /// When, in milliseconds of Unix time, as a text.
    pub timestamp_millis: String,
    /// The object's tags, if it has `sendTagsInEvents` set; else none.
    pub tags: Vec<Tag>,
    /// What failed, in words.
    pub description: String,
    /// The numeric code; 0 when there is none.
    pub error_code: i32,
    /// The category: `INVALID_URI`, `RESOURCE_ERROR_WRITE`, `UNEXPECTED_ELEMENT_ERROR`.
    pub kind: String,
}

impl Event for Error {
    const NAME: &'static str = "Error";

    fn of(fields: &Fields<'_>) -> Result<Error, ClientError> {
        Ok(Error {
            source: fields.get("source")?,
            timestamp_millis: fields.get("timestampMillis")?,
            tags: fields.get("tags")?,
            description: fields.get("description")?,
            error_code: fields.get("errorCode")?,
            kind: fields.get("type")?,
        })
    }
}

/// What every object has: an id, a name, a place under its parent, tags and errors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaObject(Object);

impl Deref for MediaObject {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0
    }
}

impl Class for MediaObject {
    const NAME: &'static str = "MediaObject";

    fn of(object: Object) -> MediaObject {
        MediaObject(object)
    }
}

impl ToWire for MediaObject {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for MediaObject {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MediaObject, ClientError> {
        Object::from_wire(json, server).map(MediaObject::of)
    }
}

impl MediaObject {
    /// Keeps a text under a key. A key that is there already gets the new text. An object has at most 100 tags; one
    /// more is error 40009.
    ///
    /// - `key`: What the text is found by.
    /// - `value`: The text.
    pub async fn add_tag(&self, key: &str, value: &str) -> Result<(), ClientError> {
        Object::call(self, "addTag", vec![("key", key.to_wire()), ("value", value.to_wire())]).await
    }

    /// Forgets a tag. A key that is not there is no error.
    ///
    /// - `key`: The key of the tag.
    pub async fn remove_tag(&self, key: &str) -> Result<(), ClientError> {
        Object::call(self, "removeTag", vec![("key", key.to_wire())]).await
    }

    /// Gives the text of one tag; error 40110 when there is none of that key.
    ///
    /// Gives: The text.
    ///
    /// - `key`: The key of the tag.
    pub async fn get_tag(&self, key: &str) -> Result<String, ClientError> {
        Object::call(self, "getTag", vec![("key", key.to_wire())]).await
    }

    /// Gives all tags.
    ///
    /// Gives: The tags, in the order in which they were added.
    pub async fn get_tags(&self) -> Result<Vec<Tag>, ClientError> {
        Object::call(self, "getTags", vec![]).await
    }

    /// The pipeline that it belongs to; a pipeline gives itself.
    pub async fn get_media_pipeline(&self) -> Result<Option<MediaPipeline>, ClientError> {
        Object::call(self, "getMediaPipeline", vec![]).await
    }

    /// The object that it was created in: the pipeline of an element or hub, the hub of a port; nothing for a pipeline.
    pub async fn get_parent(&self) -> Result<Option<MediaObject>, ClientError> {
        Object::call(self, "getParent", vec![]).await
    }

    /// What requests call it by: the parent's id, a slash, a UUID, and the class.
    pub async fn get_id(&self) -> Result<String, ClientError> {
        Object::call(self, "getId", vec![]).await
    }

    /// The objects that were created in it and live, oldest first.
    pub async fn get_children(&self) -> Result<Vec<MediaObject>, ClientError> {
        Object::call(self, "getChildren", vec![]).await
    }

    /// A name for people. At first it is the id.
    pub async fn get_name(&self) -> Result<String, ClientError> {
        Object::call(self, "getName", vec![]).await
    }

    /// Whether its events carry its tags.
    pub async fn get_send_tags_in_events(&self) -> Result<bool, ClientError> {
        Object::call(self, "getSendTagsInEvents", vec![]).await
    }

    /// When it was created, in seconds of Unix time.
    pub async fn get_creation_time(&self) -> Result<i32, ClientError> {
        Object::call(self, "getCreationTime", vec![]).await
    }

    /// A name for people. At first it is the id.
    pub async fn set_name(&self, name: &str) -> Result<(), ClientError> {
        Object::call(self, "setName", vec![("name", name.to_wire())]).await
    }

    /// Whether its events carry its tags.
    pub async fn set_send_tags_in_events(&self, send_tags_in_events: bool) -> Result<(), ClientError> {
        Object::call(self, "setSendTagsInEvents", vec![("sendTagsInEvents", send_tags_in_events.to_wire())]).await
    }
}

/// Elements that play together: they share one clock, and live and end with the pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaPipeline(MediaObject);

impl Deref for MediaPipeline {
    type Target = MediaObject;

    fn deref(&self) -> &MediaObject {
        &self.0
    }
}

impl Class for MediaPipeline {
    const NAME: &'static str = "MediaPipeline";

    fn of(object: Object) -> MediaPipeline {
        MediaPipeline(MediaObject::of(object))
    }
}

impl ToWire for MediaPipeline {
    fn to_wire(&self) -> Json {
        Object::to_wire(self)
    }
}

impl FromWire for MediaPipeline {
    fn from_wire(json: &Json, server: &MediaServer) -> Result<MediaPipeline, ClientError> {
        Object::from_wire(json, server).map(MediaPipeline::of)
    }
}

impl MediaPipeline {
    /// Makes an empty pipeline.
    pub async fn create(server: &MediaServer) -> Result<MediaPipeline, ClientError> {
        let params = vec![];
        Creation::new(server, "MediaPipeline", params).create().await
    }

    /// Draws the graph as it runs: elements, the converters between them, formats and counters.
    ///
    /// Gives: A graph in the DOT language.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn get_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<String, ClientError> {
        Object::call(self, "getGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }

    /// Writes that drawing into the folder that the server's environment variable GST_DEBUG_DUMP_DOT_DIR names; without
    /// the variable, nothing is written.
    ///
    /// - `details`: Taken for compatibility: the drawing always has every detail.
    pub async fn dump_gstreamer_dot(&self, details: Option<GstreamerDotDetails>) -> Result<(), ClientError> {
        Object::call(self, "dumpGstreamerDot", vec![("details", details.map(|it| it.to_wire()).into())]).await
    }

    /// Whether `getStats` of its elements tells how long media takes to them.
    pub async fn get_latency_stats(&self) -> Result<bool, ClientError> {
        Object::call(self, "getLatencyStats", vec![]).await
    }

    /// Whether `getStats` of its elements tells how long media takes to them.
    pub async fn set_latency_stats(&self, latency_stats: bool) -> Result<(), ClientError> {
        Object::call(self, "setLatencyStats", vec![("latencyStats", latency_stats.to_wire())]).await
    }
}

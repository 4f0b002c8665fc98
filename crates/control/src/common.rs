//! Members of MediaObject: what the object model itself knows of every object.

use crate::objects::State;
use crate::realm::tag;
use serde_json::{Value as Json, json};
use std::sync::{Arc, LazyLock};
use trellis_model::{Args, Class, RemoteError};

/// Whether a member of a name is done here, whatever the object.
pub(crate) fn knows(operation: &str) -> bool {
    static CLASS: LazyLock<Option<&'static Class>> = LazyLock::new(|| Class::find("MediaObject"));
    CLASS.is_some_and(|class| class.member(operation).is_some())
}

/// Does a member that every object has; `None` when it is the object's own.
pub(crate) fn invoke(state: &mut State, id: &str, operation: &str, args: &Args) -> Option<Result<Json, RemoteError>> {
    Some(members(state, id, operation, args).transpose()?.and_then(|value| value))
}

fn members(
    state: &mut State,
    id: &str,
    operation: &str,
    args: &Args,
) -> Result<Option<Result<Json, RemoteError>>, RemoteError> {
    let pipeline = root(state, id);
    let entry = state.entry(id)?;
    let value = match operation {
        "getId" => json!(id),
        "getName" => json!(entry.name),
        "setName" => {
            entry.rename(args.text("name")?)?;
            Json::Null
        }
        "getParent" => json!(entry.parent.as_deref()),
        "getMediaPipeline" => json!(pipeline.as_deref()),
        "getChildren" => json!(entry.children.iter().map(|child| &**child).collect::<Vec<&str>>()),
        "getCreationTime" => json!(entry.created),
        "getSendTagsInEvents" => json!(entry.send_tags),
        "setSendTagsInEvents" => {
            entry.send_tags = args.bool("sendTagsInEvents")?;
            Json::Null
        }
        "addTag" => {
            entry.add_tag(args.text("key")?, args.text("value")?)?;
            Json::Null
        }
        "removeTag" => {
            // A key that is not there is no error.
            let key = args.text("key")?;
            entry.tags.retain(|(known, _)| *known != key);
            Json::Null
        }
        "getTag" => {
            let key = args.text("key")?;
            let found = entry.tags.iter().find(|(known, _)| *known == key);
            let missing = || RemoteError::tag_not_found(format_args!("Tag key '{key}' not found"));
            json!(found.ok_or_else(missing)?.1)
        }
        "getTags" => entry.tags.iter().map(|(key, value)| tag(key, value)).collect(),
        _ => return Ok(None),
    };
    Ok(Some(Ok(value)))
}

/// The pipeline of an object: its farthest ancestor, if that is one.
fn root(state: &State, id: &str) -> Option<Arc<str>> {
    let (mut id, mut entry) = state.objects.get_key_value(id)?;
    while let Some((parent, above)) = entry.parent.as_ref().and_then(|parent| state.objects.get_key_value(parent)) {
        (id, entry) = (parent, above);
    }
    (entry.remote.class().name == "MediaPipeline").then(|| Arc::clone(id))
}

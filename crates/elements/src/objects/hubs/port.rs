//! HubPort.

use super::HubObject;
use crate::hub_port::{self, MixedComes};
use crate::objects::element::{ElementCore, ElementObject};
use std::sync::Arc;
use trellis_graph::Notice;
use trellis_media::Kind;
use trellis_model::{Args, Class, NewObject, Remote, RemoteError, Value};

/// Among the source pads that are transcoded: what the hub gave, whose tree is the mixer's.
const MIXED: usize = usize::MAX;

/// A port's object. It keeps its hub's object, which knows the port by its number only.
pub(in crate::objects) struct HubPortObject {
    core: ElementCore,
    hub: Arc<HubObject>,
    number: usize,
}

impl HubPortObject {
    pub fn new(args: &Args, new: NewObject) -> Result<Arc<HubPortObject>, RemoteError> {
        let hub = HubObject::find(args.object("hub")?)?;
        let core = ElementCore::add(&hub.pipeline, hub_port::element("HubPort", hub.mixed), new);
        let number = hub.join(core.key).inspect_err(|_| core.close())?;
        let object = Arc::new(HubPortObject { core, hub, number });
        object.core.adopt(&object);
        Ok(object)
    }

    /// Its number, when it is a port of this hub.
    pub(super) fn number_at(&self, hub: &HubObject) -> Option<usize> {
        std::ptr::eq(&*self.hub, hub).then_some(self.number)
    }
}

impl ElementObject for HubPortObject {
    fn core(&self) -> &ElementCore {
        &self.core
    }

    fn notice(&self, notice: Notice) {
        if let Some(Notice::Custom(event)) = self.core.notice(notice)
            && let Ok(MixedComes { kind, encoded }) = event.downcast().map(|event| *event)
        {
            self.core.transcoding(kind, MIXED, encoded);
        }
    }

    fn sink_connected(&self, kind: Kind, connected: bool) {
        self.hub.fed(self.number, kind, connected);
    }
}

impl Remote for HubPortObject {
    fn class(&self) -> &'static Class {
        crate::objects::class("HubPort")
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        self.core.invoke(operation, args)
    }

    fn close(&self) {
        self.hub.leave(self.number);
        self.core.close();
    }
}

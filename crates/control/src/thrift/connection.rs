//! One connection of a client: frames in, frames out.

use super::front::{Front, Outside};
use super::generated::types::{KmsMediaServerException, MEDIA_ERROR, VERSION};
use super::house::House;
use super::wire::{Call, Failed, Given, Unreadable};
use super::{failure, methods, tunnel};
use crate::realm::Place;
use crate::tenant::Tenant;
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;
use thrift::{ApplicationError, ApplicationErrorKind};
use trellis_model::RemoteError;

/// Whose token it is; `None` when it is nobody's.
pub type Admit = dyn Fn(&str) -> Option<Tenant> + Send + Sync;

/// One connection of a client.
pub struct Connection {
    front: Front,
    peer: IpAddr,
    admit: Box<Admit>,
    inside: Mutex<Option<Inside>>,
}

/// What a client has that has come in.
struct Inside {
    house: Arc<House>,
    /// It counts among the tenant's sockets.
    _place: Place,
}

/// Somebody in a house, for one call.
pub(super) struct Client {
    pub house: Arc<House>,
    pub outside: Arc<dyn Outside>,
    /// Where the client's connection comes from.
    pub peer: IpAddr,
}

impl Connection {
    pub(super) fn new(front: Front, peer: IpAddr, admit: Box<Admit>) -> Connection {
        Connection { front, peer, admit, inside: Mutex::new(None) }
    }

    /// The client is a tenant from now on, or of [`Tenant::everybody`] where nobody is asked who they are.
    ///
    /// # Errors
    /// When the tenant has as many connections as it may.
    pub fn enter(&self, tenant: &Tenant) -> Result<(), RemoteError> {
        // The old place is free before a new one is asked for.
        *self.inside.lock() = None;
        let (house, place) = self.front.house(tenant)?;
        *self.inside.lock() = Some(Inside { house, _place: place });
        Ok(())
    }

    /// Whether it is known whose the client is.
    pub fn is_inside(&self) -> bool {
        self.inside.lock().is_some()
    }

    /// Does what a frame says; the frame that answers it, if one is wanted. May block as long as the objects that are
    /// called do. Calls of one connection are made one after another.
    ///
    /// # Errors
    /// A frame that is no call: nothing can be made of what follows it either.
    pub fn receive(&self, frame: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        let call = Call::read(frame)?;
        let house = self.inside.lock().as_ref().map(|inside| Arc::clone(&inside.house));
        let outcome = match (call.name.as_str(), house) {
            ("authenticate", _) => self.authenticate(&call),
            (_, Some(house)) => {
                let client = Client { house, outside: self.front.outside(), peer: self.peer };
                methods::execute(&client, &call)
            }
            ("getVersion", None) => Ok(Given::Number(VERSION)),
            (_, None) => self.not_done(&call, failure(MEDIA_ERROR, "a token is needed: call authenticate first")),
        };
        Ok((!call.one_way).then(|| call.answer(outcome)))
    }

    /// Does not do what a frame says, for want of threads; the frame that answers it.
    ///
    /// # Errors
    /// As of [`Connection::receive`].
    pub fn refuse(&self, frame: &[u8], why: &str) -> Result<Option<Vec<u8>>, Unreadable> {
        let call = Call::read(frame)?;
        let outcome = self.not_done(&call, RemoteError::not_enough_resources(why).into());
        Ok((!call.one_way).then(|| call.answer(outcome)))
    }

    fn authenticate(&self, call: &Call) -> Result<Given, Failed> {
        let token = call.text(1).map_err(Failed::Declared)?;
        let bad = || Failed::Declared(failure(MEDIA_ERROR, "the token is not valid, or no longer"));
        let tenant = (self.admit)(token).ok_or_else(bad)?;
        self.enter(&tenant).map_err(|error| Failed::Declared(error.into()))?;
        Ok(Given::Nothing)
    }

    /// Failure as the method can tell it.
    fn not_done(&self, call: &Call, exception: KmsMediaServerException) -> Result<Given, Failed> {
        match call.name.as_str() {
            "invokeJsonRpc" => {
                let KmsMediaServerException { description, error_code } = exception;
                let request = call.text(1).map_err(Failed::Declared)?;
                let error = (error_code.unwrap_or_default(), &*description.unwrap_or_default());
                Ok(Given::Text(tunnel::refuse(request, &self.front.messages(), error)))
            }
            "getVersion" => {
                let text = exception.description.unwrap_or_default();
                Err(Failed::Application(ApplicationError::new(ApplicationErrorKind::InternalError, text)))
            }
            _ => Err(Failed::Declared(exception)),
        }
    }
}

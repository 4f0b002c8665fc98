//! Rooms by name: each is there as long as somebody is in it.

use std::collections::HashMap;
use std::future::Future;
use tokio::sync::{Mutex, MutexGuard};
use trellis_content::{Code, ContentError};

/// Rooms that there may be at once.
const MOST: usize = 64;

/// The rooms of a sample.
pub struct Rooms<R>(Mutex<HashMap<String, R>>);

impl<R> Default for Rooms<R> {
    fn default() -> Rooms<R> {
        Rooms(Mutex::new(HashMap::new()))
    }
}

impl<R> Rooms<R> {
    /// All of them, for as long as somebody is entering or leaving.
    pub async fn lock(&self) -> MutexGuard<'_, HashMap<String, R>> {
        self.0.lock().await
    }
}

/// The room of a name, made if there is none.
pub async fn enter<'a, R>(
    rooms: &'a mut HashMap<String, R>,
    name: &str,
    make: impl Future<Output = Result<R, ContentError>>,
) -> Result<&'a mut R, ContentError> {
    if !rooms.contains_key(name) {
        if rooms.len() >= MOST {
            return Err(ContentError::new(Code::OVERLOADED, "there are too many rooms"));
        }
        rooms.insert(name.to_owned(), make.await?);
    }
    rooms.get_mut(name).ok_or_else(|| Code::INTERNAL.into())
}

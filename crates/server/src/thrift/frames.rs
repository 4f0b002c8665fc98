//! Frames on a connection: a length in four bytes, the highest first, and so many bytes.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Time for what is left of a frame that has begun.
const PATIENCE: Duration = Duration::from_secs(30);
/// A peer that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(30);
/// Bytes that room is made for before they have come.
const FIRST_ROOM: usize = 4 << 10;

/// Why nothing more can be read from a connection.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Its length is negative, as it seems when a client speaks without frames.
    #[error("a frame of a negative length; is the client's transport framed?")]
    Negative,
    /// It is longer than a message may be.
    #[error("a frame of {0} bytes; at most {1} are read (`limits.message_bytes` of the configuration)")]
    TooLong(usize, usize),
    /// The connection ended within it.
    #[error("a frame that stops half-way")]
    Stopped,
    /// Its rest did not come in time.
    #[error("a frame that does not come to its end")]
    Slow,
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The next frame, of at most `limit` bytes; `None` when the connection has ended. Waits for its beginning for ever.
pub async fn read(stream: &mut (impl AsyncRead + Unpin), limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
    read_within(PATIENCE, stream, limit).await
}

async fn read_within(
    patience: Duration,
    stream: &mut (impl AsyncRead + Unpin),
    limit: usize,
) -> Result<Option<Vec<u8>>, FrameError> {
    let mut head = [0; 4];
    let come = stream.read(&mut head).await?;
    if come == 0 {
        return Ok(None);
    }
    timeout(patience, rest(stream, head, come, limit)).await.map_err(|_| FrameError::Slow)?.map(Some)
}

async fn rest(
    stream: &mut (impl AsyncRead + Unpin),
    mut head: [u8; 4],
    come: usize,
    limit: usize,
) -> Result<Vec<u8>, FrameError> {
    stream.read_exact(&mut head[come..]).await.map_err(|_| FrameError::Stopped)?;
    let length = usize::try_from(i32::from_be_bytes(head)).map_err(|_| FrameError::Negative)?;
    if length > limit {
        return Err(FrameError::TooLong(length, limit));
    }
    // Room grows with what comes: what a length promises costs nothing.
    let mut frame = Vec::with_capacity(length.min(FIRST_ROOM));
    stream.take(length as u64).read_to_end(&mut frame).await?;
    if frame.len() == length { Ok(frame) } else { Err(FrameError::Stopped) }
}

/// Writes a frame.
pub async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> Result<(), FrameError> {
    let length = i32::try_from(message.len()).map_err(|_| FrameError::TooLong(message.len(), i32::MAX as usize))?;
    let mut frame = Vec::with_capacity(4 + message.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    timeout(STALLED, stream.write_all(&frame)).await.map_err(|_| FrameError::Slow)??;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(bytes: &[u8]) -> Result<Option<Vec<u8>>, FrameError> {
        read(&mut &bytes[..], 8).await
    }

    #[tokio::test]
    async fn only_a_whole_frame_of_an_honest_length_is_read() {
        assert_eq!(of(&[0, 0, 0, 2, 7, 8, 9]).await.unwrap(), Some(vec![7, 8]));
        assert_eq!(of(&[0, 0, 0, 0]).await.unwrap(), Some(Vec::new()));
        assert_eq!(of(&[]).await.unwrap(), None);
        assert!(matches!(of(&[0, 0, 0, 9]).await, Err(FrameError::TooLong(9, 8))));
        assert!(matches!(of(&[0x7f, 0xff, 0xff, 0xff]).await, Err(FrameError::TooLong(..))));
        assert!(matches!(of(&[0x80, 1, 0, 1]).await, Err(FrameError::Negative)));
        assert!(matches!(of(&[0, 0]).await, Err(FrameError::Stopped)));
        assert!(matches!(of(&[0, 0, 0, 5, 1, 2]).await, Err(FrameError::Stopped)));
    }

    #[tokio::test]
    async fn who_begins_a_frame_and_goes_silent_is_not_waited_for() {
        let (mut client, mut server) = tokio::io::duplex(64);
        client.write_all(&[0, 0, 0, 5, 1]).await.unwrap();
        let read = read_within(Duration::from_millis(20), &mut server, 8).await;
        assert!(matches!(read, Err(FrameError::Slow)));
    }
}

//! A request's body as one buffer of exactly its size.
//!
//! A frame of a body keeps alive the whole buffer that it was read into, so a body that comes byte
//! by byte must not be kept as the frames in which it came: each is copied and dropped. The memory
//! used is never more than twice what has come, whatever length the client has declared.

use axum::body::Body;
use http_body::Body as _;
use http_body_util::BodyExt;

#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the body has more than {bytes_max} bytes")]
    TooLarge { bytes_max: usize },
    #[error("the body could not be read")]
    Broken(#[source] axum::Error),
}

pub(crate) async fn whole_body(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    // A client that waits for permission to send it is refused.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(BodyError::TooLarge { bytes_max });
    }
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers are ignored: no handler uses them.
        let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() else { continue };
        if whole.len() + data.len() > bytes_max {
            return Err(BodyError::TooLarge { bytes_max });
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    /// A body in frames that each hold on to a large buffer, as frames of a connection do.
    fn in_pieces(count: usize) -> Body {
        let pieces = (0..count).map(|_| {
            let read = Bytes::from(vec![b'x'; 8192]);
            Ok::<_, std::convert::Infallible>(Frame::data(read.slice(..1)))
        });
        Body::new(StreamBody::new(stream::iter(pieces)))
    }

    #[tokio::test]
    async fn pieces_become_one_buffer_of_the_bodys_own_size() {
        let whole = whole_body(in_pieces(1000), 1000).await.unwrap();
        assert_eq!(whole, [b'x'; 1000]);
        assert!(whole.capacity() <= 2000, "{}", whole.capacity());
    }

    #[tokio::test]
    async fn one_byte_too_many_is_refused_however_it_comes() {
        for body in [in_pieces(1001), Body::from(vec![b'x'; 1001])] {
            let refused = whole_body(body, 1000).await;
            assert!(matches!(refused, Err(BodyError::TooLarge { bytes_max: 1000 })), "{refused:?}");
        }
    }
}

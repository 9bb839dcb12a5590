//! A response that goes on: events with the fault between, each as soon as it comes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::mutants::fault::EventAction;
use crate::peer::{BodyPieces, EventBlocks, Request, Response, is_event_stream};

use super::requests::{Exchange, LIFETIME};

/// Hands the stream behind `head` on, until it ends or the client goes.
pub(super) async fn run(
    exchange: &mut Exchange,
    request: &Request,
    mut head: Response,
) -> std::io::Result<()> {
    let Ok(mut pieces) = BodyPieces::of(&head) else { return Ok(()) };
    exchange.fault.on_response(request, &mut head);
    if !head.body.is_empty() || !is_event_stream(&head) {
        return exchange.client_write.write_all(&head.encode()).await;
    }
    let chunked = head.field("Transfer-Encoding").is_some();
    // Events may become longer or shorter on their way.
    head.set_field("Content-Length", None);
    exchange.client_write.write_all(&head.encode()).await?;
    let end = Instant::now() + LIFETIME;
    let mut blocks = EventBlocks::default();
    let mut chunk = vec![0; 8192];
    let mut client_open = true;
    loop {
        while let Some(block) = blocks.next_block() {
            let text = match exchange.fault.on_event(request, &block) {
                EventAction::Pass => block,
                EventAction::Text(text) => text,
                EventAction::Delay(time) => {
                    tokio::time::sleep(time.mul_f64(exchange.scale)).await;
                    block
                }
                EventAction::End => return finish(exchange, chunked).await,
            };
            write(exchange, chunked, text.as_bytes()).await?;
        }
        tokio::select! {
            piece = pieces.next(&mut exchange.server_read, &mut exchange.from_server, end) => match piece {
                Ok(Some(piece)) => blocks.push(&piece),
                Ok(None) => {
                    let rest = blocks.rest().to_vec();
                    write(exchange, chunked, &rest).await?;
                    if exchange.fault.holds_open() {
                        exchange.hold().await;
                        return Ok(());
                    }
                    return finish(exchange, chunked).await;
                }
                // The client sees the stream break off, as it would without a proxy.
                Err(_) => return Ok(()),
            },
            read = exchange.client_read.read(&mut chunk), if client_open => match read? {
                0 => {
                    client_open = false;
                    exchange.server_write.shutdown().await?;
                }
                size => exchange.server_write.write_all(&chunk[..size]).await?,
            },
        }
    }
}

async fn write(exchange: &mut Exchange, chunked: bool, bytes: &[u8]) -> std::io::Result<()> {
    // A chunk of no bytes would be the end.
    if bytes.is_empty() {
        return Ok(());
    }
    if !chunked {
        return exchange.client_write.write_all(bytes).await;
    }
    let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
    framed.extend_from_slice(bytes);
    framed.extend_from_slice(b"\r\n");
    exchange.client_write.write_all(&framed).await
}

async fn finish(exchange: &mut Exchange, chunked: bool) -> std::io::Result<()> {
    if chunked {
        exchange.client_write.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

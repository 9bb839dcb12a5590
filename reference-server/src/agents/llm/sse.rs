//! Server-sent events, as far as chat APIs use them: `data:` lines.

/// Cuts bytes into the data of events as they come.
#[derive(Debug, Default)]
pub(super) struct Events {
    buffer: Vec<u8>,
}

impl Events {
    /// Takes bytes; gives the data of the lines that are whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.buffer.extend_from_slice(bytes);
        let mut found = Vec::new();
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            found.extend(data(&line));
        }
        found
    }

    /// What is left when the stream ends without a last line feed.
    pub(super) fn rest(self) -> Option<String> {
        data(&self.buffer)
    }
}

/// The data of a line; comments and other fields have none.
fn data(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']).strip_prefix("data:")?;
    Some(text.strip_prefix(' ').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_comes_out_whole_wherever_it_is_cut() {
        let text = ": hello\r\ndata: {\"a\":\"é\"}\r\n\r\nevent: x\ndata:[DONE]".as_bytes();
        for cut in 0..text.len() {
            let mut events = Events::default();
            let mut found = events.take(&text[..cut]);
            found.extend(events.take(&text[cut..]));
            found.extend(events.rest());
            assert_eq!(found, ["{\"a\":\"é\"}", "[DONE]"], "{cut}");
        }
    }
}

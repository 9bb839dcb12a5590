//! A histogram as text: V2 compressed, in base64, as it stands in a histogram log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use serde::{Deserialize, de, ser};

/// `histogram` as text.
///
/// # Errors
/// What the encoder said.
pub(crate) fn encode(histogram: &Histogram<u64>) -> Result<String, String> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(histogram, &mut bytes).map_err(|error| error.to_string())?;
    Ok(STANDARD.encode(bytes))
}

/// The histogram of `text`.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn decode(text: &str) -> Result<Histogram<u64>, String> {
    let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
    let histogram = Deserializer::new().deserialize(&mut bytes.as_slice());
    histogram.map_err(|error| format!("no histogram: {error}"))
}

/// For `#[serde(with = …)]`.
pub(crate) fn serialize<S: ser::Serializer>(
    histogram: &Histogram<u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(histogram).map_err(ser::Error::custom)?)
}

/// For `#[serde(with = …)]`.
pub(crate) fn deserialize<'de, D: de::Deserializer<'de>>(
    deserializer: D,
) -> Result<Histogram<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    decode(&text).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec(0_u64..100_000_000_000, 0..200)) {
            let mut histogram = Histogram::<u64>::new(3).unwrap();
            for value in values {
                histogram.record(value).unwrap();
            }
            let read = decode(&encode(&histogram).unwrap()).unwrap();
            prop_assert_eq!(read.max(), histogram.max());
            prop_assert_eq!(read, histogram);
        }

        #[test]
        fn random_text_never_panics(text in "\\PC{0,120}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&text);
            prop_assert!(decode(&STANDARD.encode(bytes)).is_err());
        }
    }
}

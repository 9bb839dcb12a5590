//! A language model in place of the built-in translator.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Any chat API of the OpenAI shape. Used when both `base_url` and `model` are given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Llm {
    /// Base URL, such as `https://api.openai.com/v1`; `/chat/completions` is asked below it.
    pub base_url: Option<String>,
    /// Name of the model.
    pub model: Option<String>,
    /// Name of the environment variable that holds the API key.
    pub api_key_env: String,
    /// Whether the answer is read as a stream.
    pub stream: bool,
    /// Time for one answer.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub timeout: Duration,
    /// Longest answer, tokens.
    pub max_tokens: u32,
    /// Sampling temperature.
    pub temperature: f64,
}

impl Default for Llm {
    fn default() -> Self {
        Self {
            base_url: None,
            model: None,
            api_key_env: "OPENAI_API_KEY".to_owned(),
            stream: true,
            timeout: Duration::from_secs(60),
            max_tokens: 1_024,
            temperature: 0.0,
        }
    }
}

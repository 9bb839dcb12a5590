//! What the named profiles set, under everything a file or the environment says.

use super::Profile;

impl Profile {
    /// Its settings, as a configuration file would say them.
    #[must_use]
    pub const fn settings(self) -> &'static str {
        match self {
            Self::Demo => "",
            Self::Development => "[auth]\nrequired = true\n",
            Self::Production => {
                "[auth]\nrequired = true\n[handshake]\nreject_mode = \"http\"\n[log]\nformat = \"json\"\n"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn each_profile_is_a_configuration_of_known_keys() {
        for profile in [Profile::Demo, Profile::Development, Profile::Production] {
            toml::from_str::<Config>(profile.settings()).unwrap();
        }
    }
}

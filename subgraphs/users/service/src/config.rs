//! The settings of `config.default.toml`, which says what each one means.

use std::time::Duration;

use identity::KeyRingSettings;
use serde::Deserialize;
use users_domain::SessionPolicy;

/// Section `[users]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The `iss` of access tokens.
    pub issuer: String,
    /// Where the signing keys are. Empty: in the data folder.
    pub signing_keys_folder: String,
    /// Where other roles read the public keys.
    pub key_set_urls: Vec<String>,
    /// Seconds.
    pub access_token_seconds: u64,
    /// Seconds.
    pub key_publish_ahead_seconds: u64,
    /// Seconds.
    pub session_idle_seconds: u64,
    /// Seconds.
    pub session_absolute_seconds: u64,
    /// Open sessions of one user.
    pub sessions_per_user: u32,
    /// KiB.
    pub argon2_memory_kib: u32,
    /// Passes over the memory.
    pub argon2_passes: u32,
    /// Lanes.
    pub argon2_lanes: u32,
    /// Passwords hashed at once.
    pub hashes_at_once: u32,
    /// Requests that may wait for a hashing thread.
    pub hashes_waiting: u32,
    /// Within the window.
    pub login_failures_per_account: u32,
    /// Within the window.
    pub login_failures_per_address: u32,
    /// Within the window.
    pub registrations_per_address: u32,
    /// Seconds.
    pub throttle_window_seconds: u64,
}

impl Config {
    /// Refuses values that would lock everybody out or let anybody in; the message names the setting.
    pub fn check(&self) -> Result<(), String> {
        let positive = [
            ("access_token_seconds", self.access_token_seconds),
            ("session_idle_seconds", self.session_idle_seconds),
            ("session_absolute_seconds", self.session_absolute_seconds),
            ("sessions_per_user", self.sessions_per_user.into()),
            ("hashes_at_once", self.hashes_at_once.into()),
            (
                "login_failures_per_account",
                self.login_failures_per_account.into(),
            ),
            (
                "login_failures_per_address",
                self.login_failures_per_address.into(),
            ),
            (
                "registrations_per_address",
                self.registrations_per_address.into(),
            ),
            ("throttle_window_seconds", self.throttle_window_seconds),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Err(format!("`users.{name}` must be at least 1"));
        }
        if self.issuer.is_empty() {
            return Err("`users.issuer` must not be empty".to_owned());
        }
        if self.access_token_seconds > 3600 {
            return Err(
                "`users.access_token_seconds` must be at most 3600: a token cannot be taken back"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// How long an access token is good.
    pub fn access_token_lifetime(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds)
    }

    /// Times of the key ring, for whoever opens it: the issuer here, the verifier and `emporium keys` elsewhere.
    pub fn key_ring(&self) -> KeyRingSettings {
        KeyRingSettings {
            publish_ahead: Duration::from_secs(self.key_publish_ahead_seconds),
            token_lifetime: self.access_token_lifetime(),
        }
    }

    pub(crate) fn session_policy(&self) -> SessionPolicy {
        SessionPolicy {
            idle: Duration::from_secs(self.session_idle_seconds),
            absolute: Duration::from_secs(self.session_absolute_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Config;
    use serving::config::Settings;

    fn checked(key: &str, value: &str) -> Result<(), String> {
        let settings = Settings::default().with("users", key, value);
        let config: Config = settings
            .section("users", include_str!("../config.default.toml"))
            .unwrap();
        config.check()
    }

    #[test]
    fn the_defaults_are_good_and_dangerous_values_are_named() {
        assert_eq!(checked("issuer", "emporium"), Ok(()));
        for (key, value) in [
            ("issuer", ""),
            ("access_token_seconds", "0"),
            ("access_token_seconds", "86400"),
            ("session_idle_seconds", "0"),
            ("hashes_at_once", "0"),
            ("login_failures_per_account", "0"),
        ] {
            let refusal = checked(key, value).unwrap_err();
            assert!(refusal.contains(&format!("`users.{key}`")), "{refusal}");
        }
    }
}

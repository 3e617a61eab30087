//! Token buckets that all routers share, in Redis.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use redis::{Script, Value};

use super::budgets::{Allowance, Payer};
use crate::shared::Shared;

/// One atomic step: fills the bucket up to now, in Redis' own time, and takes a token. Returns the microseconds until
/// there is one, 0 when it was taken. A bucket that would be full again is forgotten.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'filled')
local tokens, filled = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - filled) * rate / 1000000)
local wait = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait = math.ceil((1 - tokens) * 1000000 / rate)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'filled', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return wait
";

pub(super) struct RedisBuckets {
    shared: Arc<Shared>,
    take: Script,
}

impl RedisBuckets {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            take: Script::new(TAKE),
        }
    }

    /// Takes a token, or says how long until there is one. Nothing when Redis is away.
    pub(super) async fn take(
        &self,
        payer: Payer,
        allowance: Allowance,
    ) -> Option<Option<Duration>> {
        let mut key = String::with_capacity(64);
        let written = match payer {
            Payer::Address(household) => write!(key, "emporium:rate:address:{household:?}"),
            Payer::User(user) => write!(key, "emporium:rate:user:{user}"),
        };
        written.ok()?;
        let mut asked = self.take.key(key);
        asked.arg(allowance.burst).arg(allowance.per_second);
        match self.shared.script(&asked).await? {
            Value::Int(0) => Some(None),
            Value::Int(wait) => Some(Some(Duration::from_micros(u64::try_from(wait).ok()?))),
            _ => None,
        }
    }
}

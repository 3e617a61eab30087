//! The versioned indices behind the alias, and the mark in the one that is in use.
//!
//! `<name>` is the alias that is searched. Each index `<name>-v<N>` has an alias `<name>-v<N>-write` of its own, which is
//! written to: it goes with its index, so that a straggler cannot bring an index back by writing to it.

use elasticsearch::http::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::adapters::search::{Mark, SearchError};

/// What an index is made of: settings, analyzers and fields, as any Elasticsearch 8 takes them.
const INDEX: &str = include_str!("index.json");
/// The document that holds the mark.
const MARK: &str = "mark";

/// The indices of one alias.
pub(super) struct Generations {
    name: String,
    definition: Value,
}

/// The mark as the index keeps it, with what is needed to move it on.
pub(super) struct Kept {
    /// The index it is in.
    pub index: String,
    pub mark: Mark,
    form: u64,
    sequence: u64,
    term: u64,
}

/// The alias by which this index is written to.
pub(super) fn writing(index: &str) -> String {
    format!("{index}-write")
}

impl Generations {
    pub(super) fn new(name: &str) -> Result<Self, SearchError> {
        let definition = serde_json::from_str(INDEX)
            .map_err(|error| SearchError::Refused(format!("index.json: {error}")))?;
        Ok(Self {
            name: name.to_owned(),
            definition,
        })
    }

    /// The alias that is searched.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Which form of documents this release writes; `index.json` counts them.
    fn form(&self) -> u64 {
        self.definition["mappings"]["_meta"]["form"]
            .as_u64()
            .unwrap_or(0)
    }

    /// The mark of the index in use. None when there is no index, or one that was never finished, or one of an older
    /// form; that of a newer release is left alone.
    pub(super) async fn mark(&self, client: &Client) -> Result<Option<Kept>, SearchError> {
        let path = format!("/{}/_doc/{MARK}", self.name);
        let found = loop {
            let reply = client.tell(Method::Get, &path, &[], None).await?;
            let gone = reply.body.pointer("/error/index").cloned();
            match (reply.found()?, gone) {
                (Some(found), _) => break found,
                // The index that was in use went while it was asked: another one is in its place by now.
                (None, Some(index)) if index != self.name.as_str() => {}
                (None, _) => return Ok(None),
            }
        };
        let kept = || {
            Some(Kept {
                index: found["_index"].as_str()?.to_owned(),
                mark: serde_json::from_value(found["_source"]["mark"].clone()).ok()?,
                form: found["_source"]["mark"]["form"].as_u64()?,
                sequence: found["_seq_no"].as_u64()?,
                term: found["_primary_term"].as_u64()?,
            })
        };
        match kept() {
            Some(kept) if kept.form > self.form() => Err(SearchError::Refused(format!(
                "{} was made by a newer release of Emporium; upgrade this one",
                kept.index
            ))),
            kept => Ok(kept.filter(|kept| kept.form == self.form())),
        }
    }

    /// Moves the mark from where it was `kept` to `mark`; refuses when somebody else moved it meanwhile.
    pub(super) async fn move_mark(
        &self,
        client: &Client,
        kept: &Kept,
        mark: &Mark,
    ) -> Result<(), SearchError> {
        let (sequence, term) = (kept.sequence.to_string(), kept.term.to_string());
        let only = [
            ("if_seq_no", sequence.as_str()),
            ("if_primary_term", term.as_str()),
        ];
        self.put_mark(client, &kept.index, mark, &only).await
    }

    async fn put_mark(
        &self,
        client: &Client,
        index: &str,
        mark: &Mark,
        only: &[(&str, &str)],
    ) -> Result<(), SearchError> {
        let path = format!("/{}/_doc/{MARK}", writing(index));
        let mut parameters = vec![("require_alias", "true")];
        parameters.extend(only);
        let body = json!({ "mark": { "change": mark.change, "taxonomy": mark.taxonomy, "form": self.form() } });
        let reply = client
            .tell(Method::Put, &path, &parameters, Some(body.to_string()))
            .await?;
        match reply.status {
            404 | 409 => Err(SearchError::Moved),
            _ => reply.success().map(drop),
        }
    }

    /// Makes what was written findable.
    pub(super) async fn refresh(&self, client: &Client, index: &str) -> Result<(), SearchError> {
        let path = format!("/{index}/_refresh");
        match client.tell(Method::Post, &path, &[], None).await?.found()? {
            Some(_) => Ok(()),
            None => Err(SearchError::Moved),
        }
    }

    /// All indices of this name, and whether each is the one in use.
    async fn all(&self, client: &Client) -> Result<Vec<(u64, bool)>, SearchError> {
        let path = format!("/{}-v*/_alias", self.name);
        let parameters = [("allow_no_indices", "true")];
        let reply = client.tell(Method::Get, &path, &parameters, None).await?;
        let found = reply.found()?.unwrap_or_default();
        let prefix = format!("{}-v", self.name);
        let indices = found.as_object().into_iter().flatten();
        Ok(indices
            .filter_map(|(index, about)| {
                let number = index.strip_prefix(&prefix)?.parse().ok()?;
                Some((number, about["aliases"].get(&self.name).is_some()))
            })
            .collect())
    }

    fn index(&self, number: u64) -> String {
        format!("{}-v{number}", self.name)
    }

    /// Makes an empty index in use when there is none yet.
    pub(super) async fn prepare(&self, client: &Client) -> Result<(), SearchError> {
        let all = self.all(client).await?;
        if all.iter().any(|(_, in_use)| *in_use) {
            return Ok(());
        }
        let next = all.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let index = self.index(next.saturating_add(1));
        let mut definition = self.definition.clone();
        definition["aliases"] = json!({ &self.name: {}, writing(&index): {} });
        self.create(client, &index, &definition).await
    }

    /// Makes the next index, in which many documents are to be written soon. What was left by others who never
    /// finished theirs is removed first: the caller is the only one who builds.
    pub(super) async fn begin(&self, client: &Client) -> Result<String, SearchError> {
        let all = self.all(client).await?;
        for (number, _) in all.iter().filter(|(_, in_use)| !in_use) {
            self.delete(client, &self.index(*number)).await?;
        }
        let last = all.iter().map(|(number, _)| *number).max().unwrap_or(0);
        let index = self.index(last.saturating_add(1));
        let mut definition = self.definition.clone();
        definition["aliases"] = json!({ writing(&index): {} });
        // Copies and the care for each write come when it is whole; before that it is built anew if it is lost.
        definition["settings"]["index"]["auto_expand_replicas"] = json!(false);
        definition["settings"]["index"]["number_of_replicas"] = json!(0);
        definition["settings"]["index"]["translog"] = json!({ "durability": "async" });
        self.create(client, &index, &definition).await?;
        Ok(index)
    }

    async fn create(
        &self,
        client: &Client,
        index: &str,
        definition: &Value,
    ) -> Result<(), SearchError> {
        let body = Some(definition.to_string());
        let path = format!("/{index}");
        client
            .tell(Method::Put, &path, &[], body)
            .await?
            .success()?;
        Ok(())
    }

    /// Puts a whole index in use, in one step, and removes the one that was.
    pub(super) async fn switch(
        &self,
        client: &Client,
        index: &str,
        mark: &Mark,
    ) -> Result<(), SearchError> {
        let expand = &self.definition["settings"]["index"]["auto_expand_replicas"];
        let settings = json!({ "index": { "auto_expand_replicas": expand, "translog": { "durability": "request" } } });
        let path = format!("/{index}/_settings");
        client
            .tell(Method::Put, &path, &[], Some(settings.to_string()))
            .await?
            .success()?;
        self.put_mark(client, index, mark, &[]).await?;
        self.refresh(client, index).await?;
        let all = self.all(client).await?;
        let old: Vec<String> = all
            .iter()
            .filter(|(_, in_use)| *in_use)
            .map(|(number, _)| self.index(*number))
            .collect();
        let mut actions: Vec<Value> = old
            .iter()
            .map(
                |old| json!({ "remove": { "index": old, "alias": self.name, "must_exist": true } }),
            )
            .collect();
        actions.push(json!({ "add": { "index": index, "alias": self.name } }));
        let body = Some(json!({ "actions": actions }).to_string());
        let reply = client.tell(Method::Post, "/_aliases", &[], body).await?;
        if reply.status == 404 {
            return Err(SearchError::Moved);
        }
        reply.success()?;
        for old in old {
            self.delete(client, &old).await?;
        }
        Ok(())
    }

    /// Removes an index that was never finished.
    pub(super) async fn abandon(&self, client: &Client, index: &str) -> Result<(), SearchError> {
        let all = self.all(client).await?;
        let mut in_use = all.iter().filter(|(_, in_use)| *in_use);
        if in_use.any(|(number, _)| self.index(*number) == index) {
            return Ok(());
        }
        self.delete(client, index).await
    }

    /// Removes an index, if it is there.
    async fn delete(&self, client: &Client, index: &str) -> Result<(), SearchError> {
        let path = format!("/{index}");
        client
            .tell(Method::Delete, &path, &[], None)
            .await?
            .found()?;
        Ok(())
    }
}

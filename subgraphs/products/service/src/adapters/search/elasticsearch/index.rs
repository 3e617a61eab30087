//! The port on Elasticsearch.

use std::sync::Arc;

use async_trait::async_trait;
use clock::Clock;
use elasticsearch::http::Method;
use serde_json::Value;
use serving::StartError;
use tokio::task::JoinHandle;

use super::{
    bulk,
    client::{Access, Client},
    generations::{Generations, writing},
    query, results,
    suggestions::Typed,
};
use crate::adapters::search::{
    Change, Found, Mark, Query, Rebuild, SearchError, SearchIndex, Suggestion, analysis,
};

/// Product search in an index of Elasticsearch.
pub(crate) struct ElasticsearchIndex(Arc<Server>);

struct Server {
    client: Client,
    generations: Generations,
    clock: Clock,
    url: String,
}

impl ElasticsearchIndex {
    /// The index behind `access`. Reaches nobody: the shop starts while the server is away.
    pub(crate) fn new(access: &Access, clock: Clock) -> Result<Self, StartError> {
        let generations = Generations::new(&access.index)
            .map_err(|error| StartError::other("the definition of the search index", error))?;
        Ok(Self(Arc::new(Server {
            client: Client::new(access)?,
            generations,
            clock,
            url: access.url.clone(),
        })))
    }

    /// Makes an empty index when there is none at all.
    pub(crate) async fn prepare(&self) -> Result<(), SearchError> {
        self.0.generations.prepare(&self.0.client).await
    }

    async fn find(&self, request: &Value) -> Result<Value, SearchError> {
        let server = &self.0;
        let path = format!("/{}/_search", server.generations.name());
        // Nothing is found before the first index is made; half an answer is none.
        let parameters = [
            ("ignore_unavailable", "true"),
            ("allow_no_indices", "true"),
            ("allow_partial_search_results", "false"),
        ];
        server.client.ask(&path, &parameters, request).await
    }
}

#[async_trait]
impl SearchIndex for ElasticsearchIndex {
    async fn search(&self, query: &Query) -> Result<Found, SearchError> {
        let mut asked = query::asked(&query.text);
        let mut request = query::request(query, &query::words(&query.text, &asked, true));
        let mut with_spelling = request.clone();
        with_spelling["suggest"] = query::spelling(&asked);
        let mut answer = self.find(&with_spelling).await?;
        if results::correct(&mut asked, &answer) {
            request = query::request(query, &query::words(&query.text, &asked, true));
            answer = self.find(&request).await?;
        }
        let mut found = results::found(query, &answer);
        if found.total == 0 && asked.len() > 1 {
            request = query::request(query, &query::words(&query.text, &asked, false));
            found = results::found(query, &self.find(&request).await?);
        }
        found.matched = asked
            .into_iter()
            .flat_map(|asked| asked.spellings)
            .map(|(spelling, _)| spelling)
            .collect();
        Ok(found)
    }

    async fn suggest(&self, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError> {
        let Some(typed) = Typed::read(prefix) else {
            return Ok(Vec::new());
        };
        if let Some(found) = typed.completions(&self.find(&typed.request()).await?, most) {
            return Ok(found);
        }
        let Some(request) = typed.forgiving_request() else {
            return Ok(Vec::new());
        };
        let found = typed.completions(&self.find(&request).await?, most);
        Ok(found.unwrap_or_default())
    }

    fn highlight(&self, matched: &[String], text: &str, most_characters: usize) -> String {
        analysis::highlight(matched, text, most_characters)
    }

    async fn mark(&self) -> Result<Option<Mark>, SearchError> {
        let kept = self.0.generations.mark(&self.0.client).await?;
        Ok(kept.map(|kept| kept.mark))
    }

    async fn apply(&self, changes: Vec<Change>, from: &Mark, to: Mark) -> Result<(), SearchError> {
        let Server {
            client,
            generations,
            clock,
            ..
        } = self.0.as_ref();
        let kept = generations.mark(client).await?;
        let kept = kept
            .filter(|kept| kept.mark == *from)
            .ok_or(SearchError::Moved)?;
        bulk::write(client, clock, &writing(&kept.index), &changes).await?;
        generations.refresh(client, &kept.index).await?;
        generations.move_mark(client, &kept, &to).await
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError> {
        let index = self.0.generations.begin(&self.0.client).await?;
        Ok(Box::new(Building {
            server: Arc::clone(&self.0),
            index: Some(index),
            under_way: None,
        }))
    }

    async fn about(&self) -> Result<String, SearchError> {
        let Server {
            client,
            generations,
            url,
            ..
        } = self.0.as_ref();
        let parameters = [("filter_path", "nodes.*.version")];
        let nodes = client
            .tell(Method::Get, "/_nodes", &parameters, None)
            .await?
            .success()?;
        let versions = nodes["nodes"].as_object().into_iter().flatten();
        let mut versions: Vec<&str> = versions
            .filter_map(|(_, node)| node["version"].as_str())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        let kept = generations.mark(client).await?;
        let index = kept.map_or_else(|| generations.name().to_owned(), |kept| kept.index);
        Ok(format!(
            "Elasticsearch {} at {url}, index {index}",
            versions.join(" and ")
        ))
    }
}

/// The next index. A portion is on its way while the caller reads the next one.
struct Building {
    server: Arc<Server>,
    /// None once it is in use.
    index: Option<String>,
    under_way: Option<JoinHandle<Result<(), SearchError>>>,
}

impl Building {
    async fn settle(&mut self) -> Result<(), SearchError> {
        match self.under_way.take() {
            Some(portion) => portion.await?,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Rebuild for Building {
    async fn add(&mut self, changes: Vec<Change>) -> Result<(), SearchError> {
        self.settle().await?;
        let server = Arc::clone(&self.server);
        let into = self.index.as_deref().map(writing).unwrap_or_default();
        self.under_way = Some(tokio::spawn(async move {
            bulk::write(&server.client, &server.clock, &into, &changes).await
        }));
        Ok(())
    }

    async fn finish(mut self: Box<Self>, mark: Mark) -> Result<(), SearchError> {
        self.settle().await?;
        let index = self.index.clone().unwrap_or_default();
        let Server {
            client,
            generations,
            ..
        } = self.server.as_ref();
        generations.switch(client, &index, &mark).await?;
        self.index = None;
        Ok(())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if let Some(portion) = self.under_way.take() {
            portion.abort();
        }
        if let (Some(index), Ok(runtime)) =
            (self.index.take(), tokio::runtime::Handle::try_current())
        {
            let server = Arc::clone(&self.server);
            // Should this fail, the next one who builds removes it.
            runtime.spawn(async move {
                if let Err(error) = server.generations.abandon(&server.client, &index).await {
                    tracing::warn!(search.index = %index, error = %error, "an unfinished index was left behind");
                }
            });
        }
    }
}

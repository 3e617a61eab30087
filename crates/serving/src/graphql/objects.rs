//! Objects whose fields mostly are at hand.
//!
//! async-graphql makes a task of each field of each object, and a set of tasks of each object. Here each field is asked once,
//! and only what has to wait is put in a set, one for a whole list. Errors and missing fields come out as they do there.

use std::{borrow::Cow, future, task::Poll};

use async_graphql::{
    ContainerType, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};

/// A list of objects; in the schema the same as a `Vec` of them.
pub enum Objects<'a, T> {
    /// Of somebody else.
    Borrowed(&'a [T]),
    /// Made for the answer.
    Owned(Vec<T>),
}

impl<T> Objects<'_, T> {
    fn all(&self) -> &[T] {
        match self {
            Self::Borrowed(objects) => objects,
            Self::Owned(objects) => objects,
        }
    }
}

impl<T: ContainerType> OutputType for Objects<'_, T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let objects = self.all();
        let Some(fields) = plain(ctx) else {
            return resolve_list(ctx, field, objects, Some(objects.len())).await;
        };
        let contexts: Vec<_> = (0..objects.len())
            .map(|index| ctx.with_index(index))
            .collect();
        Ok(Value::List(answers(&contexts, objects, &fields).await))
    }
}

/// Resolves one object.
pub async fn resolve_object<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let Some(fields) = plain(ctx) else {
        return resolve_container(ctx, object).await;
    };
    let objects = std::slice::from_ref(object);
    let answers = answers(std::slice::from_ref(ctx), objects, &fields).await;
    Ok(answers.into_iter().next().unwrap_or_default())
}

/// The fields of a selection of nothing but fields, each once and without directives.
fn plain<'a>(ctx: &ContextSelectionSet<'a>) -> Option<Vec<&'a Positioned<Field>>> {
    let mut fields: Vec<&Positioned<Field>> = Vec::with_capacity(ctx.item.node.items.len());
    for selection in &ctx.item.node.items {
        let Selection::Field(field) = &selection.node else {
            return None;
        };
        let key = field.node.response_key();
        let again = fields
            .iter()
            .any(|other| other.node.response_key().node == key.node);
        if again || !field.node.directives.is_empty() {
            return None;
        }
        fields.push(field);
    }
    Some(fields)
}

/// The objects' values, each object in its own context.
async fn answers<'a, T: ContainerType>(
    contexts: &'a [ContextSelectionSet<'a>],
    objects: &'a [T],
    fields: &[&'a Positioned<Field>],
) -> Vec<Value> {
    // Object by object, field by field; nothing where a field failed.
    let mut values = Vec::with_capacity(objects.len().saturating_mul(fields.len()));
    let mut waiting = Vec::new();
    future::poll_fn(|task| {
        for (ctx, object) in contexts.iter().zip(objects) {
            for field in fields.iter().copied() {
                if field.node.name.node == "__typename" {
                    let name = object.introspection_type_name().into_owned();
                    values.push(Some(Value::String(name)));
                    continue;
                }
                let mut answer: BoxFuture<'_, _> = Box::pin(async move {
                    let ctx = ctx.with_field(field);
                    object.resolve_field(&ctx).await
                });
                let value = match answer.as_mut().poll(task) {
                    Poll::Ready(answer) => kept(ctx, answer),
                    Poll::Pending => {
                        let place = values.len();
                        waiting.push(async move { (place, ctx, answer.await) });
                        None
                    }
                };
                values.push(value);
            }
        }
        Poll::Ready(())
    })
    .await;
    let mut waiting: FuturesUnordered<_> = waiting.into_iter().collect();
    while let Some((place, ctx, answer)) = waiting.next().await {
        if let Some(value) = values.get_mut(place) {
            *value = kept(ctx, answer);
        }
    }
    let mut values = values.into_iter();
    objects
        .iter()
        .map(|_| {
            let mut object = IndexMap::with_capacity(fields.len());
            for (field, value) in fields.iter().zip(values.by_ref()) {
                if let Some(value) = value {
                    object.insert(field.node.response_key().node.clone(), value);
                }
            }
            if object.is_empty() {
                Value::Null
            } else {
                Value::Object(object)
            }
        })
        .collect()
}

/// A field's value; an error is said of the operation.
fn kept(ctx: &ContextSelectionSet<'_>, answer: ServerResult<Option<Value>>) -> Option<Value> {
    match answer {
        Ok(value) => Some(value.unwrap_or_default()),
        Err(error) => {
            ctx.add_error(error);
            None
        }
    }
}

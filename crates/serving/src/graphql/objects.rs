//! Objects whose fields mostly are at hand.
//!
//! async-graphql makes a task of each field of each object, and a set of tasks of each object. Here each field is asked once,
//! and only what has to wait is put in a set, one for a whole list. Errors and missing fields come out as they do there.

use std::{borrow::Cow, future, task::Poll};

use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
    indexmap::IndexMap,
    parser::types::{Field, Selection},
    registry::Registry,
    resolver_utils::{resolve_container, resolve_list},
};
use futures::{StreamExt as _, stream::FuturesUnordered};
use tokio_util::sync::ReusableBoxFuture;

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

/// Resolves an object whose fields are all at hand: they are asked one after another.
pub async fn resolve_at_hand<T: ContainerType>(
    ctx: &ContextSelectionSet<'_>,
    object: &T,
) -> ServerResult<Value> {
    let Some(fields) = plain(ctx) else {
        return resolve_container(ctx, object).await;
    };
    let mut values = Vec::with_capacity(fields.len());
    for field in fields.iter().copied() {
        values.push(match type_name(field, object) {
            Some(name) => Some(name),
            None => kept(ctx, object.resolve_field(&ctx.with_field(field)).await),
        });
    }
    Ok(from_values(&fields, None, &mut values))
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
    // Where fields are asked, all in the same place but those that have to wait: each is more than a kilobyte.
    let mut place: Option<ReusableBoxFuture<'a, ServerResult<Option<Value>>>> = None;
    future::poll_fn(|task| {
        for (ctx, object) in contexts.iter().zip(objects) {
            for field in fields.iter().copied() {
                if let Some(name) = type_name(field, object) {
                    values.push(Some(name));
                    continue;
                }
                let answer = async move {
                    let ctx = ctx.with_field(field);
                    object.resolve_field(&ctx).await
                };
                let mut asked = match place.take() {
                    Some(mut place) => {
                        place.set(answer);
                        place
                    }
                    None => ReusableBoxFuture::new(answer),
                };
                let value = match asked.poll(task) {
                    Poll::Ready(answer) => {
                        place = Some(asked);
                        kept(ctx, answer)
                    }
                    Poll::Pending => {
                        let number = values.len();
                        waiting.push(async move { (number, ctx, asked.await) });
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
    while let Some((number, ctx, answer)) = waiting.next().await {
        if let Some(value) = values.get_mut(number) {
            *value = kept(ctx, answer);
        }
    }
    // Names are hashed once: the objects of a list are copies of one without values.
    let alike: Option<IndexMap<_, _>> = (objects.len() > 1).then(|| {
        let names = fields.iter().map(|field| name_of(field));
        names.map(|name| (name, Value::Null)).collect()
    });
    values
        .chunks_mut(fields.len().max(1))
        .map(|values| from_values(fields, alike.as_ref(), values))
        .collect()
}

/// An object of its fields' values, without those that failed.
fn from_values(
    fields: &[&Positioned<Field>],
    alike: Option<&IndexMap<Name, Value>>,
    values: &mut [Option<Value>],
) -> Value {
    let none_failed = values.iter().all(Option::is_some);
    let values = values.iter_mut().map(Option::take);
    if let Some(alike) = alike.filter(|_| none_failed) {
        let mut object = alike.clone();
        for (place, value) in object.values_mut().zip(values.flatten()) {
            *place = value;
        }
        return Value::Object(object);
    }
    let fields = fields.iter().zip(values);
    let object: IndexMap<_, _> = fields
        .filter_map(|(field, value)| Some((name_of(field), value?)))
        .collect();
    if object.is_empty() {
        Value::Null
    } else {
        Value::Object(object)
    }
}

fn type_name<T: ContainerType>(field: &Positioned<Field>, object: &T) -> Option<Value> {
    let asked = field.node.name.node == "__typename";
    asked.then(|| Value::String(object.introspection_type_name().into_owned()))
}

fn name_of(field: &Positioned<Field>) -> Name {
    field.node.response_key().node.clone()
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

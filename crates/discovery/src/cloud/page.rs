use super::{CallError, Limits};

/// Reads a paged list to its end. `fetch` gets the token of the page to read (none for the first) and returns the page's
/// items with the next token.
///
/// What was read is kept when a later page fails; the failure comes beside it. A token that repeats, or more pages than the
/// limit, end the list.
pub(crate) async fn follow<T, Page>(
    limits: &Limits,
    mut fetch: impl FnMut(Option<String>) -> Page,
) -> (Vec<T>, Option<CallError>)
where
    Page: Future<Output = Result<(Vec<T>, Option<String>), CallError>>,
{
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..limits.pages {
        match fetch(token.clone()).await {
            Err(error) => return (all, Some(error)),
            Ok((items, next)) => {
                all.extend(items);
                match next.filter(|next| !next.is_empty()) {
                    None => return (all, None),
                    same if same == token => {
                        let message = "the list names the same next page twice".to_owned();
                        return (all, Some(CallError::Malformed { message }));
                    }
                    next => token = next,
                }
            }
        }
    }
    (all, Some(CallError::TooLarge { limit: limits.pages, unit: "pages" }))
}

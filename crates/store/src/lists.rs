use serde::Serialize;

/// Which part of a list is wanted: newest first, at most `limit`, after the item with id `after`.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// At most so many.
    pub limit: u32,
    /// The `next` of the page before.
    pub after: Option<String>,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 100, after: None }
    }
}

/// One part of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; `None` at the end.
    pub next: Option<String>,
    /// How many there are in all.
    pub total: u64,
}

impl<T> Page<T> {
    /// Cuts a page out of everything, by the position of the cursor's item.
    #[must_use]
    pub fn of(items: Vec<T>, request: &PageRequest, id: impl Fn(&T) -> String) -> Self {
        let total = items.len() as u64;
        let start = request.after.as_ref().map_or(0, |after| {
            items.iter().position(|item| id(item) == *after).map_or(items.len(), |at| at + 1)
        });
        let rest = items.len() - start;
        let limit = (request.limit as usize).max(1);
        let items: Vec<T> = items.into_iter().skip(start).take(limit).collect();
        let next = if rest > limit { items.last().map(&id) } else { None };
        Self { items, next, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole_list() {
        let all: Vec<u32> = (0..25).collect();
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page = Page::of(all.clone(), &PageRequest { limit: 10, after }, u32::to_string);
            assert_eq!(page.total, 25);
            seen.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn an_unknown_cursor_is_past_the_end() {
        let request = PageRequest { limit: 10, after: Some("gone".to_owned()) };
        assert!(Page::of(vec![1_u32], &request, u32::to_string).items.is_empty());
    }
}

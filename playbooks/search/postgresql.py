"""Full text search: a weighted document of each row, which PostgreSQL keeps up to date by itself."""

from __future__ import annotations

from django.db import connection

from playbooks.search.words import Term, Within

CANDIDATES = 2000  # rows of each of both sorts that are ranked: a word that is everywhere says little anyway

INSTALL = (
    """
    ALTER TABLE playbooks_searchtext ADD COLUMN document tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A')
        || setweight(to_tsvector('simple', replace(topics, '|', ' ') || ' ' || summary), 'B')
        || setweight(to_tsvector('simple', body), 'D')
    ) STORED
    """,
    "CREATE INDEX playbooks_searchtext_document ON playbooks_searchtext USING gin (document)",
)
# of the many texts with a frequent word, those that have it in the title are not to be missed
TITLES = (
    "CREATE INDEX playbooks_searchtext_titles ON playbooks_searchtext"
    " USING gin (to_tsvector('simple', title))",
)
TRIGRAMS = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX playbooks_searchword_near ON playbooks_searchword USING gin (word gin_trgm_ops)",
)


WITHIN = """
    AND (%(all_kinds)s OR kind = ANY(%(kinds)s))
    AND (%(topic)s = '' OR position(%(topic)s IN topics) > 0)
    AND (%(platform)s = '' OR platforms = '' OR position(%(platform)s IN platforms) > 0)
"""
FIND = f"""
    SELECT kind, object_id,
           ts_rank(document, %(any)s::tsquery) + 2 * ts_rank(document, %(typed)s::tsquery)
           + CASE WHEN language = %(language)s THEN 0.1 ELSE 0 END AS rank
    FROM playbooks_searchtext
    WHERE id IN (
        (SELECT id FROM playbooks_searchtext
         WHERE to_tsvector('simple', title) @@ %(any)s::tsquery {WITHIN} LIMIT %(candidates)s)
        UNION
        (SELECT id FROM playbooks_searchtext
         WHERE document @@ %(any)s::tsquery {WITHIN} LIMIT %(candidates)s)
    )
    ORDER BY rank DESC, kind, object_id DESC
    LIMIT %(limit)s
"""  # noqa: S608 - put together of what stands here alone


def matching(terms: list[Term], within: Within, *, every: bool, limit: int) -> list[tuple[str, int, float]]:
    """Kind, key and rank of the best rows with every term, or with any. One query."""
    joined = (" & " if every else " | ").join(_one(term) for term in terms)
    plain = (" & " if every else " | ").join(f"{term.typed}:*" for term in terms)
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            {
                "any": joined,
                "typed": plain,
                "language": within.language,
                "all_kinds": not within.kinds,
                "kinds": list(within.kinds),
                "topic": within.topic,
                "platform": within.platform,
                "candidates": CANDIDATES,
                "limit": limit,
            },
        )
        return cursor.fetchall()


def _one(term: Term) -> str:
    # words hold letters, digits and underscores alone, so that nothing in them is an operator
    return f"({' | '.join([f'{term.typed}:*', *term.likely])})"

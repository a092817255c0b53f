"""The access matrix of the shell's own addresses."""

from tests.access.table import GET, POST, Matrix, everybody

MATRIX = Matrix(
    file="tests/access/rows_hub.py",
    signed_in=[
        everybody("home", GET, 302),  # on to the person's chapter; who has none reads a page, see test_matrix
        everybody("home", POST, 405),
        everybody("theme", GET, 405),
        everybody("theme", POST, 302, data=lambda at: {"theme": "dark", "next": "/me/"}),
    ],
    public=[
        everybody("healthz", GET, 200),
        everybody("healthz", POST, 405),
        everybody("robots", GET, 200),
        everybody("robots", POST, 405),
    ],
)

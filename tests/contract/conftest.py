from tests.iterable.conftest import canned as canned

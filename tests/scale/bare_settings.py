from iterable_admin.settings import ALLOWED_HOSTS, DATABASES, SECRET_KEY, USE_TZ

__all__ = ["ALLOWED_HOSTS", "DATABASES", "SECRET_KEY", "USE_TZ"]

ROOT_URLCONF = "tests.scale.bare"
MIDDLEWARE: list[str] = []
INSTALLED_APPS: list[str] = []

"""How lists behave in every room: read-only unless said otherwise, searched by whole values, ordered for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst

from iterable_admin.addresses import normalise_email
from iterable_admin.audit.exporting import csv_url, export_page
from iterable_admin.audit.filtering import REFUSED, NoSuchFilter, listed, without
from iterable_admin.audit.linking import Reader

# The stubs make ModelAdmin generic, which it is not when it runs.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

# Beyond it a number is no key of ours, and PostgreSQL would refuse the comparison.
LARGEST_NUMBER = 2**63 - 1


# Counting more of them costs seconds with every page of a large table, and nobody leafs that far.
MOST_COUNTED = 100_000


class CappedPaginator(Paginator):  # type: ignore[type-arg] # the stubs make it generic, which it is not when it runs
    """Counts no further than MOST_COUNTED, and shows no row beyond it: a filter or a search does."""

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def capped(self) -> bool:
        return self._counted > MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: MOST_COUNTED + 1].count())


class Browsing(_ModelAdmin):
    """A list that costs the same number of queries whatever it holds, and no more time beyond MOST_COUNTED rows."""

    paginator = CappedPaginator

    list_per_page = 50
    list_max_show_all = 400
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Which columns a search term may equal, by the kind of the term; only an unfinished address or word is looked for by
    # its beginning. Each of a large table has an index for just that: one without makes the database read all of it.
    search_numbers: Sequence[str] = ()
    search_uuids: Sequence[str] = ()
    search_words: Sequence[str] = ()
    # By their beginning, whatever its case: of tables of some hundred rows alone, since no index helps.
    search_names: Sequence[str] = ()
    search_keys: Sequence[str] = ()
    search_addresses: Sequence[str] = ()
    # Columns that count something: grouped and set to the right, as ids never are.
    figures: Sequence[str] = ()

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [figure(str(name)) if name in self.figures else name for name in self.list_display]

    # Of the file for a spreadsheet; empty: those of the list.
    export_columns: Sequence[str] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """With words in place of links that would be refused, among what is shown; what is asked for stays a field."""
        fixed = self.get_readonly_fields(request, obj) if self.has_change_permission(request, obj) or obj is None else None
        told = super().get_fieldsets(request, obj)
        return [(name, {**options, "fields": self._opened(request, options["fields"], fixed)}) for name, options in told]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any] | tuple[Any, ...]:
        return self._opened(request, super().get_readonly_fields(request, obj))

    def _opened(self, request: HttpRequest, columns: Sequence[Any], fixed: Sequence[Any] | None = None) -> list[Any]:
        return Reader(self.admin_site, self.model, request, fixed).columns(columns)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_csv"
        return [path("csv/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        return export_page(self, request, self.export_columns or self.get_list_display(request))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """With the link to the file, which the template below each list shows."""
        changes = listed(request, super().get_changelist_instance)
        changes.csv_url = csv_url(self, request)  # type: ignore[attr-defined] # a template knows no other way to the list
        return changes

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        told = {"request": request} if request else {}
        return lookup.rpartition("__")[2] not in REFUSED and super().lookup_allowed(lookup, value, **told)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        try:
            return super().changelist_view(request, {"title": title, **(extra_context or {})})
        except NoSuchFilter as problem:
            return without(request, problem, request.path)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Shows the search box; the search itself is `match`."""
        words = [*self.search_words, *self.search_names]
        return [*self.search_addresses, *words, *self.search_keys, *self.search_numbers, *self.search_uuids]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.match(term)) if term else queryset), False

    def match(self, term: str) -> Q:
        """An address is looked for among addresses alone: together with columns that have no index, none would be used."""
        found = Q(pk__in=())
        if "@" in term and self.search_addresses:
            return reduce(or_, (_address(field, normalise_email(term)) for field in self.search_addresses))
        for field in self.search_words:
            found |= Q(**{field: term}) | Q(**{f"{field}__startswith": term})
        for field in self.search_names:
            found |= Q(**{f"{field}__istartswith": term})
        for field in self.search_addresses:
            found |= _address(field, normalise_email(term))
        for field in self.search_keys:
            found |= Q(**{field: term})
        if term.isdecimal() and int(term) <= LARGEST_NUMBER:
            for field in self.search_numbers:
                found |= Q(**{field: int(term)})
        if _is_uuid(term):
            for field in self.search_uuids:
                found |= Q(**{field: term})
        return found


def figure(name: str) -> Callable[[Any], str]:
    def grouped(row: Any) -> str:
        value = getattr(row, name)
        return "-" if value is None else format_html('<span class="figure">{}</span>', f"{value:,}")

    grouped.__name__ = name
    return admin.display(description=name.replace("_", " "), ordering=name)(grouped)


def _address(field: str, term: str) -> Q:
    finished = "@" in term and "." in term.rpartition("@")[2]
    return Q(**{field: term}) if finished else Q(**{f"{field}__startswith": term})


def _is_uuid(term: str) -> bool:
    try:
        UUID(term)
    except ValueError:
        return False
    return True


def one_of(name: str, column: str, values: Sequence[str]) -> type[admin.SimpleListFilter]:
    """A filter by known values: Django's own would ask a table of millions which values it holds."""

    class OneOf(admin.SimpleListFilter):
        title = name
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{column: self.value()}) if self.value() else queryset

    return OneOf


class ReadOnly(Browsing):
    """History: nobody adds to it, changes it or deletes from it by hand, superusers included."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Maintained(Browsing):
    """Set up by hand, but never deleted: what other rows name stays."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

"""The API of accounts: companies and households, and who belongs to them."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.account_figures import Figures, figures
from profiles.filters import WholeNumberFilter
from profiles.models import Account, AccountMember

_NOBODY = Figures()


class AccountFilter(filters.FilterSet):
    """Which accounts."""

    key = filters.CharFilter(max_length=200, help_text="With this key: the groupId of whoever told us.")
    name = filters.CharFilter(lookup_expr="icontains", max_length=200, help_text="With this in the name.")
    profile = WholeNumberFilter(
        field_name="accountmember__profile_id", help_text="To which this person belongs: our own number."
    )

    class Meta:
        model = Account
        fields: list[str] = []


class AccountSerializer(serializers.ModelSerializer[Account]):
    """A company or household; `figures` in the context tells how many belong to it, and what they were worth."""

    traits = serializers.DictField(read_only=True)
    members = serializers.SerializerMethodField(help_text="How many people belong to it.")
    value = serializers.SerializerMethodField(
        "get_worth",
        help_text="Orders of its people less refunds, in minor units of the project's currency. Null: no order, "
        "or too many people to add up.",
    )

    class Meta:
        model = Account
        fields = ["id", "key", "name", "traits", "created_at", "members", "value"]

    def get_members(self, account: Account) -> int:
        return self._figures(account).members

    def get_worth(self, account: Account) -> int | None:
        return self._figures(account).value

    def _figures(self, account: Account) -> Figures:
        known: dict[int, Figures] = self.context["figures"]
        return known.get(account.pk, _NOBODY)


class AccountMemberSerializer(serializers.ModelSerializer[AccountMember]):
    """Somebody who belongs to an account, and since when."""

    profile = serializers.IntegerField(source="profile_id")

    class Meta:
        model = AccountMember
        fields = ["profile", "since"]


class AccountViewSet(viewsets.GenericViewSet[Account]):
    """Companies and households."""

    queryset = Account.objects.all()
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    lookup_value_regex = "[0-9]{1,18}"
    needs = {"members": ("profiles.view_account", "profiles.view_profile")}
    page_by = "pk"

    def list(self, request: Request) -> Response:
        """Accounts, with how many people belong to each and what they were worth."""
        accounts: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"figures": figures([account.pk for account in accounts])}
        return self.get_paginated_response(AccountSerializer(accounts, many=True, context=context).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One account."""
        account = self.get_object()
        return Response(AccountSerializer(account, context={"figures": figures([account.pk])}).data)

    @extend_schema(responses=AccountMemberSerializer(many=True), filters=False)
    @action(detail=True, page_by="profile_id", filterset_class=None)
    def members(self, request: Request, pk: str) -> Response:
        """Who belongs to it."""
        belong: Any = AccountMember.objects.filter(account=self.get_object())
        people: Any = self.paginate_queryset(belong)
        return self.get_paginated_response(AccountMemberSerializer(people, many=True).data)

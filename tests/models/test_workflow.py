from __future__ import annotations

import pytest

from models.workflow import STATES, Decision, State, allowed, may_answer, same_person, suggested_outcome

NOT_CORRECTED = {"drafted", "approved", "answered"}


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        ("open", "assigned"),
        ("assigned", "drafted"),
        ("drafted", "approved"),
        ("drafted", "sent_back"),
        ("approved", "answered"),
        ("answered", "followed_up"),
        ("followed_up", "followed_up"),
        ("dismissed", "reopened"),
        ("merged", "split"),
        ("expired", "dismissed"),
    ],
)
def test_the_way_leads_from_found_to_followed_up(state: State, decision: Decision) -> None:
    assert decision in allowed(state)


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        ("open", "approved"),
        ("open", "followed_up"),
        ("open", "split"),
        ("assigned", "approved"),
        ("answered", "drafted"),
        ("answered", "dismissed"),
        ("dismissed", "answered"),
        ("merged", "answered"),
        ("merged", "merged"),
        ("expired", "drafted"),
        ("expired", "answered"),
    ],
)
def test_no_step_is_left_out(state: State, decision: Decision) -> None:
    assert decision not in allowed(state)


@pytest.mark.parametrize("state", STATES)
def test_what_is_not_to_be_corrected_gets_no_draft_no_approval_and_no_answer(state: State) -> None:
    assert set(allowed(state, correctable=False)) == set(allowed(state)) - NOT_CORRECTED
    assert allowed(state, correctable=False)


@pytest.mark.parametrize("state", ["open", "assigned", "drafted"])
def test_the_facts_own_approved_reply_may_be_used_at_once_while_it_is_unchanged(state: State) -> None:
    assert may_answer(state, "", "Svar", True)
    assert may_answer(state, "Svar", "Svar", True)
    assert not may_answer(state, "Et annet svar", "Svar", True)
    assert not may_answer(state, "", "Svar", False)
    assert not may_answer(state, "", "", True)


def test_an_approved_draft_may_be_used_whatever_the_register_says() -> None:
    assert may_answer("approved", "Et annet svar", "Svar", False)


@pytest.mark.parametrize("state", ["answered", "followed_up", "dismissed", "merged", "expired"])
def test_nothing_is_answered_twice_or_where_it_should_not_be(state: State) -> None:
    assert not may_answer(state, "", "Svar", True)


def test_a_name_is_the_same_however_it_is_typed() -> None:
    assert same_person("Kari  Nordmann ", "kari nordmann")
    assert not same_person("Kari Nordmann", "Kari Nordman")


def test_the_outcome_is_suggested_from_what_is_known() -> None:
    assert suggested_outcome(gone=True, edited=True, more_posts=3) == "deleted"
    assert suggested_outcome(gone=False, edited=True, more_posts=3) == "changed"
    assert suggested_outcome(gone=False, edited=False, more_posts=3) == "growing"
    assert suggested_outcome(gone=False, edited=False, more_posts=0) == "unchanged"

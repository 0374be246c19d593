"""Tests for `tui.light_dataclass`: what it makes is compared with what the standard decorator makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from dataclasses import field, replace
from typing import Any, ClassVar

import pytest

from tui import light_dataclass


@light_dataclass.dataclass(frozen=True, slots=True)
class Value:
    """Frozen, with every kind of field."""

    kind: ClassVar[str] = "kind"
    name: str
    size: int = 3
    items: dict[str, int] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    extra: str = field(default="x", hash=False)
    late: str = field(default="", kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class StandardValue:
    """The same, by the standard decorator."""

    kind: ClassVar[str] = "kind"
    name: str
    size: int = 3
    items: dict[str, int] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    extra: str = field(default="x", hash=False)
    late: str = field(default="", kw_only=True)


@light_dataclass.dataclass
class Changeable:
    """Neither frozen nor with slots."""

    name: str
    count: int = 0


@light_dataclass.dataclass(frozen=True, slots=True)
class Pair:
    """Has a hash."""

    left: str
    right: tuple[int, ...] = ()


@light_dataclass.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Only named arguments."""

    left: str
    right: int = 1


@light_dataclass.dataclass(frozen=True, slots=True)
class Hashed:
    """A field that the hash leaves out."""

    name: str
    extra: str = field(default="", hash=False)


class Base:
    """Wants to be told when an object is complete, as Textual's messages do."""

    def __post_init__(self) -> None:
        self.was_completed = True


@light_dataclass.dataclass
class Derived(Base):
    """One field."""

    name: str


@light_dataclass.dataclass(frozen=True, slots=True)
class Empty:
    """No fields."""


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        (("a",), {}),
        (("a", 1, {"b": 2}, "secret", "note", "extra"), {"late": "late"}),
        ((), {"name": "a", "note": "n"}),
    ],
)
def test_objects_are_those_of_the_standard_decorator(positional: tuple[Any, ...], named: dict[str, Any]) -> None:
    ours, standard = Value(*positional, **named), StandardValue(*positional, **named)
    assert dataclasses.asdict(ours) == dataclasses.asdict(standard)
    assert repr(ours) == repr(standard).replace("StandardValue", "Value")
    assert [each.name for each in dataclasses.fields(ours)] == [each.name for each in dataclasses.fields(standard)]


@pytest.mark.parametrize("arguments", [(), ("a", 1, {}, "", "", "", "late"), ("a", 1, {}, "", "", "", "", "")])
def test_constructor_refuses_what_the_standard_one_refuses(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError) as expected:
        StandardValue(*arguments)
    with pytest.raises(TypeError) as refused:
        Value(*arguments)
    assert str(refused.value) == str(expected.value).replace("StandardValue", "Value")


def test_constructor_has_the_parameters_of_the_fields_once_it_was_used() -> None:
    Value("a")
    parameters = inspect.signature(Value.__init__).parameters
    assert [*parameters] == [*inspect.signature(StandardValue.__init__).parameters]
    assert parameters["late"].kind is inspect.Parameter.KEYWORD_ONLY


def test_each_object_has_default_values_of_its_own() -> None:
    first, second = Value("a"), Value("b")
    first.items["x"] = 1
    assert second.items == {}


def test_frozen_objects_refuse_changes() -> None:
    value = Pair("a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'left'"):
        value.left = "b"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'left'"):
        del value.left
    assert value.left == "a"


def test_objects_with_slots_have_no_other_attributes() -> None:
    assert not hasattr(Pair("a"), "__dict__")
    assert Pair.__slots__ == ("left", "right")


def test_equality_compares_fields_of_the_same_class() -> None:
    assert Value("a", note="1") == Value("a", note="2")
    assert Value("a", extra="1") != Value("a", extra="2")
    other: object = StandardValue("a")
    assert Value("a") != other
    assert Changeable("a") == Changeable("a", 0)
    assert Empty() == Empty()


def test_frozen_objects_have_the_hash_of_their_fields() -> None:
    assert hash(Pair("a", (1,))) == hash(Pair("a", (1,)))
    assert len({Pair("a"), Pair("a"), Pair("b")}) == 2
    assert hash(Hashed("a", "1")) == hash(Hashed("a", "2"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(Changeable("a"))


def test_objects_match_by_position() -> None:
    match Pair("a", (1,)):
        case Pair(left, right):
            assert (left, right) == ("a", (1,))


def test_objects_can_be_replaced_copied_and_pickled() -> None:
    value = Value("a", 1, {"b": 2}, late="c")
    assert replace(value, size=5) == Value("a", 5, {"b": 2}, late="c")
    copied = copy.deepcopy(value)
    assert copied == value
    assert copied.items is not value.items
    assert pickle.loads(pickle.dumps(value)) == value


def test_arguments_can_be_required_by_name() -> None:
    assert Named(left="a").right == 1
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[call-arg]


def test_base_classes_are_told_that_the_object_is_complete() -> None:
    assert Derived("a").was_completed


def test_methods_of_the_class_stay() -> None:
    @light_dataclass.dataclass(frozen=True, slots=True)
    class Secret:
        text: str

        def __repr__(self) -> str:
            return "***"

    assert repr(Secret("a")) == "***"


def test_constructor_is_compiled_with_the_first_object() -> None:
    @light_dataclass.dataclass(frozen=True, slots=True)
    class Point:
        x: int

    before = Point.__init__
    assert Point(1).x == 1
    compiled = Point.__init__
    assert compiled is not before
    assert Point(2).x == 2
    assert Point.__init__ is compiled


def test_parameters_of_a_class_are_known_before_its_first_object() -> None:
    @light_dataclass.dataclass(frozen=True)
    class New:
        name: str
        size: int = 3

    assert str(inspect.signature(New)) == "(name, size=3)"
    assert str(inspect.signature(Value)) == str(inspect.signature(Value.__init__)).replace("self, ", "")

"""`dataclass` as in the standard library, but ready sooner: for classes that are made while the program starts.

The standard decorator compiles up to six methods for each class, which takes 0.2 to 0.5 ms. For all classes of the
chat that was a tenth of the time until it takes keys, although most have no objects by then. Here the standard
decorator only finds the fields and makes the slots, which is quick. The constructor is compiled with the first object
of the class. The other methods need not be compiled: they get the values of the fields from an `attrgetter`.

Type checkers see the standard decorator. `fields`, `replace` and `asdict` of the standard library work as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import MISSING, FrozenInstanceError, fields
    from dataclasses import dataclass as _standard_dataclass
    from operator import attrgetter

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, repr=True, kw_only=False):  # noqa: A002
        """As in the standard library, with those of its arguments that we use."""

        def decorate(cls):
            cls = _standard_dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(cls)
            methods = {"__init__": _first_init(cls, frozen), "__signature__": _SIGNATURE}
            if repr:
                methods["__repr__"] = _repr
            if eq:
                methods |= _comparison(cls, frozen)
            if frozen:
                methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete, "__reduce__": _reduce}
            for name, method in methods.items():
                if name not in vars(cls):
                    setattr(cls, name, method)
            return cls

        return decorate if cls is None else decorate(cls)

    def _first_init(cls, frozen):
        """A constructor that compiles the one to use from the next object on."""

        def init(self, *arguments, **named):
            cls.__init__ = _compile_init(cls, frozen)
            cls.__init__(self, *arguments, **named)

        init.compile = lambda: _compile_init(cls, frozen)
        return init

    class _Signature:
        """The parameters of a class, as `inspect.signature` finds them, also before its first object."""

        def __get__(self, instance, cls):
            import inspect

            compile_init = getattr(cls.__init__, "compile", None)
            return inspect.signature((compile_init() if compile_init else cls.__init__).__get__(object()))

    _SIGNATURE = _Signature()

    def _compile_init(cls, frozen):
        scope = {"_missing": MISSING, "_set": object.__setattr__}
        positional, named, body = ["self"], [], []
        for field in fields(cls):
            parameter = value = name = field.name
            if field.default is not MISSING:
                scope[f"_default_{name}"] = field.default
                parameter = f"{name}=_default_{name}"
            elif field.default_factory is not MISSING:
                scope[f"_new_{name}"] = field.default_factory
                parameter = f"{name}=_missing"
                value = f"_new_{name}() if {name} is _missing else {name}"
            (named if field.kw_only else positional).append(parameter)
            body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        parameters = ", ".join([*positional, *(["*", *named] if named else [])])
        exec(f"def __init__({parameters}):\n " + "\n ".join(body or ["pass"]), scope)  # noqa: S102  # field names only
        scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
        return scope["__init__"]

    def _comparison(cls, frozen):
        """`__eq__` and `__hash__`. Objects that can be changed have no hash."""
        compared = _values([field.name for field in fields(cls) if field.compare])
        hashed = _values([field.name for field in fields(cls) if (field.compare if field.hash is None else field.hash)])

        def equals(self, other):
            return compared(self) == compared(other) if self.__class__ is other.__class__ else NotImplemented

        def hash_of(self):
            return hash(hashed(self))

        return {"__eq__": equals, "__hash__": hash_of if frozen else None}

    def _values(names):
        return attrgetter(*names) if names else lambda _: ()

    def _repr(self):
        shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr)
        return f"{self.__class__.__qualname__}({shown})"

    def _refuse_to_set(_, name, __):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(_, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _reduce(self):
        # Objects are copied and pickled without setting attributes, which is refused.
        return _restored, (self.__class__, {field.name: getattr(self, field.name) for field in fields(self)})

    def _restored(cls, values):
        return cls(**values)

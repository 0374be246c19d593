"""Shows formulas in LaTeX as one line of Unicode. Where that would lose something, the source is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, Final

from tui.chat.safe_text import safe_text
from tui.ui.ascii import is_only_ascii

_MAX_SOURCE: Final = 1_000
"""Characters from which on a formula is shown as its source: converting it would take more than some milliseconds."""

_RAISED: Final = str.maketrans(
    "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW⊤∘*′",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵀ°*′",
)
_LOWERED: Final = str.maketrans("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
_SCRIPT: Final = re.compile(r"([\^_])\s*(\S?)")
_SUM: Final = re.compile(r"[^\w.!∂′⁰-⁹⁺-ⁿ₀-ₜᵃ-ᶻ()√]")
_FACTOR: Final = re.compile(r"(?:\d[\d.]*|[d∂]?[^\W\d_])[!′⁰-⁹⁺-ⁿ₀-ₜᵃ-ᶻ]*")
_BLANKS: Final = re.compile(r"[ \t\r\f\v]+")
_INSIDE: Final = re.compile(r"(?<=[(\[{∂]) +| +(?=[)\]},;])")

_IGNORED: Final = (
    *("displaystyle", "textstyle", "limits", "nolimits", "left", "right", "middle", "!", "nonumber"),
    *("big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr"),
)
_WORDS: Final = {
    "bmod": " mod ",
    "implies": " ⇒ ",
    "iff": " ⇔ ",
    "colon": ": ",
    "lvert": "|",
    "rvert": "|",
    "|": "‖",
    "prime": "′",
}
_ROWS: Final = (
    "aligned",
    "align",
    "align*",
    "gather",
    "gather*",
    "gathered",
    "split",
    "cases",
    "equation",
    "equation*",
)


_COLUMN: Final = "\x1f"
"""Stands between the cells of a row until the row is put together."""


def formula_text(source: str) -> str:
    """A formula as Unicode. Has several lines if the formula has.

    Args:
        source: The formula with its delimiters: `$x^2$`, `\\[…\\]`.

    Returns:
        The source itself if the formula is too long, is not valid, or has a command that cannot be shown, and on
        terminals that show ASCII only.
    """
    return source if is_only_ascii() else _converted(source)


@lru_cache(maxsize=512)
def _converted(source: str) -> str:
    inner = source[2:-2] if source.startswith(("$$", "\\")) else source[1:-1]
    if not inner.strip() or len(source) > _MAX_SOURCE:
        return source
    try:
        text = _converter()(inner.replace("\n", " "))
    except (_UnknownCommandError, RecursionError, LookupError, ValueError):
        return source
    lines = (_INSIDE.sub("", _BLANKS.sub(" ", line)).strip() for line in text.split("\n"))
    return safe_text("\n".join(line for line in lines if line)) or source


class _UnknownCommandError(Exception):
    """A formula has a command or an environment that is not known."""


@cache
def _converter() -> Callable[[str], str]:
    # Imported with the first formula: it takes some 20 ms.
    from pylatexenc import latex2text, latexwalker, macrospec  # type: ignore[import-untyped]

    class Converter(latex2text.LatexNodes2Text):  # type: ignore[misc]  # has no types
        """Writes exponents and indices as such, and the blanks after commands."""

        def nodelist_to_text(self, nodelist: Sequence[Any]) -> str:
            text = mark = between = ""
            is_after_fraction = False
            for node in nodelist:
                is_text = node.isNodeType(latexwalker.LatexCharsNode)
                shown = node.chars if is_text else self.node_to_text(node)
                if is_text:
                    shown, mark = f"{mark}{shown}" if shown.strip() else shown, "" if shown.strip() else mark
                    if is_after_fraction and shown[:1] in ("^", "_"):
                        raise _UnknownCommandError("a power of a fraction")
                    stripped = shown.rstrip()
                    if stripped.endswith(("^", "_")):
                        shown, mark = stripped[:-1], stripped[-1]
                    shown = _SCRIPT.sub(lambda found: _script(found.group(1), found.group(2)), shown)
                elif mark:
                    shown, mark, between = _script(mark, shown), "", ""
                if is_after_fraction and (shown[:1].isalnum() or shown[:1] in ("(", "√")):
                    between = " "
                text += between + shown
                is_macro = node.isNodeType(latexwalker.LatexMacroNode)
                is_after_fraction = is_macro and node.macroname.endswith("frac")
                between = node.macro_post_space if is_macro else ""
            return text + mark

    def unknown(node: Any, l2tobj: Any = None) -> str:  # noqa: ARG001
        raise _UnknownCommandError(str(node))

    def arguments(node: Any, converter: Any) -> list[str]:
        given = node.nodeargd.argnlist if node.nodeargd else ()
        return [converter.nodelist_to_text([each]).strip() if each is not None else "" for each in given]

    def fraction(node: Any, l2tobj: Any) -> str:
        above, below = arguments(node, l2tobj)
        return f"{_term(above)}/{below if _FACTOR.fullmatch(below) else f'({below})'}"

    def root(node: Any, l2tobj: Any) -> str:
        index, inside = arguments(node, l2tobj)
        return f"{_script('^', index) if index else ''}√{inside if _FACTOR.fullmatch(inside) else f'({inside})'}"

    def marked(sign: str) -> Callable[..., str]:
        return lambda node, l2tobj: "".join(each + sign for each in arguments(node, l2tobj)[-1])

    def pattern(form: str) -> Callable[..., str]:
        return lambda node, l2tobj: form.format(*arguments(node, l2tobj))

    def rows(node: Any, l2tobj: Any) -> str:
        text = str(l2tobj.nodelist_to_text(node.nodelist))
        if node.environmentname != "cases":
            return text.replace(_COLUMN, " ")
        return "{" + "; ".join(" ".join(row.replace(_COLUMN, ", ").split()) for row in text.split("\n")) + "}"

    custom: dict[str, tuple[str, Callable[..., str] | str]] = {
        **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), ("{{", fraction)),
        **{name: ("{{", pattern("({0} choose {1})")) for name in ("binom", "dbinom", "tbinom")},
        **{name: ("{", pattern("{0}")) for name in ("operatorname", "mathop", "mathstrut")},
        **dict.fromkeys(_IGNORED, ("", "")),
        **{name: ("", word) for name, word in _WORDS.items()},
        "sqrt": ("[{", root),
        **dict.fromkeys(("underbrace", "overbrace", "input", "include", "href"), ("{", unknown)),
        "boxed": ("{", pattern("[{0}]")),
        "pmod": ("{", pattern(" (mod {0})")),
        "overline": ("{", marked("\u0305")),
        "underline": ("{", marked("\u0332")),
    }
    read = latexwalker.get_default_latex_context_db()
    read.add_context_category(
        "formulas",
        macros=[macrospec.std_macro(name, arguments) for name, (arguments, _) in custom.items()],
        environments=[macrospec.std_environment(name, None, is_math_mode=True) for name in _ROWS],
        prepend=True,
    )
    write = latex2text.get_default_latex_context_db()
    write.add_context_category(
        "formulas",
        macros=[latex2text.MacroTextSpec(name, simplify_repl=shown) for name, (_, shown) in custom.items()],
        environments=[latex2text.EnvironmentTextSpec(name, simplify_repl=rows) for name in _ROWS],
        specials=[
            latex2text.SpecialsTextSpec(sign, simplify_repl=_COLUMN if sign == "&" else sign)
            for sign in ("&", "''", "``", "--", "---")
        ],
        prepend=True,
    )
    write.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=unknown))
    write.set_unknown_environment_spec(latex2text.EnvironmentTextSpec("", simplify_repl=unknown))
    converter = Converter(latex_context=write, math_mode="text", keep_comments=True)

    def convert(inner: str) -> str:
        walker = latexwalker.LatexWalker(rf"\({inner}\)", latex_context=read, tolerant_parsing=False)
        try:
            return str(converter.nodelist_to_text(walker.get_latex_nodes()[0]))
        except (latexwalker.LatexWalkerError, AttributeError, TypeError) as error:
            # The last two, where pylatexenc expects an argument that is missing.
            raise ValueError(str(error)) from error

    return convert


def _script(mark: str, text: str) -> str:
    """An exponent or index: with small characters if all of them exist, else after `^` or `_`."""
    text = text.strip()
    compact = text.replace(" ", "")
    small = compact.translate(_RAISED if mark == "^" else _LOWERED)
    if compact and all(one != other or one in "*′" for one, other in zip(compact, small, strict=True)):
        return small
    return f"{mark}{text}" if len(text) <= 1 else f"{mark}({text})"


def _term(text: str) -> str:
    """A numerator, in parentheses if it is a sum."""
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if not depth and _SUM.match(character):
            return f"({text})"
    return text

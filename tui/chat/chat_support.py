"""Judges whether a model can chat. Pure.

Servers list everything that they can load: embedding, speech, image and other models as well. Some servers report what
a model can do; for the others only its name can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final, Literal

ChatSupport = Literal["yes", "unlikely", "no"]
"""Whether a model can chat. `yes` also if nothing is known, `unlikely` if only its name says otherwise."""

CHAT_NOTES: Final[dict[ChatSupport, str]] = {"yes": "", "unlikely": "may not chat", "no": "cannot chat"}
"""The note beside a model in lists."""

_CHAT_CAPABILITIES: Final = frozenset({"completion", "chat", "tools", "tool_use", "thinking", "vision", "multimodal"})
_SURE_CAPABILITIES: Final = frozenset({"completion", "chat"})

_NOT_CHAT_WORDS: Final = (
    r"(?:text)?embed(?:der|ding|dings|s)?",
    r"re-?rank(?:er|ers|ing)?",
    r"cross-?encoder",
    r"(?:x|f\d)?tts|text-to-speech|speech",
    r"stt|asr|speech-to-text|transcri(?:be|ber|ption)",
    r"(?:faster|distil)?whisper|parakeet|kokoro|bark",
    r"decision",
    r"moderation",
    r"ocr",
    r"dall-?e|stable-diffusion|sd(?:xl|3)|flux|imagen?|imagegen|text-to-image|sora|veo",
    r"(?:feature|mask|keypoint)-(?:extraction|generation|detection)|sentence-similarity|fill-mask|speech-recognition",
    r"(?:text|token|image|audio|video)-classification|(?:object|voice-activity)-detection|image-segmentation",
    r"(?:text|image|unconditional-image|video|audio)-to-(?:image|video|audio|3d)|image-generation|depth-estimation",
    r"bge|gte|e5|minilm|mpnet|sbert|colbert|siglip|clip",
)
_LEGACY_NAMES: Final = r"^(?:babbage|davinci)-\d+$"
"""OpenAI lists these, which have no chat endpoint."""


@lru_cache(maxsize=4096)
def chat_support(name: str, capabilities: frozenset[str]) -> ChatSupport:
    """Whether a model can chat.

    Args:
        name: The model's name.
        capabilities: What the server reports that it can do. Empty if the server reports nothing.
    """
    if capabilities & _SURE_CAPABILITIES:
        return "yes"
    if capabilities:
        return "yes" if capabilities & _CHAT_CAPABILITIES and not other_uses(capabilities) else "no"
    return "unlikely" if _not_chat().search(name.lower()) else "yes"


def other_uses(words: Iterable[str]) -> frozenset[str]:
    """Those words for a model's kind or capabilities that mean something other than chat, such as `embedding`."""
    return frozenset(word for word in words if _not_chat().search(word.lower().replace("_", "-")))


@cache
def _not_chat() -> re.Pattern[str]:
    # Compiled when first used: the first paint does not need it. In names, digits and punctuation end a word.
    return re.compile(rf"(?<![a-z])(?:{'|'.join(_NOT_CHAT_WORDS)})(?![a-z])|embedding|{_LEGACY_NAMES}")

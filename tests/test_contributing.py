"""The worked example of the contributor's guide runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tui.demo.server import DemoServer
from tui.providers.options import ProviderOptions

GUIDE = Path(__file__).parents[1] / ".github" / "CONTRIBUTING.md"


async def test_example_provider_lists_models_of_the_demo(demo: DemoServer) -> None:
    found = re.search(r"<!-- example -->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    namespace: dict[str, Any] = {}
    exec(found[1], namespace)
    provider = namespace["LabProvider"](ProviderOptions(name="lab", base_url=demo.url))
    try:
        models = await provider.list_models()
    finally:
        await provider.aclose()
    assert "echo" in [model.name for model in models]

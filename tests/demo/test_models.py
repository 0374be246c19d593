import pytest

from tui.demo.models import MODELS, DemoModel, Prompt, find_model


def answer(name: str, text: str, *image_sizes: int) -> str:
    model = find_model(name)
    assert model is not None
    return "".join(model.write(Prompt(text, image_sizes)).content)


def test_guide_is_listed_first() -> None:
    assert MODELS[0].name == "guide"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_listed_model_answers_the_same_every_time(model: DemoModel) -> None:
    assert find_model(model.name) is model
    assert find_model(f"{model.name}:latest") is model
    assert answer(model.name, "hello") == answer(model.name, "hello") != ""


@pytest.mark.parametrize("name", ["lorem-0-0", "lorem-1-1", "lorem-10000000-0", "lorem-5-0.5", "lorem-12-1000000"])
def test_any_lorem_model_exists(name: str) -> None:
    model = find_model(name)

    assert model is not None
    assert model.name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "guid",
        "lorem",
        "lorem-5",
        "lorem-5-",
        "lorem-x-1",
        "lorem-10000001-0",
        "lorem-1-1e9",
        "lorem--1-0",
        "lorem-٣-٣",
    ],
)
def test_unknown_name_is_not_found(name: str) -> None:
    assert find_model(name) is None


def test_echo_reports_number_and_size_of_images() -> None:
    assert answer("echo", "look", 5) == "look\n\n(1 image: 5 bytes)"
    assert answer("echo", "", 5, 12_345) == "(2 images: 5 bytes, 12,345 bytes)"


def test_only_think_has_thinking() -> None:
    for model in MODELS:
        assert bool(list(model.write(Prompt("x")).thinking)) == model.thinks == (model.name == "think")

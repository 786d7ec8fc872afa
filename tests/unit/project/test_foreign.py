from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import ProjectError
from engine.layout.geometry import Box
from engine.layout.layout import Layout
from engine.project import open_project, save_project
from tests.unit.project.conftest import OraWriter, disk, png

Rewrite = Callable[[Path, Mapping[str, bytes | None]], None]


def painted(alpha: np.ndarray, *, seed: int = 0) -> bytes:
    """A layer of many colours with this alpha."""
    pixels = np.random.default_rng(seed).integers(0, 255, (*alpha.shape, 4), dtype=np.uint8)
    pixels[..., 3] = alpha
    return png(pixels)


def test_layers_places_and_photo(write_ora: OraWriter) -> None:
    soft = np.array([[0, 127, 128, 255]], np.uint8).repeat(2, axis=0)
    path = write_ora(
        """<stack>
          <layer name=" a  dog " src="data/0.png" x="10" y="-1" visibility="hidden"/>
          <layer name="cat" src="data/1.png" x="50.0" y="20" edit-locked="true" opacity="0.5"/>
          <layer name="Photo" src="data/2.png"/>
        </stack>""",
        {
            "data/0.png": painted(soft),
            "data/1.png": painted(disk(5).astype(np.uint8) * 255),
            "data/2.png": painted(np.full((80, 100), 255, np.uint8)),
            "mergedimage.png": b"not looked at",
            "extra/brush.bin": b"kept",
        },
    )
    opened = open_project(path)
    cat, dog = opened.layout.layers
    assert (opened.layout.width, opened.layout.height) == (100, 80)
    assert (dog.label, dog.visible, dog.locked) == ("a dog", False, False)
    assert dog.mask.box == Box(12, -1, 2, 2)
    assert (cat.label, cat.visible, cat.locked) == ("cat", True, True)
    assert cat.mask.box == Box(50, 20, 11, 11)
    assert np.array_equal(cat.mask.crop(), disk(5))
    with zipfile.ZipFile(path) as archive:
        assert opened.layout.background is not None
        assert opened.layout.background.data == archive.read("data/2.png")
        assert opened.layout.background.format == "png"
    assert opened.foreign and opened.notes
    assert opened.unknown == {"extra/brush.bin": b"kept"}


def test_nested_stacks_become_groups(write_ora: OraWriter) -> None:
    dot = painted(np.full((3, 3), 255, np.uint8))
    path = write_ora(
        """<stack x="1" y="1">
          <stack name="animals" x="10" y="5" visibility="hidden">
            <layer name="dog" src="d.png" x="2"/>
            <stack name="birds" edit-locked="1" y="-3"><layer name="owl" src="d.png"/></stack>
          </stack>
          <stack><layer name="tree" src="d.png"/></stack>
          <filter type="x"/>
        </stack>""",
        {"d.png": dot},
    )
    opened = open_project(path)
    tree, owl, dog = opened.layout.layers
    assert [dog.group, owl.group, tree.group] == ["animals", "animals/birds", None]
    assert [layer.visible for layer in (dog, owl, tree)] == [False, False, True]
    assert [layer.locked for layer in (dog, owl, tree)] == [False, True, False]
    assert dog.mask.box[:2] == (12, 5) and owl.mask.box[:2] == (10, 2)
    assert len({tree.id, owl.id, dog.id}) == 3
    assert any("1 elements" in note for note in opened.notes)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "I;16"])
def test_pictures_of_every_kind(write_ora: OraWriter, tmp_path: Path, mode: str) -> None:
    Image.new("L", (20, 10), 200).convert(mode).save(tmp_path / "x.png")
    path = write_ora(
        '<stack><layer name="wall" src="x.png" x="5"/></stack>',
        {"x.png": (tmp_path / "x.png").read_bytes()},
    )
    (layer,) = open_project(path).layout.layers
    assert layer.mask.box == Box(5, 0, 20, 10) and layer.mask.area == 200


def test_flat_bottom_layer_is_a_layer_not_a_photo(write_ora: OraWriter) -> None:
    flat = np.full((80, 100, 4), (6, 230, 230, 255), np.uint8)
    path = write_ora('<stack><layer name="sky" src="x.png"/></stack>', {"x.png": png(flat)})
    opened = open_project(path)
    assert opened.layout.background is None
    assert [layer.label for layer in opened.layout.layers] == ["sky"]


def test_names_that_are_no_labels(write_ora: OraWriter) -> None:
    dot = painted(np.full((3, 3), 255, np.uint8))
    path = write_ora(
        f'<stack><layer src="d.png"/><layer name="{"x" * 300}" src="d.png"/>'
        '<layer name="void" src="e.png"/></stack>',
        {"d.png": dot, "e.png": painted(np.zeros((3, 3), np.uint8))},
    )
    opened = open_project(path)
    assert [layer.label for layer in opened.layout.layers] == ["x" * 200, "layer 2"]
    assert any("1 empty" in note for note in opened.notes)


def test_the_same_file_gives_the_same_layout(write_ora: OraWriter, tmp_path: Path) -> None:
    dot = painted(np.full((3, 3), 255, np.uint8))
    path = write_ora('<stack><layer name="dog" src="d.png"/></stack>', {"d.png": dot})
    assert open_project(path).layout == open_project(path).layout
    save_project(open_project(path).layout, tmp_path / "mine.ora")
    assert open_project(tmp_path / "mine.ora").layout == open_project(path).layout


def test_missing_and_damaged_pictures_are_named(write_ora: OraWriter) -> None:
    stack = '<stack><layer name="dog" src="data/0.png"/></stack>'
    with pytest.raises(ProjectError, match=r"'data/0\.png', the picture of layer 'dog', is miss"):
        open_project(write_ora(stack, {}))
    cut = painted(np.full((50, 50), 255, np.uint8))[:200]
    with pytest.raises(ProjectError, match=r"'data/0\.png' is damaged"):
        open_project(write_ora(stack, {"data/0.png": cut}))


def test_label_and_colour_give_the_class(write_ora: OraWriter) -> None:
    flat = png(np.full((3, 3, 4), (255, 0, 122, 255), np.uint8))  # ADE colour of "animal"
    path = write_ora(
        '<stack><layer name="tree" src="d.png"/><layer name="qqwx" src="d.png"/></stack>',
        {"d.png": flat},
    )
    unknown, tree = open_project(path).layout.layers
    assert tree.ade_class == 4
    assert unknown.ade_class == 126


def test_project_changed_by_another_program_keeps_what_it_can(
    layout: Layout, tmp_path: Path, rewrite: Rewrite
) -> None:
    """Renamed the cat, moved the dog in front, dropped the bird; left our document inside."""
    path = tmp_path / "scene.ora"
    save_project(layout, path, settings={"zoom": 2})
    with zipfile.ZipFile(path) as archive:
        stack = archive.read("stack.xml").decode()
    lines = {
        name: next(line for line in stack.splitlines() if f'name="{name}"' in line)
        for name in ("dog", "cat", "grass", "background photo")
    }
    lines["cat"] = lines["cat"].replace('name="cat"', 'name="tiger"')
    lines["dog"] = re.sub(r' x="\d+"', ' x="100"', lines["dog"])
    order = [lines[name] for name in ("dog", "cat", "grass", "background photo")]
    head, tail = '<image w="160" h="120"><stack>', "</stack></image>"
    rewrite(path, {"stack.xml": (head + "".join(order) + tail).encode()})

    opened = open_project(path)
    grass, tiger, dog = opened.layout.layers
    before = {layer.label: layer for layer in layout.layers}
    assert (dog.id, dog.provenance, dog.prompt, dog.ade_class) == (
        before["dog"].id,
        before["dog"].provenance,
        "brown, sitting",
        126,
    )
    assert dog.mask == before["dog"].mask.moved(70, 0)
    assert (tiger.id, tiger.label) == (before["cat"].id, "tiger")
    assert grass.mask == before["grass"].mask
    assert opened.layout.caption == layout.caption
    assert opened.layout.background == layout.background
    assert opened.settings == {"zoom": 2}
    assert opened.foreign and "Another program" in opened.notes[0]

"""Packs: found by name, checked before they are opened, loaded once."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from engine.errors import Cancelled, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import CancelToken
from engine.models import files, packs


def make_pack(parent: Path, name: str = "tiny") -> Path:
    """A pack with both components and a manifest; its weights are a few numbers."""
    folder = parent / name
    for component, names in {
        "text_encoder": ("config.json", "tokenizer.json"),
        "smartmask": ("model_index.json", "denoiser/config.json"),
    }.items():
        for file in names:
            (folder / component / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / component / file).write_text("{}")
    save_file({"a": np.arange(12.0)}, folder / "text_encoder" / "model.safetensors")
    save_file({"b": np.ones((3, 4), np.float16)}, folder / "smartmask/denoiser/model.safetensors")
    packs.write_manifest(folder)
    return folder


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packs.forget_models()
    monkeypatch.setenv(packs.FOLDER_VARIABLE, str(tmp_path))


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return make_pack(tmp_path)


class Pipeline:
    opened: list[Path] = []

    @classmethod
    def from_pretrained(cls, folder: Path, **options: Any) -> Pipeline:
        cls.opened.append(folder)
        return cls()


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> type[Pipeline]:
    module = ModuleType("engine.smartmask.pipeline")
    module.__dict__["SmartMaskPipeline"] = Pipeline
    monkeypatch.setitem(sys.modules, "engine.smartmask.pipeline", module)
    Pipeline.opened = []
    return Pipeline


def test_a_pack_is_found_by_name_and_by_path(pack: Path) -> None:
    assert packs.pack_folder("tiny") == pack
    assert packs.pack_folder(str(pack)) == pack


def test_the_lite_pack_lies_in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(packs.FOLDER_VARIABLE)
    root = Path(__file__).resolve().parents[3]
    assert root / "resources" / "models" == packs.SHIPPED


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a b", "-x"])
def test_a_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="pack"):
        packs.pack_folder(name)


@pytest.mark.parametrize("name", ["nowhere", "./nowhere"])
def test_a_pack_that_is_not_installed_is_named(name: str) -> None:
    with pytest.raises(ModelMissing, match="nowhere"):
        packs.pack_folder(name)


FILES = [
    ("text_encoder", "text_encoder/config.json"),
    ("text_encoder", "text_encoder/model.safetensors"),
    ("smartmask", "smartmask/model_index.json"),
    ("smartmask", "smartmask/denoiser/config.json"),
    ("smartmask", "smartmask/denoiser/model.safetensors"),
]


@pytest.mark.parametrize(("component", "file"), FILES)
def test_a_missing_file_is_named(pack: Path, component: str, file: str) -> None:
    (pack / file).unlink()
    with pytest.raises(ModelMissing) as caught:
        packs.check_component(pack, component)
    assert str(pack / file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("component", "file"), [f for f in FILES if "denoiser/config" not in f[1]])
def test_a_missing_file_is_found_without_a_manifest(pack: Path, component: str, file: str) -> None:
    (pack / packs.MANIFEST).unlink()
    (pack / file).unlink()
    with pytest.raises(ModelMissing) as caught:
        packs.check_component(pack, component)
    assert str(pack / component) in str(caught.value)


def test_a_model_can_share_the_weights_of_another(pack: Path) -> None:
    model, other = pack / "text_encoder", pack / "smartmask/denoiser/model.safetensors"
    with pytest.raises(ValueError, match="not the same"):
        files.share_weights(model, other)
    other.write_bytes((model / "model.safetensors").read_bytes())
    files.share_weights(model, other)
    packs.write_manifest(pack)
    assert files.weights(model) == [other]
    assert packs.check_component(pack, "text_encoder") == model
    before = packs.pack_hash(pack.name, "text_encoder")
    save_file({"a": np.ones(12)}, other)
    assert packs.pack_hash(pack.name, "text_encoder") != before
    with pytest.raises(ModelDamaged, match=re.escape(str(other))):
        packs.check_component(pack, "text_encoder")
    other.unlink()
    with pytest.raises(ModelMissing, match=re.escape(str(other))):
        packs.check_component(pack, "text_encoder")


@pytest.mark.parametrize("keep", [0, 4, 20, -1])
@pytest.mark.parametrize("with_manifest", [True, False])
def test_weights_cut_short_are_named(pack: Path, keep: int, with_manifest: bool) -> None:
    if not with_manifest:
        (pack / packs.MANIFEST).unlink()
    file = pack / "smartmask/denoiser/model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ModelDamaged) as caught:
        packs.check_component(pack, "smartmask")
    assert str(file) in str(caught.value)
    packs.check_component(pack, "text_encoder")


def test_a_weights_header_of_another_kind_is_named(pack: Path) -> None:
    (pack / packs.MANIFEST).unlink()
    file = pack / "smartmask/denoiser/model.safetensors"
    header = b'{"a": {"data_offsets": [0, "many"]}, "b": {"data_offsets": [0, 4]}}'
    file.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    with pytest.raises(ModelDamaged, match="header"):
        packs.check_component(pack, "smartmask")


def test_one_flipped_bit_is_found(pack: Path) -> None:
    file = pack / "text_encoder/model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        packs.check_component(pack, "text_encoder")


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"a": 1}}', "nonsense"])
def test_a_manifest_that_cannot_be_read_is_named(pack: Path, text: str) -> None:
    (pack / packs.MANIFEST).write_text(text)
    with pytest.raises(ModelDamaged, match=r"manifest\.json"):
        packs.check_component(pack, "smartmask")


def test_the_shipped_pack_says_how_to_restore_it(tmp_path: Path) -> None:
    lite = make_pack(tmp_path, "lite")
    (lite / "smartmask/model_index.json").unlink()
    with pytest.raises(ModelMissing, match="git checkout -- resources/models/lite"):
        packs.check_component(lite, "smartmask")


def test_a_card_that_was_edited_stops_no_model(pack: Path) -> None:
    card = pack / "smartmask" / "README.md"
    card.write_text("a card")
    packs.write_manifest(pack)
    card.write_text("a better card")
    packs.check_component(pack, "smartmask")


def test_the_hash_follows_the_weights_and_nothing_else(pack: Path) -> None:
    first = packs.pack_hash("tiny")
    assert len(first) == 16
    assert int(first, 16) >= 0
    (pack / "README.md").write_text("a card")
    assert packs.pack_hash("tiny") == first
    save_file({"a": np.arange(12.0) + 1}, pack / "text_encoder" / "model.safetensors")
    assert packs.pack_hash("tiny") != first


def test_the_hash_reads_settled_weights_once(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = sorted(pack.rglob("*.safetensors"))
    read: list[Path] = []
    of_bytes = files.sha256

    def watched(file: Path) -> str:
        read.append(file)
        return of_bytes(file)

    monkeypatch.setattr(files, "sha256", watched)
    for file in weights:
        os.utime(file, (1e9, 1e9))
    first = packs.pack_hash("tiny")
    assert packs.pack_hash("tiny") == first
    assert sorted(read) == weights
    save_file({"a": np.arange(12.0) + 1}, pack / "text_encoder" / "model.safetensors")
    assert packs.pack_hash("tiny") != first
    assert len(read) == len(weights) + 1


def test_a_pack_without_weights_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    with pytest.raises(ModelMissing, match="bare"):
        packs.pack_hash("bare")


@pytest.mark.usefixtures("pack")
def test_a_model_is_opened_once(pipeline: type[Pipeline]) -> None:
    first = packs.load_smartmask("tiny")
    assert packs.load_smartmask("tiny") is first
    assert len(pipeline.opened) == 1
    packs.forget_models()
    assert packs.load_smartmask("tiny") is not first


@pytest.mark.usefixtures("pack")
def test_a_model_that_does_not_open_is_named(
    pipeline: type[Pipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path, **options: Any) -> Any:
        raise KeyError("shape_code")

    monkeypatch.setattr(pipeline, "from_pretrained", broken)
    with pytest.raises(ModelDamaged, match=r"smartmask.*shape_code"):
        packs.load_smartmask("tiny")
    monkeypatch.undo()


@pytest.mark.usefixtures("pack", "pipeline")
def test_loading_can_be_cancelled() -> None:
    token = CancelToken()

    class Context:
        def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
            assert stage == "Loading SmartMask"
            token.cancel()
            token.raise_if_cancelled()

    with pytest.raises(Cancelled):
        packs.load_smartmask("tiny", context=Context())
    assert isinstance(packs.load_smartmask("tiny"), Pipeline)


def test_every_shipped_pack_is_whole_and_its_manifest_is_in_step() -> None:
    shipped = [p for p in packs.SHIPPED.glob("*") if (p / packs.MANIFEST).is_file()]
    if not shipped:
        pytest.skip("no pack with a manifest is in this checkout")
    for folder in shipped:
        for component in ("text_encoder", "smartmask"):
            packs.check_component(folder, component)


def test_importing_the_module_imports_no_torch() -> None:
    code = "import sys, engine.models.packs; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

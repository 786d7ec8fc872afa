"""Installing from a hub that fails in every way a network can, and from local folders."""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from engine.errors import Cancelled, EngineError, InputError, ModelDamaged, ModelMissing
from engine.jobs.context import CancelToken, QuietContext
from engine.models import files, packs, transfer, upkeep
from engine.models.install import InstallRequest, InstallResult, run
from engine.models.state import PackStatus, pack_state
from tests.unit.models.conftest import NET, WEIGHTS
from tests.unit.models.hub import COMMIT, Hub

TEXT = "team/text/model.fp16.safetensors"
CONFIG = "team/text/config.json"

pytestmark = pytest.mark.usefixtures("small")


def install(*components: str, **options: Any) -> InstallResult:
    return run(InstallRequest(pack="small", components=components, **options), QuietContext())


class Recorder:
    """A job's context that keeps what it is told, and cancels at a point."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.token, self.cancel_at = CancelToken(), cancel_at
        self.steps: list[tuple[str, int, int]] = []

    def progress(self, stage: str, step: int = 0, total: int = 0, preview: Any = None) -> None:
        self.steps.append((stage, step, total))
        if self.cancel_at is not None and step >= self.cancel_at:
            self.token.cancel()
        self.token.raise_if_cancelled()


def weights_of(home: Path) -> bytes:
    return (home / "small/text_encoder/model.safetensors").read_bytes()


def partials(home: Path) -> list[Path]:
    return [file for file in home.rglob("*.part") if file.is_file()]


def test_a_pack_comes_whole_and_is_listed_with_its_checksums(hub: Hub, home: Path) -> None:
    result = install()
    assert result.installed == ("text_encoder",)
    assert weights_of(home) == WEIGHTS
    assert not (home / "small/controlnet_seg").exists()
    state = pack_state("small")
    assert state.status is PackStatus.INSTALLED
    assert state.bytes_present == state.bytes_total
    assert all(not check.problem for check in upkeep.verify("small"))
    assert packs.check_component(home / "small", "text_encoder").is_dir()
    sources = files.read_manifest(home / "small")[1]
    assert sources["text_encoder"]["from"] == f"team/text@{COMMIT}"


def test_what_is_there_is_not_brought_again(hub: Hub, home: Path) -> None:
    install()
    asked = len(hub.asked)
    assert install().present == ("text_encoder",)
    assert len(hub.asked) == asked


def test_a_component_joins_an_installed_pack(hub: Hub, home: Path) -> None:
    install()
    assert install("controlnet_seg").installed == ("controlnet_seg",)
    assert (home / "small/controlnet_seg/diffusion_pytorch_model.safetensors").read_bytes() == NET
    assert len(upkeep.verify("small")) == 5


def test_progress_counts_the_bytes_of_the_whole_request(hub: Hub, home: Path) -> None:
    seen = Recorder()
    run(InstallRequest(pack="small", components=("text_encoder", "controlnet_seg")), seen)
    counted = [(step, total) for stage, step, total in seen.steps if "Downloading" in stage]
    total = sum(len(data) for data in hub.files.values())
    assert {t for _, t in counted} == {total}
    assert [s for s, _ in counted] == sorted(s for s, _ in counted)
    assert seen.steps[-1][1:] == (total, total)


@pytest.mark.parametrize(
    "faults", [["cut"], ["chunked cut"], ["500", "503"], ["gone"], ["cut", "500", "cut"]]
)
def test_a_passing_fault_is_survived(hub: Hub, home: Path, faults: list[str]) -> None:
    hub.faults[TEXT] = list(faults)
    install()
    assert weights_of(home) == WEIGHTS
    assert hub.faults[TEXT] == []


def test_after_a_cut_only_the_rest_is_asked_for(hub: Hub, home: Path) -> None:
    hub.faults[TEXT] = ["cut"]
    install()
    first, second = hub.gets("model.fp16.safetensors")
    assert (first, second) == ("", f"bytes={len(WEIGHTS) // 2}-")


@pytest.mark.parametrize("fault", ["no range", "416"])
def test_a_server_that_cannot_go_on_starts_over(hub: Hub, home: Path, fault: str) -> None:
    hub.faults[TEXT] = ["cut", fault]
    install()
    assert weights_of(home) == WEIGHTS


def test_a_network_that_dies_leaves_what_came_and_says_how_to_go_on(hub: Hub, home: Path) -> None:
    hub.faults[TEXT] = ["cut"] + ["gone"] * transfer.RETRIES
    with pytest.raises(EngineError, match="install again to go on") as caught:
        install()
    assert "\n" not in str(caught.value)
    (part,) = partials(home)
    assert part.read_bytes() == WEIGHTS[: len(WEIGHTS) // 2]
    state = pack_state("small")
    assert state.status is PackStatus.PARTIAL
    assert 0 < state.bytes_present < state.bytes_total
    with pytest.raises(ModelMissing, match="only partly downloaded.*models install small"):
        packs.check_component(home / "small", "text_encoder")
    hub.asked.clear()
    install()
    assert weights_of(home) == WEIGHTS
    assert hub.gets() == [f"bytes={len(WEIGHTS) // 2}-"]
    assert partials(home) == []


def test_no_server_at_all_is_told(home: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="stopped"):
        install()


def test_a_wrong_checksum_is_refused_and_the_file_removed(hub: Hub, home: Path) -> None:
    hub.faults[TEXT] = ["wrong"]
    with pytest.raises(ModelDamaged, match="wrong checksum"):
        install()
    assert partials(home) == []
    assert not (home / "small/text_encoder").exists()
    install()
    assert weights_of(home) == WEIGHTS


def test_small_files_are_checked_too(hub: Hub, home: Path) -> None:
    hub.faults[CONFIG] = ["wrong"]
    with pytest.raises(ModelDamaged, match=r"config\.json.*wrong checksum"):
        install()


def test_another_file_than_the_catalogue_lists_is_refused_before_it_is_sent(
    hub: Hub, home: Path
) -> None:
    hub.files[TEXT] = WEIGHTS[:-4] + b"evil"
    with pytest.raises(ModelDamaged, match="not the file that the catalogue lists"):
        install()
    assert hub.gets() == []


@pytest.mark.parametrize(("code", "words"), [("404", "moved or removed"), ("401", "HF_TOKEN")])
def test_a_refusal_is_told_at_once(hub: Hub, home: Path, code: str, words: str) -> None:
    hub.faults[f"HEAD {TEXT}"] = [code]
    with pytest.raises(ModelMissing, match=words):
        install()


def test_pausing_keeps_the_partial_and_going_on_brings_the_rest(hub: Hub, home: Path) -> None:
    hub.hold.clear()
    paused = Recorder(cancel_at=1000)
    threading.Timer(0.5, hub.hold.set).start()
    with pytest.raises(Cancelled):
        run(InstallRequest(pack="small"), paused)
    came = pack_state("small").bytes_present
    assert came > 1000
    assert pack_state("small").status is PackStatus.PARTIAL
    hub.asked.clear()
    install()
    assert weights_of(home) == WEIGHTS
    assert not [asked for asked in hub.asked if asked[0] == "HEAD"]
    assert upkeep.discard("small") == 0


def test_throwing_a_partial_away_frees_it(hub: Hub, home: Path) -> None:
    hub.faults[TEXT] = ["cut"] + ["gone"] * transfer.RETRIES
    with pytest.raises(EngineError):
        install()
    assert upkeep.discard("small") > len(WEIGHTS) // 2
    assert pack_state("small").status is PackStatus.MISSING


def test_too_small_a_disk_is_told_before_the_first_byte(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(path: Path) -> Any:
        return shutil._ntuple_diskusage(10**9, 10**9 - 65_000_000, 64_100_000)  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with pytest.raises(EngineError, match=r"240\.\d kB more are needed.*64\.1 MB are free"):
        install()
    assert hub.gets() == []


def test_a_disk_that_fills_up_keeps_what_came(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if path.suffix == ".part" and mode == "ab":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return opened(path, mode, *rest, **options)

    hub.faults[TEXT] = ["cut"]
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(EngineError, match="disk is full.*install again"):
        install()
    monkeypatch.undo()
    assert len(partials(home)) == 1


@pytest.mark.parametrize("forbidden", ["request", "environment"])
def test_offline_nothing_is_asked(
    hub: Hub, home: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    if forbidden == "environment":
        monkeypatch.setattr(transfer, "is_offline", lambda: True)
    with pytest.raises(EngineError, match="offline"):
        install(offline=forbidden == "request")
    assert hub.asked == []


def test_a_second_program_waits(hub: Hub, home: Path) -> None:
    home.mkdir()
    with FileLock(home / ".small.lock"), pytest.raises(EngineError, match="Another program"):
        install()


def test_a_damaged_file_is_brought_again_and_only_that_one(hub: Hub, home: Path) -> None:
    install()
    file = home / "small/text_encoder/model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    (bad,) = [check for check in upkeep.verify("small") if check.problem]
    assert (bad.path, bad.problem) == ("text_encoder/model.safetensors", "wrong checksum")
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        packs.check_component(home / "small", "text_encoder")
    hub.asked.clear()
    install()
    assert len(hub.gets()) == 1
    assert weights_of(home) == WEIGHTS


def test_verify_names_what_is_missing_short_and_foreign(hub: Hub, home: Path) -> None:
    install("text_encoder", "controlnet_seg")
    (home / "small/text_encoder/tokenizer.json").unlink()
    (home / "small/controlnet_seg/config.json").write_text("{")
    (home / "small/controlnet_seg/extra.safetensors").write_bytes(NET)
    found = {check.path: check.problem for check in upkeep.verify("small") if check.problem}
    assert found == {
        "text_encoder/tokenizer.json": "missing",
        "controlnet_seg/config.json": "1 bytes instead of 34",
        "controlnet_seg/extra.safetensors": "not in the manifest",
    }


def test_removing_frees_the_disk_and_leaves_the_rest(hub: Hub, home: Path) -> None:
    install("text_encoder", "controlnet_seg")
    (home / "notes").mkdir()
    assert upkeep.remove("small", ("controlnet_seg",)) > len(NET)
    assert all(not check.problem for check in upkeep.verify("small"))
    assert upkeep.remove("small") > len(WEIGHTS)
    assert pack_state("small").status is PackStatus.MISSING
    with pytest.raises(ModelMissing):
        upkeep.remove("small")
    with pytest.raises(InputError, match="does not look like a pack"):
        upkeep.remove("notes")
    assert (home / "notes").is_dir()


@pytest.mark.parametrize("name", ["lite", "./small", ".."])
def test_what_comes_with_the_program_and_what_is_no_pack_is_not_removed(
    home: Path, name: str
) -> None:
    with pytest.raises(InputError):
        upkeep.remove(name)
    assert (packs.SHIPPED / "lite").is_dir()


def test_what_nobody_offers_says_why(hub: Hub, home: Path) -> None:
    with pytest.raises(ModelMissing, match="Nobody made it"):
        install("smartmask")
    with pytest.raises(ModelMissing, match="no component tail"):
        install("tail")
    with pytest.raises(InputError, match="comes with the program"):
        run(InstallRequest(pack="lite"), QuietContext())
    with pytest.raises(ModelMissing, match="There is no pack big"):
        run(InstallRequest(pack="big"), QuietContext())


def model_folder(folder: Path, *, weights: str = "model.safetensors") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "README.md").write_text("not taken over")
    (folder / weights).write_bytes(WEIGHTS)
    return folder


def test_a_local_folder_is_copied_and_checked(home: Path, tmp_path: Path) -> None:
    model_folder(tmp_path / "usb" / "text_encoder", weights="model.fp16.safetensors")
    result = install(source=str(tmp_path / "usb"), offline=True)
    assert result.installed == ("text_encoder",)
    assert weights_of(home) == WEIGHTS
    assert not (home / "small/text_encoder/README.md").exists()
    assert len(upkeep.verify("small")) == 3


def test_one_models_own_folder_serves(home: Path, tmp_path: Path) -> None:
    mine = model_folder(tmp_path / "mine")
    (mine / "model.fp16.safetensors").write_bytes(WEIGHTS)
    assert install("text_encoder", source=str(mine)).installed == ("text_encoder",)
    names = {file.name for file in (home / "small/text_encoder").iterdir()}
    assert names == {"config.json", "tokenizer.json", "model.safetensors"}


def test_a_local_folder_replaces_what_was_there(hub: Hub, home: Path, tmp_path: Path) -> None:
    install()
    mine = model_folder(tmp_path / "mine")
    (mine / "config.json").write_text('{"mine": true}')
    install("text_encoder", source=str(mine))
    assert "mine" in (home / "small/text_encoder/config.json").read_text()
    assert all(not check.problem for check in upkeep.verify("small"))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.ckpt", "alpha.pth"])
def test_a_folder_of_pickles_is_refused_with_what_to_do(
    home: Path, tmp_path: Path, name: str
) -> None:
    model_folder(tmp_path / "old", weights=name)
    with pytest.raises(ModelDamaged, match="only safetensors are"):
        install("text_encoder", source=str(tmp_path / "old"))
    assert not (home / "small/text_encoder").exists()


def test_a_local_folder_that_does_not_serve_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no folder text_encoder"):
        install(source=str(tmp_path / "empty"))
    with pytest.raises(InputError, match="There is no folder"):
        install(source=str(tmp_path / "nowhere"))


def test_a_local_model_cut_short_is_not_installed(home: Path, tmp_path: Path) -> None:
    mine = model_folder(tmp_path / "mine")
    (mine / "model.safetensors").write_bytes(WEIGHTS[:-100])
    with pytest.raises(ModelDamaged, match="should have"):
        install("text_encoder", source=str(mine))
    assert pack_state("small").status is PackStatus.MISSING

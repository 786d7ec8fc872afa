"""Fetching one file from the Hugging Face hub, so that it can stop at any byte and go on later.

huggingface_hub finds the file, its size and its digest, and opens the connection (mirrors by
HF_ENDPOINT, tokens, proxies, redirects). Its own download cannot be left and resumed across
calls, nor cancelled within 10 MB, which is why the bytes are written here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import EngineError, ModelDamaged, ModelMissing
from engine.jobs.context import JobContext

Result = TypeVar("Result")
Report = Callable[[int], None]
"""Told how many bytes of the file are there; may raise Cancelled."""

RETRIES = 5
"""Tries without a new byte before a download gives up."""
WAIT = 1.0
"""Seconds before the first retry; each later one waits twice as long."""
_REPORT_EVERY = 0.1
_LOOK_EVERY = 0.1
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A file as the hub offers it.

    Attributes:
        commit: What the revision stands for.
        size: Bytes; None where the server does not say.
        digest: SHA-256 of the bytes (64 digits), or the Git blob's SHA-1 (40), or "".
    """

    repo: str
    path: str
    commit: str
    size: int | None
    digest: str


def endpoint() -> str:
    """The address of the hub: $HF_ENDPOINT, or huggingface.co."""
    from huggingface_hub import constants

    return os.environ.get("HF_ENDPOINT", constants.ENDPOINT).rstrip("/")


def is_offline() -> bool:
    """Whether the user forbade the network by HF_HUB_OFFLINE."""
    from huggingface_hub import constants

    return constants.is_offline_mode()


def look_up(repo: str, path: str, revision: str, *, context: JobContext) -> Offer:
    """Ask the hub for a file's size and digest.

    Raises:
        ModelMissing: The hub has no such file, or wants its licence accepted first.
        EngineError: The network does not answer.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repo, path, revision=revision, endpoint=endpoint())
    stage = f"Looking up {path} of {repo}"

    def ask() -> Any:
        return get_hf_file_metadata(url, endpoint=endpoint(), token=None, timeout=_timeout())

    found = _persistently(ask, lambda: 0, context=context, stage=stage, what=f"{repo}/{path}")
    digest = found.etag or ""
    return Offer(
        repo=repo,
        path=path,
        commit=found.commit_hash or revision,
        size=found.size,
        digest=digest if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest) else "",
    )


def fetch(
    offer: Offer, target: Path, *, sha256: str | None, report: Report, context: JobContext
) -> None:
    """Bring a file to `target`, going on where an earlier try stopped.

    The bytes grow beside the target under a name with the digest in it, so that two versions
    never mix; the target appears whole and checked, or not at all.

    Args:
        sha256: The digest it must have; None trusts the one that the hub offers.

    Raises:
        ModelDamaged: What came has another digest; it is removed.
        EngineError: The network died, or the disk is full; what came stays for the next try.
        Cancelled: The user cancelled; what came stays too.
    """
    from huggingface_hub import hf_hub_url

    url = hf_hub_url(offer.repo, offer.path, revision=offer.commit, endpoint=endpoint())
    wanted = sha256 or offer.digest
    part = part_of(target, wanted)
    part.parent.mkdir(parents=True, exist_ok=True)
    stage = f"Downloading {offer.path} of {offer.repo}"
    for stale in target.parent.glob(f"{target.name}.*.part"):
        if stale != part:
            stale.unlink()

    def bring() -> None:
        _stream(url, part, offer, report)
        size = part.stat().st_size
        if offer.size is not None and size < offer.size:
            raise _Interrupted(f"the connection ended after {size} of {offer.size} bytes")

    try:
        if not _is_complete(part, offer.size):
            _persistently(bring, lambda: _size(part), context=context, stage=stage, what=offer.path)
        name = f"{offer.path} of {offer.repo}"
        check_digest(part, wanted, name=name, report=lambda _: report(_size(part)))
        os.replace(part, target)
    except ModelDamaged:
        part.unlink(missing_ok=True)
        raise
    except OSError as error:
        raise disk_error(error, target) from error


def part_of(target: Path, digest: str) -> Path:
    """The name under which a file grows."""
    return target.with_name(f"{target.name}.{digest[:12] or 'unknown'}.part")


def check_digest(file: Path, digest: str, *, name: str, report: Report) -> str:
    """The SHA-256 of a file, after comparing it with the digest it must have ("" for any).

    Args:
        name: What the user knows the file as.
        report: Told how many bytes were read.

    Raises:
        ModelDamaged: It has another one.
        Cancelled: From `report`.
    """
    sha256 = hashlib.sha256()
    blob = hashlib.sha1(b"blob %d\0" % file.stat().st_size, usedforsecurity=False)
    done, told = 0, 0.0
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            sha256.update(chunk)
            if len(digest) == 40:
                blob.update(chunk)
            done += len(chunk)
            if time.monotonic() - told > _REPORT_EVERY:
                report(done)
                told = time.monotonic()
    found = blob.hexdigest() if len(digest) == 40 else sha256.hexdigest()
    if digest and found != digest:
        raise ModelDamaged(
            f"{name} has the wrong checksum ({found[:12]}... instead of {digest[:12]}...), so it "
            "was not kept: install it again, from another network or mirror if it happens again."
        )
    return sha256.hexdigest()


def disk_error(error: OSError, target: Path) -> EngineError:
    """What to tell about a file that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EngineError(
            f"The disk is full: {target} could not be written. What was downloaded stays; make "
            "room and install again to go on."
        )
    return EngineError(f"{target} cannot be written: {error.strerror or error}.")


class _Interrupted(Exception):
    """The server stopped before the end of the file."""


def _stream(url: str, part: Path, offer: Offer, report: Report) -> None:
    """Append what is missing of a file to `part`."""
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    done = _size(part)
    headers = build_hf_headers() | {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    with get_session().stream(
        "GET", url, headers=headers, timeout=_timeout(), follow_redirects=True
    ) as response:
        if response.status_code == 416:
            # The part is longer than the file: it is not of this file.
            part.unlink()
            raise _Interrupted("the server refused to go on from there")
        if response.is_error:
            response.read()
        hf_raise_for_status(response)
        started = f"bytes {done}-"
        goes_on = response.status_code == 206 and response.headers.get(
            "Content-Range", started
        ).startswith(started)
        if done and not goes_on:
            done = 0
        told = 0.0
        with part.open("ab" if done else "wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)
                done += len(chunk)
                if time.monotonic() - told > _REPORT_EVERY:
                    report(done)
                    told = time.monotonic()
                if offer.size is not None and done > offer.size:
                    raise ModelDamaged(
                        f"{offer.path} of {offer.repo} is longer than the {offer.size} bytes that "
                        "were announced, so it was not kept: install it again."
                    )
    report(done)


def _persistently(
    action: Callable[[], Result],
    reached: Callable[[], int],
    *,
    context: JobContext,
    stage: str,
    what: str,
) -> Result:
    """Do something over the network, again after a wait when it fails for a passing reason.

    Args:
        reached: How far it got, in bytes: as long as that grows, it is tried again.
    """
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    failures, best = 0, reached()
    while True:
        try:
            return action()
        except HfHubHTTPError as error:
            code = error.response.status_code
            if code < 500 and code not in (408, 429):
                raise _refused(code, what) from error
            reason = f"the server answered {code}"
        except (HTTPError, _Interrupted) as error:
            reason = str(error) or type(error).__name__
        failures = 0 if reached() > best else failures + 1
        best = max(best, reached())
        if failures >= RETRIES:
            raise EngineError(
                f"The download of {what} stopped: {' '.join(reason.split())}. What came so far "
                "stays; when the network is back, install again to go on from there."
            )
        _wait(WAIT * 2**failures / 2, stage, best, context)


def _wait(seconds: float, stage: str, reached: int, context: JobContext) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        context.progress(f"{stage}: waiting for the network", reached)
        time.sleep(min(left, _LOOK_EVERY))


def _refused(code: int, what: str) -> ModelMissing:
    if code in (401, 403):
        return ModelMissing(
            f"The hub does not give out {what} ({code}): accept its licence on its page there and "
            "set HF_TOKEN, or install it --from a folder."
        )
    return ModelMissing(
        f"The hub has no {what} ({code}): it was moved or removed; install it --from a folder, or "
        "name a mirror with HF_ENDPOINT."
    )


def _timeout() -> float:
    from huggingface_hub import constants

    return constants.HF_HUB_DOWNLOAD_TIMEOUT


def _size(file: Path) -> int:
    return file.stat().st_size if file.is_file() else 0


def _is_complete(part: Path, size: int | None) -> bool:
    return size is not None and part.is_file() and part.stat().st_size == size

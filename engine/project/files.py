"""Replacing a file so that a crash or a full disk leaves the old one or the new one, whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import time
from pathlib import Path

from engine.errors import ProjectError

_TEMPORARY_PREFIX = ".scenewright-"
_TEMPORARY_SUFFIX = ".tmp"
_SHARING_RETRIES = (0.05, 0.1, 0.2, 0.4)
_NO_DIRECTORY_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM}


def replace_file(path: Path, data: bytes, *, backup: bool = False, sync: bool = True) -> None:
    """Make `path` hold `data`, or fail and leave what was there.

    The bytes go to a temporary file in the same folder, are flushed (and with `sync` forced to
    the disk), and take the name in one step. Symbolic links are followed, so the link stays; the
    mode bits of the old file are kept.

    Args:
        backup: Keep the previous file under the name with "~" at the end.
        sync: Survive a power cut, at the cost of waiting for the disk.

    Raises:
        ProjectError: Naming the file and the reason; the old file is untouched, except when
            only the last step (forcing the folder to the disk) failed.
    """
    try:
        target = Path(path).resolve()
        mode = _writable_mode(target)
        temporary = _temporary_name(target.parent)
        try:
            with open(temporary, "xb") as handle:
                handle.write(data)
                handle.flush()
                if sync:
                    os.fsync(handle.fileno())
            if mode is not None:
                os.chmod(temporary, mode)
                if backup:
                    _back_up(target)
            _replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        if sync:
            _sync_folder(target.parent)
    except (OSError, RuntimeError, ValueError) as error:
        raise ProjectError(f"Cannot write {path}: {_reason(error)}") from error


def _writable_mode(target: Path) -> int | None:
    """Mode bits of the file to be replaced, None for a new one."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(target, os.W_OK):
        # A rename would go through: it asks the folder for permission, not the file.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(status.st_mode)


def _temporary_name(folder: Path) -> Path:
    return folder / f"{_TEMPORARY_PREFIX}{secrets.token_hex(8)}{_TEMPORARY_SUFFIX}"


def _back_up(target: Path) -> None:
    """Give the current file a second name "NAME~"; it keeps its own name until replaced."""
    backup = target.with_name(target.name + "~")
    temporary = _temporary_name(target.parent)
    try:
        try:
            os.link(target, temporary)
        except OSError:
            # Some file systems know no hard links.
            shutil.copy2(target, temporary)
            with open(temporary, "rb+") as handle:
                os.fsync(handle.fileno())
        _replace(temporary, backup)
    finally:
        temporary.unlink(missing_ok=True)


def _replace(source: Path, target: Path) -> None:
    # On Windows a virus scanner or indexer may hold the file for a moment.
    for delay in _SHARING_RETRIES if os.name == "nt" else ():
        try:
            os.replace(source, target)
            return
        except PermissionError:
            time.sleep(delay)
    os.replace(source, target)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows cannot open a folder for this; the rename is journalled there.
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # A folder that may be written but not listed; nothing to be done about it.
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_DIRECTORY_SYNC:
            raise
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    match number:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full. Free some space or save elsewhere."
        case errno.EFBIG:
            return "the file is larger than this disk or account allows. Save elsewhere."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return "it is write-protected. Save under another name or folder."
        case errno.ENOENT | errno.ENOTDIR:
            return "its folder does not exist. Make it first or save elsewhere."
        case errno.EISDIR:
            return "this is a folder. Give a file name."
        case errno.ENAMETOOLONG:
            return "the name is too long. Choose a shorter one."
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{text}. Try again or save elsewhere."

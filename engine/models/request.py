"""What goes into an install job and what comes out; imports neither Qt nor torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRequest:
    """Ask for a pack, or some of its components, to be installed.

    Cancelling the job is the pause: what was downloaded stays, and the same request goes on from
    there. `engine.models.upkeep.discard` throws it away.

    Attributes:
        pack: Its name in the catalogue.
        components: Which ones; empty takes all that are not optional.
        source: A local folder to copy from instead of the network: a folder of component folders,
            or of one model where one component is asked for.
        offline: Whether the network must not be used.
    """

    pack: str
    components: tuple[str, ...] = ()
    source: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallResult:
    """What an install job did.

    Attributes:
        folder: Of the pack.
        installed: Components that were put there now.
        present: Components that were there already, found whole.
        downloaded: Bytes that came over the network, or were copied.
        notes: Lines the user should read.
    """

    pack: str
    folder: str
    installed: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    downloaded: int = 0
    notes: tuple[str, ...] = ()

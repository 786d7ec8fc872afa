"""The one tree of errors that Scenewright raises on purpose.

Every message says what failed, where, and what to do next, in one line that can be shown to a
user as it is. Anything else that escapes is a bug.
"""


class ScenewrightError(Exception):
    """Root of the tree; `str(error)` is fit to be shown."""


class InputError(ScenewrightError):
    """What the user gave cannot be used: a box off the canvas, an empty label, a bad size."""


class ProjectError(ScenewrightError):
    """A project file cannot be read or written; names the file and the entry."""


class DataError(ScenewrightError):
    """A data set or artwork pack is missing, damaged or of another kind."""


class ModelMissing(ScenewrightError):
    """A model is not installed; names it and the command that gets it."""


class ModelDamaged(ScenewrightError):
    """A model folder exists but cannot be loaded; names the file and how to restore it."""


class EngineError(ScenewrightError):
    """A job failed for a reason of its own."""


class OutOfMemory(EngineError):
    """The job did not fit into memory; says what would.

    Attributes:
        retry_with: Name of the next lower memory preset ("low"), None when there is none; see
            `engine.models.memory.lower_preset`.
    """

    def __init__(self, message: str, *, retry_with: str | None = None) -> None:
        super().__init__(message)
        self.retry_with = retry_with


class Cancelled(ScenewrightError):
    """The user cancelled the job; never shown as a failure."""

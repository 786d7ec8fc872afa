"""The project file: an OpenRaster superset that Krita, GIMP and MyPaint open too."""

from engine.project.reader import OpenedProject, open_project
from engine.project.writer import encode_project, save_project

__all__ = ["OpenedProject", "encode_project", "open_project", "save_project"]
